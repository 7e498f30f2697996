"""The budgets of a body side by side, as the annex CONSOLIDATION of the principal one tells them.

Codes, SIRET and amounts only: the name of a budget is that of its own document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.budget.totem.amounts import cents
from ckanext.budget.totem.identifiers import is_siret

FIELDS = (
    "CodTypBudAgreg", "CodInvFonc", "CodRD", "MtCredOuv", "MtRealMandatTitre", "RAR",
    "SiretBudAnnexe",
)  # fmt: skip
"""The elements of CONSOLIDATION that are read."""

MOST = 500
"""Different rows that are kept: a large body has thirty annex budgets, of four rows each."""

_KINDS = {"01": "principal", "02": "annex", "04": "flows"}
_AMOUNTS = ("voted", "carried_out", "remainders")


@dataclass
class Consolidation:
    """Rows by kind (``principal``, ``annex``, ``flows``: what one budget pays to another), SIRET,
    section (F, I) and direction (R, D); amounts in cents. Sums of the producer are no rows."""

    rows: dict[tuple[str, str, str, str], list[int]] = field(default_factory=dict)

    def add(self, record: Mapping[str, str]) -> None:
        """Take one record of CONSOLIDATION, as text by element name."""
        told = {name: record.get(name, "").strip() for name in FIELDS}
        kind, siret = _KINDS.get(told["CodTypBudAgreg"], ""), told["SiretBudAnnexe"]
        if not kind or told["CodInvFonc"] not in ("F", "I") or told["CodRD"] not in ("R", "D"):
            return
        key = (kind, siret if is_siret(siret) else "", told["CodInvFonc"], told["CodRD"])
        if key not in self.rows and len(self.rows) == MOST:
            return
        known = self.rows.setdefault(key, [0, 0, 0])
        for place, name in enumerate(("MtCredOuv", "MtRealMandatTitre", "RAR")):
            known[place] += cents(told[name]) or 0

    def as_list(self) -> list[dict[str, Any]]:
        """JSON-ready: ``kind``, ``siret``, ``section``, ``direction``, ``voted``, ``carried_out``,
        ``remainders``."""
        names = ("kind", "siret", "section", "direction", *_AMOUNTS)
        return [
            dict(zip(names, (*key, *amounts), strict=True))
            for key, amounts in sorted(self.rows.items())
        ]
