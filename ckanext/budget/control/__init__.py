"""Reports of every check, kept; what is published checked again; who must know told."""

from __future__ import annotations

from ckanext.budget.control.store import is_ready, latest, listed, record, report
