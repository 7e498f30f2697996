"""Complete a folder of tables with the plans that the State has published since.

What is asked for: every variant that had a plan lately, in the years that its table lacks. Each
file is kept under ``FOLDER/plans/YEAR/NORM/VARIANT/planDeCompte.xml``: a run that was interrupted
goes on where it stopped, and asks for nothing twice. How a file is fetched is the caller's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from .importer import import_plans, read_facts
from .table import PlansError, VariantYears

SITE = "http://odm-budgetaire.org/composants/normes/"
"""Where the State publishes them (plain HTTP: what public programs have read for years)."""

LATELY = 3
"""Years without a plan after which a variant is taken as abolished."""

FILE = "planDeCompte.xml"


class Wanted(NamedTuple):
    """A plan: its place on the site and in the folder is ``path``."""

    year: int
    norm: str
    variant: str

    @property
    def path(self) -> str:
        """``2026/M57/M57_D/planDeCompte.xml``."""
        return f"{self.year}/{self.norm}/{self.variant}/{FILE}"

    def __str__(self) -> str:
        return f"{self.variant} {self.year}"


class Updated(NamedTuple):
    """What an update did: ``added``; ``absent`` from the site; ``unusable`` answers."""

    added: list[Wanted]
    absent: list[Wanted]
    unusable: list[Wanted]


Fetch = Callable[[Wanted, Path], bool]
"""Writes a plan to a path; False when the site has none. Its own errors stop the update."""


def missing(index: Iterable[VariantYears], last: int) -> Iterator[Wanted]:
    """The plans up to the exercise ``last`` that the tables lack, the oldest first."""
    known = list(index)
    newest = max((entry.years[-1] for entry in known), default=last)
    wanted = (
        Wanted(year, entry.norm, entry.variant)
        for entry in known
        for year in range(entry.years[0], last + 1)
        if year not in entry.years and (year < entry.years[-1] or _lives(entry, newest))
    )
    return iter(sorted(wanted))


def again(index: Iterable[VariantYears], years: Iterable[int]) -> Iterator[Wanted]:
    """Every known variant in these years, whether there is a table or not: plans are corrected
    during their year."""
    entries = list(index)
    return iter(sorted(Wanted(y, e.norm, e.variant) for y in set(years) for e in entries))


def _lives(entry: VariantYears, newest: int) -> bool:
    return entry.years[-1] >= newest - LATELY


def update(folder: Path, wanted: Iterable[Wanted], fetch: Fetch, renew: bool = False) -> Updated:
    """Fetch each plan that the folder lacks, and add to its tables those that it now has.

    ``renew``: ask again for the files that are there. Raises what ``fetch`` raises, once the plans
    fetched before are in the tables; ``PlansError`` when the folder cannot be written.
    """
    done = Updated([], [], [])
    try:
        for plan in wanted:
            _outcome(folder / "plans", plan, fetch, renew, done).append(plan)
    finally:
        if done.added:
            source = folder / "plans"
            import_plans(source, folder, {source / plan.path for plan in done.added})
    return done


def _outcome(folder: Path, plan: Wanted, fetch: Fetch, renew: bool, done: Updated) -> list[Wanted]:
    """Where the plan goes: the list of ``done`` that tells what became of it."""
    path, part = folder / plan.path, folder / f"{FILE}.part"
    if path.is_file() and not renew:
        return done.added
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not fetch(plan, part):
            return done.absent
        if not any(read_facts(part)):
            return done.unusable
        path.parent.mkdir(parents=True, exist_ok=True)
        part.replace(path)
    except PlansError:  # an error page sent as if it were the file
        return done.unusable
    except OSError as error:
        raise PlansError("Plans non enregistrés : vérifiez le dossier donné à -o.") from error
    finally:
        part.unlink(missing_ok=True)
    return done.added
