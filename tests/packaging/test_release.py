"""``bin/release``: version, changelog and tag agree, and what it made is whole."""

from __future__ import annotations

import importlib.util
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATED = "1.2.0 - 2026-01-31\n------------------\n\n- Something.\n"
UNRELEASED = "Unreleased\n----------\n\n- More.\n\n"


@pytest.fixture(scope="module")
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / "dev" / "release.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tree(folder: Path, changelog: str) -> Path:
    """A checkout of version 1.2.0."""
    package = folder / "ckanext" / "budget"
    (package / "plugin/i18n/fr/LC_MESSAGES").mkdir(parents=True)
    (package / "plugin/i18n/fr/LC_MESSAGES/ckanext-budget.po").write_text("")
    (package / "plugin/assets").mkdir()
    (package / "plugin/assets/webassets.yml").write_text("a:\n  contents:\n    - build/a.js\n")
    (package / "__init__.py").write_text('"""Words."""\n\n__version__ = "1.2.0"\n')
    (folder / "CHANGELOG.rst").write_text(f"Changelog\n=========\n\n{changelog}")
    return folder


@pytest.mark.parametrize(
    ("changelog", "tag", "said"),
    [
        (DATED, "v1.2.0", []),
        (DATED, None, []),
        (UNRELEASED + DATED, "v1.2.0", []),
        (UNRELEASED, "v1.2.0", ["CHANGELOG.rst: the first dated section is none"]),
        (DATED.replace("1.2.0", "1.1.0"), "v1.2.0", ["the first dated section is 1.1.0"]),
        (DATED, "", ["carries no tag"]),
        (DATED, "v1.3.0", ["carries v1.3.0"]),
        (UNRELEASED, "1.2.0", ["CHANGELOG.rst", "carries 1.2.0"]),
    ],
)
def test_version_changelog_and_tag_agree(
    release: ModuleType, tmp_path: Path, changelog: str, tag: str | None, said: list[str]
) -> None:
    found = release.disagreements(tree(tmp_path, changelog), tag)
    assert len(found) == len(said)
    assert all(part in sentence for part, sentence in zip(said, found, strict=True))


def test_an_archive_without_bundle_or_catalogue_is_told(
    release: ModuleType, tmp_path: Path
) -> None:
    root = tree(tmp_path, DATED)
    wanted = sorted(release.wanted_files(root))
    lost = wanted[0]
    wheel, sdist = tmp_path / "x.whl", tmp_path / "x.tar.gz"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in wanted:
            archive.writestr(name, "")
    with tarfile.open(sdist, "w:gz") as archive:
        for name in wanted[1:]:
            archive.addfile(tarfile.TarInfo(f"x-1.2.0/{name}"))
    assert release.lacks([wheel], root) == []
    assert release.lacks([wheel, sdist], root) == [f"x.tar.gz lacks {lost}"]
