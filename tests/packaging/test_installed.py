"""What the portal says at its start of an installation that is not whole."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from ckanext.budget.core import installed

WEBASSETS = "a:\n  contents:\n    - build/a.js\nb:\n  contents:\n    - build/b.css\n"
BUNDLE = ["assets/build/a.js", "assets/build/b.css"]
CATALOGUES = [f"i18n/fr/LC_MESSAGES/ckanext-budget.{end}" for end in ("po", "mo")]


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    for name in (*BUNDLE, *CATALOGUES):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "assets/webassets.yml").write_text(WEBASSETS)
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
