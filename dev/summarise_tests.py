"""Add up the JUnit reports of a test run into one plain line.

Usage: ``python dev/summarise_tests.py REPORTS``. Prints ``612 passed, 0 failed, 3 skipped``; exits
1 when something failed or when nothing ran at all.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree


def count(report: Path) -> Counter[str]:
    """Outcomes of one report: tests, failures (errors included), skipped."""
    suite = ElementTree.parse(report).getroot().find("testsuite")
    numbers = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
    failed = numbers["failures"] + numbers["errors"]
    passed = numbers["tests"] - failed - numbers["skipped"]
    return Counter(passed=passed, failed=failed, skipped=numbers["skipped"])


def main() -> int:
    """Print the sum over the folder given as argument."""
    total = sum((count(path) for path in Path(sys.argv[1]).glob("*.xml")), Counter())
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
