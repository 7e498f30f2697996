"""Write the pinned requirement files from what pyproject.toml asks for.

Usage: ``python3.10 dev/lock.py``, with the oldest Python that the project supports, so that every
pinned version exists for it (newer Pythons run the same ones). Nothing is installed: pip resolves
in a dry run and its report gives the exact versions. Run it to upgrade, then ``bin/test``.

CKAN publishes its own exact pins in the extra ``requirements``; they decide, and the smaller sets
(the library alone, the developer's tools) are resolved under them, so that these files never
disagree.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CKAN = "ckan[requirements]==2.12.0"
FORMER_CKAN = "ckan[requirements]==2.11.6"
NAME = "ckanext-budget"
OLDEST = (3, 10)

# Of the extra dev, what runs tests: its lint wants a newer mypy than the one that CKAN 2.11 pins.
TESTS = (
    "factory-boy>=3.3 frictionless>=5.18,<6 hypothesis>=6.100 playwright>=1.40 pytest>=8 "
    "pytest-factoryboy>=2.7 pytest-timeout>=2.3 pytest-random-order>=1.1 yatotem2scdl>=0.1.5"
).split()

# file -> (what it is for, what is asked for, does it stand on top of requirements-ckan.txt). The
# portal comes first: it bounds the others, but that of the former CKAN, whose pins are its own.
SETS = {
    "requirements-ckan.txt": (
        "a portal: CKAN, its extensions, the library",
        [CKAN, "ckan,generate,check,data"],
        False,
    ),
    "requirements.txt": ("the library and totem-budget, without CKAN", [""], False),
    "dev-requirements.txt": (
        "tests and lint, on top of requirements-ckan.txt",
        [CKAN, "dev"],
        True,
    ),
    "dev/requirements-ckan-2.11.txt": (
        "a portal on the CKAN before, and its tests (bin/test --ckan 2.11)",
        [FORMER_CKAN, "ckan,generate,check,send,data", *TESTS],
        False,
    ),
}


def wanted(asked: list[str]) -> list[str]:
    """Pip arguments: requirements as they are, extras of this project by its path."""
    return [item if "=" in item else f"{ROOT}[{item}]" if item else str(ROOT) for item in asked]


def resolve(asked: list[str], constraints: Path | None) -> dict[str, str]:
    """Name to version of everything that pip would install, this project excepted."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed"]
        command += ["--report", report.name, *wanted(asked)]
        if constraints:
            command += ["-c", str(constraints)]
        subprocess.run(command, check=True, cwd=tempfile.gettempdir())
        installs = json.loads(Path(report.name).read_text())["install"]
    found = {item["metadata"]["name"].lower(): item["metadata"]["version"] for item in installs}
    found.pop(NAME)
    return found


def render(purpose: str, versions: dict[str, str], include: str | None) -> str:
    """The text of one requirements file, sorted by name."""
    lines = [f"# Pinned for {purpose}.", "# Written by dev/lock.py; do not edit by hand."]
    lines += [f"-r {include}"] if include else []
    lines += [f"{name}=={version}" for name, version in sorted(versions.items())]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Resolve the sets and write their files."""
    if sys.version_info[:2] != OLDEST:
        sys.exit("Run this with Python " + ".".join(map(str, OLDEST)))
    portal: dict[str, str] = {}
    constraints: Path | None = None
    for filename, (purpose, asked, on_top) in SETS.items():
        versions = resolve(asked, None if FORMER_CKAN in asked else constraints)
        if not portal:
            portal, constraints = versions, ROOT / filename
        if on_top:
            versions = {name: v for name, v in versions.items() if name not in portal}
        include = "requirements-ckan.txt" if on_top else None
        (ROOT / filename).write_text(render(purpose, versions, include))


if __name__ == "__main__":
    main()
