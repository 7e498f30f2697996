"""The plan of accounts that applies to a document, and its answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from . import rules
from .facts import Account, Answer, Chapter, Function, Relabelled, parse_facts
from .folders import Layers, layers
from .labels import differs
from .search import ACCOUNTS, CHAPTERS, FUNCTIONS, Found, Search
from .table import Row, distance
from .variants import choose, rank

KINDS = {"nature": ACCOUNTS, "chapter": CHAPTERS, "function": FUNCTIONS}
RECENT = 3
"""Years around the one that answers whose labels are compared: a meaning that moved longer ago has
settled since."""

NOTHING = Answer("", "")
CACHED_ANSWERS = 20_000  # per method: more than a plan's codes, so memory stays bounded
CACHED = ("nature", "chapter", "function", "chapter_of", "section_of", "_shared_chapter")


class Plan:
    """Answers about codes, each with its origin (see :class:`~.facts.Answer`).

    ``norm``, ``variant``, ``year``: the plan that answers; ``requested``: what was asked for;
    ``is_exact``: they are the same; ``is_known``: False for a norm without any plan (M21, M22…),
    for which only the general rules answer; ``has_variant``: the variant asked for has a plan, of
    that year or another. Nothing here raises on any code, known or not.
    """

    def __init__(self, norm: str, variant: str, year: int, within: Layers | None = None) -> None:
        within = layers() if within is None else within
        self.requested = (norm, variant or norm, year)
        chosen = choose(norm, variant, year, within)
        self.norm, self.variant, self.year = chosen or self.requested
        self.is_known = chosen is not None
        self.is_exact = self.is_known and self.requested[1:] == (self.variant, self.year)
        known = rank(norm, variant, within)
        self.has_variant = any(entry.variant == self.requested[1] for entry in known)
        ranked = sorted(known, key=lambda entry: entry.variant != self.variant)
        self._search = Search(tuple(ranked), self.year, self.requested[1:], within)
        for name in CACHED:  # documents repeat the same few hundred codes
            setattr(self, name, lru_cache(maxsize=CACHED_ANSWERS)(getattr(self, name)))

    def __repr__(self) -> str:
        return f"Plan({self.norm}-{self.variant} {self.year}, requested={self.requested})"

    def nature(self, code: str) -> Account | None:
        """The account: of this year, of another year, of another variant, or the account whose
        code is the longest known beginning (which also reads 231100 as 2311)."""
        found = self._search.best(ACCOUNTS, code)
        return _account(found) if found else None

    def chapter(self, code: str) -> Chapter | None:
        """The chapter, by nature or by function. A code that is no chapter but an account (credits
        voted by article) has the account's label and the section of its chapter."""
        found = next(self._search.known(CHAPTERS, code), None)
        if found:
            return _chapter(found)
        return self._account_as_chapter(code) or self._nearest_chapter(code)

    def function(self, code: str) -> Function | None:
        """The functional reference; None for an empty or wholly unknown code."""
        found = self._search.best(FUNCTIONS, code)
        return _function(found) if found else None

    def chapter_of(self, nature: str, rd: str, order: str, order_type: str = "") -> Answer:
        """The chapter of a line that does not give it.

        ``rd``: ``D`` or ``R`` (CodRD); ``order``: OpBudg, ``0`` real, ``1`` order; ``order_type``:
        TypOpBudg, ``1`` inside one section, ``2`` between sections, or empty. In turn: the chapter
        the plan gives to the account; the one it gives on the other side (an expense account in
        receipts); the one of the headings above it; the general rule.
        """
        names = _fields(rd, order, order_type)
        sides = (names, [_other_side(name) for name in names])
        ways = (self._given_chapter, self._inherited_chapter)
        answers = (way(nature, side) for way in ways for side in sides)
        given = next(filter(None, answers), None)
        if given and not (order == "1" and _crosses(nature, given.value)):
            return given
        return self._ruled_chapter(nature, order, order_type)

    def section_of(self, chapter: str, nature: str = "") -> Answer:
        """``F`` or ``I``: of the chapter in the plan, else by the rules on chapters, else by the
        class of the account; an empty value when nobody knows."""
        found = next(self._search.known(CHAPTERS, chapter), None)
        if not found and chapter not in rules.SPECIAL_CHAPTERS:
            found = next(self._search.beginnings(CHAPTERS, chapter), None)
        if found:
            return Answer(_chapter(found).section, found.origin)
        section = rules.section(chapter, nature)
        return Answer(section, "rule") if section else NOTHING

    def relabelled(self, kind: str, code: str) -> Relabelled | None:
        """How the meaning of a code is known to have changed around the year that answers.

        ``kind``: ``nature``, ``chapter`` or ``function``. What is compared: the official labels of
        the variant that answers and of the one asked for, in the ``RECENT`` years before and after;
        those of a variant that says the same in that year, nearer to the year asked for. None when
        they all say the same.
        """
        found = self._search.best(KINDS[kind], code)
        if found is None:
            return None
        own, label = found.row.year, found.row.label
        _, asked, wanted = self.requested
        changes = [
            Relabelled(found.row.code, label, own, text, year, variant)
            for variant, labels in self._search.labels(found)
            for year, text in labels.items()
            if (
                abs(year - own) <= RECENT
                if variant in (asked, found.variant.variant)
                else abs(year - wanted) < abs(own - wanted)
                and own in labels
                and not differs(labels[own], label)
            )
            and differs(text, label)
        ]
        return min(changes, key=lambda item: distance(item.other_year, own), default=None)

    def accounts(self) -> Iterator[Account]:
        """Every account of the plan by nature, this year."""
        return map(_account, self._search.all("account"))

    def chapters(self) -> Iterator[Chapter]:
        """Every chapter of the plan by nature, this year."""
        return map(_chapter, self._search.all("chapter"))

    def functions(self) -> Iterator[Function]:
        """Every functional reference, this year."""
        return map(_function, self._search.all("function"))

    def _account_as_chapter(self, code: str) -> Chapter | None:
        found = next(self._search.known(ACCOUNTS, code), None)
        if found is None:
            return None
        return Chapter(code, found.row.label, found.origin, self.section_of(code, code).value)

    def _nearest_chapter(self, code: str) -> Chapter | None:
        special = rules.SPECIAL_CHAPTERS.get(code)
        if special:
            section, label = special
            return Chapter(code, label, "rule", section) if label else None
        nearest = next(self._search.beginnings(CHAPTERS, code), None)
        return _chapter(nearest) if nearest else None

    def _given_chapter(self, nature: str, names: list[str]) -> Answer | None:
        """The first chapter that a plan gives to the account itself in these fields."""
        return self._first_chapter(self._search.known(ACCOUNTS, nature), names)

    def _inherited_chapter(self, nature: str, names: list[str]) -> Answer | None:
        """The chapter that a plan gives to the nearest of the headings above the account."""
        return self._first_chapter(self._search.beginnings(ACCOUNTS, nature), names)

    def _first_chapter(self, candidates: Iterator[Found], names: list[str]) -> Answer | None:
        for found in candidates:
            chapter = _first(found.row, names) or self._shared_chapter(found, tuple(names))
            if chapter:
                return Answer(chapter, found.origin)
        return None

    def _shared_chapter(self, found: Found, names: tuple[str, ...]) -> str:
        """The chapter of a heading: the one that all the accounts below it share, if any."""
        chapters = {_first(row, names) for row in self._search.below(found)} - {""}
        return chapters.pop() if len(chapters) == 1 else ""

    def _ruled_chapter(self, nature: str, order: str, order_type: str) -> Answer:
        if order == "1" and nature not in rules.SPECIAL_CHAPTERS:
            chapter = rules.order_chapter(self._account_section(nature), order_type)
        else:
            chapter = rules.real_chapter(nature, self.is_known)
        return Answer(chapter, "rule") if chapter else NOTHING

    def _account_section(self, nature: str) -> str:
        names = ["dr", "rr"]
        real = self._given_chapter(nature, names) or self._inherited_chapter(nature, names)
        return self.section_of(real.value if real else "", nature).value


def load(norm: str, variant: str, year: int) -> Plan:
    """The plan that answers for a document's norm, variant and fiscal year.

    Which plan stands in when there is none: see :mod:`.variants`. Never raises for what a document
    says; ``PlansError`` when the configured folder of extra plans is damaged.
    """
    return _load(norm, variant, year, layers())


@lru_cache(maxsize=64)
def _load(norm: str, variant: str, year: int, within: Layers) -> Plan:
    return Plan(norm, variant, year, within)


def _crosses(nature: str, chapter: str) -> bool:
    """A slip of the plan: an order chapter of the other section than the account's own (M57_D 2025
    gives 040, of investment, to the 28 accounts 657x that it added)."""
    own = rules.CLASSES.get(nature[:1])
    orders = {code: section for (section, _), code in rules.ORDER_CHAPTERS.items()}
    return bool(own) and orders.get(chapter, own) != own


def _fields(rd: str, order: str, order_type: str) -> list[str]:
    """The facts that may hold the chapter of such a line."""
    side = "d" if rd == "D" else "r"
    if order != "1":
        return [f"{side}r"]
    return {"1": [f"{side}ois"], "2": [f"{side}oes"]}.get(order_type, [f"{side}oes", f"{side}ois"])


def _other_side(name: str) -> str:
    return ("r" if name[0] == "d" else "d") + name[1:]


def _first(row: Row, names: Sequence[str]) -> str:
    facts = parse_facts(row.facts)
    return next((str(facts[name]) for name in names if name in facts), "")


def _account(found: Found) -> Account:
    return Account(found.row.code, found.row.label, found.origin, **parse_facts(found.row.facts))


def _chapter(found: Found) -> Chapter:
    return Chapter(found.row.code, found.row.label, found.origin, **parse_facts(found.row.facts))


def _function(found: Found) -> Function:
    return Function(found.row.code, found.row.label, found.origin, "deleted" in found.row.facts)
