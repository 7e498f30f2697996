"""Ready questions: a sentence, its SQL, and what its chart shows. Readers write no SQL.

A question is a file of ``questions/``: SQL on the tables of the dataset, where ``{exercice}`` is
the chosen exercise and ``{champ}`` the documents that it declares to count. Its head says, in
comments, the title and the explanation in both languages, the stages, budgets and kinds of body
that are counted, and which columns the chart takes. The page tells what is declared, and the SQL
filters by it: they cannot differ.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ckanext.budget.core.versioned_cache import VersionedCache
from ckanext.budget.opendata import engine, store
from ckanext.budget.opendata.engine import quoted

FOLDER = Path(__file__).parent / "questions"
MOST = 500
"""Rows of an answer."""
_HEAD = re.compile(r"-- (\w+): (.*)")


EVERY = "all"
"""Of stages, budgets or bodies: no condition."""


class Question(NamedTuple):
    """``label`` (one or several) and ``value``: columns of the chart.

    ``stages``: of the column ``reference`` (``vote``, ``execute``); ``budgets`` and ``bodies``: of
    ``type_budget`` and ``type_collectivite``; each :data:`EVERY`, or names parted by spaces.
    ``by_year``: whether the exercise counts.
    """

    name: str
    title_fr: str
    title_en: str
    text_fr: str
    text_en: str
    stages: str
    budgets: str
    bodies: str
    label: str
    value: str
    sql: str

    @property
    def by_year(self) -> bool:
        return "{exercice}" in self.sql

    def title(self, language: str) -> str:
        """In French, or in English."""
        return self.title_en if language == "en" else self.title_fr

    def text(self, language: str) -> str:
        """How to read the answer."""
        return self.text_en if language == "en" else self.text_fr

    @property
    def scope(self) -> str:
        """The documents ``d`` that are counted, as a condition of SQL."""
        declared = (
            ("reference", self.stages),
            ("type_budget", self.budgets),
            ("type_collectivite", self.bodies),
        )
        return " AND ".join(
            f"d.{column} IN ({', '.join(map(quoted, names.split()))})"
            for column, names in declared
            if names != EVERY
        )

    def written(self, year: int) -> str:
        """The SQL as it is run, and as anybody may run it."""
        return self.sql.replace("{champ}", self.scope).replace("{exercice}", str(int(year)))


class Answer(NamedTuple):
    """``rows`` are of Python's own types; ``columns`` their names."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


@lru_cache(maxsize=1)
def questions() -> dict[str, Question]:
    """By name, in the order of their files."""
    found = {}
    for path in sorted(FOLDER.glob("*.sql")):
        head, sql = {}, []
        for line in path.read_text(encoding="utf-8").splitlines():
            match = _HEAD.fullmatch(line)
            if match:
                head[match[1]] = match[2]
            else:
                sql.append(line)
        name = path.stem.partition("-")[2]
        found[name] = Question(name=name, sql="\n".join(sql).strip(), **head)
    return found


def views(folder: Path) -> dict[str, str]:
    """The tables of the dataset as the questions name them."""
    found = {}
    for table in ("documents", "collectivites", "indicateurs", "subventions", "dette"):
        path = folder / table / f"{table}.parquet"
        if path.is_file():
            found[table] = f"SELECT * FROM read_parquet({quoted(str(path))})"
    for table in ("lignes", "totaux"):
        paths = sorted((folder / table).rglob("*.parquet"))
        if paths:
            names = ", ".join(quoted(str(path)) for path in paths)
            found[table] = f"SELECT * FROM read_parquet([{names}], hive_partitioning = true)"
    return found


_readers: VersionedCache[Any] = VersionedCache(1)
_answers: VersionedCache[Answer] = VersionedCache(256)


LAST = 5
"""Exercises among which the default one is sought."""


def counted(question: Question) -> dict[int, int]:
    """How many bodies published what a question counts, by exercise, the latest first.

    Of a question on several stages, those that published each of them. Empty before the first
    build. A body without SIREN counts by the SIRET of its budget.
    """
    where = f"WHERE {question.scope} " if question.scope else ""
    stages = 0 if question.stages == EVERY else len(question.stages.split())
    sql = (
        "SELECT exercice, count(*) FROM ("
        "SELECT d.exercice, coalesce(nullif(d.siren, ''), d.siret) AS collectivite "
        f"FROM documents d {where}GROUP BY ALL HAVING count(DISTINCT d.reference) >= {stages}"
        ") GROUP BY exercice ORDER BY exercice DESC"
    )
    return dict(run(sql).rows)


def usual(bodies: dict[int, int]) -> int | None:
    """The latest exercise with half as many bodies as the fullest of the last ones; None of none.

    The current exercise has a few early documents: it would answer for nobody.
    """
    last = sorted(bodies, reverse=True)[:LAST]
    most = max((bodies[year] for year in last), default=0)
    return next((year for year in last if 2 * bodies[year] >= most), None)


def run(sql: str, most: int = MOST) -> Answer:
    """At most ``most`` rows of the answer of the current build, from memory while it is current.

    Empty before the first build, and of a dataset without documents. Raises TooLong, and
    EngineMissing where DuckDB is not installed.
    """
    folder = store.current()
    if folder is None:
        return Answer([], [])

    def ask() -> Answer:
        tables = views(folder)
        if "documents" not in tables:
            return Answer([], [])
        reader = _readers.get("reader", str(folder), lambda: engine.reader(folder, tables))
        return Answer(*engine.ask(reader, sql, most))

    return _answers.get(sql, str(folder), ask)


def answer(question: Question, year: int) -> Answer:
    """The answer to a ready question for an exercise; see :func:`run`."""
    return run(question.written(year))
