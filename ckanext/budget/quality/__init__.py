"""Reports of every check, kept; what is published checked again; who must know told."""

from __future__ import annotations

from ckanext.budget.core.tables import is_ready
from ckanext.budget.quality.store import (
    latest,
    listed,
    record,
    remember_version,
    report,
    versions_of,
)
