"""Which documents of a source are wanted: by name while listing, by header once read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True)
class Filters:
    """The ``filters`` of a source configuration; an empty filter accepts everything.

    ``include`` and ``exclude`` are glob patterns (``*``, ``?``, ``[a-z]``), compared without
    regard to case with the whole name (``2022/bp.xml``) and with its last part (``bp.xml``).
    ``fiscal_years`` are years, ``stages`` codes (BP, DM, BS, CA, CFU), ``sirens`` 9 digits,
    ``body_kinds`` codes of the sheet (``commune``, ``epci``…).
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fiscal_years: frozenset[int] = frozenset()
    stages: frozenset[str] = frozenset()
    sirens: frozenset[str] = frozenset()
    body_kinds: frozenset[str] = frozenset()

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Filters:
        """The filters of a validated source configuration."""
        asked = config.get("filters", {})
        return cls(
            include=_texts(asked.get("include")),
            exclude=_texts(asked.get("exclude")),
            fiscal_years=_years(asked.get("fiscal_year")),
            stages=frozenset(_texts(asked.get("stage"))),
            sirens=frozenset(_texts(asked.get("siren"))),
            body_kinds=frozenset(_texts(asked.get("body_kind"))),
        )

    def keeps_name(self, name: str) -> bool:
        """Whether the document of this name is wanted, as far as its name tells."""
        if self.include and not _matches(name, self.include):
            return False
        return not _matches(name, self.exclude)

    def refusal(
        self, *, siret: str, fiscal_year: int, stage: str, body_kind: str = ""
    ) -> str | None:
        """Why the document with this header is not wanted (French), or None when it is."""
        if self.fiscal_years and fiscal_year not in self.fiscal_years:
            return f"l'exercice {fiscal_year} n'est pas demandé (« fiscal_year »)"
        if self.stages and stage not in self.stages:
            return f"l'étape {stage} n'est pas demandée (« stage »)"
        if self.sirens and siret[:9] not in self.sirens:
            return f"le SIREN {siret[:9]} n'est pas demandé (« siren »)"
        if self.body_kinds and body_kind not in self.body_kinds:
            return f"le type de collectivité « {body_kind} » n'est pas demandé (« body_kind »)"
        return None


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    whole = name.lower()
    last = whole.rpartition("/")[2]
    lowered = [pattern.lower() for pattern in patterns]
    return any(fnmatchcase(whole, p) or fnmatchcase(last, p) for p in lowered)


def _texts(value: str | list[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _years(value: int | list[int] | dict[str, int] | None) -> frozenset[int]:
    """A year, a list of years, or ``{"from": 2020, "to": 2024}`` with either end left out."""
    if value is None:
        return frozenset()
    if isinstance(value, dict):
        return frozenset(range(value.get("from", 1900), value.get("to", 2100) + 1))
    return frozenset([value] if isinstance(value, int) else value)


def rank_of(name: str, priority: str | list[str] | None) -> int:
    """The place of a document among the ``priority`` of a source: 0 first, then 1…

    A text such as ``CA 2021`` wants every one of its words in the name, whatever the case and the
    order: ``2021/ville-CA.xml``. A word is found whole (``ca`` is not in ``cantal.xml``).
    """
    words = set(re.findall(r"[^\W\d_]+|\d+", name.lower()))
    wanted = _texts(priority)
    for rank, text in enumerate(wanted):
        if set(re.findall(r"[^\W\d_]+|\d+", text.lower())) <= words:
            return rank
    return len(wanted)
