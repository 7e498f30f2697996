"""Plans that a user keeps beside the shipped ones: they survive upgrades, and are seen at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ckanext.budget.totem.cli import main
from ckanext.budget.totem.nomenclature import (
    PlansError,
    fingerprint,
    load,
    read_index,
    use_folder,
)
from ckanext.budget.totem.nomenclature.folders import SHIPPED, TABLES_DIR, layers
from ckanext.budget.totem.nomenclature.importer import import_plans

Put = Callable[..., Path]


@pytest.fixture(params=["variable", "setting"])
def extra(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A folder of extra plans, empty, named by the variable or chosen by the portal."""
    folder = tmp_path / "extra"
    monkeypatch.delenv("BUDGET_NOMENCLATURE", raising=False)
    if request.param == "variable":
        monkeypatch.setenv("BUDGET_NOMENCLATURE", str(folder))
    else:
        use_folder(folder)
    yield folder
    use_folder(None)


def test_a_folder_that_is_empty_or_absent_changes_nothing(extra: Path) -> None:
    before = load("M57", "M57_D", 2030)
    assert layers() == SHIPPED
    extra.mkdir()
    assert load("M57", "M57_D", 2030) is before
    assert read_index() == read_index(SHIPPED)


def test_a_plan_that_arrives_answers_without_a_restart(extra: Path, put_plan: Put) -> None:
    before, mark = load("M57", "M57_D", 2030), fingerprint()
    assert before.year == 2025
    import_plans(put_plan(2030, label="Stocks de 2030"), extra)
    after = load("M57", "M57_D", 2030)
    assert (after.year, after.is_exact, after.is_known) == (2030, True, True)
    account = after.nature("6011")
    assert account and (account.label, account.origin) == ("Stocks de 2030", "plan")
    assert before.nature("6411") and before.year == 2025  # a conversion under way keeps its plan
    assert fingerprint() != mark
    import_plans(put_plan(2030, label="Stocks corrigés"), extra)
    again = load("M57", "M57_D", 2030).nature("6011")
    assert again and again.label == "Stocks corrigés"


@pytest.mark.parametrize(
    ("norm", "variant", "year", "code", "label", "origin"),
    [
        ("M57", "M57_D", 2023, "6011", "Nouveau", "plan"),  # the extra folder wins for its years
        ("M57", "M57_D", 2023, "6411", "Personnel titulaire", "plan-2022"),
        ("M57", "M57_D", 2024, "6411", "Personnel titulaire", "plan"),
        ("M99", "M99_B", 2023, "6011", "Ailleurs", "plan"),  # a norm that is not shipped
        ("M99", "M99_B", 2022, "6011", "Ailleurs", "plan-2023"),
    ],
)
def test_shipped_and_extra_plans_answer_together(
    extra: Path,
    put_plan: Put,
    norm: str,
    variant: str,
    year: int,
    code: str,
    label: str,
    origin: str,
) -> None:
    put_plan(2023, label="Nouveau")
    import_plans(put_plan(2023, "M99", "M99_B", label="Ailleurs"), extra)
    account = load(norm, variant, year).nature(code)
    assert account and (account.label, account.origin) == (label, origin)


def test_an_import_goes_to_the_folder_and_leaves_the_shipped_tables(
    extra: Path, put_plan: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = {path.name: path.read_bytes() for path in TABLES_DIR.iterdir()}
    assert main(["nomenclature", "import", str(put_plan(2031))]) == 0
    assert capsys.readouterr().err == ""
    assert (extra / "M57-M57_D.tsv").is_file()
    assert {path.name: path.read_bytes() for path in TABLES_DIR.iterdir()} == shipped
    assert main(["nomenclature", "list"]) == 0
    assert "M57\tM57_D\t2022-2025,2031\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("index.tsv", "norm\tvariant\tyears\tstated\nM57\tM57_D\n"),
        ("index.tsv", "norm\tvariant\tyears\tstated\nM57\t../../etc/x\t2030\t\n"),
        ("index.tsv", "norm\tvariant\tyears\tstated\nM57\tM57_D\tlast\t\n"),
        ("M57-M57_D.tsv", "kind\naccount\n"),
        ("M57-M57_D.tsv", None),
    ],
)
def test_a_damaged_folder_is_one_sentence(
    extra: Path, put_plan: Put, name: str, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    import_plans(put_plan(2031), extra)
    (extra / name).unlink()
    if content is not None:
        (extra / name).write_text(content, encoding="utf-8")
    with pytest.raises(PlansError, match="plans de comptes ajoutés est illisible"):
        load("M57", "M57_D", 2031).nature("6011")
    assert main(["nomenclature", "list"]) == (2 if name == "index.tsv" else 0)
    assert capsys.readouterr().err.count("\n") == (name == "index.tsv")


def test_meanings_are_compared_over_both_folders(extra: Path, put_plan: Put) -> None:
    import_plans(put_plan(2026, label="Tout autre chose"), extra)
    change = load("M57", "M57_D", 2027).relabelled("nature", "6011")
    assert change and (change.label, change.year, change.other_year) == (
        "Tout autre chose",
        2026,
        2025,
    )
