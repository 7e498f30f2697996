"""What the portal says at its start of an installation that is not whole."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from ckanext.budget.core import installed

BUNDLE = [f"assets/build/{name}" for name in installed.SCRIPTS]
CATALOGUES = [f"i18n/fr/LC_MESSAGES/ckanext-budget.{end}" for end in ("po", "mo")]


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    for name in (*BUNDLE, *CATALOGUES):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path


def test_a_whole_installation_says_nothing(whole: Path, caplog: pytest.LogCaptureFixture) -> None:
    installed.warn_of_missing(whole)
    assert not caplog.records


@pytest.mark.parametrize(
    ("lost", "said"),
    [(name, "charts and the map") for name in BUNDLE]
    + [(CATALOGUES[1], "catalogue is missing (fr)")],
)
def test_each_lost_part_is_one_warning(
    whole: Path, caplog: pytest.LogCaptureFixture, lost: str, said: str
) -> None:
    (whole / lost).unlink()
    installed.warn_of_missing(whole)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert said in record.getMessage() and "npm ci" in record.getMessage()


def test_the_scripts_are_those_that_the_pages_include() -> None:
    """``webassets.yml`` names every script that the warning looks for, and no other."""
    text = (installed.PACKAGE / "assets" / "webassets.yml").read_text(encoding="utf-8")
    named = {line.strip(" -") for line in text.splitlines() if "- build/" in line}
    assert named == {name.removeprefix("assets/") for name in BUNDLE}
