"""What a reader of the charts must know of the file they are drawn from. One row per rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ckanext.budget.totem.summary.cube import Cell, Cube

if TYPE_CHECKING:
    from ckanext.budget.totem.summary.names import Names


MESSAGES: dict[str, tuple[str, str]] = {
    "empty": ("error", "Le fichier ne contient aucune ligne budgétaire."),
    "no-amount": ("error", "Aucun montant non nul : il n'y a rien à représenter."),
    "unreadable-amount": (
        "error",
        "{count} montant(s) illisible(s), comptés pour zéro : corrigez-les dans le fichier.",
    ),
    "several-documents": (
        "warning",
        "Le fichier contient {count} documents (étapes, exercices ou budgets) : seul celui qui a "
        "le plus de lignes est représenté.",
    ),
    "no-direction": ("warning", "{count} groupe(s) de lignes sans recette ni dépense (BGT_CODRD)."),
    "no-section": ("warning", "{count} groupe(s) de lignes sans section, montrés à part."),
    "guessed-section": (
        "info",
        "{count} groupe(s) de lignes sans section : elle est déduite du plan de comptes.",
    ),
    "no-order": (
        "warning",
        "{count} groupe(s) de lignes sans opération réelle ou d'ordre : les montants réels "
        "(épargne…) ne peuvent pas toujours être calculés.",
    ),
    "rounded-amount": ("info", "{count} montant(s) à plus de deux décimales, arrondis au centime."),
    "negative-amount": (
        "info",
        "{count} somme(s) négative(s), annulations ou corrections : elles sont comptées, et citées "
        "à côté des graphiques qui ne peuvent pas les dessiner.",
    ),
    "row-width": ("warning", "{count} ligne(s) n'ont pas le bon nombre de colonnes."),
    "encoding": ("info", "Le fichier n'est pas en UTF-8 : ses accents sont rétablis."),
    "left-out": ("info", "{count} ligne(s) de total, de note ou d'en-tête répété ne sont pas "
                 "comptées."),
    "lost-zeros": ("warning", "{count} code(s) ont perdu leurs zéros de tête : ils sont rétablis "
                   "d'après leur libellé."),
    "delimiter": ("info", "Le séparateur du fichier n'est pas la virgule."),
    "no-function": ("info", "Ce document n'est pas présenté par fonction : la répartition par "
                    "politique publique n'est pas disponible, celle par nature l'est."),
    "no-label": ("info", "{count} libellé(s) absents du fichier, complétés par le plan de comptes "
                 "ou remplacés par le code."),
    "unknown-norm": ("info", "La nomenclature du document n'est pas connue : certains libellés "
                     "manquent."),
    "trimmed": ("info", "Document très détaillé : les codes les plus fins sont regroupés dans les "
                "graphiques ; le tableau contient toutes les lignes."),
}  # fmt: skip
"""Severity (error, warning, info) and French sentence by code; ``{count}`` is filled in."""


def counts_of(cube: Cube, cells: Mapping[Cell, list[int]]) -> dict[str, int]:
    """How often each finding about the lines is met; ``cells`` are those with their sections."""
    return {
        **cube.irregular,
        "empty": int(not cube.rows),
        "no-direction": _unknown(cells, 1),
        "no-section": _unknown(cells, 0),
        "guessed-section": max(0, _unknown(cube.cells, 0) - _unknown(cells, 0)),
        "no-order": _unknown(cells, 2),
        "negative-amount": _negative(cells),
        "no-label": _unlabelled(cube),
    }


def findings_of(
    known: Mapping[str, int], payload: Mapping[str, Any], names: Names
) -> list[dict[str, Any]]:
    """JSON-ready findings in the order of ``MESSAGES``; ``known`` comes from ``counts_of``."""
    has_rows = bool(payload["rows"])
    counts = {
        **known,
        "no-amount": int(has_rows and not payload["amounts"]),
        "no-function": int(has_rows and payload["by_function"] is None),
        "unknown-norm": int(has_rows and names.plan is None),
        "trimmed": int(any(payload["trimmed"].values())),
    }
    return [
        {
            "code": code,
            "severity": severity,
            "count": counts[code],
            "message": message.format(count=counts[code]),
        }
        for code, (severity, message) in MESSAGES.items()
        if counts.get(code)
    ]


def _unknown(cells: Mapping[Cell, Any], place: int) -> int:
    return [cell[place] for cell in cells].count("?")


def _negative(cells: Mapping[Cell, list[int]]) -> int:
    return sum(amount < 0 for sums in cells.values() if min(sums) < 0 for amount in sums)


def _unlabelled(cube: Cube) -> int:
    tables = (cube.chapters, cube.natures, cube.functions)
    return sum(not label for table in tables for code, label in table.items() if code)
