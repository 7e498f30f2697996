"""Which rules a report was made with: the checks' own version and the charts of accounts, and the
rules of other extensions where there are some."""

from __future__ import annotations

import zlib

from ckanext.budget.totem import nomenclature
from ckanext.budget.totem.checks import families
from ckanext.budget.totem.checks.model import RULES_VERSION


def rules_version() -> str:
    """``1.0-3f2a9c01``: changes with the rules and with any official plan, and only then. A plan
    added to the portal's folder counts: what was published is checked again."""
    others = [f"{rule.code} {rule.version}" for rule in families.foreign()]
    mark = f"-{zlib.crc32(repr(others).encode()):08x}" if others else ""
    return f"{RULES_VERSION}-{charts_version()}{mark}"


def charts_version() -> str:
    """The part of it that changes with the charts of accounts alone."""
    return nomenclature.fingerprint()[:8]
