"""The kinds of defects of a table, one row each: which rule tells it, how grave, in which words.

``mended`` kinds are put right by the reader without guessing, and the repaired table shows it; the
others stay as they are, and their place is told. Severities follow the national schema 0.8.3: what
it refuses is an error, what only this project asks for is a warning or an information.
"""

from __future__ import annotations

from typing import NamedTuple

from ckanext.budget.totem.tables.values import LISTS


class Kind(NamedTuple):
    """``sentence``: cause, ``{fill}`` being what the reader noted; ``form``: the right form.

    ``is_shared``: one finding for all the columns, because one cause did all of it.
    """

    rule: str
    severity: str
    is_mended: bool
    sentence: str
    form: str = ""
    is_shared: bool = False


_COLUMNS, _CELLS, _FILE, _WRITING, LOST, _OURS = (
    "C-TAB-001", "C-TAB-002", "C-TAB-004", "C-TAB-005", "C-TAB-006", "C-TAB-011",
)  # fmt: skip

KINDS: dict[str, Kind] = {
    # Names of people
    "masked": Kind("C-PRI-001", "info", False, "Un nom de personne est remplacé par « Occultation "
                   "Article L311-7 CRPA »"),
    # The file
    "sheet": Kind(_FILE, "error", True, "Le fichier est un classeur, pas un CSV : sa feuille n° "
                  "{fill} est lue."),
    "utf-16": Kind(_FILE, "error", True, "Le fichier est en UTF-16 au lieu d'UTF-8."),
    "utf-32": Kind(_FILE, "error", True, "Le fichier est en UTF-32 au lieu d'UTF-8."),
    "cp1252": Kind(_FILE, "error", True, "Le fichier est en windows-1252 (Excel) au lieu d'UTF-8."),
    "cp850": Kind(_FILE, "error", True, "Le fichier est en CP850 (MS-DOS) au lieu d'UTF-8."),
    "mac-roman": Kind(_FILE, "error", True, "Le fichier est en Mac Roman au lieu d'UTF-8."),
    "mixed": Kind(_FILE, "error", True, "Le fichier mêle UTF-8 et windows-1252."),
    "mojibake": Kind(_FILE, "error", True, "Les accents sont abîmés : de l'UTF-8 a été lu comme un "
                     "encodage plus ancien", is_shared=True),
    "nfd": Kind(_FILE, "error", True, "Les accents sont décomposés (lettre et accent séparés, "
                "comme sur Mac)", is_shared=True),
    "delimiter": Kind(_FILE, "warning", True, "Le séparateur est {fill} au lieu de la virgule."),
    "odd-delimiter": Kind(_FILE, "error", True, "Le séparateur est {fill} au lieu de la virgule : "
                          "peu de logiciels le devinent."),
    "sep-line": Kind(_FILE, "error", True, "La première ligne (sep=) est une consigne pour Excel, "
                     "pas l'en-tête."),
    "title-lines": Kind(_FILE, "error", True, "L'en-tête est à la ligne {fill}, après d'autres "
                        "lignes (titre, source)."),
    "line-ends": Kind(_FILE, "info", True, "Les fins de ligne sont celles des anciens Mac (CR)."),
    "nul": Kind(_FILE, "error", True, "Des caractères nuls sont mêlés au texte"),
    "blank-row": Kind(_FILE, "error", True, "Des lignes sont vides"),
    "repeated-header": Kind(_FILE, "error", True, "L'en-tête est répété au milieu des données"),
    "total-row": Kind(_FILE, "error", True, "Des lignes sont des totaux, à ne pas additionner avec "
                      "le détail"),
    "note-row": Kind(_FILE, "error", True, "Des lignes sont des notes, sans donnée budgétaire"),
    "wrapped-row": Kind(_FILE, "error", True, "Des lignes entières sont entre guillemets"),
    "open-quote": Kind(_FILE, "error", True, "Un guillemet ouvert à la ligne {fill} n'est jamais "
                       "fermé : un tableur avale les lignes suivantes", ),
    "lost-quote": Kind(_FILE, "error", False, "Un guillemet ouvert à la ligne {fill} n'est jamais "
                       "fermé, et rien ne dit où la cellule finit"),
    "truncated": Kind(_FILE, "error", False, "Le fichier est coupé : sa dernière ligne n'est pas "
                      "entière, et d'autres manquent peut-être ; exportez-le de nouveau"),
    "short-row": Kind(_FILE, "error", True, "Il manque des cellules vides en fin de ligne"),
    "long-row": Kind(_FILE, "error", True, "Il y a des cellules vides en trop en fin de ligne"),
    "split-cell": Kind(_FILE, "error", True, "Un libellé contient le séparateur sans guillemets : "
                       "ses morceaux sont recollés"),
    "lost-cells": Kind(_FILE, "error", False, "Il manque des cellules"),
    "extra-cells": Kind(_FILE, "error", False, "Il y a des cellules de trop : un séparateur est "
                        "sans guillemets dans une valeur"),
    # The header
    "no-header": Kind(_COLUMNS, "error", True, "La ligne d'en-tête manque : les 22 colonnes sont "
                      "reconnues à leur place."),
    "header-case": Kind(_COLUMNS, "info", True, "Les noms des colonnes ne sont pas en majuscules."),
    "header-names": Kind(_COLUMNS, "error", True, "Des colonnes ne portent pas le nom du schéma : "
                         "{fill}."),
    "header-order": Kind(_COLUMNS, "info", True, "Les colonnes ne sont pas dans l'ordre du schéma"
                         " : elles sont lues par leur nom."),
    "missing-mandatory": Kind(_COLUMNS, "error", False, "Il manque des colonnes obligatoires : "
                              "{fill}."),
    "missing-optional": Kind(_COLUMNS, "warning", True, "Il manque des colonnes facultatives : "
                             "{fill}."),
    "extra-columns": Kind(_COLUMNS, "warning", True, "Des colonnes ne sont pas du schéma "
                          "(position {fill}) : elles ne sont pas publiées."),
    "empty-columns": Kind(_COLUMNS, "info", True, "Des colonnes sans nom ni contenu suivent les "
                          "autres."),
    "same-column": Kind(_COLUMNS, "error", True, "Des colonnes sont présentes deux fois, avec les "
                        "mêmes valeurs : {fill}."),
    "repeated-column": Kind(_COLUMNS, "error", False, "Des colonnes sont présentes deux fois : "
                            "{fill} ; la première est lue."),
    # Cells written otherwise
    "list-spelling": Kind(_WRITING, "error", True, "La valeur n'est pas écrite comme dans la liste "
                          "(majuscules, accents ou espaces)"),
    "list-synonym": Kind(_WRITING, "error", True, "Un autre mot est écrit que celui de la liste"),
    "lost-letters": Kind(_WRITING, "error", True, "Des lettres accentuées sont perdues, remplacées "
                         "par un point d'interrogation", is_shared=True),
    "decimal-comma": Kind(_WRITING, "error", True, "Les montants ont une virgule décimale",
                          "un point décimal, sans espace (1234.56)", True),
    "amount-form": Kind(_WRITING, "error", True, "Les montants sont mis en forme (espaces, €, "
                        "parenthèses…)", "un point décimal, sans espace ni symbole (1234.56)",
                        True),
    "amount-style": Kind(_WRITING, "info", True, "Des montants ont une écriture inhabituelle (+, "
                         "point sans chiffre, décimales de calcul)", "1234.56", True),
    "blank-amount": Kind(_WRITING, "info", True, "Des montants ne contiennent que des espaces",
                         "une cellule vide", True),
    "siret-separators": Kind(_WRITING, "error", True, "Le SIRET contient des espaces ou des signes",
                             "14 chiffres sans espace"),
    "decimal-code": Kind(_WRITING, "error", True, "Le code est écrit comme un nombre à virgule",
                         "des chiffres seuls (60612)"),
    "code-spaces": Kind(_WRITING, "error", True, "Le code contient des espaces",
                        "des chiffres seuls (60612)"),
    "code-label": Kind(_WRITING, "error", True, "Le code et son libellé sont dans la même cellule",
                       "le code seul, le libellé dans sa colonne"),
    "padded": Kind(_WRITING, "error", True, "Des blancs (ou des guillemets) entourent les valeurs",
                   is_shared=True),
    "null-word": Kind(_WRITING, "error", True, "Un mot de programme (NULL, None, nan, N/A) est "
                      "écrit où il n'y a rien", "une cellule vide", True),
    "entities": Kind(_WRITING, "error", True, "Les accents sont écrits comme dans une page web "
                     "(&eacute;)", is_shared=True),
    "year-date": Kind(_WRITING, "error", True, "L'exercice est écrit comme une date",
                      "quatre chiffres (2024)"),
    "code-word": Kind(_WRITING, "error", True, "Le code suit un mot (chapitre, compte…)",
                      "des chiffres seuls (60612)"),
    "text-mark": Kind(_WRITING, "error", True, "Les valeurs portent la marque de texte d'Excel "
                      "(apostrophe, ou =\"…\")", is_shared=True),
    "filled": Kind(_WRITING, "error", True, "Des cellules obligatoires sont vides ; le plan de "
                   "comptes ({fill}) les donne", "une valeur dans chaque ligne", True),
    # Cells that say something else, or nothing
    "merged": Kind(_CELLS, "error", False, "Des cellules qui disent de quel budget est la ligne "
                   "sont vides (fusionnées dans un tableur ?)", "une valeur à chaque ligne", True),
    "empty": Kind(_CELLS, "error", False, "Une cellule obligatoire est vide"),
    "unknown-word": Kind(_CELLS, "error", False, "La valeur n'est pas dans la liste"),
    "year-form": Kind(_CELLS, "error", False, "L'exercice n'est pas une année",
                      "quatre chiffres (2024)"),
    "siren": Kind(_CELLS, "error", False, "C'est un SIREN (9 chiffres), qui ne dit pas quel budget",
                  "le SIRET du budget, 14 chiffres"),
    "two-labels": Kind(_CELLS, "error", False, "Le code est suivi d'un autre libellé que celui de "
                       "sa colonne", "le code seul"),
    "siret-form": Kind(_CELLS, "error", False, "Le SIRET n'a pas 14 chiffres",
                       "14 chiffres sans espace"),
    "long-code": Kind(_CELLS, "error", False, "Le code est trop long", "9 caractères au plus"),
    "not-amount": Kind(_CELLS, "error", False, "Le montant n'est pas un nombre",
                       "un nombre à point décimal (1234.56), ou rien"),
    "ambiguous-amount": Kind(_CELLS, "error", False, "Le montant se lit de deux façons : sa "
                             "virgule est suivie de trois chiffres", "un point décimal (1234.56)"),
    "lost-text": Kind(_CELLS, "warning", False, "Des lettres sont perdues, remplacées par un point "
                      "d'interrogation, et rien ne dit lesquelles", is_shared=True),
    # Damage that keeps the form
    "scientific": Kind(LOST, "error", False, "La valeur est en notation scientifique : des "
                       "chiffres sont perdus", "tous les chiffres, sans E", True),
    "formula": Kind(LOST, "error", False, "La cellule contient une formule ou une erreur de "
                    "tableur", "la valeur seule", True),
    "dated": Kind(LOST, "error", False, "Un tableur a fait une date de la valeur (11-janv)",
                  "le code ou le montant d'origine", True),
    "lost-zeros": Kind(LOST, "error", True, "Des codes ont perdu leurs zéros de tête, d'après "
                       "leur libellé", "le code du plan de comptes (011, 002)", True),
    "maybe-lost-zeros": Kind(LOST, "warning", False, "Des codes ont sans doute perdu des zéros de "
                             "tête, mais leur libellé ne le dit pas",
                             "le code du plan de comptes (011, 002)", True),
    # Ours
    "odd-code": Kind(_OURS, "warning", False, "Le code n'a pas la forme d'un code de plan de "
                     "comptes ; le schéma national l'accepte", "des chiffres seuls"),
    "three-decimals": Kind(_OURS, "warning", False, "Des montants ont plus de deux décimales : "
                           "seraient-ce des milliers ?", "un point suivi de deux chiffres", True),
}  # fmt: skip


def form_of(kind: Kind, column: str) -> str:
    """The allowed values of a list, or the right form."""
    if column in LISTS and kind.rule in (_CELLS, _WRITING) and not kind.form:
        return " ou ".join(f"« {word} »" for word in LISTS[column])
    return kind.form
