"""What is true in every norm: the rules of the budget instructions (M14, M4, M52, M57, M61, M71).

Used when no plan knows a code. Chapters 0xx are those of the instructions; classes 1 to 3 are
investment, 6 and 7 operation (« fonctionnement »); class 4 and 5 accounts appear in a budget only
for third-party works (45x), deferred charges (481) and impairments (49x, 59x), in investment.
"""

from __future__ import annotations

THIRD_PARTY = "45"

# code -> (section, label); a label only where all recent plans share it
SPECIAL_CHAPTERS = {
    "001": ("I", "Solde d'exécution de la section d'investissement reporté"),
    "002": ("F", "Résultat de fonctionnement reporté"),
    "010": ("I", ""),
    "011": ("F", ""),
    "012": ("F", ""),
    "013": ("F", ""),
    "014": ("F", ""),
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
# Chapters that mean other things in other norms (M22 groups, RSA in M52): the account decides.
AMBIGUOUS = ("010", "015", "016", "017", "018", "019")
# (beginnings of a chapter of a budget voted by function, section). M14 alone has 920-929 in
# operation: its plan says so.
FUNCTIONAL = ((("952", "953", "93", "94"), "F"), (("90", "91", "92", "95"), "I"))
CLASSES = {"1": "I", "2": "I", "3": "I", "4": "I", "5": "I", "6": "F", "7": "F"}
BETWEEN_SECTIONS, INSIDE_SECTION = "2", "1"  # TTypOpBudg (CommunBudget.xsd)
ORDER_CHAPTERS = {
    ("I", BETWEEN_SECTIONS): "040",
    ("I", INSIDE_SECTION): "041",
    ("F", BETWEEN_SECTIONS): "042",
    ("F", INSIDE_SECTION): "043",
}


def section(chapter: str, nature: str = "") -> str:
    """``F``, ``I``, or empty when neither the chapter's code nor the account's tells."""
    account = CLASSES.get(nature[:1], "")
    if chapter in AMBIGUOUS and account:
        return account
    return _chapter_section(chapter) or account or _chapter_section(nature)


def order_chapter(of_section: str, order_type: str) -> str:
    """040 to 043; a missing or odd type counts as the commoner one, between sections."""
    kind = INSIDE_SECTION if order_type == INSIDE_SECTION else BETWEEN_SECTIONS
    return ORDER_CHAPTERS.get((of_section, kind), "")


def real_chapter(nature: str, norm_is_known: bool = True) -> str:
    """The special chapter itself, or the account's class of two digits. Norms without plan (M21,
    M22) group classes 6 and 7 otherwise: empty for those."""
    if nature in SPECIAL_CHAPTERS:
        return nature
    classes = "1234567" if norm_is_known else "12"
    return nature[:2] if nature.isascii() and nature.isdigit() and nature[0] in classes else ""


def _chapter_section(chapter: str) -> str:
    if chapter in SPECIAL_CHAPTERS:
        return SPECIAL_CHAPTERS[chapter][0]
    functional = (found for starts, found in FUNCTIONAL if chapter.startswith(starts))
    return next(functional, "") or CLASSES.get(chapter[:1], "")
