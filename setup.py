"""What setuptools does besides pyproject.toml: compiled catalogues, front end, clean builds.

The wheel of a portal holds the French catalogue and the scripts of the charts and the map. Neither
is committed. Whoever builds (``pip install .``, ``pip wheel .``, ``python -m build``) gets both, or
one sentence. A source distribution made by ``bin/release`` carries them: no Node is needed there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist
from setuptools.errors import SetupError

ROOT = Path(__file__).resolve().parent
PLUGIN = ROOT / "ckanext" / "budget" / "plugin"
ASSETS = PLUGIN / "assets"
BUNDLE = ASSETS / "build"
FILES = [
    ASSETS / name
    for name in re.findall(r"- (build/\S+)", (ASSETS / "webassets.yml").read_text(encoding="utf-8"))
]
LIBRARY_ONLY = "BUDGET_LIBRARY_ONLY"
OLDEST_NODE = 18

ABSENT = (
    "the charts and the map are not built, and this machine has no Node.js {node} or newer: run "
    "bin/release (or `npm ci && npm run build` in frontend/) and start again, or set "
    "{variable}=1 to install the library and the totem-budget command alone."
)
BROKEN = (
    "the charts and the map could not be built (read npm's own message above): check that the npm "
    "registry can be reached, or set {variable}=1 to install the library alone."
)


def compile_catalogues() -> None:
    """Write the ``.mo`` of every ``.po``, beside it; fuzzy translations are left out."""
    try:
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po
    except ImportError:
        raise SetupError(
            "the translations cannot be compiled: install babel, or build without "
            "--no-build-isolation."
        ) from None
    for source in sorted(PLUGIN.glob("i18n/*/LC_MESSAGES/*.po")):
        with source.open("rb") as text, source.with_suffix(".mo").open("wb") as out:
            write_mo(out, read_po(text, locale=source.parts[-3]))


def ensure_bundle() -> None:
    """Build the front end when it is missing or older than its sources, or stop with a sentence.

    A source distribution (it has PKG-INFO) is taken as it was delivered.
    """
    present = all(path.is_file() for path in FILES)
    delivered = (ROOT / "PKG-INFO").is_file()
    if os.environ.get(LIBRARY_ONLY) or (present and (delivered or not _outdated())):
        return
    if _has_node():
        _build_bundle()
    elif not present:
        raise SetupError(ABSENT.format(node=OLDEST_NODE, variable=LIBRARY_ONLY))


def _outdated() -> bool:
    sources = [path for path in (ROOT / "frontend" / "src").rglob("*") if path.is_file()]
    sources += (ROOT / "frontend").glob("*.*")
    newest = max((path.stat().st_mtime for path in sources), default=0.0)
    return newest > min(path.stat().st_mtime for path in FILES)


def _has_node() -> bool:
    node = shutil.which("node")
    if not (node and shutil.which("npm")):
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = said.stdout.strip().removeprefix("v").partition(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def _build_bundle() -> None:
    shutil.rmtree(BUNDLE, ignore_errors=True)
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "build"]):
        if subprocess.run(command, cwd=ROOT / "frontend", check=False).returncode:
            raise SetupError(BROKEN.format(variable=LIBRARY_ONLY))


class BuildPy(build_py):
    """Modules and data, with what is generated; nothing of an earlier build comes back."""

    def run(self) -> None:
        compile_catalogues()
        if not self.editable_mode:  # a developer builds the bundle with bin/demo or bin/test
            ensure_bundle()
            shutil.rmtree(self.build_lib, ignore_errors=True)
        self.__dict__.pop("data_files", None)  # listed before the files above were made
        super().run()


class Sdist(sdist):
    """Sources, with what is generated: they can be built without Node and without Babel."""

    def run(self) -> None:
        compile_catalogues()
        ensure_bundle()
        super().run()


setup(cmdclass={"build_py": BuildPy, "sdist": Sdist})
