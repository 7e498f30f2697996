"""What is true in every norm: the rules of the budget instructions (M14, M4, M52, M57, M61, M71).

Used when no plan knows a code. Chapters 0xx are those of the instructions; classes 1 to 3 are
investment, 6 and 7 operation (functioning); class 4 and 5 accounts appear in a budget only for
third-party works (45x), deferred charges (481) and impairments (49x, 59x), all in investment.
"""

from __future__ import annotations

__all__ = ["SPECIAL_CHAPTERS", "chapter_section", "nature_section", "order_chapter", "real_chapter"]

INVESTMENT, OPERATION = "I", "F"

# code -> (section, label); the labels are those that all recent plans share
SPECIAL_CHAPTERS = {
    "001": ("I", "Solde d'exécution de la section d'investissement reporté"),
    "002": ("F", "Résultat de fonctionnement reporté"),
    "010": ("I", ""),
    "011": ("F", "Charges à caractère général"),
    "012": ("F", "Charges de personnel et frais assimilés"),
    "013": ("F", "Atténuations de charges"),
    "014": ("F", "Atténuations de produits"),
    "015": ("F", ""),
    "016": ("F", ""),
    "017": ("F", ""),
    "018": ("I", ""),
    "019": ("F", ""),
    "020": ("I", "Dépenses imprévues"),
    "021": ("I", "Virement de la section de fonctionnement"),
    "022": ("F", "Dépenses imprévues"),
    "023": ("F", "Virement à la section d'investissement"),
    "024": ("I", "Produits des cessions d'immobilisations"),
    "040": ("I", "Opérations d'ordre de transfert entre sections"),
    "041": ("I", "Opérations patrimoniales"),
    "042": ("F", "Opérations d'ordre de transfert entre sections"),
    "043": ("F", "Opérations d'ordre à l'intérieur de la section de fonctionnement"),
}
# Beginning of a chapter of a budget voted by function -> section. Longest beginning first. M14
# alone has 920-929 in operation: its plan says so.
FUNCTIONAL = {"952": "F", "953": "F", "90": "I", "91": "I", "92": "I", "93": "F", "94": "F", "95": "I"}
CLASSES = {"1": "I", "2": "I", "3": "I", "4": "I", "5": "I", "6": "F", "7": "F"}
BETWEEN_SECTIONS, INSIDE_SECTION = "2", "1"  # TTypOpBudg (CommunBudget.xsd)
ORDER_CHAPTERS = {
    ("I", BETWEEN_SECTIONS): "040",
    ("I", INSIDE_SECTION): "041",
    ("F", BETWEEN_SECTIONS): "042",
    ("F", INSIDE_SECTION): "043",
}


def chapter_section(chapter: str) -> str:
    """``F``, ``I``, or empty when the chapter's code does not tell."""
    if chapter in SPECIAL_CHAPTERS:
        return SPECIAL_CHAPTERS[chapter][0]
    for beginning, section in FUNCTIONAL.items():
        if chapter.startswith(beginning):
            return section
    return CLASSES.get(chapter[:1], "")


def nature_section(nature: str) -> str:
    """The section of an account: by its class, or as a special chapter (001, 021…)."""
    return chapter_section(nature) if nature[:1] in ("0", "9") else CLASSES.get(nature[:1], "")


def order_chapter(section: str, order_type: str) -> str:
    """040 to 043; a missing or odd type counts as the commoner one, between sections."""
    kind = INSIDE_SECTION if order_type == INSIDE_SECTION else BETWEEN_SECTIONS
    return ORDER_CHAPTERS.get((section, kind), "")


def real_chapter(nature: str) -> str:
    """The special chapter itself, or the account's class of two digits."""
    if nature in SPECIAL_CHAPTERS:
        return nature
    return nature[:2] if len(nature) >= 2 and nature[0] in CLASSES and nature.isdigit() else ""
