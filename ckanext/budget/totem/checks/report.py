"""The report on one file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ckanext.budget.totem.checks.model import RULES_VERSION, Finding, tally
from ckanext.budget.totem.model import Header

#: Rules that say: nothing could be read.
_UNREADABLE = ("T-DOC-001", "C-TAB-003")


@dataclass(frozen=True)
class Report:
    """The findings on one file, gravest first.

    ``kind``: ``totem`` (XML) or ``scdl`` (a table); ``header`` is None when it could not be read;
    ``repairs``: what ``totem-budget repair`` puts right in the table, one French sentence each.
    """

    kind: str
    findings: list[Finding]
    header: Header | None = None
    seal: str = ""
    rows: int = 0
    repairs: list[str] = field(default_factory=list)
    rules_version: str = field(default=RULES_VERSION)

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings of each severity, those beyond the cap included."""
        return tally(self.findings).by_severity

    @property
    def is_valid(self) -> bool:
        """True when there is no error."""
        return not self.counts["error"]

    @property
    def refusal(self) -> str:
        """Why the file could not be read, one sentence; empty when it could."""
        refusals = (f.message for f in self.findings if f.code in _UNREADABLE)
        return next(refusals, "")

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "kind": self.kind,
            "rules_version": self.rules_version,
            "valid": self.is_valid,
            "counts": self.counts,
            "rows": self.rows,
            "seal": self.seal,
            "repairs": self.repairs,
            "header": self.header.as_dict() if self.header else None,
            "findings": [finding.as_dict() for finding in self.findings],
        }
