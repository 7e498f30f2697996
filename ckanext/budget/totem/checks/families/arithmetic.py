"""T-ARI: sums. All amounts are whole cents, so that equal means equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ckanext.budget.totem.checks.facts import Facts, Lines
from ckanext.budget.totem.checks.model import Hit, place, rule, shown

SECTIONS = {"F": "fonctionnement", "I": "investissement"}
INSIDE, BETWEEN = "1", "2"
CHAPTER_TYPES = {
    "040": BETWEEN,
    "042": BETWEEN,
    "021": BETWEEN,
    "023": BETWEEN,
    "041": INSIDE,
    "043": INSIDE,
}

#: Totals that the national tool adds to a CA or CFU, whose scope is known: section, side.
PRODUCER_TOTALS = {
    "GDEPTOTFONCA": ("F", "D"),
    "GRECTOTFONCA": ("F", "R"),
    "GDEPTOTINVCA": ("I", "D"),
    "GRECTOTINVCA": ("I", "R"),
    "GDEPTOTCA": ("", "D"),
    "GRECTOTCA": ("", "R"),
}


@rule(
    "T-ARI-001",
    "error",
    "Opérations d'ordre entre sections",
    "Une opération d'ordre entre sections est toujours une dépense d'une section et une recette "
    "de l'autre, de même montant : cherchez l'écriture à un seul côté.",
)
def order_between(facts: Facts) -> Iterable[Hit]:
    """Expenses of one section equal receipts of the other (CGCT; chapters 040/042, 021/023)."""
    totals = _order_totals(facts, BETWEEN)
    for spent, received in (("F", "I"), ("I", "F")):
        gap = totals[spent, "D"] - totals[received, "R"]
        if gap:
            yield Hit(
                f"Ordre entre sections : les dépenses {_of(spent)} et les recettes "
                f"{_of(received)} diffèrent de {euros(gap)}.",
                place(None, f"LigneBudget/{facts.amount}"),
                _execution_severity(facts),
            )


@rule(
    "T-ARI-002",
    "error",
    "Opérations d'ordre dans une section",
    "Une opération d'ordre dans une section a une dépense et une recette de même montant : "
    "cherchez l'écriture à un seul côté.",
)
def order_inside(facts: Facts) -> Iterable[Hit]:
    """Expenses equal receipts inside each section (chapters 041 and 043)."""
    totals = _order_totals(facts, INSIDE)
    for section in SECTIONS:
        gap = totals[section, "D"] - totals[section, "R"]
        if gap:
            yield Hit(
                f"Ordre dans la section {_of(section)} : dépenses et recettes diffèrent de "
                f"{euros(gap)}.",
                place(None, f"LigneBudget/{facts.amount}"),
                _execution_severity(facts),
            )


@rule(
    "T-ARI-003",
    "warning",
    "Équilibre des sections votées",
    "Un budget se vote en équilibre par section (CGCT, article L1612-4) : vérifiez les montants "
    "votés, les restes à réaliser et les résultats reportés.",
)
def section_balance(facts: Facts) -> Iterable[Hit]:
    """Voted amounts and carried-over ones: expenses equal receipts in each section."""
    if facts.is_execution or not facts.line_count:
        return
    for section in SECTIONS:
        gap = _voted(facts, section, "D") - _voted(facts, section, "R")
        if gap > 0:
            yield Hit(
                f"La section {_of(section)} dépense {euros(gap)} de plus qu'elle ne reçoit.",
                place(None, f"LigneBudget/{facts.amount}"),
            )
        elif gap < 0:
            yield Hit(
                f"La section {_of(section)} est votée en suréquilibre de {euros(gap)}.",
                place(None, f"LigneBudget/{facts.amount}"),
                "info",
            )


@rule(
    "T-ARI-004",
    "warning",
    "Totaux de l'éditeur",
    "Les lignes ne font pas le total annoncé : exportez de nouveau, ou signalez-le à l'éditeur.",
)
def producer_totals(facts: Facts) -> Iterable[Hit]:
    """Sums of the lines equal the totals (``calculated``) that the document carries."""
    for group, (section, rd) in PRODUCER_TOTALS.items():
        totals, line = facts.producer_totals.get(group, ({}, 0))
        for amount, announced in totals.items():
            codes = {"rd": rd} | ({"section": section} if section else {})
            gap = facts.total(amount, **codes) - announced
            if gap:
                yield Hit(
                    f"La somme des lignes ({amount}) et le total {group} diffèrent de "
                    f"{euros(gap)}.",
                    place(line, f"LigneBudget/{amount}"),
                )


@rule(
    "T-ARI-005",
    "warning",
    "Dépenses réalisées et crédits ouverts",
    "Vérifiez les crédits du chapitre : une dépense ne peut dépasser les crédits ouverts.",
)
def over_spent(facts: Facts) -> Iterable[Hit]:
    """Real expenses of a chapter stay within its opened credits (CGCT, article L2311-1 et seq.).

    With a vote by operation (OpeEquip) credits bind each equipment operation, and the chapters
    only for what is in no operation.
    """
    if not facts.is_execution or not facts.total("CredOuv"):
        return
    for name, gap in _gaps(facts):
        if gap > 0:
            yield Hit(
                f"{name} : les dépenses réalisées dépassent les crédits ouverts de {euros(gap)}.",
                place(None, "LigneBudget/MtReal"),
            )


def _gaps(facts: Facts) -> Iterator[tuple[str, int]]:
    """What each chapter, then each operation that is voted, spends beyond its credits: cents."""
    chapters: Counter[str] = Counter()
    operations: Counter[str] = Counter()
    for lines in facts.matching(rd="D", order="0"):
        chapters[lines.chapter] += lines.totals["MtReal"] - lines.totals["CredOuv"]
    for (operation, chapter), sums in facts.operations.items() if facts.votes_operations else ():
        gap = sums["MtReal"] - sums["CredOuv"]
        chapters[chapter] -= gap
        operations[operation] += gap
    for word, found in (("Chapitre", chapters), ("Opération", operations)):
        for code in sorted(found):
            yield f"{word} {shown(code)}", found[code]


def euros(amount: int) -> str:
    """Whole cents as people write them: ``1 234,50 €``; the sign is dropped."""
    whole, rest = divmod(abs(amount), 100)
    return f"{whole:,}".replace(",", " ") + f",{rest:02d} €"


def _of(section: str) -> str:
    return "d'investissement" if section == "I" else "de fonctionnement"


def _execution_severity(facts: Facts) -> str:
    return "warning" if facts.is_execution else ""


def _order_totals(facts: Facts, order_type: str) -> Counter[tuple[str, str]]:
    totals: Counter[tuple[str, str]] = Counter()
    for lines in facts.matching(order="1"):
        if _order_type(lines) == order_type:
            totals[lines.section, lines.rd] += lines.totals[facts.amount]
    return totals


def _order_type(lines: Lines) -> str:
    """TypOpBudg, else what the chapter tells, else between sections (the commoner)."""
    return lines.order_type or CHAPTER_TYPES.get(lines.chapter, BETWEEN)


def _voted(facts: Facts, section: str, rd: str) -> int:
    codes = {"section": section, "rd": rd}
    return facts.total(facts.amount, **codes) + facts.total("MtRARPrec", **codes)
