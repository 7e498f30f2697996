"""The check of the catalogues finds each kind of difference, and they have none."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("babel")
from babel.messages.catalog import Catalog

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def catalogues() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogues", ROOT / "dev" / "catalogues.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def catalog(*messages: tuple, locale: str = "fr") -> Catalog:
    made = Catalog(locale=locale)
    for identifier, text, *flags in messages:
        made.add(identifier, text, [("a.py", 1)], flags=flags)
    return made


SOURCES = (("Year", None), (("%(n)s year", "%(n)s years"), None, "python-format"))
YEAR, YEARS = ("Year", "Année"), (("%(n)s year", "%(n)s years"), ("%(n)s an", "%(n)s ans"))


@pytest.mark.parametrize(
    ("translated", "said"),
    [
        ((YEAR, YEARS), []),
        ((YEARS,), ["missing: 'Year' (a.py:1)"]),
        ((("Year", ""), YEARS), ["not translated: 'Year'"]),
        ((YEAR, (YEARS[0], ("%(n)s an", ""))), ["not translated: '%(n)s year'"]),
        ((("Year", "Année", "fuzzy"), YEARS), ["fuzzy, to be read again: 'Year'"]),
        ((YEAR, YEARS, ("Month", "Mois")), ["obsolete: 'Month'"]),
    ],
)
def test_each_difference_is_one_sentence(
    catalogues: ModuleType, translated: tuple, said: list[str]
) -> None:
    assert list(catalogues.differences(catalog(*SOURCES), catalog(*translated))) == said


def test_what_ckan_translates_is_left_to_ckan(catalogues: ModuleType) -> None:
    found = catalogues.differences(catalog(*SOURCES), catalog(YEARS), catalog(YEAR))
    assert list(found) == []


def test_the_catalogues_are_current(
    catalogues: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ckan")
    assert catalogues.main([]) == 0, capsys.readouterr().err


def test_french_quotes_and_numbers_hold_together() -> None:
    """A plain space inside of « » lets a line of a phone begin or end with the sign alone."""
    package = ROOT / "ckanext" / "budget"
    texts = [*package.glob("pages/guides/fr/*.md"), *package.glob("plugin/i18n/fr/*/*.po")]
    assert len(texts) > 10
    for path in texts:
        said = path.read_text(encoding="utf-8").replace('"\n"', "")
        loose = re.findall(r"« |\s»|[0-9] [0-9]{3}\b|[0-9] €", said.replace("\u00a0", "_"))
        assert not loose, path.name
