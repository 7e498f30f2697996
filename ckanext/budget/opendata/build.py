"""A build: what changed since the last one is read, the rest is taken over."""

from __future__ import annotations

import json
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

VERSION = 1
"""Of what is computed: another one makes everything again."""

Partition = tuple[str, str]


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
    with exclusive(open_dataset_id()):
        former = store.current()
        known = {} if everything else store.state(former)
        former = former if known.get("version") == VERSION else None
        before = known["documents"] if former else {}
        published = sources.published()
        wanted = {source.resource: source for source in published}
        new = [one for one in published if _is_new(one, before)]
        gone = set(before) - set(wanted)
        built = Built(bool(new or gone or not former), len(wanted), len(new), len(gone))
        if built.changed:
            with store.aside() as folder:
                work = _Work(folder, former, before, gone | {one.resource for one in new})
                built.left_out = work.run(published, new, tell)
                _remember(folder, wanted, built.left_out)
                now = datetime.now(timezone.utc)
                old = store.manifest(former) if former else {}
                description.describe(folder, old, now.isoformat(timespec="seconds"))
                store.swap(folder, f"build-{now:%Y%m%d%H%M%S%f}")
        return built


def _is_new(source: Source, before: dict[str, list[str]]) -> bool:
    known = before.get(source.resource)
    return known is None or known[0] != source.fingerprint


def _remember(folder: Path, wanted: dict[str, Source], left_out: list[tuple[Source, str]]) -> None:
    """Documents that could not be read are read again by the next build."""
    for source, _reason in left_out:
        wanted = {name: one for name, one in wanted.items() if name != source.resource}
    documents = {name: [one.fingerprint, one.year, one.stage] for name, one in wanted.items()}
    text = json.dumps({"version": VERSION, "documents": documents})
    (folder / store.STATE).write_text(text, encoding="utf-8")


@dataclass
class _Work:
    """The making of one build in ``folder``; ``stale``: resources whose former rows go."""

    folder: Path
    former: Path | None
    before: dict[str, list[str]]
    stale: set[str]

    def run(
        self, published: list[Source], new: list[Source], tell: Callable[[int, int], object]
    ) -> list[tuple[Source, str]]:
        """Write every file that changes; the documents that could not be read."""
        fresh: dict[Partition, list[Source]] = defaultdict(list)
        for source in new:
            fresh[source.partition].append(source)
        leaving: dict[Partition, set[str]] = defaultdict(set)
        for name in self.stale & set(self.before):
            _fingerprint, year, stage = self.before[name]
            leaving[year, stage].add(name)
        touched = sorted(set(fresh) | set(leaving))
        if self.former:
            rewritten = {lines.path_for(*partition) for partition in touched}
            years = {year for year, _stage in touched}
            rewritten |= tables.paths(years)
            store.take_over(self.former, self.folder, rewritten)
        work = self.folder / ".work"
        work.mkdir()
        left_out: list[tuple[Source, str]] = []
        with engine.writer(work) as connection:
            for done, partition in enumerate(touched):
                tell(done, len(touched))
                every = [one for one in published if one.partition == partition]
                left_out += self._lines(
                    connection, partition, fresh[partition], every, leaving[partition]
                )
            tell(len(touched), len(touched))
            for year in sorted({year for year, _stage in touched}):
                tables.write_year(connection, self._parts(year), self.folder, year)
            self._tables(connection, published, new, left_out, work)
        shutil.rmtree(work)
        return left_out

    def _lines(
        self,
        connection: Any,
        partition: Partition,
        new: list[Source],
        every: list[Source],
        stale: set[str],
    ) -> list[tuple[Source, str]]:
        path = lines.path_for(*partition)
        former = self.former / path if self.former else None
        former = former if former and former.is_file() else None
        return lines.write(connection, former, stale, new, every, self.folder / path)

    def _parts(self, year: str) -> list[Path]:
        return sorted((self.folder / "lignes" / f"exercice={year}").glob("*/*.parquet"))

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
        every = sorted((self.folder / "lignes").glob("*/*/*.parquet"))
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
            if former is None or not former.is_file():
                former = None
            gather(connection, new, work)
            tables.write_rows(connection, table, former, self.stale, target)
