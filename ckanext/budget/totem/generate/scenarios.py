"""Which documents are made: bodies, budgets, norms, fiscal years and stages.

A scenario is one budget of one body over a few fiscal years; its documents follow each other
(budget primitif, décisions modificatives, compte administratif, then the next year) and agree with
each other. ``SCENARIOS`` covers every norm and variant; ``plan`` deals documents out of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, islice
from random import Random

from ckanext.budget.totem.generate.bodies import Body, of_kind
from ckanext.budget.totem.generate.chance import chance
from ckanext.budget.totem.generate.styles import CFU_STYLE, Style, choose
from ckanext.budget.totem.model import Stage


@dataclass(frozen=True, slots=True)
class Case:
    """One row of ``SCENARIOS``.

    kind, low, high: body and its population; norm, variant: chart of accounts; first, last:
    fiscal years in which that chart was in use; cycle: stages of one fiscal year; vote: ``NatFonc``
    (1 by nature, 2 by function, 3 by nature with functions); label: name of the budget;
    establishment: 1 for the principal budget; chunk: documents dealt per turn.
    """

    kind: str
    low: int
    high: int
    norm: str
    variant: str
    first: int
    last: int
    cycle: str
    vote: str = "1"
    label: str = "BUDGET PRINCIPAL"
    establishment: int = 1
    chunk: int = 1

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Stages of one fiscal year, in order."""
        return tuple(Stage[code] for code in self.cycle.split())


TOP = 10**9
SHORT, FULL, SUPPLEMENTARY, SINGLE = "BP CA", "BP DM DM CA", "BP BS DM CA", "BP DM CFU"

SCENARIOS = (
    Case("commune", 3500, TOP, "M14", "M14_COM_SUP3500", 2016, 2022, FULL, "3", chunk=4),
    Case("commune", 500, 3499, "M57", "M57_A", 2022, 2024, SINGLE, chunk=3),
    Case("epci", 0, TOP, "M57", "M57_D", 2022, 2024, SUPPLEMENTARY, "3", chunk=2),
    Case("departement", 0, TOP, "M52", "M52", 2016, 2021, SUPPLEMENTARY, "3"),
    Case("region", 0, TOP, "M71", "M71", 2016, 2020, FULL, "2"),
    Case("epci", 0, TOP, "M4", "M49_D", 2016, 2022, FULL, label="ASSAINISSEMENT", establishment=3),
    Case("commune", 0, 499, "M14", "M14_COM_INF500", 2016, 2022, SHORT),
    Case("sdis", 0, TOP, "M61", "M61", 2016, 2023, SUPPLEMENTARY),
    Case("ccas", 3500, TOP, "M14", "M14_CCAS_SUP3500", 2016, 2022, FULL),
    Case("commune", 500, 3499, "M14", "M14_COM_500_3500", 2016, 2022, FULL),
    Case("departement", 0, TOP, "M57", "M57_D", 2023, 2024, FULL, "3"),
    Case("commune", 0, 499, "M57", "M57_A", 2022, 2024, SINGLE),
    Case("syndicat", 0, TOP, "M4", "M41", 2016, 2022, SHORT, label="DISTRIBUTION D'ÉNERGIE"),
    Case(
        "epci", 0, TOP, "M4", "M43_D", 2016, 2021, FULL, label="TRANSPORTS URBAINS", establishment=4
    ),
    Case("region", 0, TOP, "M57", "M57_D", 2022, 2024, FULL, "2"),
    Case("ccas", 0, 3499, "M14", "M14_CCAS_INF3500", 2016, 2022, SHORT),
    Case("cde", 500, TOP, "M14", "M14_CE", 2016, 2022, SHORT, label="CAISSE DES ÉCOLES"),
    Case(
        "commune",
        0,
        3499,
        "M4",
        "M49_A",
        2016,
        2022,
        SHORT,
        label="EAU ET ASSAINISSEMENT",
        establishment=2,
    ),
    Case("commune", 3500, TOP, "M57", "M57_D", 2022, 2024, SINGLE, "3"),
    Case("syndicat", 0, TOP, "M4", "M4", 2016, 2023, FULL, label="ORDURES MÉNAGÈRES"),
    Case("epci", 0, TOP, "M57", "M57", 2016, 2020, FULL, "3"),
    Case("commune", 3500, TOP, "M4", "M42", 2016, 2021, SHORT, label="ABATTOIR", establishment=5),
    Case("ccas", 3500, TOP, "M57", "M57_P", 2023, 2024, SHORT),
    Case("syndicat", 0, TOP, "M4", "M44", 2016, 2021, SHORT, label="AMÉNAGEMENT FONCIER"),
    Case("syndicat", 0, TOP, "M4", "M43_A", 2016, 2021, SHORT, label="TRANSPORTS SCOLAIRES"),
    Case("epci", 0, TOP, "M4", "M43", 2022, 2024, SINGLE, label="MOBILITÉS", establishment=4),
    Case(
        "commune",
        500,
        3499,
        "M14",
        "M14_COM_500_3500",
        2016,
        2022,
        SHORT,
        label="LOTISSEMENT LES TILLEULS",
        establishment=6,
    ),
)
YEARS_PER_SCENARIO = 2
EXHAUSTED = 2000


@dataclass(frozen=True)
class Budget:
    """One budget of one body: what its documents share. ``seed`` names its draws."""

    seed: str
    case: Case
    body: Body
    first_year: int
    style: Style

    @property
    def siret(self) -> str:
        """SIRET of the budget (``IdEtab``)."""
        return self.body.siret(self.case.establishment)

    @property
    def is_annex(self) -> bool:
        """True for an annex budget (``CodTypBud`` A)."""
        return self.case.establishment > 1


@dataclass(frozen=True)
class Spec:
    """One document: budget, fiscal year, stage, rank of the DM; ``size``: bytes aimed at.

    annexes: "" for those that such a document has, "all" for every annex of the XSD, "none";
    annex_share: part of ``size`` that annexes take.
    """

    budget: Budget
    year: int
    stage: Stage
    number: int = 0
    size: int | None = None
    annex_share: float = 0.0
    annexes: str = ""

    @property
    def style(self) -> Style:
        """The producer; the CFU has its own."""
        return CFU_STYLE if self.stage is Stage.CFU else self.budget.style

    @property
    def file_name(self) -> str:
        """Name as exports have it: ``DOCBUDG_<siret>_<year>_BP.xml``."""
        rank = f"{self.number}" if self.number else ""
        return f"DOCBUDG_{self.budget.siret}_{self.year}_{self.stage.name}{rank}.xml"


def _budget(seed: int, case: Case, turn: int) -> Budget:
    """A budget drawn for ``case``; ``turn`` tells apart the successive ones."""
    name = f"{seed}/{case.kind}/{case.variant}/{case.label}/{case.low}/{turn}"
    rng = chance(name)
    body = rng.choice(of_kind(case.kind, case.low, case.high))
    last = min(case.last, body.last_year)
    first = rng.randint(case.first, max(case.first, last - YEARS_PER_SCENARIO + 1))
    return Budget(name, case, body, first, _style(rng))


def _style(rng: Random) -> Style:
    return choose(rng)


def _documents(budget: Budget) -> Iterator[Spec]:
    """Every document of a budget, oldest first."""
    last = min(budget.case.last, budget.first_year + YEARS_PER_SCENARIO - 1)
    for year in range(budget.first_year, last + 1):
        rank = 0
        for stage in budget.case.stages:
            rank += stage is Stage.DM
            yield Spec(budget, year, stage, rank if stage is Stage.DM else 0)


def _stream(seed: int, case: Case) -> Iterator[Spec]:
    """Endless documents of one case: one budget, then another."""
    for turn in count():
        yield from _documents(_budget(seed, case, turn))


def plan(documents: int, seed: int) -> Iterator[Spec]:
    """``documents`` specifications, no two with the same SIRET, fiscal year, stage and rank; fewer
    when every budget has been dealt."""
    return islice(_distinct(_deal(seed)), documents)


def large(spec: Spec) -> bool:
    """True for documents that can be of any size: presented by function, with all their lines."""
    return spec.budget.case.vote != "1" and spec.stage in (Stage.BP, Stage.CA)


def sized(documents: int, seed: int, size: int, annex_share: float) -> Iterator[Spec]:
    """``documents`` specifications of documents of about ``size`` bytes."""
    found = (spec for spec in _distinct(_deal(seed)) if large(spec))
    for spec in islice(found, documents):
        yield replace(spec, size=size, annex_share=annex_share)


def _deal(seed: int) -> Iterator[Spec]:
    """Documents of all cases in turn."""
    streams = [(case.chunk, _stream(seed, case)) for case in SCENARIOS]
    while True:
        for chunk, stream in streams:
            yield from islice(stream, chunk)


def _distinct(specs: Iterator[Spec]) -> Iterator[Spec]:
    """Leaves out documents whose file name was already dealt."""
    seen: set[str] = set()
    repeated = 0
    for spec in specs:
        repeated = repeated + 1 if spec.file_name in seen else 0
        if repeated > EXHAUSTED:
            return
        if not repeated:
            seen.add(spec.file_name)
            yield spec
