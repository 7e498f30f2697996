"""Checks of TOTEM documents and SCDL files: stable codes, plain French, no value ever quoted.

>>> report = check(open("bp.xml", "rb"))        # doctest: +SKIP
>>> [finding.code for finding in report.findings if finding.severity == "error"]  # doctest: +SKIP
"""

from __future__ import annotations

from ckanext.budget.totem.checks.families import rules
from ckanext.budget.totem.checks.model import (
    RULES_VERSION,
    SEVERITIES,
    Finding,
    Rule,
    Tally,
    tally,
)
from ckanext.budget.totem.checks.report import Report
from ckanext.budget.totem.checks.run import check, check_file, check_input
