"""The French catalogue holds every sentence of the extension, and nothing that nobody says."""

from __future__ import annotations

import io
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_file
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


def test_no_refusal_is_left_in_english(french: Catalogue, ckan_french: Catalogue) -> None:
    """What CKAN and the plugins of a budget portal say to whoever may not do something."""
    packages = ("ckan", "ckanext.harvest", "ckanext.activity")
    files = [
        path
        for package in packages
        for folder in find_spec(package).submodule_search_locations
        for path in [*Path(folder).glob("logic/auth/*.py"), *Path(folder).glob("logic/auth.py")]
    ]
    assert len(files) > 10
    said = {message for path in files for message in _said_in(path)}
    assert len(said) > 50
    both = (french, ckan_french)
    left = {text for text in said if not any(_is_told(catalogue.get(text)) for catalogue in both)}
    assert left == set()


def _said_in(path: Path) -> list[str]:
    found = extract_from_file("python", str(path))
    return [text if isinstance(text, str) else text[0] for _line, text, _notes, _context in found]


def _is_told(message: Any) -> bool:
    return message is not None and bool(message.string) and not message.fuzzy
