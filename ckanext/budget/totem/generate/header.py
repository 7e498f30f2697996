"""What comes before the lines: header, budget block, general information."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from ckanext.budget.totem.generate.bodies import of_place
from ckanext.budget.totem.generate.chance import chance
from ckanext.budget.totem.generate.ledger import FiscalYear, fiscal_year
from ckanext.budget.totem.generate.lines import rows
from ckanext.budget.totem.generate.names import Planter
from ckanext.budget.totem.generate.scenarios import Budget, Spec
from ckanext.budget.totem.generate.writer import Field
from ckanext.budget.totem.model import Stage
from ckanext.budget.totem.scdl import AMOUNTS
from ckanext.budget.totem.summary.cube import Cell, movement, total
from ckanext.budget.totem.summary.payload import basis_of
from ckanext.budget.totem.summary.ratios import ratios_of

# Month and day of the vote, years after the fiscal year's own.
VOTES = {
    Stage.BP: (0, 3, 12),
    Stage.BS: (0, 6, 14),
    Stage.DM: (0, 9, 2),
    Stage.CA: (1, 5, 20),
    Stage.CFU: (1, 5, 27),
}
DAYS_DRAWN = 18
DAYS_TO_DM = 45
NATURE = {
    "commune": "Commune",
    "epci": "Etablissement public de coopération intercommunale",
    "departement": "Département",
    "region": "Région",
    "ccas": "CCAS",
    "cde": "Caisse des écoles",
    "sdis": "SDIS",
    "syndicat": "Syndicat intercommunal",
}
NAMES = {
    "commune": ("{NAME}", "COMMUNE {OF}", "VILLE {OF}", "Commune {of}"),
    "departement": ("DEPARTEMENT {NAME}", "Conseil départemental - {name}"),
    "region": ("REGION {NAME}", "Région {name}"),
}
SCHEMA_VERSIONS = {
    2016: "80",
    2017: "84",
    2018: "88",
    2019: "90",
    2020: "93",
    2021: "95",
    2022: "100",
    2023: "105",
    2024: "113",
}


def vote_date(spec: Spec) -> date:
    """Day of the vote, the same for every document of the budget's family of draws."""
    years, month, day = VOTES[spec.stage]
    rng = chance(spec.budget.body.siren, spec.year, spec.stage.name)
    drawn = rng.randrange(DAYS_DRAWN) + DAYS_TO_DM * max(spec.number - 1, 0)
    return date(spec.year + years, month, day) + timedelta(days=drawn)


def schema_version(spec: Spec) -> str:
    """``VersionSchema``: the one of the year the document was made in."""
    return SCHEMA_VERSIONS[min(spec.year, max(SCHEMA_VERSIONS))]


def body_name(budget: Budget) -> str:
    """``LibelleColl``, written in the producer's fashion."""
    body = budget.body
    form = chance(body.siren, "name").choice(NAMES.get(body.kind, ("{name}", "{NAME}")))
    of = of_place(body.name)
    return form.format(name=body.name, NAME=body.name.upper(), of=of, OF=of.upper())


def main_name(budget: Budget) -> str:
    """Name of the principal budget."""
    return f"BUDGET PRINCIPAL {body_name(budget)}"[:100]


def _post(budget: Budget) -> tuple[str, str]:
    """Invented accounting office: label and number."""
    department = budget.body.department.zfill(3)
    number = chance(budget.body.siren, "post").randint(1, 60)
    return f"SGC SECTEUR {number}", f"{department}{number:03d}"


def document_header(spec: Spec) -> list[Field]:
    """``EnTeteDocBudgetaire``."""
    budget = spec.budget
    label, number = _post(budget)
    stamped = vote_date(spec) + timedelta(days=2)
    return [
        ("DteStr", stamped.isoformat()),
        ("LibellePoste", label),
        ("IdPost", number),
        ("LibelleColl", body_name(budget)[:100]),
        ("IdColl", budget.body.siret()),
        ("NatCEPL", NATURE[budget.body.kind]),
        ("Departement", budget.body.department.zfill(3 if spec.style.zero_amounts else 2)),
    ]


def budget_header(spec: Spec) -> list[Field]:
    """``EnTeteBudget``."""
    budget, case = spec.budget, spec.budget.case
    rank = chance(budget.body.siren, "code").randint(100, 999)
    return [
        ("LibelleEtab", case.label if budget.is_annex else main_name(budget)),
        ("IdEtab", budget.siret),
        ("CodColl", str(rank)),
        ("CodInseeColl", budget.body.insee),
        ("CodBud", f"{case.establishment - 1:02d}"),
        ("Nomenclature", f"{case.norm}-{case.variant}"),
    ]


def _carry_over(book: FiscalYear, spec: Spec) -> str:
    """``ReprRes``: 1 results not carried over, 2 in advance, 3 after the accounts were voted."""
    has_supplementary = Stage.BS in spec.budget.case.stages
    return "1" if has_supplementary and spec.stage is Stage.BP else "3"


def budget_block(spec: Spec) -> list[Field]:
    """``BlocBudget`` in the order of the XSD (TBlocBudget)."""
    budget, style = spec.budget, spec.style
    voted = vote_date(spec).isoformat()
    book = fiscal_year(budget, spec.year)
    fields = [
        ("NatDec", spec.stage.code),
        ("NumDec", str(spec.number) if spec.number else ""),
        ("Exer", str(spec.year)),
        ("ProjetBudget", style.false),
        ("DteDec", voted),
        ("DteDecEx", voted if style.section else ""),
        ("NatVote", "FcIc"),
        ("OpeEquip", style.true if any(key.operation for key in book.primitive) else style.false),
        ("VoteFormelChap", style.false),
        ("TypProv", "2" if budget.case.norm == "M57" else "1"),
        ("BudgPrec", "1"),
        ("ReprRes", _carry_over(book, spec)),
        ("NatFonc", budget.case.vote),
        ("PresentationSimplifiee", "false" if style.zero_amounts else ""),
        ("CodTypBud", "A" if budget.is_annex else "P"),
        ("IdEtabPal", budget.body.siret() if budget.is_annex else ""),
        ("LibelleEtabPal", main_name(budget) if budget.is_annex else ""),
    ]
    return [field for field in fields if field[1]]


ATTACHED_SHARE = 0.25


def attachments(spec: Spec, planter: Planter) -> Iterator[list[Field]]:
    """``PJRef``: some documents name a file after the person who scanned it."""
    rng = chance(spec.file_name, "attachments")
    if rng.random() < ATTACHED_SHARE:
        name = planter.person("PJRef/NomPJ")
        yield [
            ("Support", "01"),
            ("IdUnique", f"PJ{rng.randrange(10**8):08d}"),
            ("NomPJ", f"Délibération {name}.pdf"),
            ("TypeAnnexe", "Délibération"),
        ]


def _french(cents: int) -> str:
    """1 234,56 as producers write ratios."""
    sign, size = "-" if cents < 0 else "", abs(cents)
    return sign + f"{size // 100:,}".replace(",", " ") + f",{size % 100:02d}"


def _ratios(spec: Spec, population: int) -> Iterator[tuple[str, str]]:
    """Ratios of the article R. 2313-1 of the CGCT, as its readers compute them; those of the debt
    are left out, and those of a vote that only changes a budget."""
    cells = _cells(spec)
    basis = basis_of(spec.stage.name, cells)
    for ratio in ratios_of(cells, basis, spec.stage.name, population):
        if ratio["number"] and ratio["value"] is not None:
            percent = " %" if ratio["unit"] == "bp" else ""
            yield "Val" + ratio["code"], _french(ratio["value"]) + percent


def _cells(spec: Spec) -> dict[Cell, list[int]]:
    """The lines of the document as cells of a summary."""
    cells: dict[Cell, list[int]] = {}
    unwritten = "" if spec.style.credits or spec.stage.kind == "account" else "CredOuv"
    for entry, amounts in rows(spec):
        order = movement(entry.order, entry.chapter, entry.nature)
        cell = Cell(entry.section, entry.rd, order, entry.chapter, entry.nature, "")
        sums = [amounts.get(name, 0) if name != unwritten else 0 for name in AMOUNTS]
        cells[cell] = total(cells[cell], sums) if cell in cells else sums
    return cells


def information(spec: Spec) -> list[tuple[str, str]]:
    """``InformationsGenerales``: code and value."""
    budget = spec.budget
    rng = chance(budget.seed, spec.year, "information")
    population = 0 if budget.is_annex else budget.body.population
    written = f"{population:,}".replace(",", " ") if spec.style.section else str(population)
    found = [("PopTot", written), ("NbResSec", str(population // rng.randint(20, 90)))]
    if population and spec.stage.kind != "change":
        found += _ratios(spec, population)
    found.append(("PotFin", _french(population * rng.randint(60_000, 140_000))))
    found.append(("MtAmort1An", "730"))
    return found
