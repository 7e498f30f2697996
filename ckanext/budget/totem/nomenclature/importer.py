"""Make the tables from the official plans of accounts.

Input: ``DIR/YEAR/NORM/VARIANT/planDeCompte.xml``, as the State publishes them with the TOTEM
tools. Output, in the tables directory: one ``NORM-VARIANT.tsv`` per variant (see
:mod:`.facts`), ``index.tsv`` (variants and years) and ``SOURCES.md`` (where it all comes from).
The same input always gives the same bytes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from ..errors import TotemError
from .facts import format_years

HEADER = "kind\tcode\tyears\tlabel\tfacts"
INDEX_HEADER = "norm\tvariant\tyears\tstated"

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
Made by `totem-budget nomenclature import DIR`; not edited by hand. Nothing is corrected: labels are
the plan's own, to the letter. A plan is taken for the year, norm and variant of its folder; where
its own header says otherwise, `index.tsv` tells it in the column `stated` (the plan of the year
stands for the stated one, unchanged).

Columns: kind, code, years (compact ranges), label, facts. See `facts.py` beside this directory.
"""


class PlansError(TotemError):
    """The directory of plans cannot be used."""


class ImportedPlans(NamedTuple):
    """What an import read and wrote: ``files`` plans, ``rows`` rows, ``tables`` paths."""

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
        self.rows: dict[tuple[str, str, str, str], set[int]] = defaultdict(set)
        self.years: set[int] = set()
        self.stated: list[str] = []


def import_plans(source_dir: Path, tables_dir: Path) -> ImportedPlans:
    """Read every plan under ``source_dir`` and write the tables into ``tables_dir``.

    Raises :class:`PlansError` when there is no plan or when a plan cannot be read.
    """
    places = list(_places(Path(source_dir)))
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
            if "\t" in label or "\n" in label:
                raise PlansError("Un libellé du plan contient une tabulation : plan inattendu.")
            yield kind, element.get("Code", ""), label, _facts(element)


def _places(source_dir: Path) -> Iterator[_Place]:
    for path in sorted(source_dir.glob("*/*/*/planDeCompte.xml")):
        year, norm, variant = path.parts[-4:-1]
        if re.fullmatch(r"\d{4}", year):
            yield _Place(norm, variant, int(year), path)


def _collect(place: _Place, into: _Variant) -> None:
    root = _parse(place.path)
    for row in _rows(root):
        into.rows[row].add(place.year)
    into.years.add(place.year)
    stated = (root.get("Declinaison"), root.get("Exer"))
    if stated != (place.variant, str(place.year)):
        into.stated.append(f"{place.year}={stated[0]}/{stated[1]}")


def _parse(path: Path) -> ElementTree.Element:
    try:
        root = ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, OSError) as error:
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
    tables = []
    for (norm, variant), content in sorted(variants.items()):
        path = out / f"{norm}-{variant}.tsv"
        _write_lines(path, HEADER, _lines(content))
        tables.append(path)
    _write_lines(out / "index.tsv", INDEX_HEADER, _index(variants))
    (out / "SOURCES.md").write_text(_sources(variants, files), encoding="utf-8", newline="\n")
    return ImportedPlans(files, sum(len(v.rows) for v in variants.values()), tables)


def _lines(content: _Variant) -> list[str]:
    return [
        "\t".join((kind, code, format_years(years), label, facts))
        for (kind, code, label, facts), years in content.rows.items()
    ]


def _index(variants: dict[tuple[str, str], _Variant]) -> list[str]:
    return [
        "\t".join((norm, variant, format_years(content.years), " ".join(sorted(content.stated))))
        for (norm, variant), content in variants.items()
    ]


def _write_lines(path: Path, header: str, lines: list[str]) -> None:
    """Header, then the lines in code point order: the order that look-ups rely on."""
    path.write_text("\n".join([header, *sorted(lines), ""]), encoding="utf-8", newline="\n")


def _sources(variants: dict[tuple[str, str], _Variant], files: int) -> str:
    years = set().union(*(content.years for content in variants.values()))
    return SOURCES.format(
        count=files,
        first=min(years),
        last=max(years),
        variants=len(variants),
        norms=len({norm for norm, _ in variants}),
    )
