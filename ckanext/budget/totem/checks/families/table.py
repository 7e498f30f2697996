"""C-*: SCDL tables. What deviates is told by ``totem.tables``; the sums are those of TOTEM."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from ckanext.budget.totem.checks.families import arithmetic
from ckanext.budget.totem.checks.families.identity import FIRST_YEAR, LAST_YEAR, nic_is_missing
from ckanext.budget.totem.checks.model import Hit, place, rule
from ckanext.budget.totem.checks.table import Seen
from ckanext.budget.totem.identifiers import is_siret
from ckanext.budget.totem.tables import KINDS, Rows

_REMEDY_SUMS = "Comparez avec le document d'origine : une ligne manque ou un montant est faux."
_REPAIR = "Acceptez la réparation proposée, ou lancez « totem-budget repair »"

# code -> severity, title, remedy of the rules that tell how a file is written, and what masks it
_WRITTEN = {
    "C-PRI-001": (
        "info",
        "Noms de personnes occultés",
        "Rien à faire ; si ce n'était pas un nom de personne, écrivez le libellé du plan de "
        "comptes ou le nom entier de l'organisme, et publiez de nouveau.",
    ),
    "C-TAB-001": (
        "error",
        "Colonnes du schéma",
        "Nommez les 22 colonnes comme le schéma SCDL budget ; une colonne obligatoire ne s'invente "
        "pas, elle vient du logiciel.",
    ),
    "C-TAB-002": (
        "error",
        "Valeurs des cellules",
        "Corrigez la cellule d'après le schéma SCDL budget, ou convertissez de nouveau le "
        "document.",
    ),
    "C-TAB-004": (
        "error",
        "Mise en forme du fichier",
        f"{_REPAIR} : CSV, UTF-8, virgules, une ligne d'en-tête, une ligne par ligne de budget.",
    ),
    "C-TAB-005": (
        "error",
        "Écriture des valeurs",
        f"{_REPAIR} : le sens est sûr, seule l'écriture change.",
    ),
    "C-TAB-006": (
        "error",
        "Chiffres perdus",
        "Exportez de nouveau depuis le logiciel, sans ouvrir le fichier dans un tableur ; les "
        "zéros de tête que le libellé prouve sont rétablis par la réparation.",
    ),
    "C-TAB-011": (
        "warning",
        "Règles de ce portail, au-delà du schéma national",
        "Vérifiez la valeur ; rien n'oblige à la changer.",
    ),
}


def _teller(code: str) -> Callable[[Seen], Iterator[Hit]]:
    def tell(seen: Seen) -> Iterator[Hit]:
        for fact in seen.deviations:
            if KINDS[fact.kind].rule == code:
                yield Hit(fact.sentence, place(fact.line, fact.column), fact.severity)

    tell.__doc__ = f"Facts that ``totem.tables.kinds`` gives to {code}."
    return tell


for _code, (_severity, _title, _remedy) in _WRITTEN.items():
    rule(_code, _severity, _title, _remedy, scope="table")(_teller(_code))


@rule(
    "C-TAB-003",
    "error",
    "Fichier lisible",
    "Enregistrez la table en CSV, encodage UTF-8, avec les noms des colonnes du schéma.",
    scope="table",
)
def readable(seen: Seen) -> Iterable[Hit]:
    """The file is a table of budget lines."""
    if seen.refusal:
        yield Hit(seen.refusal)


@rule(
    "C-TAB-007",
    "warning",
    "Lignes répétées",
    "Vérifiez que le document n'est pas deux fois dans le fichier : ses montants sont additionnés.",
    scope="table",
)
def repeated_rows(seen: Seen) -> Iterable[Hit]:
    """A whole row, amounts included, that was there before."""
    met = seen.repeated
    if met.count:
        yield Hit(
            f"Des lignes en répètent d'autres, montants compris ({met.lines}).",
            place(met.first[0]),
        )


@rule(
    "C-TAB-008",
    "warning",
    "Montants présents",
    "Exportez de nouveau avec les montants : sans eux il n'y a rien à lire.",
    scope="table",
)
def some_amount(seen: Seen) -> Iterable[Hit]:
    """At least one amount that is not zero."""
    if seen.rows and not seen.signs and not _has_refused_amounts(seen):
        yield Hit("Aucune ligne n'a de montant.")


@rule(
    "C-TAB-009",
    "warning",
    "Signe des montants",
    "SCDL dit le sens dans BGT_CODRD : une dépense s'écrit sans signe moins.",
    scope="table",
)
def signs(seen: Seen) -> Iterable[Hit]:
    """A side whose every amount is negative; an amending decision may only take away."""
    for side in _negative_sides(seen):
        yield Hit(f"Toutes les {side}s ont des montants négatifs.", "BGT_CODRD")


@rule(
    "C-TAB-010",
    "warning",
    "Unité des montants",
    "Écrivez les montants en euros, avec deux décimales.",
    scope="table",
)
def unit(seen: Seen) -> Iterable[Hit]:
    """A hundred times the former budget, or what the same document's XML says: cents for euros."""
    for name, total, other in _compared(seen):
        if other and total and 50 <= abs(total / other) <= 200:
            yield Hit(
                "Les montants sont cent fois trop grands : ce sont sans doute des centimes.",
                f"BGT_{name.upper()}",
            )
        elif other and total and 50 <= abs(other / total) <= 200:
            yield Hit("Les montants sont cent fois trop petits.", f"BGT_{name.upper()}")


@rule(
    "C-DOC-001",
    "error",
    "Au moins une ligne",
    "Convertissez de nouveau le document.",
    scope="table",
)
def no_row(seen: Seen) -> Iterable[Hit]:
    """A header alone."""
    if not seen.rows and not seen.refusal:
        yield Hit("Le fichier n'a aucune ligne de budget.")


@rule(
    "C-IDE-001",
    "error",
    "SIRET du budget",
    "Corrigez le SIRET dans toutes les lignes.",
    scope="table",
)
def siret_key(seen: Seen) -> Iterable[Hit]:
    """Key (Luhn) and establishment (NIC) of BGT_SIRET."""
    wrong: dict[str, list[Rows]] = {}
    for siret, rows in _by(seen, 0).items():
        if len(siret) != 14 or not siret.isdigit():
            continue  # told with its form
        if nic_is_missing(siret):
            wrong.setdefault(_NO_NIC, []).extend(rows)
        elif not is_siret(siret):
            wrong.setdefault(_WRONG_KEY, []).extend(rows)
    for sentence, rows in wrong.items():
        yield Hit(f"{sentence} ({_lines_of(rows)}).", place(None, "BGT_SIRET"))


_NO_NIC = (
    "Le SIRET se termine par 00000, qui n'est le numéro d'aucun établissement : des chiffres sont "
    "perdus"
)
_WRONG_KEY = "Le SIRET est faux : sa clé de contrôle ne correspond pas"


@rule(
    "C-IDE-002",
    "warning",
    "Un seul document par fichier",
    "Publiez un fichier par budget, par exercice et par étape.",
    scope="table",
)
def one_document(seen: Seen) -> Iterable[Hit]:
    """One SIRET, one year, one stage."""
    for at, column in enumerate(("BGT_SIRET", "BGT_ANNEE", "BGT_NATDEC")):
        found = {value: rows for value, rows in _by(seen, at).items() if value}
        if len(found) > 1:
            pieces = " ; ".join(map(_lines_of, list(found.values())[:5])) + "…" * (len(found) > 5)
            cause = _PULLED_DOWN if _is_series(list(found)) else ""
            yield Hit(
                f"Le fichier mélange {len(found)} valeurs de {column} ({pieces}){cause}.",
                place(None, column),
            )


_PULLED_DOWN = " : d'une ligne à l'autre, un tableur a ajouté 1 en recopiant vers le bas"


def _is_series(values: list[str]) -> bool:
    """Three numbers or more, each one more than the one before."""
    numbers = [int(value) for value in values if value.isascii() and value.isdigit()]
    steps = {after - before for before, after in pairwise(numbers)}
    return len(values) == len(numbers) > 2 and steps == {1}


@rule(
    "C-IDE-003",
    "error",
    "Exercice vraisemblable",
    "Corrigez l'année dans toutes les lignes.",
    scope="table",
)
def plausible_year(seen: Seen) -> Iterable[Hit]:
    """Same bounds as TOTEM documents."""
    wrong = [
        rows
        for year, found in _by(seen, 1).items()
        for rows in found
        if len(year) == 4 and year.isascii() and year.isdigit()
        if not FIRST_YEAR <= int(year) <= LAST_YEAR
    ]
    if wrong:
        yield Hit(
            f"L'année n'est pas comprise entre {FIRST_YEAR} et {LAST_YEAR} ({_lines_of(wrong)}).",
            place(None, "BGT_ANNEE"),
        )


@rule("C-ARI-001", "warning", "Opérations d'ordre entre sections", _REMEDY_SUMS, scope="table")
def order_between(seen: Seen) -> Iterable[Hit]:
    """As T-ARI-001, when the chapters tell which operations are between sections."""
    if _sums_are_sure(seen) and _order_types_are_known(seen):
        yield from _as_column(arithmetic.order_between(seen.facts))


@rule("C-ARI-002", "warning", "Opérations d'ordre dans une section", _REMEDY_SUMS, scope="table")
def order_inside(seen: Seen) -> Iterable[Hit]:
    """As T-ARI-002, when the chapters tell which operations are inside a section."""
    if _sums_are_sure(seen) and _order_types_are_known(seen):
        yield from _as_column(arithmetic.order_inside(seen.facts))


@rule("C-ARI-003", "warning", "Équilibre des sections votées", _REMEDY_SUMS, scope="table")
def section_balance(seen: Seen) -> Iterable[Hit]:
    """As T-ARI-003."""
    if _sums_are_sure(seen):
        yield from _as_column(arithmetic.section_balance(seen.facts))


@rule(
    "C-ARI-004",
    "warning",
    "Dépenses réalisées et crédits ouverts",
    "Vérifiez les crédits du chapitre : une dépense ne peut dépasser les crédits ouverts.",
    scope="table",
)
def over_spent(seen: Seen) -> Iterable[Hit]:
    """As T-ARI-005."""
    if _sums_are_sure(seen):
        yield from _as_column(arithmetic.over_spent(seen.facts))


def _by(seen: Seen, at: int) -> dict[str, list[Rows]]:
    """The different values of a part of the identity, each with its rows."""
    found: dict[str, list[Rows]] = {}
    for identity, rows in seen.identities.items():
        found.setdefault(identity[at], []).append(rows)
    return found


def _lines_of(rows: list[Rows]) -> str:
    text = ", ".join(each.lines for each in rows[:5]) + "…" * (len(rows) > 5)
    return f"ligne {text}" if text.isdigit() else f"lignes {text}"


def _negative_sides(seen: Seen) -> list[str]:
    if seen.facts.stage == "décision modificative":
        return []
    sides = ((side, seen.signs.get(side, (0, 0))) for side in ("dépense", "recette"))
    return [side for side, (below, above) in sides if below and not above]


def _has_refused_amounts(seen: Seen) -> bool:
    return any(_is_of_amounts(fact.column) and not KINDS[fact.kind].is_mended
               for fact in seen.deviations)  # fmt: skip


def _is_of_amounts(column: str) -> bool:
    return column.startswith("BGT_MT") or column == "BGT_CREDOUV"


def _compared(seen: Seen) -> Iterator[tuple[str, int, int]]:
    """(element, total, a total that should be near), of expenses."""
    facts = seen.facts
    for name, other in seen.reference.items():
        yield name, facts.total(name, rd="D"), other
    if not seen.reference and not facts.stage.startswith(("décision", "budget supp")):
        yield facts.amount, facts.total(facts.amount, rd="D"), facts.total("MtBudgPrec", rd="D")


def _sums_are_sure(seen: Seen) -> bool:
    """Sums say something of one document whose every row is read whole."""
    return (
        len(seen.identities) == 1
        and not _has_refused_amounts(seen)
        and not _negative_sides(seen)
        and not any(fact.kind in _UNSURE for fact in seen.deviations)
        and all(lines.section and lines.rd and lines.order for lines in seen.facts.lines)
    )


_UNSURE = (
    "truncated",
    "lost-cells",
    "extra-cells",
    "lost-quote",
    "maybe-lost-zeros",
    "repeated-column",
)


def _order_types_are_known(seen: Seen) -> bool:
    return all(
        lines.chapter in arithmetic.CHAPTER_TYPES for lines in seen.facts.matching(order="1")
    )


def _as_column(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Name the column instead of the XML element; a table is never refused for its sums."""
    for hit in hits:
        where = "BGT_" + hit.place.rpartition("/")[2].upper()
        yield Hit(hit.message, where, "" if hit.severity == "error" else hit.severity)
