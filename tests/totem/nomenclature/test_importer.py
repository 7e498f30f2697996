"""The importer: facts of the official files -> sorted text tables, always the same bytes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ckanext.budget.totem.cli import main
from ckanext.budget.totem.nomenclature import TABLES_DIR, load
from ckanext.budget.totem.nomenclature.facts import parse_facts, parse_years
from ckanext.budget.totem.nomenclature.folders import SHIPPED
from ckanext.budget.totem.nomenclature.importer import PlansError, import_plans, read_facts
from ckanext.budget.totem.nomenclature.table import open_table, read_index

PLAN = """<?xml version='1.0' encoding='UTF-8'?>
<Nomenclature Norme="M0" Declinaison="{variant}" Exer="{stated}">
  <Nature>
    <Chapitres>
      <Chapitre Code="011" Libelle="Charges générales" Lib_court="x" TypeChapitre="G" Section="F"
        Special="0"/>
      <Chapitre Code="21" Libelle="Immobilisations &amp; co" Lib_court="x" TypeChapitre="C"
        Section="I" Special="1" PourEtatSeul="1"/>
    </Chapitres>
    <Comptes>
      <Compte Code="60" Libelle=" Achats" Lib_court="x" RegrTotalise="1">
        <Compte Code="601" Libelle="{label}" Lib_court="x" DEquip="0" DR="011" DOES="" DOIS=""
          REquip="1" RR="" ROES="042" ROIS=""/>
      </Compte>
    </Comptes>
  </Nature>
  <Fonction><Chapitres/><Comptes/>
    <RefFonctionnelles><RefFonc Code="0" Libelle="Services" Lib_court="x">
      <RefFonc Code="01" Libelle="Non ventilable" Lib_court="x" Supprime="1"/>
    </RefFonc></RefFonctionnelles>
  </Fonction>
</Nomenclature>
"""

WritePlan = Callable[..., Path]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "plans"


@pytest.fixture
def write_plan(source: Path) -> WritePlan:
    def write(year: int, variant: str = "M0_A", label: str = "Stocks", stated: str = "") -> Path:
        path = source / str(year) / "M0" / variant / "planDeCompte.xml"
        path.parent.mkdir(parents=True)
        text = PLAN.format(variant=variant, stated=stated or year, label=label)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_table_holds_every_fact_and_the_years(
    tmp_path: Path, source: Path, write_plan: WritePlan
) -> None:
    for year in (2018, 2019, 2021):
        write_plan(year)
    done = import_plans(source, tmp_path / "tables")
    assert (done.files, done.rows) == (3, 6)
    assert (tmp_path / "tables/M0-M0_A.tsv").read_text(encoding="utf-8") == (
        "kind\tcode\tyears\tlabel\tfacts\n"
        "account\t60\t2018-2019,2021\t Achats\tsubtotal heading\n"
        "account\t601\t2018-2019,2021\tStocks\tdr=011 roes=042 receipt_equipment\n"
        "chapter\t011\t2018-2019,2021\tCharges générales\tsection=F type=G\n"
        "chapter\t21\t2018-2019,2021\tImmobilisations & co\tsection=I type=C special state_only\n"
        "function\t0\t2018-2019,2021\tServices\t\n"
        "function\t01\t2018-2019,2021\tNon ventilable\tdeleted\n"
    )


def test_a_code_that_changes_has_one_row_per_meaning(
    tmp_path: Path, source: Path, write_plan: WritePlan
) -> None:
    write_plan(2020, label="Ancien")
    write_plan(2021, label="Nouveau")
    import_plans(source, tmp_path / "tables")
    lines = (tmp_path / "tables/M0-M0_A.tsv").read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[2:4] for line in lines if "\t601\t" in line] == [
        ["2020", "Ancien"],
        ["2021", "Nouveau"],
    ]


def test_the_index_tells_years_and_headers_that_say_otherwise(
    tmp_path: Path, source: Path, write_plan: WritePlan
) -> None:
    write_plan(2020)
    write_plan(2022, stated="2020")
    write_plan(2022, variant="M0_B")
    import_plans(source, tmp_path / "tables")
    assert (tmp_path / "tables/index.tsv").read_text(encoding="utf-8") == (
        "norm\tvariant\tyears\tstated\nM0\tM0_A\t2020,2022\t2022=M0_A/2020\nM0\tM0_B\t2022\t\n"
    )
    sources = (tmp_path / "tables/SOURCES.md").read_text(encoding="utf-8")
    assert "3 files" in sources
    assert "fiscal years 2020 to 2022, 2 variants of 1 norms" in sources


def test_an_import_adds_years_and_variants_and_replaces_the_same_ones(
    tmp_path: Path, source: Path, write_plan: WritePlan
) -> None:
    tables = tmp_path / "tables"
    for year in (2018, 2019, 2020):
        write_plan(year, stated="2018" if year == 2019 else "")
    import_plans(source, tables)
    shutil.rmtree(source)
    write_plan(2019, label="Corrigé")
    write_plan(2021)
    write_plan(2021, variant="M0_B")
    import_plans(source, tables)
    index = (tables / "index.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert index == ["M0\tM0_A\t2018-2021\t", "M0\tM0_B\t2021\t"]
    lines = (tables / "M0-M0_A.tsv").read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[2:4] for line in lines if "\t601\t" in line] == [
        ["2018,2020-2021", "Stocks"],
        ["2019", "Corrigé"],
    ]
    assert "5 files" in (tables / "SOURCES.md").read_text(encoding="utf-8")


def test_the_order_of_imports_does_not_matter(
    tmp_path: Path, source: Path, write_plan: WritePlan
) -> None:
    """One by one, the last first, or all at once: the same bytes."""
    for year, label in ((2019, "Ancien"), (2020, "Stocks"), (2021, "Nouveau")):
        write_plan(year, label=label)
        write_plan(year, variant="M0_B", stated="2019")
    import_plans(source, tmp_path / "once")
    for year in ("2021", "2019", "2020", "2019"):
        shutil.copytree(source / year, tmp_path / "alone" / year)
        import_plans(tmp_path / "alone", tmp_path / "many")
        shutil.rmtree(tmp_path / "alone")
    once = {path.name: path.read_bytes() for path in (tmp_path / "once").iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "many").iterdir()} == once


def test_a_damaged_table_is_told_and_left_as_it_is(
    tmp_path: Path, source: Path, write_plan: WritePlan
) -> None:
    write_plan(2020)
    import_plans(source, tmp_path / "tables")
    table = tmp_path / "tables/M0-M0_A.tsv"
    table.write_text("kind\ncode\n", encoding="utf-8")
    with pytest.raises(PlansError, match="abîmée"):
        import_plans(source, tmp_path / "tables")
    assert table.read_text(encoding="utf-8") == "kind\ncode\n"


def test_a_heading_that_is_abolished_does_not_abolish_what_is_under_it(
    tmp_path: Path, source: Path, write_plan: WritePlan
) -> None:
    path = write_plan(2020)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('RegrTotalise="1"', 'Supprime="1"'), encoding="utf-8")
    facts = {code: words for _, code, _, words in read_facts(path)}
    assert "deleted" in facts["60"] and "deleted" not in facts["601"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>404</body></html>",
        b"<Nomenclature>",
        b'<!DOCTYPE Nomenclature [<!ENTITY a "b">]><Nomenclature/>',
    ],
)
def test_a_file_that_is_no_plan_is_refused(
    tmp_path: Path, source: Path, write_plan: WritePlan, content: bytes
) -> None:
    write_plan(2020).write_bytes(content)
    with pytest.raises(PlansError, match=r"planDeCompte\.xml"):
        import_plans(source, tmp_path / "tables")
    assert not (tmp_path / "tables").exists()


def test_the_command_imports_and_counts(
    tmp_path: Path, source: Path, write_plan: WritePlan, capsys: pytest.CaptureFixture[str]
) -> None:
    write_plan(2020)
    assert _run("nomenclature", "import", str(source), "-o", str(tmp_path / "out")) == 0
    assert capsys.readouterr().out == "1 plans lus, 1 tables, 6 lignes.\n"
    assert (tmp_path / "out/M0-M0_A.tsv").is_file()


def test_the_command_refuses_an_empty_directory_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("nomenclature", "import", str(tmp_path), "-o", str(tmp_path / "out")) == 2
    error = capsys.readouterr().err
    assert error.startswith("totem-budget : Aucun plan de comptes")
    assert error.count("\n") == 1


def test_the_command_refuses_an_output_that_cannot_be_written(
    source: Path, write_plan: WritePlan, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write_plan(2020)
    assert _run("nomenclature", "import", str(source), "-o", str(plan)) == 2
    assert capsys.readouterr().err.startswith("totem-budget : Tables non écrites")


def _run(*words: str) -> int:
    return main(list(words))


# -- the official plans themselves, when they are at hand

PLANS = [Path(part) for part in os.environ.get("BUDGET_PLANS", "").split(os.pathsep) if part]
needs_plans = pytest.mark.skipif(not PLANS, reason="BUDGET_PLANS: folders of official plans")


@needs_plans
def test_the_committed_tables_are_what_the_official_plans_give(tmp_path: Path) -> None:
    """Importing the plans over the tables changes no byte of them: nothing lacks, and nothing is
    there that the plans of these years do not say."""
    shutil.copytree(TABLES_DIR, tmp_path / "tables")
    for folder in PLANS:
        import_plans(folder, tmp_path / "tables")
    committed = {path.name: path.read_bytes() for path in TABLES_DIR.iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "tables").iterdir()} == committed


@needs_plans
def test_every_fact_of_every_official_plan_is_found_again() -> None:
    paths = sorted(path for folder in PLANS for path in folder.glob("*/*/*/planDeCompte.xml"))
    for path in paths:
        year, norm, variant = path.parts[-4:-1]
        table = open_table(norm, variant, SHIPPED)
        for kind, code, label, facts in read_facts(path):
            row = table.rows(kind, code, int(year))[0]
            assert (row.year, row.label) == (int(year), label), (path, code)
            assert parse_facts(row.facts) == parse_facts(facts), (path, code)


def test_the_shipped_tables_hold_every_plan_that_was_at_hand() -> None:
    index = read_index(SHIPPED)
    assert sum(len(entry.years) for entry in index) == 216
    assert {entry.variant for entry in index if 2025 in entry.years} == {"M57_D"}


def test_new_accounts_under_an_abolished_heading_are_open_in_2025() -> None:
    """637, 90256 and 93256 are « Supprime »; the accounts that 2025 put under them are not."""
    plan = load("M57", "M57_D", 2025)
    for heading in ("637", "90256", "93256"):
        table = open_table("M57", "M57_D", SHIPPED)
        kind = "account" if heading == "637" else "function-account"
        rows = {row.code: row.facts.split() for row in table.below(kind, heading, 2025)}
        assert "deleted" in rows.pop(heading)
        assert len(rows) >= 5 and not [code for code, facts in rows.items() if "deleted" in facts]
    assert plan.chapter_of("63711", "D", "0") == ("011", "plan")


def test_the_committed_tables_are_sorted_small_and_well_formed() -> None:
    tables = sorted(TABLES_DIR.glob("M*.tsv"))
    assert len(tables) == 22
    assert sum(path.stat().st_size for path in TABLES_DIR.iterdir()) < 5_000_000
    for path in tables:
        lines = path.read_text(encoding="utf-8").split("\n")[1:-1]
        assert lines == sorted(lines)
        for line in lines:
            _, code, years, label, _ = line.split("\t")
            assert code.isdigit() and len(code) <= 10 and label
            assert set(parse_years(years)) <= set(range(2013, 2026))
