"""What people ask of the annexes, read from the archive: synthetic CSVs in, small tables out."""

from __future__ import annotations

import io
import zipfile

import pytest

from ckanext.budget.totem.annexes import shown
from ckanext.budget.totem.annexes.shown import tables_of
from ckanext.budget.totem.privacy import MASK


def archive(**tables: str) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, text in tables.items():
            base = f"21670482500019-2022-ca-{name.replace('_', '-')}"
            packed.writestr(f"{base}.csv", text)
            packed.writestr(f"{base}.schema.json", f'{{"title": "Annexe {name}"}}')
    out.seek(0)
    return out


def staff(**groups: int) -> str:
    rows = [f"I,{group},1.0,1.0" for group, count in groups.items() for _ in range(count)]
    return "\n".join(["CodTypAgent,CodCatAgent,EffectifBud,EffectifPourvu", *rows])


def test_grants_come_largest_first_and_masked_names_stay_masked() -> None:
    text = (
        "CodNatJurBenefCA,LibOrgaBenef,MtSubv,ObjSubv\n"
        f'P3,{MASK},150.00,{MASK}\nP1,CLUB,"2 000,50",Sport\nZZ,AUTRE,,\n'
    )
    found = tables_of(archive(concours=text))["grants"]
    assert found["rows"] == [
        ["CLUB", "Associations", "Sport", 200_050],
        [None, "Personnes physiques", None, 15_000],
        ["AUTRE", "", "", None],
    ]
    assert found["count"] == 3


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ({"C": 30, "B": 8, "A": 6}, {"C": 3000, "B": 800, "A": 600}),
        ({"C": 30, "B": 3, "A": 2}, {"C": 3000, "": 500}),
        ({"C": 30, "B": 8, "A": 2}, {"C": 3000, "": 1000}),  # two agents alone would be told
        ({"C": 7, "A": 1}, {"": 800}),
        ({"C": 2}, {"": 200}),
        ({"C": 5}, {"C": 500}),
    ],
)
def test_small_groups_of_agents_are_one(groups: dict[str, int], expected: dict[str, int]) -> None:
    rows = tables_of(archive(personnel=staff(**groups)))["staff"]["rows"]
    assert {row[0]: row[2] for row in rows} == expected
    assert sum(row[1] for row in rows) == 100 * sum(groups.values())


def test_totals_of_taxes_are_no_tax() -> None:
    head = "CodSousTypContrib,LibTaxe,MtBaseNotif,TxApplicConsMunic,MtProdVote\n"
    text = head + "02,,1000.00,22.29,222.90\n99,,1000.00,,222.90\n"
    assert tables_of(archive(fiscalite=text))["taxes"]["rows"] == [["TFPB", 100_000, 2229, 22_290]]


def test_parts_of_a_line_of_the_accounts_are_left_to_it() -> None:
    text = (
        "Etat,Intitule1,Format,ModeTraitement,MtNet,MtNet-1\n"
        "CR,Charges de personnel,AG,REGROUP,30.00,20.00\nCR,Dont salaires,AGI,AGREGAT,25.00,\n"
        "CR,TITRE,GAGE,TITRE,,\nCR,TOTAL,GAGE,TOTALISATION,30.00,20.00\n"
    )
    rows = tables_of(archive(compte_de_resultat=text))["income"]["rows"]
    assert [(row[0], row[2], row[3]) for row in rows] == [
        ("Charges de personnel", "line", 3000),
        ("TOTAL", "total", 3000),
    ]


def test_a_page_gets_the_first_rows_and_the_number_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "MAX_ROWS", 2)
    text = "LibOrgaBenef,MtSubv\n" + "".join(f"CLUB {n},{n}.00\n" for n in range(5))
    found = tables_of(archive(concours=text))["grants"]
    assert [row[3] for row in found["rows"]] == [400, 300] and found["count"] == 5


def test_every_table_is_listed_and_none_invented() -> None:
    assert tables_of(archive()) == {}
    found = tables_of(archive(emprunt="a\n1\n2\n", sommaire="a\n"))
    assert found["contents"]["rows"] == [["Annexe emprunt", 2], ["Annexe sommaire", 0]]
    assert set(found) == {"contents"}
    with pytest.raises(zipfile.BadZipFile):
        tables_of(io.BytesIO(b"nothing"))
