"""Make the tables from the official plans of accounts.

Input: ``DIR/YEAR/NORM/VARIANT/planDeCompte.xml``, as the State publishes them with the TOTEM
tools. Output, in the tables directory: one ``NORM-VARIANT.tsv`` per variant (see
:mod:`.facts`), ``index.tsv`` (variants and years) and ``SOURCES.md`` (where it all comes from).
The same input always gives the same bytes.

An import adds: the plans given replace those of the same variant and year, and every other year
stays. Readers may run meanwhile: each file is replaced whole, the index last.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from .facts import format_years
from .folders import INDEX, Layer
from .table import (
    HEADER,
    INDEX_HEADER,
    NAME,
    PlansError,
    Rows,
    VariantYears,
    read_layer,
    read_rows,
    replace_years,
    write_rows,
)

KINDS = {
    "chapter": "Nature/Chapitres//Chapitre",
    "account": "Nature/Comptes//Compte",
    "function-chapter": "Fonction/Chapitres//Chapitre",
    "function-account": "Fonction/Comptes//Compte",
    "function": "Fonction/RefFonctionnelles//RefFonc",
}
# attribute of the plan -> name of the fact (fields of Account, Chapter and Function)
VALUES = {
    "Section": "section",
    "TypeChapitre": "type",
    "DR": "dr",
    "RR": "rr",
    "DOES": "does",
    "ROES": "roes",
    "DOIS": "dois",
    "ROIS": "rois",
}
FLAGS = {
    "Special": "special",
    "DEquip": "expense_equipment",
    "REquip": "receipt_equipment",
    "RegrTotalise": "subtotal",
    "Supprime": "deleted",
    "PourEtatSeul": "state_only",
}
SOURCES = """# Where these tables come from

The official plans of accounts of French local bodies, published by the State (DGCL and DGFiP) with
the TOTEM tools of the programme « Actes budgétaires » (odm-budgetaire.org): {count} files
`planDeCompte.xml`, fiscal years {first} to {last}, {variants} variants of {norms} norms.

Only facts are kept: codes, labels, chapters, sections, flags, and the years for which they hold.
Made by `totem-budget nomenclature import DIR`, which adds to what is here; not edited by hand.
Nothing is corrected: labels are the plan's own, to the letter. A plan is taken for the year, norm
and variant of its folder; where its own header says otherwise, `index.tsv` tells it in the column
`stated` (the plan of the year stands for the stated one, unchanged).

M57_D 2025, as shipped, was rebuilt from the 2024 file and the differences of the 2025 one, read
page by page; the latest date inside is 2025-01-27.

Columns: kind, code, years (compact ranges), label, facts. See `facts.py` beside this directory.
"""


class ImportedPlans(NamedTuple):
    """What an import read and wrote: ``files`` plans, ``rows`` rows of the ``tables`` written."""

    files: int
    rows: int
    tables: list[Path]


class _Place(NamedTuple):
    """A plan's place in the tree of folders."""

    norm: str
    variant: str
    year: int
    path: Path


class _Variant:
    """What accumulates for one variant: rows -> years, and headers that say otherwise."""

    def __init__(self) -> None:
        self.rows: Rows = defaultdict(set)
        self.years: set[int] = set()
        self.stated: set[str] = set()


def import_plans(source_dir: Path, tables_dir: Path, only: Collection[Path] = ()) -> ImportedPlans:
    """Read every plan under ``source_dir`` and add them to the tables of ``tables_dir``.

    ``only``: these files of it, all of them when empty. Raises :class:`PlansError` when there is no
    plan or when a plan cannot be read.
    """
    places = [place for place in _places(Path(source_dir)) if not only or place.path in only]
    if not places:
        raise PlansError(
            "Aucun plan de comptes dans ce dossier : donnez celui qui contient "
            "ANNÉE/NORME/VARIANTE/planDeCompte.xml."
        )
    variants: dict[tuple[str, str], _Variant] = defaultdict(_Variant)
    for place in places:
        _collect(place, variants[place.norm, place.variant])
    try:
        return _write(variants, len(places), Path(tables_dir))
    except OSError as error:
        raise PlansError("Tables non écrites : vérifiez le dossier donné à -o.") from error


def read_facts(path: Path) -> Iterator[tuple[str, str, str, str]]:
    """(kind, code, label, facts) of every code of one plan, in its order."""
    yield from _rows(_parse(path))


def _rows(root: ElementTree.Element) -> Iterator[tuple[str, str, str, str]]:
    for kind, where in KINDS.items():
        for element in root.iterfind(where):
            label = element.get("Libelle", "")
            row = kind, element.get("Code", ""), label, _facts(element)
            if any(mark in cell for cell in row for mark in "\t\n\r"):
                raise PlansError("Un libellé du plan contient une tabulation : plan inattendu.")
            yield row


def _places(source_dir: Path) -> Iterator[_Place]:
    for path in sorted(source_dir.glob("*/*/*/planDeCompte.xml")):
        year, norm, variant = path.parts[-4:-1]
        if re.fullmatch(r"\d{4}", year) and NAME.fullmatch(norm) and NAME.fullmatch(variant):
            yield _Place(norm, variant, int(year), path)


def _collect(place: _Place, into: _Variant) -> None:
    root = _parse(place.path)
    for row in _rows(root):
        into.rows[row].add(place.year)
    into.years.add(place.year)
    stated = (root.get("Declinaison"), root.get("Exer"))
    if stated != (place.variant, str(place.year)):
        into.stated.add("".join(f"{place.year}={stated[0]}/{stated[1]}".split()))


def _parse(path: Path) -> ElementTree.Element:
    try:
        text = path.read_bytes()
        if b"<!DOCTYPE" in text:
            raise PlansError(f"{path.name} contient un DOCTYPE : ce n'est pas un plan officiel.")
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, OSError, LookupError, ValueError) as error:
        raise PlansError(f"Plan de comptes illisible : {path.name}, à retélécharger.") from error
    if root.tag != "Nomenclature":
        raise PlansError(f"{path.name} n'est pas un plan de comptes : retirez-le du dossier.")
    return root


def _facts(element: ElementTree.Element) -> str:
    words = [f"{name}={element.get(key)}" for key, name in VALUES.items() if element.get(key)]
    words += [name for key, name in FLAGS.items() if element.get(key, "0") not in ("", "0")]
    if element.tag == "Compte" and element.get("DR") is None:
        words.append("heading")
    return " ".join(words)


def _write(variants: dict[tuple[str, str], _Variant], files: int, out: Path) -> ImportedPlans:
    out.mkdir(parents=True, exist_ok=True)
    index = dict(read_layer(_layer(out))) if (out / INDEX).is_file() else {}
    tables, rows = [], 0
    for (norm, variant), content in sorted(variants.items()):
        path = out / f"{norm}-{variant}.tsv"
        lines = write_rows(_added(path, content) if (norm, variant) in index else content.rows)
        _replace(path, HEADER, lines)
        index[norm, variant] = _entry(norm, variant, content, index.get((norm, variant)))
        tables.append(path)
        rows += len(lines)
    entries = [index[key] for key in sorted(index)]
    _replace_text(out / "SOURCES.md", _sources(entries))
    _replace(out / INDEX, INDEX_HEADER, [_index_line(entry) for entry in entries])
    return ImportedPlans(files, rows, tables)


def _layer(folder: Path) -> Layer:
    found = (folder / INDEX).stat()
    return Layer(folder, (found.st_mtime_ns, found.st_ino))


def _added(path: Path, content: _Variant) -> Rows:
    """The rows of a table, with the years just read in place of the same ones."""
    lines = path.read_text(encoding="utf-8").split("\n")[1:-1]
    try:
        return replace_years(read_rows(lines), content.rows, content.years)
    except ValueError:
        raise PlansError(
            f"La table {path.name} est abîmée : supprimez ce dossier et refaites l'import."
        ) from None


def _entry(norm: str, variant: str, content: _Variant, old: VariantYears | None) -> VariantYears:
    kept = [word for word in (old.stated if old else ()) if int(word[:4]) not in content.years]
    years = {*content.years, *(old.years if old else ())}
    return VariantYears(
        norm, variant, tuple(sorted(years)), tuple(sorted({*kept, *content.stated}))
    )


def _index_line(entry: VariantYears) -> str:
    years = format_years(set(entry.years))
    return "\t".join((entry.norm, entry.variant, years, " ".join(entry.stated)))


def _replace(path: Path, header: str, lines: list[str]) -> None:
    """Header, then the lines, which are in code point order: the order that look-ups rely on."""
    _replace_text(path, "\n".join([header, *lines, ""]))


def _replace_text(path: Path, text: str) -> None:
    """The whole file or nothing: a portal reads these tables while they are renewed."""
    made = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        made.write_text(text, encoding="utf-8", newline="\n")
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


def _sources(entries: list[VariantYears]) -> str:
    years = [year for entry in entries for year in entry.years]
    return SOURCES.format(
        count=len(years),
        first=min(years),
        last=max(years),
        variants=len(entries),
        norms=len({entry.norm for entry in entries}),
    )
