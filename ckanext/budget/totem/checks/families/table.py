"""C-*: SCDL CSV files. The sums are those of TOTEM documents, the functions too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ckanext.budget.totem.checks.families import arithmetic
from ckanext.budget.totem.checks.families.identity import FIRST_YEAR, LAST_YEAR
from ckanext.budget.totem.checks.model import Hit, place, rule
from ckanext.budget.totem.checks.table import CellProblem, Table
from ckanext.budget.totem.identifiers import is_siret

_REMEDY_SUMS = "Comparez avec le document d'origine : une ligne manque ou un montant est faux."

_LABELS = {
    "missing-label": "Une colonne manque.",
    "extra-label": "Une colonne est en trop.",
    "incorrect-label": "Le nom de la colonne n'est pas celui du schéma, à cette place.",
    "blank-label": "Une colonne n'a pas de nom.",
    "blank-header": "La ligne d'en-tête est vide.",
    "duplicate-label": "Une colonne est présente deux fois.",
}
_FILES = {
    "encoding-error": "Le fichier n'est pas en UTF-8.",
    "source-error": "Le fichier est vide ou illisible.",
    "format-error": "Le fichier n'est pas un CSV.",
    "scheme-error": "Le fichier est inaccessible.",
}
_CELLS = {
    "required": "Une cellule obligatoire est vide.",
    "enum": "La valeur n'est pas dans la liste.",
    "pattern": "La valeur n'a pas le format attendu.",
    "minLength": "Le code est trop court.",
    "maxLength": "Le code est trop long.",
    "minimum": "La valeur est trop petite.",
    "maximum": "La valeur est trop grande.",
    "type-error": "La valeur n'a pas le type attendu.",
    "blank-row": "La ligne est vide.",
    "missing-cell": "Il manque une cellule.",
    "extra-cell": "Il y a une cellule de trop.",
}


@rule(
    "C-TAB-001",
    "error",
    "Les 22 colonnes, dans l'ordre",
    "Nommez et ordonnez les colonnes comme le schéma SCDL budget, séparées par des virgules.",
    scope="table",
)
def columns(table: Table) -> Iterable[Hit]:
    """Header of the file against the schema."""
    for problem in table.problems:
        if problem.kind in _LABELS:
            yield Hit(_LABELS[problem.kind], place(1, problem.column))


@rule(
    "C-TAB-002",
    "error",
    "Valeurs des cellules",
    "Corrigez la cellule d'après le schéma SCDL budget, ou convertissez de nouveau le document.",
    scope="table",
)
def cells(table: Table) -> Iterable[Hit]:
    """Types, lists, formats, mandatory cells."""
    for problem in table.problems:
        if problem.kind not in _LABELS and problem.kind not in _FILES:
            yield _cell(problem)


@rule(
    "C-TAB-003",
    "error",
    "Fichier lisible",
    "Enregistrez le fichier en CSV, encodage UTF-8, séparateur virgule.",
    scope="table",
)
def readable(table: Table) -> Iterable[Hit]:
    """The file is a CSV in UTF-8."""
    for problem in table.problems:
        if problem.kind in _FILES:
            yield Hit(_FILES[problem.kind])


@rule(
    "C-DOC-001",
    "error",
    "Au moins une ligne",
    "Convertissez de nouveau le document.",
    scope="table",
)
def no_row(table: Table) -> Iterable[Hit]:
    """A header alone."""
    if not table.rows and not table.problems:
        yield Hit("Le fichier n'a aucune ligne de budget.")


@rule(
    "C-IDE-001",
    "error",
    "SIRET du budget",
    "Corrigez le SIRET dans toutes les lignes.",
    scope="table",
)
def siret_key(table: Table) -> Iterable[Hit]:
    """Key (Luhn) of BGT_SIRET."""
    for siret, line in _first(table, 0):
        if len(siret) == 14 and siret.isdigit() and not is_siret(siret):
            yield Hit(
                "Le SIRET est faux : sa clé de contrôle ne correspond pas.",
                place(line, "BGT_SIRET"),
            )


@rule(
    "C-IDE-002",
    "warning",
    "Un seul document par fichier",
    "Publiez un fichier par budget, par exercice et par étape.",
    scope="table",
)
def one_document(table: Table) -> Iterable[Hit]:
    """One SIRET, one year, one stage."""
    for at, column in enumerate(("BGT_SIRET", "BGT_ANNEE", "BGT_NATDEC")):
        found = list(_first(table, at))
        if len(found) > 1:
            yield Hit(
                f"Le fichier mélange {len(found)} valeurs de {column}.", place(found[1][1], column)
            )


@rule(
    "C-IDE-003",
    "error",
    "Exercice vraisemblable",
    "Corrigez l'année dans toutes les lignes.",
    scope="table",
)
def plausible_year(table: Table) -> Iterable[Hit]:
    """Same bounds as TOTEM documents."""
    for year, line in _first(table, 1):
        if year.isascii() and year.isdigit() and not FIRST_YEAR <= int(year[:9]) <= LAST_YEAR:
            yield Hit(
                f"L'année n'est pas comprise entre {FIRST_YEAR} et {LAST_YEAR}.",
                place(line, "BGT_ANNEE"),
            )


@rule("C-ARI-001", "warning", "Opérations d'ordre entre sections", _REMEDY_SUMS, scope="table")
def order_between(table: Table) -> Iterable[Hit]:
    """As T-ARI-001, when the chapters tell which operations are between sections."""
    if _sums_are_sure(table) and _order_types_are_known(table):
        yield from _as_column(arithmetic.order_between(table.facts))


@rule("C-ARI-002", "warning", "Opérations d'ordre dans une section", _REMEDY_SUMS, scope="table")
def order_inside(table: Table) -> Iterable[Hit]:
    """As T-ARI-002, when the chapters tell which operations are inside a section."""
    if _sums_are_sure(table) and _order_types_are_known(table):
        yield from _as_column(arithmetic.order_inside(table.facts))


@rule("C-ARI-003", "warning", "Équilibre des sections votées", _REMEDY_SUMS, scope="table")
def section_balance(table: Table) -> Iterable[Hit]:
    """As T-ARI-003."""
    if _sums_are_sure(table):
        yield from _as_column(arithmetic.section_balance(table.facts))


@rule(
    "C-ARI-004",
    "warning",
    "Dépenses réalisées et crédits ouverts",
    "Vérifiez les crédits du chapitre : une dépense ne peut dépasser les crédits ouverts.",
    scope="table",
)
def over_spent(table: Table) -> Iterable[Hit]:
    """As T-ARI-005."""
    if _sums_are_sure(table):
        yield from _as_column(arithmetic.over_spent(table.facts))


def _cell(problem: CellProblem) -> Hit:
    message = _CELLS.get(problem.kind, "La valeur n'est pas conforme au schéma.")
    return Hit(message, place(problem.row, problem.column))


def _first(table: Table, at: int) -> Iterator[tuple[str, int]]:
    """The different values of a part of the identity, each with its first row."""
    seen: dict[str, int] = {}
    for identity, tally in table.identities.items():
        seen.setdefault(identity[at], tally.line)
    yield from seen.items()


def _sums_are_sure(table: Table) -> bool:
    """Sums say something of one document whose every row has a section and a side."""
    return len(table.identities) == 1 and all(
        lines.section and lines.rd and lines.order for lines in table.facts.lines
    )


def _order_types_are_known(table: Table) -> bool:
    return all(
        lines.chapter in arithmetic.CHAPTER_TYPES for lines in table.facts.matching(order="1")
    )


def _as_column(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Name the column instead of the XML element; a CSV is never refused for its sums."""
    for hit in hits:
        where = "BGT_" + hit.place.rpartition("/")[2].upper()
        yield Hit(hit.message, where, "" if hit.severity == "error" else hit.severity)
