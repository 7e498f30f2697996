"""T-NOM: the codes of the lines are those of the chart of accounts of the norm and year.

Findings name the code: an account, a function or a chapter says nothing about a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ckanext.budget.totem.checks.facts import Facts, Lines, Occurrences
from ckanext.budget.totem.checks.model import Hit, place, rule, shown
from ckanext.budget.totem.nomenclature import Account, Chapter, Function, Plan, Relabelled, plan_of

_REMEDY = "Vérifiez le code dans le logiciel : il n'existe pas dans le plan de comptes officiel."


@rule(
    "T-NOM-001",
    "warning",
    "Norme comptable connue",
    "Vérifiez la nomenclature du budget (par exemple M57-M57_D) dans le logiciel.",
)
def known_norm(facts: Facts) -> Iterable[Hit]:
    """There is a chart of accounts for the norm and its variant."""
    plan = facts.plan
    if plan is None:
        return
    where = place(facts.line_of("EnTeteBudget", "Nomenclature"), "EnTeteBudget/Nomenclature")
    if not plan.is_known:
        yield Hit("Aucun plan de comptes officiel ne correspond à la norme du document.", where)
    elif not plan.has_variant:
        yield Hit("La déclinaison de la norme est inconnue : la plus proche est utilisée.", where)


@rule("T-NOM-002", "warning", "Comptes par nature", _REMEDY)
def unknown_nature(facts: Facts) -> Iterable[Hit]:
    """The account is in no year's chart of the norm, not even by its first digits."""
    yield from _unknown(facts, _natures(facts), "Nature", lambda plan, code: plan.nature(code))


@rule("T-NOM-003", "warning", "Comptes par fonction", _REMEDY)
def unknown_function(facts: Facts) -> Iterable[Hit]:
    """The function is in no year's chart of the norm."""
    yield from _unknown(facts, facts.functions, "Fonction", lambda plan, code: plan.function(code))


@rule("T-NOM-004", "warning", "Chapitres", _REMEDY)
def unknown_chapter(facts: Facts) -> Iterable[Hit]:
    """The chapter is in no year's chart of the norm."""
    chapters = _grouped(facts, lambda lines: lines.given_chapter)
    yield from _unknown(facts, chapters, "ContNat", lambda plan, code: plan.chapter(code))


@rule(
    "T-NOM-005",
    "info",
    "Plan de comptes de l'année",
    "Comparez le libellé publié à celui du logiciel ; il sera le bon quand le plan de l'année sera "
    "installé (totem-budget nomenclature update).",
    version="1.2",
)
def nearest_plan(facts: Facts) -> Iterable[Hit]:
    """The chart of the variant and fiscal year is not at hand, or lacks a code: the nearest one
    answers, code by code.

    A code whose meaning is known to have changed around that year is a warning.
    """
    plan = facts.plan
    if plan is None or not plan.is_known:
        return
    year = plan.requested[2]
    if plan.has_variant and not plan.is_exact:
        yield Hit(
            f"Le plan de comptes {plan.requested[1]} {year} est absent : {plan.variant} "
            f"{plan.year} est utilisé.",
            place(None, "EnTeteBudget/Nomenclature"),
        )
    for name, look_up, codes in _coded(facts, plan):
        others = {code: (tally, _other_plan(look_up(code))) for code, tally in codes.items()}
        yield from _relabelled(plan, name, others)


_ELEMENTS = {"nature": "Nature", "chapter": "ContNat", "function": "Fonction"}
_Looks = Callable[[str], Account | Chapter | Function | None]


def _coded(facts: Facts, plan: Plan) -> Iterable[tuple[str, _Looks, dict[str, Occurrences]]]:
    """Each kind of code of the document, and how it is looked up."""
    yield "nature", plan.nature, _natures(facts)
    yield "chapter", plan.chapter, _grouped(facts, lambda lines: lines.chapter)
    yield "function", plan.function, facts.functions


_Other = tuple[str, int] | None
"""The plan of a label, when it is not the one asked for: see ``plan_of``."""


def _other_plan(found: Account | Chapter | Function | None) -> _Other:
    return plan_of(found.origin) if found else None


def _relabelled(
    plan: Plan, name: str, codes: dict[str, tuple[Occurrences, _Other]]
) -> Iterable[Hit]:
    """A warning for each code whose meaning changed, one information for all the others."""
    same: dict[tuple[str, int], list[str]] = {}
    first = None
    for code, (tally, other) in codes.items():
        if other is None:
            continue
        change = plan.relabelled(name, code)
        if change is None:
            same.setdefault(other, []).append(code)
            first = min(first or tally.line, tally.line)
        else:
            where = place(tally.line, "LigneBudget", _ELEMENTS[name])
            yield Hit(_change(plan, code, change, tally), where, "warning")
    if same and not (name == "nature" and plan.is_exact):  # T-NOM-006 tells those one by one
        _, variant, year = plan.requested
        asked = f"{variant} {year}" if plan.has_variant else "celui demandé"
        told = " ; ".join(
            f"{_listed(same[other])} ({other[0] or variant} {other[1]})" for other in sorted(same)
        )
        yield Hit(
            f"Libellés d'un autre plan que {asked} : {told}.",
            place(first, "LigneBudget", _ELEMENTS[name]),
        )


def _listed(codes: list[str]) -> str:
    listed = ", ".join(shown(code) for code in sorted(codes)[:_LISTED])
    return listed + (f" et {len(codes) - _LISTED} autres" if len(codes) > _LISTED else "")


_LISTED = 12
"""Codes named in one sentence; each cell's origin is in the provenance file."""


def _change(plan: Plan, code: str, change: Relabelled, tally: Occurrences) -> str:
    other, label = (_readable(text) for text in (change.other_label, change.label))
    whose = "" if change.other_variant == plan.requested[1] else f" ({change.other_variant})"
    return (
        f"Le code {shown(code)} a changé de sens (« {other} » en {change.other_year}{whose}, "
        f"« {label} » en {change.year}) : le libellé publié est celui de {change.year} "
        f"({_times(tally)})."
    )


def _readable(label: str) -> str:
    """Some plans hold the apostrophe of windows-1252 as a control character."""
    return label.replace("\x92", "’").strip()


@rule(
    "T-NOM-006",
    "info",
    "Comptes trouvés par approximation",
    "Vérifiez que le compte est ouvert cette année-là ; le libellé publié est approché.",
)
def approximate_nature(facts: Facts) -> Iterable[Hit]:
    """The account is only in another year's or variant's chart, or only its first digits are."""
    plan = facts.plan
    if plan is None or not plan.is_known:
        return
    for code, tally in _natures(facts).items():
        account = plan.nature(code)
        if account and account.origin != "plan" and plan.is_exact and not _is_extended(code):
            yield Hit(
                f"Le compte {shown(code)} n'est pas au plan de l'année : le plus proche est "
                f"utilisé ({_times(tally)}).",
                place(tally.line, "LigneBudget/Nature"),
            )


@rule(
    "T-NOM-007",
    "error",
    "Chapitre et section de chaque ligne",
    "Renseignez le chapitre (ContNat) dans le logiciel, ou corrigez le compte par nature.",
)
def no_chapter(facts: Facts) -> Iterable[Hit]:
    """Neither the line nor the chart gives the chapter or the section: SCDL cells stay empty."""
    for lines in facts.lines:
        if not lines.chapter or not lines.section:
            what = "le chapitre" if not lines.chapter else "la section"
            count = lines.tally.count
            which = "cette ligne" if count == 1 else f"ces {count} lignes"
            yield Hit(
                f"Rien ne donne {what} de {which}.",
                place(lines.tally.line, "LigneBudget"),
            )


def _unknown(
    facts: Facts, codes: dict[str, Occurrences], name: str, look_up: Callable[[Plan, str], object]
) -> Iterable[Hit]:
    if facts.plan is None or not facts.plan.is_known:
        return
    for code, tally in codes.items():
        if code and look_up(facts.plan, code) is None:
            yield Hit(
                f"Le code {shown(code)} n'existe pas dans le plan de comptes ({_times(tally)}).",
                place(tally.line, "LigneBudget", name),
            )


def _natures(facts: Facts) -> dict[str, Occurrences]:
    return _grouped(facts, lambda lines: lines.nature)


def _grouped(facts: Facts, code_of: Callable[[Lines], str]) -> dict[str, Occurrences]:
    found: dict[str, Occurrences] = {}
    for lines in facts.lines:
        tally = found.setdefault(code_of(lines), Occurrences(0, lines.tally.line))
        tally.count += lines.tally.count
    return found


def _is_extended(code: str) -> bool:
    """Accounts of third-party operations carry the number of the operation: 4541101."""
    return code.startswith("45")


def _times(tally: Occurrences) -> str:
    return "1 ligne" if tally.count == 1 else f"{tally.count} lignes"
