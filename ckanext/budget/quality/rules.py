"""Which rules a report was made with: the checks' own version and the charts of accounts."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from ckanext.budget.totem import nomenclature
from ckanext.budget.totem.checks.model import RULES_VERSION


@lru_cache(maxsize=1)
def rules_version() -> str:
    """``1.0-3f2a9c01``: changes with the rules and with any official plan, and only then."""
    digest = hashlib.sha256()
    for path in sorted((Path(nomenclature.__file__).parent / "tables").glob("*.tsv")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return f"{RULES_VERSION}-{digest.hexdigest()[:8]}"
