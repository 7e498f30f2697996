"""Check that the catalogues hold the messages of the sources: none missing, obsolete or unsure.

    python dev/catalogues.py            one line for each difference; 1 when there is one
    python dev/catalogues.py --update   brings the catalogues up to date first; new ones are empty

Needs CKAN's extractor for templates, hence the portal's environment.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 100
BORROWED = "ckanext/budget/plugin/i18n/borrowed.pot"


def extracted(root: Path = ROOT) -> Catalog:
    """Every message of the sources, as ``babel.cfg`` finds them."""
    with (root / "babel.cfg").open(encoding="utf-8") as text:
        methods, options = parse_mapping_cfg(text, filename="babel.cfg")
    keywords = {**DEFAULT_KEYWORDS, **parse_keywords(["translate"])}
    found = extract_from_dir(root / "ckanext", methods, options, keywords, ("TRANSLATORS:",))
    catalog = Catalog()
    for name, line, message, comments, context in found:
        catalog.add(message, None, [(name, line)], auto_comments=comments, context=context)
    for message in borrowed(root):
        catalog.add(message.id, locations=[(BORROWED, 1)])
    return catalog


def borrowed(root: Path = ROOT) -> Iterator[Message]:
    """Words of CKAN and its extensions that our catalogues translate in their place."""
    with (root / BORROWED).open("rb") as text:
        yield from filter(_named, read_po(text))


def catalogues(root: Path = ROOT) -> Iterator[Path]:
    """The ``.po`` files of the extension."""
    yield from sorted((root / "ckanext" / "budget" / "plugin").glob("i18n/*/LC_MESSAGES/*.po"))


def read(path: Path) -> Catalog:
    """One catalogue; its language is its folder's."""
    with path.open("rb") as text:
        return read_po(text, locale=path.parts[-3])


def core(language: str) -> Catalog:
    """What CKAN says itself in this language: its translators left some of its messages."""
    spec = find_spec("ckan")
    folder = Path(spec.submodule_search_locations[0]) if spec else ROOT
    path = folder / "i18n" / language / "LC_MESSAGES" / "ckan.po"
    catalog = read(path) if path.is_file() else Catalog()
    for message in [message for message in filter(_named, catalog) if not _is_said(message)]:
        catalog.delete(message.id, message.context)
    return catalog


def differences(
    sources: Catalog, translated: Catalog, elsewhere: Catalog | None = None
) -> Iterator[str]:
    """What a translator has to do: one sentence for each message. ``elsewhere``: what CKAN says."""
    for message in filter(_named, sources):
        own = translated.get(message.id, message.context)
        if own is None and elsewhere and elsewhere.get(message.id, message.context):
            continue
        if own is None:
            yield f"missing: {_short(message)} ({_place(message)})"
        elif not _is_said(own):
            yield f"not translated: {_short(message)}"
        elif own.fuzzy:
            yield f"fuzzy, to be read again: {_short(message)}"
        else:
            yield from (f"{_short(message)}: {error}" for error in own.check(translated))
    for message in filter(_named, translated):
        if sources.get(message.id, message.context) is None:
            yield f"obsolete: {_short(message)}"
    yield from (f"obsolete: {_short(message)}" for message in translated.obsolete.values())


def update(path: Path, sources: Catalog) -> None:
    """Write the catalogue with the messages of the sources, without guessing translations."""
    catalog, elsewhere = read(path), core(path.parts[-3])
    for message in filter(_named, list(sources)):
        if elsewhere.get(message.id, message.context) and message.id not in catalog:
            sources.delete(message.id, message.context)
    catalog.update(sources, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    with path.open("wb") as out:
        write_po(out, catalog, width=WIDTH, no_location=True, sort_output=True)


def _is_said(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def _named(message: Message) -> bool:
    return bool(message.id)


def _short(message: Message) -> str:
    first = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
    return repr(first if len(first) <= 60 else f"{first[:60]}…")


def _place(message: Message) -> str:
    name, line = message.locations[0]
    return f"{name}:{line}"


def main(arguments: list[str]) -> int:
    """Print the differences on stderr."""
    sources = extracted()
    found = []
    for path in catalogues():
        if "--update" in arguments:
            update(path, extracted())
        name = path.relative_to(ROOT)
        said = differences(sources, read(path), core(path.parts[-3]))
        found += [f"{name}: {text}" for text in said]
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
