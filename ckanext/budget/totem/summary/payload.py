"""The cube as JSON: dictionaries, columns, key figures, findings; bounded in size.

30 000 lines may hold 20 000 combinations of nature and function. Charts never cross the two, so
the payload has two marginal cubes, by nature and by function, that add up to the same totals. When
they are still too large, detail goes first where it is least looked at (``_TRIMS``), and the
payload says so; sums stay exact because cells are added, never dropped.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ckanext.budget.totem.model import Stage
from ckanext.budget.totem.nomenclature import Plan, guess_plan, load
from ckanext.budget.totem.summary.categories import categories, category_of, plain_of
from ckanext.budget.totem.summary.changes import changes_of
from ckanext.budget.totem.summary.cube import CARRIED, KINDS, Cell, Cube, total
from ckanext.budget.totem.summary.figures import figures_of, is_land_development
from ckanext.budget.totem.summary.findings import counts_of, findings_of
from ckanext.budget.totem.summary.flows import internal_flows
from ckanext.budget.totem.summary.names import Names
from ckanext.budget.totem.summary.ratios import Beside, ratios_of

if TYPE_CHECKING:
    from ckanext.budget.totem.model import Header
    from ckanext.budget.totem.totals import Totals


VERSION = 3
"""Of the payload's shape and of the figures' definitions: summaries of another one are redone."""

MAX_BYTES = 58_000
"""Of the gzipped JSON: below the 60 kB that a page may cost."""

_MISSING_YEAR = 2024
_LEVEL = 6
_LABEL_LENGTH = 200
_CATEGORIES = tuple(category.id for category in categories())
Sums = list[int]


@dataclass(frozen=True)
class Hints:
    """What the CSV does not say and the portal may know; all optional.

    ``stage`` is a name of :class:`Stage` (a CFU is written as compte administratif in SCDL);
    ``population`` None or 0: unknown. ``annex``: the budget of one activity of a body, whose
    inhabitants are not its own: nothing is divided by them.
    """

    norm: str = ""
    variant: str = ""
    stage: str = ""
    number: str = ""
    population: int | None = None
    annex: bool = False

    @classmethod
    def of(cls, header: Header) -> Hints:
        """What a document says of itself."""
        stage = header.stage.name
        annex = header.budget_type == "annexe"
        return cls(header.norm, header.variant, stage, header.number, header.population, annex)


class Trim(NamedTuple):
    """How many first characters of codes are kept (0: all), and whether functions keep their
    chapters (0) or not (1)."""

    nature: int = 0
    function: int = 0
    chapter: int = 0
    chapter_code: int = 0


_TRIMS = (
    Trim(),
    Trim(chapter=1),
    Trim(function=3, chapter=1),
    Trim(function=2, chapter=1),
    Trim(5, 2, 1),
    Trim(4, 2, 1),
    Trim(3, 2, 1),
    Trim(2, 1, 1),
    Trim(2, 1, 1, 2),
    Trim(1, 1, 1, 1),
)


@dataclass(frozen=True)
class Summary:
    """A summary ready to be stored: ``payload`` is JSON-ready."""

    payload: dict[str, Any]

    @classmethod
    def load(cls, body: bytes) -> Summary:
        """From its ``body``."""
        return cls(json.loads(gzip.decompress(body)))

    @cached_property
    def body(self) -> bytes:
        """The payload as gzipped JSON, always the same bytes for the same payload."""
        return gzip.compress(encoded(self.payload), _LEVEL, mtime=0)

    @property
    def figures(self) -> dict[str, int | None]:
        """Values of the key figures by id; of a vote that changes a budget, by how much."""
        if self.payload["changes"]:
            return dict(self.payload["changes"]["figures"])
        return {figure["id"]: figure["value"] for figure in self.payload["figures"]}

    def chapters(self) -> list[tuple[str, str, str, str, int]]:
        """Sums of the basis by (section, direction, order, chapter code)."""
        payload, basis = self.payload, self.payload["basis"]
        cube, codes = payload["by_nature"], payload["chapters"]["codes"]
        sums: dict[tuple[str, str, str, str], int] = {}
        places = zip(
            cube["section"], cube["direction"], cube["order"], cube["chapter"],
            cube["values"].get(basis, ()), strict=False,
        )  # fmt: skip
        for section, direction, order, chapter, amount in places:
            key = (section, direction, order, codes[chapter])
            sums[key] = sums.get(key, 0) + amount
        return [(*key, amount) for key, amount in sums.items() if amount]


def encoded(payload: Mapping[str, Any]) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def summarise_cube(cube: Cube, hints: Hints, beside: Beside | None = None) -> Summary:
    """The summary of a cube, as detailed as ``MAX_BYTES`` allows; ``beside``: what the document
    tells beside its lines, None when there are only lines."""
    is_year = cube.identity.year.isdecimal() and len(cube.identity.year) == 4
    year = int(cube.identity.year) if is_year else None
    plan = _plan(cube, hints, year or _MISSING_YEAR)
    build = _Builder(cube, hints, plan, year, beside)
    for trim in _TRIMS:
        summary = Summary(build(trim))
        if len(summary.body) <= MAX_BYTES:
            break
    return summary


def summarise_document(
    totals: Totals, rows: int, header: Header, beside: Beside | None = None
) -> Summary:
    """The summary of a document that was just converted: that of its CSV, without reading it, and
    with ``beside`` its debt and its printed ratios."""
    return summarise_cube(Cube.of(totals, rows, header), Hints.of(header), beside)


def _plan(cube: Cube, hints: Hints, year: int) -> Plan | None:
    if hints.norm:
        return load(hints.norm, hints.variant or hints.norm, year)
    return guess_plan(cube.natures, year)


@dataclass
class _Builder:
    cube: Cube
    hints: Hints
    plan: Plan | None
    year: int | None
    beside: Beside | None = None

    def __post_init__(self) -> None:
        self.names = Names(self.plan)
        self.cells = self._with_sections()
        self.norm = self.plan.norm if self.plan else ""
        self.by_nature = _cells(_merged(self.cells, lambda cell: (*cell[:5], "")))
        self.kinds = _kinds(self.by_nature.values())
        self.stage = self.hints.stage or _stage(self.cube.identity.stage)
        self.basis = basis_of(self.stage, self.by_nature)
        self.population = None if self.hints.annex else self.hints.population or None
        self.kind = Stage[self.stage].kind if self.stage in Stage.__members__ else ""
        self.told = self._told()
        self.totals = self._totals()
        self.counts = counts_of(self.cube, self.cells)

    def __call__(self, trim: Trim) -> dict[str, Any]:
        functions = _Dictionary(self.names.function, self.cube.functions)
        payload = {
            "version": VERSION,
            "state": "ready",
            "rows": self.cube.rows,
            "document": self._document(),
            "basis": self.basis,
            "voted": next((kind for kind in ("CREDOUV", "MTPREV") if kind in self.kinds), None),
            "realised": self._realised(),
            "remainders": "MTRAR3112" if "MTRAR3112" in self.kinds else None,
            "amounts": self.kinds,
            **self._cubes(trim, functions),
            "trimmed": trim._asdict(),
            "totals": self.totals,
            **self.told,
        }
        payload["findings"] = findings_of(self.counts, payload, self.names)
        return payload

    def _told(self) -> dict[str, Any]:
        """What is said in figures: of a whole budget or account, or of what a vote changes."""
        debt = self.beside.debt if self.beside else None
        told: dict[str, Any] = {
            "carried_over": self._carried_over(),
            "plain": plain_of(self.cells, self.basis, self.norm),
            "debt": debt.as_dict() if debt else None,
            "consolidation": self.beside.consolidation.as_list() if self.beside else [],
            "internal_flows": internal_flows(self.by_nature, self.basis, self.plan),
            "changes": None,
            "figures": [],
            "legal_ratios": [],
        }
        if self.kind == "change":
            return told | {"changes": changes_of(self.by_nature, self.basis)}
        cells, basis = self.by_nature, self.basis
        return told | {
            "figures": figures_of(cells, basis, self.population, debt),
            "legal_ratios": ratios_of(cells, basis, self.stage, self.population, self.beside),
        }

    def _carried_over(self) -> dict[str, dict[str, int]]:
        """Results of former years by section and direction, in cents of the basis."""
        if not self.basis:
            return {}
        kind = KINDS.index(self.basis)
        found: dict[str, dict[str, int]] = {}
        for cell, sums in self.by_nature.items():
            if cell.order == CARRIED and sums[kind]:
                side = found.setdefault(cell.section, {"R": 0, "D": 0})
                side[cell.direction] = side.get(cell.direction, 0) + sums[kind]
        return found

    def _realised(self) -> str | None:
        """None for a budget: some give an amount of the former account on one line (001, 002)."""
        is_budget = self.kind in ("budget", "change")
        return "MTREAL" if "MTREAL" in self.kinds and not is_budget else None

    def _document(self) -> dict[str, Any]:
        identity = self.cube.identity
        return {
            "siret": identity.siret,
            "name": identity.name,
            "year": self.year,
            "stage": self.stage,
            "stage_label": identity.stage,
            "kind": self.kind,
            "number": self.hints.number,
            "norm": self.norm,
            "norm_origin": ("document" if self.hints.norm else "guessed") if self.plan else "",
            "population": self.population,
            "annex": self.hints.annex,
            "land_development": bool(self.basis)
            and is_land_development(self.by_nature, self.basis or ""),
        }

    def _cubes(self, trim: Trim, functions: _Dictionary) -> dict[str, Any]:
        chapters = _Dictionary(self.names.chapter, self.cube.chapters)
        natures = _Dictionary(self.names.nature, self.cube.natures)
        by_nature = self._columns(
            "nature",
            lambda cell: (
                _cut(cell.chapter, trim.chapter_code),
                _cut(cell.nature, trim.nature),
            ),
            {"chapter": chapters, "nature": natures},
        )
        by_function = None
        if any(cell.function for cell in self.cells):
            by_function = self._columns(
                "policy",
                lambda cell: (
                    _cut(cell.function, trim.function),
                    "" if trim.chapter else cell.chapter,
                ),
                {"function": functions, "chapter": None if trim.chapter else chapters},
            )
        nature_parents = natures.with_parents(self.names.accounts_above)
        function_parents = functions.with_parents(self.names.headings)
        return {
            "chapters": chapters.as_dict(),
            "natures": {**natures.as_dict(), "parents": nature_parents},
            "functions": {**functions.as_dict(), "parents": function_parents},
            "by_nature": by_nature,
            "by_function": by_function,
            "categories": list(_CATEGORIES),
        }

    def _columns(
        self,
        axis: str,
        codes_of: Callable[[Cell], tuple[str, str]],
        tables: Mapping[str, _Dictionary | None],
    ) -> dict[str, Any]:
        """Cells added up by section, direction, order, two codes and plain category, as columns."""
        merged = _merged(
            self.cells,
            lambda cell: (*cell[:3], *codes_of(cell), category_of(axis, self.norm, cell)),
        )
        keys = sorted(merged)
        columns: dict[str, Any] = {
            name: "".join(key[place] for key in keys)
            for place, name in enumerate(("section", "direction", "order"))
        }
        for place, (name, table) in enumerate(tables.items(), start=3):
            columns[name] = [table.place(key[place]) if table else -1 for key in keys]
        columns["plain"] = [_CATEGORIES.index(key[-1]) for key in keys]
        columns["values"] = {
            kind: [merged[key][KINDS.index(kind)] for key in keys] for kind in self.kinds
        }
        return columns

    def _totals(self) -> list[dict[str, Any]]:
        merged = _merged(self.by_nature, lambda cell: cell[:3])
        return [
            dict(zip(("section", "direction", "order"), key, strict=True))
            | {kind: sums[KINDS.index(kind)] for kind in self.kinds}
            for key, sums in sorted(merged.items())
        ]

    def _with_sections(self) -> dict[Cell, Sums]:
        """Cells whose section the file does not tell get that of the plan of accounts."""
        if all(cell.section != "?" for cell in self.cube.cells):
            return self.cube.cells
        plan = self.plan or load("M57", "M57", self.year or _MISSING_YEAR)

        def placed(cell: Cell) -> Cell:
            if cell.section != "?":
                return cell
            found = plan.section_of(cell.chapter, cell.nature).value
            return cell._replace(section=found or "?")

        return _merged(self.cube.cells, placed)


class _Dictionary:
    """Codes in order of first use, with labels."""

    def __init__(self, label: Callable[[str, str], str], own: Mapping[str, str]) -> None:
        self._label = label
        self._own = own
        self._places: dict[str, int] = {}

    def place(self, code: str) -> int:
        return self._places.setdefault(code, len(self._places))

    def with_parents(self, headings: Callable[[str], Iterable[str]]) -> list[int]:
        """Add the headings of every code; the place of each code's own heading, -1 for none."""
        parents: dict[str, int] = {}
        for code in list(self._places):
            above = -1
            for heading in (*headings(code), code):
                place = self.place(heading)
                parents.setdefault(heading, above)
                above = place
        return [parents[code] for code in self._places]

    def as_dict(self) -> dict[str, list[str]]:
        labels = [
            self._label(code, self._own.get(code, ""))[:_LABEL_LENGTH] for code in self._places
        ]
        return {"codes": list(self._places), "labels": labels}


def _merged(cells: Mapping[Cell, Sums], key_of: Callable[[Cell], Any]) -> dict[Any, Sums]:
    merged: dict[Any, Sums] = {}
    for cell, sums in cells.items():
        key = key_of(cell)
        known = merged.get(key)
        merged[key] = list(sums) if known is None else total(known, sums)
    return merged


def _cells(merged: Mapping[Any, Sums]) -> dict[Cell, Sums]:
    return {Cell(*key): sums for key, sums in merged.items()}


def _cut(code: str, length: int) -> str:
    return code[:length] if length else code


def _kinds(sums: Iterable[Sums]) -> list[str]:
    used = [False] * len(KINDS)
    for amounts in sums:
        used = [known or bool(amount) for known, amount in zip(used, amounts, strict=True)]
    return [kind for kind, is_used in zip(KINDS, used, strict=True) if is_used]


def _stage(label: str) -> str:
    words = label.lower().strip()
    return next((stage.name for stage in Stage if words in (stage.label, stage.title.lower())), "")


def basis_of(stage: str, cells: Mapping[Cell, Sums]) -> str | None:
    """The amount that speaks for the document: realised for accounts, voted for budgets.

    A budget's open credits are its vote plus the carry-overs of the former fiscal year: where they
    are exactly that, they are what balances a section, and are preferred to the vote alone.
    """
    kinds = _kinds(cells.values())
    if stage in ("CA", "CFU") and "MTREAL" in kinds:
        return "MTREAL"
    if {"CREDOUV", "MTRARPREC", "MTPREV"} <= set(kinds) and _opens_vote_and_remainders(cells):
        return "CREDOUV"
    order = ("MTPREV", "CREDOUV", "MTPROPNOUV", "MTREAL", "MTBUDGPREC")
    return next((kind for kind in order if kind in kinds), kinds[0] if kinds else None)


def _opens_vote_and_remainders(cells: Mapping[Cell, Sums]) -> bool:
    credit, vote, carried = (KINDS.index(kind) for kind in ("CREDOUV", "MTPREV", "MTRARPREC"))
    sides = _merged(cells, lambda cell: cell[:2])
    return all(sums[credit] == sums[vote] + sums[carried] for sums in sides.values())
