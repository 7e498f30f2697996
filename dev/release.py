"""What must hold before a release, and of what was built. ``bin/release`` calls both.

python dev/release.py agree [--tag vX.Y.Z]    version, changelog and tag say the same
python dev/release.py whole FILE…             sdist and wheel hold the bundle and catalogues
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADING = re.compile(r"^(\S+) - (\d{4}-\d{2}-\d{2})\n-+$", re.MULTILINE)


def version(root: Path) -> str:
    """``__version__`` of the package, read without importing it."""
    tree = ast.parse((root / "ckanext" / "budget" / "__init__.py").read_text(encoding="utf-8"))
    assignments = (node for node in tree.body if isinstance(node, ast.Assign))
    named = (node for node in assignments if ast.unparse(node.targets[0]) == "__version__")
    return ast.literal_eval(next(named).value)


def disagreements(root: Path, tag: str | None) -> list[str]:
    """Why this tree is no release: one sentence each. ``tag`` None: no tag is wanted yet."""
    wanted = version(root)
    dated = HEADING.findall((root / "CHANGELOG.rst").read_text(encoding="utf-8"))
    found = []
    if not dated or dated[0][0] != wanted:
        latest = dated[0][0] if dated else "none"
        found.append(
            f"CHANGELOG.rst: the first dated section is {latest}, the version is {wanted}: turn "
            f'"Unreleased" into "{wanted} - YYYY-MM-DD".'
        )
    if tag is not None and tag != f"v{wanted}":
        found.append(
            f"git: this commit carries {tag or 'no tag'}: `git tag v{wanted}` it, or correct "
            "__version__ in ckanext/budget/__init__.py."
        )
    return found


def wanted_files(root: Path) -> set[str]:
    """Generated files that every delivered archive holds, by path in the package."""
    plugin = root / "ckanext" / "budget" / "plugin"
    listed = (plugin / "assets" / "webassets.yml").read_text(encoding="utf-8")
    bundle = {
        f"ckanext/budget/plugin/assets/{name}" for name in re.findall(r"- (build/\S+)", listed)
    }
    sources = plugin.glob("i18n/*/LC_MESSAGES/*.po")
    return bundle | {str(path.relative_to(root).with_suffix(".mo")) for path in sources}


def names_in(archive: Path) -> set[str]:
    """Paths inside a wheel, or inside an sdist without its leading folder."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return set(wheel.namelist())
    with tarfile.open(archive) as sdist:
        return {name.partition("/")[2] for name in sdist.getnames()}


def lacks(archives: Iterable[Path], root: Path) -> list[str]:
    """What the archives lack: one sentence each."""
    return [
        f"{archive.name} lacks {name}"
        for archive in archives
        for name in sorted(wanted_files(root) - names_in(archive))
    ]


def main(argv: list[str] | None = None) -> int:
    """Print what is wrong on stderr; 1 when something is."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    actions = parser.add_subparsers(dest="action", required=True)
    agree = actions.add_parser("agree")
    agree.add_argument("--tag")
    actions.add_parser("whole").add_argument("files", nargs="+", type=Path)
    args = parser.parse_args(argv)
    found = disagreements(ROOT, args.tag) if args.action == "agree" else lacks(args.files, ROOT)
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
