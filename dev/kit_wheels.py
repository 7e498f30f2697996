"""Check that the sending kit installs from wheels alone on Windows, macOS and Linux.

    python dev/kit_wheels.py [--python 3.12] [--extra send]

Asks pip to resolve the library with its extra for each system, downloads nothing (``--dry-run``),
and names what has no wheel there. Needs the package index; 1 when a system lacks one. pip reads
conditions (``sys_platform``) for the machine that runs this: what Windows alone needs is added.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SYSTEMS = {
    "Windows": ["win_amd64"],
    "macOS (Apple)": ["macosx_14_0_arm64", "macosx_11_0_arm64"],
    "macOS (Intel)": ["macosx_14_0_x86_64", "macosx_10_9_x86_64"],
    "Linux": ["manylinux_2_28_x86_64", "manylinux2014_x86_64"],
}
"""Tags of platforms, the newest first: pip takes a wheel of any of them."""


ALONE = {"Windows": ["pywin32-ctypes"]}
"""What ``keyring`` asks for on this system alone."""


def requirements(extra: str) -> list[str]:
    """What the library and its extra ask for, as ``pyproject.toml`` says."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *project["optional-dependencies"][extra]]


def resolved(wanted: list[str], tags: list[str], python: str) -> list[str]:
    """Wheels that pip would install, by file name. Raises CalledProcessError when one lacks."""
    platforms = [word for tag in tags for word in ("--platform", tag)]
    done = subprocess.run(
        [
            sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed",
            "--target", "unused", "--only-binary", ":all:", "--python-version", python,
            *platforms, "--report", "-", *wanted,
        ],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    report = json.loads(done.stdout)
    return sorted(one["download_info"]["url"].rpartition("/")[2] for one in report["install"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default="3.12")
    parser.add_argument("--extra", default="send")
    arguments = parser.parse_args()
    wanted = requirements(arguments.extra)
    lacking = 0
    for system, tags in SYSTEMS.items():
        try:
            found = resolved([*wanted, *ALONE.get(system, ())], tags, arguments.python)
        except subprocess.CalledProcessError as error:
            print(f"{system}: {error.stderr.strip().splitlines()[0]}")
            lacking += 1
            continue
        compiled = [name for name in found if not name.endswith("-none-any.whl")]
        print(f"{system}: {len(found)} wheels, compiled: {', '.join(compiled) or 'none'}")
    return bool(lacking)


if __name__ == "__main__":
    sys.exit(main())
