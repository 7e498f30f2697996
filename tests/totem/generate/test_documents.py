"""What sixty generated documents are: varied, valid, balanced, consistent, sealed."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest
from lxml import etree

from ckanext.budget.totem.generate import document, plan
from ckanext.budget.totem.generate.sealing import digests
from ckanext.budget.totem.identifiers import is_siren, is_siret
from ckanext.budget.totem.model import Stage
from ckanext.budget.totem.nomenclature import load

from .conftest import NAMESPACES, SEED, cents, lines_of, value

NORMS = {"M14", "M4", "M52", "M57", "M61", "M71"}
VARIANTS = {
    "M14_COM_INF500",
    "M14_COM_500_3500",
    "M14_COM_SUP3500",
    "M14_CCAS_INF3500",
    "M14_CCAS_SUP3500",
    "M14_CE",
    "M4",
    "M41",
    "M42",
    "M43",
    "M43_A",
    "M43_D",
    "M44",
    "M49_A",
    "M49_D",
    "M52",
    "M57",
    "M57_A",
    "M57_D",
    "M57_P",
    "M61",
    "M71",
}
VOTES = (Stage.BP, Stage.BS, Stage.DM)
SEAL = re.compile(rb'<Scellement md5="(\w+)" sha1="(\w+)" date="[^"]+" ?/>\s*')


def test_every_norm_variant_stage_and_kind_of_body_is_there(specs):
    assert {spec.budget.case.norm for spec in specs} == NORMS
    assert {spec.budget.case.variant for spec in specs} == VARIANTS
    assert {spec.stage for spec in specs} == set(Stage)
    assert {spec.budget.body.kind for spec in specs} == {
        "commune",
        "epci",
        "departement",
        "region",
        "ccas",
        "cde",
        "sdis",
        "syndicat",
    }


def test_the_first_twelve_documents_are_varied():
    first = list(plan(12, 1))
    assert len({spec.budget.siret for spec in first}) >= 4
    assert {spec.stage for spec in first} >= {Stage.BP, Stage.DM, Stage.CA, Stage.CFU}
    assert len({spec.budget.case.norm for spec in first}) >= 3


def test_file_names_are_those_of_exports_and_unique(specs):
    names = [spec.file_name for spec in specs]
    assert len(set(names)) == len(names)
    assert all(
        re.fullmatch(r"DOCBUDG_\d{14}_20\d\d_(BP|BS|DM\d|CA|CFU)\.xml", name) for name in names
    )


def test_encodings_are_mixed_and_declared_truly(made):
    declared = Counter()
    for spec, content in made.items():
        found = re.search(rb"encoding=[\"']([\w-]+)", content[:80])
        declared[found[1].decode(), content.startswith(b"\xef\xbb\xbf")] += 1
        content.removeprefix(b"\xef\xbb\xbf").decode(spec.style.codec)
    assert {name for name, _ in declared} == {"ISO-8859-1", "windows-1252", "UTF-8"}
    assert {mark for name, mark in declared if name == "UTF-8"} == {True, False}


def test_documents_are_valid_against_the_official_xsd(trees, xsd):
    checked = 0
    for spec, tree in trees.items():
        if spec.stage is not Stage.CFU:
            assert xsd.validate(tree), (spec.file_name, xsd.error_log[0])
            checked += 1
    assert checked > 50


def test_identifiers_have_valid_keys(trees):
    for tree in trees.values():
        held = [
            item.get("V")
            for name in ("IdEtab", "IdColl", "IdEtabPal", "Siret", "SiretEtab")
            for item in tree.iterfind(f".//t:{name}", NAMESPACES)
        ]
        assert held and all(is_siren(number) or is_siret(number) for number in held)


def _sums(lines, names, **codes):
    return sum(
        cents(line[name])
        for line in lines
        for name in names
        if name in line and all(line.get(code) == wanted for code, wanted in codes.items())
    )


def _section(line, chart):
    return chart.section_of(line.get("ContNat", ""), line["Nature"]).value


def _by_section(spec, tree):
    case = spec.budget.case
    chart = load(case.norm, case.variant, spec.year)
    found = defaultdict(list)
    for line in lines_of(tree):
        found[_section(line, chart), line["CodRD"]].append(line)
    return found


@pytest.mark.parametrize("section", ["F", "I"])
def test_votes_balance_in_each_section(trees, section):
    """CGCT L1612-4: votes and commitments taken over; receipts = expenses."""
    checked = 0
    for spec, tree in trees.items():
        if spec.stage in VOTES:
            found = _by_section(spec, tree)
            names = ("MtPrev", "MtRARPrec")
            expenses = _sums(found[section, "D"], names)
            assert expenses == _sums(found[section, "R"], names), spec.file_name
            checked += 1
    assert checked > 40


@pytest.mark.parametrize(("one", "other"), [("040", "042"), ("041", "041"), ("021", "023")])
@pytest.mark.parametrize("amount", ["MtPrev", "MtReal"])
def test_order_operations_balance(trees, one, other, amount):
    moved = 0
    for spec, tree in trees.items():
        lines = lines_of(tree)
        for rd, opposite in (("R", "D"), ("D", "R")):
            here = _sums(lines, [amount], ContNat=one, CodRD=rd, OpBudg="1")
            assert here == _sums(lines, [amount], ContNat=other, CodRD=opposite, OpBudg="1"), (
                spec.file_name
            )
            moved += abs(here)
    assert moved or (one, amount) == ("021", "MtReal")


def test_expenses_stay_within_credits(trees):
    checked = 0
    for spec, tree in trees.items():
        if spec.stage in (Stage.CA, Stage.CFU):
            for line in lines_of(tree):
                if line["CodRD"] == "D" and "MtReal" in line and line["OpBudg"] == "0":
                    assert cents(line["MtReal"]) <= cents(line.get("CredOuv", "0"))
                    checked += 1
    assert checked > 500


def test_natures_functions_and_chapters_are_those_of_the_year(trees):
    for spec, tree in trees.items():
        case = spec.budget.case
        chart = load(case.norm, case.variant, spec.year)
        for line in lines_of(tree):
            account = chart.nature(line["Nature"])
            assert account.code == line["Nature"] and account.origin == "plan", spec.file_name
            if "Fonction" in line:
                assert chart.function(line["Fonction"]).code == line["Fonction"]


def test_credits_of_the_account_are_the_votes_of_the_year():
    """BP + DM = credits of the account: the first budget of the plan, all its documents."""
    specs = [
        spec
        for spec in plan(8, 1)
        if spec.file_name.split("_")[1:3] == next(plan(1, 1)).file_name.split("_")[1:3]
    ]
    assert [spec.stage.name for spec in specs] == ["BP", "DM", "DM", "CA"]
    votes, opened = Counter(), Counter()
    for spec in specs:
        for line in lines_of(etree.fromstring(b"".join(document(spec)))):
            key = tuple(line.get(name) for name in ("Nature", "Fonction", "Operation", "CodRD"))
            key += (line["OpBudg"], line.get("TypOpBudg"))
            if spec.stage is Stage.CA:
                opened[key] += cents(line.get("CredOuv", "0"))
            else:
                votes[key] += cents(line["MtPrev"]) + cents(line.get("MtRARPrec", "0"))
    assert +votes == +opened


def test_previous_budget_is_carried_to_the_next(specs, trees):
    """MtBudgPrec of a BP = what was voted the year before, by line."""
    by_name = {spec.file_name: spec for spec in specs}
    compared = 0
    for spec in specs:
        later = spec.file_name.replace(f"_{spec.year}_", f"_{spec.year + 1}_").replace("_CA", "_BP")
        if spec.stage is Stage.CA and later in by_name:
            carried = _sums(lines_of(trees[by_name[later]]), ["MtBudgPrec"])
            taken_over = _sums(lines_of(trees[spec]), ["MtRARPrec"])
            assert carried == _sums(lines_of(trees[spec]), ["CredOuv"]) - taken_over
            compared += 1
    assert compared


def test_results_of_the_account_are_those_of_the_next_budget(specs, trees):
    """Result of the operating section of the CA = 002 + 1068 of the next BP."""
    by_name = {spec.file_name: spec for spec in specs}
    compared = 0
    for spec in specs:
        later = spec.file_name.replace(f"_{spec.year}_", f"_{spec.year + 1}_").replace("_CA", "_BP")
        if spec.stage is not Stage.CA or later not in by_name:
            continue
        found = _by_section(spec, trees[spec])
        result = _sums(found["F", "R"], ["MtReal"]) - _sums(found["F", "D"], ["MtReal"])
        following = lines_of(trees[by_name[later]])
        kept = _sums(following, ["MtPrev"], Nature="002", CodRD="R")
        assert result == kept + _sums(following, ["MtPrev"], Nature="1068", CodRD="R")
        compared += 1
    assert compared


def test_some_lines_lack_their_chapter_as_real_ones_do(trees):
    lines = [line for tree in trees.values() for line in lines_of(tree)]
    without = sum("ContNat" not in line for line in lines)
    assert 0 < without < len(lines) / 5


def test_amounts_are_of_a_plausible_size(trees):
    """Operating expenses voted, per inhabitant, for principal budgets."""
    bounds = {"commune": (300, 6000), "departement": (500, 2500), "region": (200, 1500)}
    for spec, tree in trees.items():
        if spec.stage is Stage.BP and spec.budget.body.kind in bounds and not spec.budget.is_annex:
            expenses = _sums(_by_section(spec, tree)["F", "D"], ["MtPrev"]) / 100
            low, high = bounds[spec.budget.body.kind]
            assert low < expenses / spec.budget.body.population < high, spec.file_name


def test_seals_verify(made):
    sealed = 0
    for spec, content in made.items():
        found = SEAL.search(content)
        if found and spec.stage is not Stage.CFU:
            bare = content[: found.start()] + content[found.end() :]
            assert digests(bare) == (found[1].decode(), found[2].decode()), spec.file_name
            sealed += 1
    assert 20 < sealed < len(made)


def test_a_seal_does_not_survive_a_change(made):
    content = next(content for content in made.values() if SEAL.search(content))
    found = SEAL.search(content)
    bare = content[: found.start()] + content[found.end() :].replace(b'V="D"', b'V="R"', 1)
    assert digests(bare)[0] != found[1].decode()


def test_headers_agree_with_the_specification(trees):
    for spec, tree in trees.items():
        assert value(tree, "EnTeteBudget/IdEtab") == spec.budget.siret
        assert value(tree, "BlocBudget/Exer") == str(spec.year)
        assert value(tree, "BlocBudget/NatDec") == spec.stage.code
        assert value(tree, "BlocBudget/NumDec") == (str(spec.number) if spec.number else None)
        assert (value(tree, "BlocBudget/CodTypBud") == "A") == spec.budget.is_annex


def test_another_seed_gives_other_documents():
    here = b"".join(document(next(plan(1, SEED))))
    there = b"".join(document(next(plan(1, SEED + 1))))
    assert here != there


def test_a_plan_ends_when_every_budget_has_been_dealt():
    """More than exist: the plan stops by itself, without repeating one."""
    names = [spec.file_name for spec in plan(40_000, 3)]
    assert 1000 < len(names) < 40_000
    assert len(set(names)) == len(names)


def test_budgets_voted_by_function_say_the_chapter_of_the_vote(trees):
    """ContFon is a chapter of the chart, on real lines of budgets voted by function only."""
    checked = 0
    for spec, tree in trees.items():
        case = spec.budget.case
        chart = load(case.norm, case.variant, spec.year)
        codes = {line["ContFon"] for line in lines_of(tree) if "ContFon" in line}
        assert bool(codes) <= (case.vote == "2")
        assert all(chart.chapter(code).code == code for code in codes)
        checked += len(codes)
    assert checked > 10
