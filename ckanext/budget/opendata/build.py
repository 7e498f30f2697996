"""A build: what changed since the last one is read, the rest is taken over."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ckanext.budget.core.locks import exclusive
from ckanext.budget.opendata import description, engine, lines, sources, store, tables
from ckanext.budget.opendata.sources import Source
from ckanext.budget.sheet.identity import open_dataset_id

VERSION = 3
"""Of what is computed: another one, or another DuckDB, makes everything again."""


@dataclass
class Built:
    """``changed``: whether there is a new build; ``left_out``: documents that could not be read."""

    changed: bool
    documents: int = 0
    read: int = 0
    withdrawn: int = 0
    left_out: list[tuple[Source, str]] = field(default_factory=list)


def build(
    everything: bool = False, tell: Callable[[int, int], object] = lambda done, all_: None
) -> Built:
    """Bring the files up to date; one build at a time on all machines of the portal.

    ``tell`` gets how many partitions are done, of how many. Raises EngineMissing; whatever the
    error, readers keep the former build.
    """
    version = [VERSION, engine.version()]
    with exclusive(open_dataset_id()):
        former = store.current()
        known = {} if everything else store.state(former)
        former = former if known.get("version") == version else None
        before = known["documents"] if former else {}
        groups = lines.ledgers(known["groups"]) if former else {}
        published = sources.published()
        wanted = {source.resource: source for source in published}
        new = [one for one in published if _is_new(one, before)]
        gone = set(before) - set(wanted)
        built = Built(bool(new or gone or not former), len(wanted), len(new), len(gone))
        if built.changed:
            with store.aside() as folder:
                work = _Work(folder, former, before, groups, gone | {one.resource for one in new})
                built.left_out = work.run(published, new, tell)
                left = wanted.keys() - {source.resource for source, _reason in built.left_out}
                documents = {
                    name: [one.fingerprint, one.year, one.stage]
                    for name, one in wanted.items()
                    if name in left  # the others are read again by the next build
                }
                store.remember(
                    folder, {"version": version, "documents": documents, "groups": work.groups}
                )
                now = datetime.now(timezone.utc)
                old = store.manifest(former) if former else {}
                description.describe(folder, old, now.isoformat(timespec="seconds"))
                store.swap(folder, f"build-{now:%Y%m%d%H%M%S%f}")
        return built


def _is_new(source: Source, before: dict[str, list[str]]) -> bool:
    known = before.get(source.resource)
    return known is None or known[0] != source.fingerprint


@dataclass
class _Work:
    """The making of one build in ``folder``; ``stale``: resources whose former rows go."""

    folder: Path
    former: Path | None
    before: dict[str, list[str]]
    groups: dict[str, lines.Ledger]
    stale: set[str]

    def run(
        self, published: list[Source], new: list[Source], tell: Callable[[int, int], object]
    ) -> list[tuple[Source, str]]:
        """Write every file that changes; the documents that could not be read."""
        left = {self.before[name][1] for name in self.stale & set(self.before)}
        years = sorted({source.year for source in new} | left)
        if self.former:
            rewritten = tables.paths(years) | {lines.csv_path(year) for year in years}
            store.take_over(self.former, self.folder, rewritten)
        work = self.folder / ".work"
        work.mkdir()
        left_out: list[tuple[Source, str]] = []
        with engine.writer(work) as connection:
            for done, year in enumerate(years):
                tell(done, len(years))
                left_out += self._year(connection, published, year)
            tell(len(years), len(years))
            self._tables(connection, published, new, left_out, work)
        shutil.rmtree(work)
        return left_out

    def _year(
        self, connection: Any, published: list[Source], year: str
    ) -> list[tuple[Source, str]]:
        by_stage: dict[str, list[Source]] = defaultdict(list)
        for source in published:
            if source.year == year:
                by_stage[source.stage].append(source)
        former = lines.Former(self.former, year, self.groups.pop(year, {}))
        written = lines.write(connection, year, by_stage, self.stale, former, self.folder)
        if written.ledger:
            self.groups[year] = written.ledger
        totals = tables.totals_path(year)
        before = self.former / totals if self.former else None
        stale = self.stale | written.again
        tables.write_totals(connection, before, stale, self.folder / totals)
        return written.left_out

    def _tables(
        self,
        connection: Any,
        published: list[Source],
        new: list[Source],
        left_out: list[tuple[Source, str]],
        work: Path,
    ) -> None:
        out = {source.resource for source, _reason in left_out}
        new = [one for one in new if one.resource not in out]
        every = sorted((self.folder / "totaux").glob("*/*.parquet"))
        if every:
            tables.write_documents(connection, published, every, self.folder, work)
        making = {
            "indicateurs": (tables.FIGURES, tables.gather_figures),
            "subventions": (tables.GRANTS, tables.gather_grants),
            "dette": (tables.DEBT, tables.gather_debt),
        }
        for table, (path, gather) in making.items():
            target = self.folder / path
            former = self.former / path if self.former else None
            gather(connection, new, work)
            tables.write_rows(connection, table, former, self.stale, target)
