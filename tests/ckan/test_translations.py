"""The French catalogue holds every sentence of the extension, and nothing that nobody says."""

from __future__ import annotations

import io
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
FRENCH = (
    ROOT / "ckanext" / "budget" / "plugin" / "i18n" / "fr" / "LC_MESSAGES" / "ckanext-budget.po"
)
BORROWED = ROOT / "ckanext" / "budget" / "plugin" / "i18n" / "borrowed.pot"
GAPS = re.compile(r"%\(\w+\)[sd]|\{\w*\}")

Catalogue = Any


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """What templates and code say, found as docs/development.md tells to."""
    template = tmp_path_factory.mktemp("i18n") / "ckanext-budget.pot"
    command = ["pybabel", "-q", "extract", "-F", ROOT / "babel.cfg", "-o", template,
               ROOT / "ckanext"]  # fmt: skip
    CommandLineInterface().run([str(word) for word in command])
    found = read_po(io.BytesIO(template.read_bytes()))
    for message in read_po(io.BytesIO(BORROWED.read_bytes())):
        found.add(message.id)
    return found


@pytest.fixture(scope="module")
def french() -> Catalogue:
    with FRENCH.open("rb") as stream:
        return read_po(stream, locale="fr")


@pytest.fixture(scope="module")
def ckan_french() -> Catalogue:
    """CKAN's own catalogue: what our templates say as its own do is translated there."""
    place = Path(find_spec("ckan").submodule_search_locations[0])
    with (place / "i18n" / "fr" / "LC_MESSAGES" / "ckan.po").open("rb") as stream:
        return read_po(stream, locale="fr")


def test_every_sentence_is_translated(
    said: Catalogue, french: Catalogue, ckan_french: Catalogue
) -> None:
    missing = [
        message.id
        for message in said
        if message.id
        and not any(_whole(known.get(message.id, message.context))
                    for known in (french, ckan_french))
    ]  # fmt: skip
    assert missing == []


def _whole(message: Any) -> bool:
    if message is None or message.fuzzy:
        return False
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(strings)


def test_nothing_is_translated_that_nobody_says(said: Catalogue, french: Catalogue) -> None:
    assert [message.id for message in french if message.id and message.id not in said] == []


def test_gaps_are_those_of_the_sentence(french: Catalogue) -> None:
    """A name misspelt in a translation would break the page that says it."""
    for message in french:
        if message.id:
            ids, strings = ((each,) if isinstance(each, str) else each
                            for each in (message.id, message.string))  # fmt: skip
            known = {gap for each in ids for gap in GAPS.findall(each)}
            for string in strings:
                assert set(GAPS.findall(string)) <= known, string
            assert {gap for each in strings for gap in GAPS.findall(each)} == known, message.id
