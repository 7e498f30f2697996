"""Averages of strata and prices: what is imported, refused, replaced, and shown beside figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ckanext.budget.charts.references.table import BadTable, Row, read

HEAD = "exer;categ;population_min;population_max;agregat;euros_par_habitant;source\n"
OFGL = "OFGL, comptes 2022"
LINE = f"2022;Commune;500;1999;Frais de personnel;321,45;{OFGL}\n"
PRICES = "annee;indice;source\n2021;106,45;INSEE\n2022;112,00;INSEE\n"


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (LINE, ("commune", "", 2022, 500, 1999, "staff_spending", 32145, OFGL)),
        ("2022;CC;15000;;Épargne brute;-1 024.5;x\n",
         ("epci", "CC", 2022, 15000, None, "gross_saving", -102450, "x")),
        ("2022;METRO;0;;Dépenses d’équipement;0;x\n",
         ("epci", "MET", 2022, 0, None, "equipment_expenditure", 0, "x")),
        ("2022;Département;0;;debt_outstanding;7;x\n",
         ("departement", "", 2022, 0, None, "debt_outstanding", 700, "x")),
    ],
)  # fmt: skip
def test_a_line_is_read(line: str, row: tuple[Any, ...]) -> None:
    assert read((HEAD + line).encode()) == [Row(*row)]


def test_other_separators_and_names_of_columns() -> None:
    text = (HEAD + LINE).replace("321,45", "321.45").replace(OFGL, "OFGL").replace(";", ",")
    text = text.replace("euros_par_habitant", "Euros par habitant")
    assert read(b"\xef\xbb\xbf" + text.encode())[0].value == 32145


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a;b\n1;2\n", "Colonnes manquantes : exer, categ"),
        ("annee;indice\n2020;100\n", "Colonnes manquantes : source"),
        (HEAD, "Aucune ligne"),
        (HEAD + LINE + LINE, "Ligne 3 : elle répète la ligne 2"),
        (HEAD + LINE.replace("Commune", "Village"), "Ligne 2 : « Village » n'est pas connu"),
        (HEAD + LINE.replace("Frais de personnel", "Frais"), "colonne agregat"),
        (HEAD + LINE.replace("Frais de personnel", "gross_saving_rate"), "colonne agregat"),
        (HEAD + LINE.replace("321,45", "beaucoup"), "colonne euros_par_habitant attend un nombre"),
        (HEAD + LINE.replace("500;1999", "500;499"), "colonne population_max va de 501"),
        (HEAD + LINE.replace("2022;C", "22;C"), "colonne exer va de 1990 à 2100"),
        (HEAD + LINE.replace(OFGL, " "), "colonne source"),
        ("annee;indice;source\n2020;0;INSEE\n", "plus grand que 0"),
    ],
)
def test_a_table_is_refused_with_one_sentence(content: str, words: str) -> None:
    with pytest.raises(BadTable) as told:
        read(content.encode())
    assert words in str(told.value) and "\n" not in str(told.value)


@pytest.mark.parametrize("content", [b"\xff\xfe" * 9, b"x" * 5_000_001])
def test_no_file_breaks_the_reader(content: bytes) -> None:
    with pytest.raises(BadTable):
        read(content)


@pytest.fixture
def imported(charts: Any, cli: Any, tmp_path: Path) -> Callable[[str], Any]:
    """``imported(text)`` runs ``ckan budget references import`` on it."""
    from ckan import model

    from ckanext.budget.plugin.cli import budget

    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE budget_reference, budget_territory"))

    def run(text: str) -> Any:
        path = tmp_path / "moyennes.csv"
        path.write_text(text, encoding="utf-8")
        return cli.invoke(budget, ["references", "import", str(path)])

    return run


def test_a_table_replaces_the_last_of_its_kind_whole_or_not_at_all(
    charts: Any, imported: Callable[[str], Any]
) -> None:
    from ckanext.budget.charts.references import store

    assert imported(HEAD + LINE).exit_code == 0
    assert imported(PRICES).output == "2 ligne(s) importée(s), de 2021 à 2022.\n"
    kept = store.averages("commune", "", 2022, 1234)
    assert kept == {"staff_spending": {"value": 32145, "year": 2022, "source": OFGL}}
    refused = imported(HEAD + LINE.replace("321,45", "1") + "2022;Village;0;;x;1;x\n")
    assert refused.exit_code == 1 and "Ligne 3" in refused.output
    assert store.averages("commune", "", 2022, 1234) == kept
    assert (
        imported(HEAD + LINE.replace("personnel", "personnel").replace("321,45", "1")).exit_code
        == 0
    )
    assert store.averages("commune", "", 2022, 1234)["staff_spending"]["value"] == 100
    assert store.prices() == {"index": {"2021": 10645, "2022": 11200}, "source": "INSEE"}


@pytest.mark.parametrize(
    ("year", "people", "found"),
    [(2022, 500, 2022), (2022, 1999, 2022), (2025, 900, 2022), (2026, 900, None),
     (2021, 900, None), (2022, 499, None), (2022, 2000, None)],
)  # fmt: skip
def test_an_average_is_of_the_stratum_and_near_in_time(
    charts: Any, imported: Callable[[str], Any], year: int, people: int, found: int | None
) -> None:
    from ckanext.budget.charts.references import store

    imported(HEAD + LINE)
    told = store.averages("commune", "", year, people).get("staff_spending")
    assert (told["year"] if told else None) == found


PRINTED = b'<Information Code="PopTot" V="1 234"/><Information Code="MoyNatDepRFonc" V="615"/>'


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("01", {"real_operating_expenditure": (61500, "")}),
        ("09", {"real_operating_expenditure": (61500, ""), "staff_spending": (32145, OFGL)}),
        ("10", {"real_operating_expenditure": (61500, ""), "staff_spending": (32145, OFGL)}),
    ],
)
def test_averages_stand_beside_figures_of_the_same_kind(
    charts: Any, make_document: Any, imported: Callable[[str], Any], stage: str, expected: Any
) -> None:
    """Imported ones are of accounts: beside accounts alone. Printed ones are in the document."""
    imported(HEAD + LINE)
    document = make_document(stage=stage).replace(
        b'<Information Code="PopTot" V="1 234"/>', PRINTED
    )
    found = charts.action("budget_compare", id=charts.publish(document)["id"])
    assert {name: (one["value"], one["source"]) for name, one in found["averages"].items()} == (
        expected
    )


def test_enough_bodies_need_no_average(
    charts: Any, make_document: Any, imported: Callable[[str], Any], monkeypatch: Any
) -> None:
    from ckanext.budget.charts import peers

    imported(HEAD + LINE)
    own = charts.publish(make_document(stage="09"))
    charts.publish(make_document(stage="10", siret="21560046100010", name="AUTRE"))
    found = charts.action("budget_compare", id=own["id"])
    assert len(found["bodies"]) == 1 and found["averages"]
    monkeypatch.setattr(peers, "ENOUGH", 1)
    assert charts.action("budget_compare", id=own["id"])["averages"] == {}


EPCI = {"200000545": "CC du Lac", "246700488": "Eurométropole du Rhin", "200067213": "CA Nord",
        "200066876": "CC Terres Métropole", "245701206": "CU Est"}  # fmt: skip


@pytest.mark.parametrize(
    ("siren", "nature", "others"),
    [("200000545", "CC", 1), ("200066876", "CC", 1), ("246700488", "MET", 0),
     ("200067213", "CA", 0), ("245701206", "CU", 0)],
)  # fmt: skip
def test_an_epci_is_beside_those_of_its_nature(
    charts: Any, make_document: Any, imported: Any, siren: str, nature: str, others: int
) -> None:
    from ckan import model

    from ckanext.budget.core.tables import territory_table
    from ckanext.budget.totem.identifiers import siret

    for one, name in EPCI.items():
        model.Session.execute(territory_table.insert().values(
            kind="epci", code=one, name=name, siren=one, department="", region="", source="t"
        ))  # fmt: skip
    model.Session.commit()
    resources = {
        one: charts.publish(make_document(siret=siret(one), name=name, body="CC"))
        for one, name in EPCI.items()
    }
    found = charts.action("budget_compare", id=resources[siren]["id"])
    assert found["criteria"]["nature"] == nature
    assert len(found["bodies"]) == others


def annex(content: bytes, norm: str) -> bytes:
    """The same document, of an annex budget with receipts, in another norm."""
    line = (
        b'<LigneBudget><Nature V="7011"/><ContNat V="70"/><ArtSpe V="false"/><CodRD V="R"/>'
        b'<MtPropNouv V="2000"/><MtPrev V="2000"/><OpBudg V="0"/></LigneBudget><Annexes>'
    )
    return (
        content.replace(b'<CodTypBud V="P"/>', b'<CodTypBud V="A"/>')
        .replace(b"BUDGET PRINCIPAL", b"EAU")
        .replace(b"M57-M57_D", norm.encode())
        .replace(b"<Annexes>", line)
    )


def test_an_annex_budget_is_beside_those_of_its_norm_by_rates_alone(
    charts: Any, make_document: Any, imported: Any
) -> None:
    own = charts.publish(annex(make_document(), "M49-M49_D"))
    alike = "21560046100010"
    charts.publish(annex(make_document(siret=alike, name="B"), "M49-M49_D"))
    charts.publish(annex(make_document(siret="21560134500014", name="C"), "M43-M43_D"))
    charts.publish(make_document(siret="21670300900011", name="D"))
    found = charts.action("budget_compare", id=own["id"])
    assert [body["siret"] for body in found["bodies"]] == [alike]
    assert found["averages"] == {} and found["criteria"]["population_min"] is None
    assert set(found["self"]["figures"]) == {"gross_saving_rate", "debt_capacity_years"}
