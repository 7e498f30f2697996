"""The plan of accounts that applies to a document, and its answers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from . import rules
from .facts import Account, Answer, Chapter, Function, parse_facts
from .table import Row, Table, distance, open_table
from .variants import choose, rank

__all__ = ["Plan", "load"]

ACCOUNTS = ("account", "function-account")
CHAPTERS = ("chapter", "function-chapter")
FUNCTIONS = ("function", "function-account")
NOTHING = Answer("", "")
LONGEST_CODE = 30  # Base_ChaineNum30, the longest code of the XSD
CACHED_ANSWERS = 20_000  # per method: more than a plan's codes, so memory stays bounded

Found = tuple[Row, str]  # a row and the origin of the answers it gives


class Plan:
    """Answers about codes, each with its origin (see :class:`~.facts.Answer`).

    ``norm``, ``variant``, ``year``: the plan that answers; ``requested``: what was asked for;
    ``is_exact``: they are the same. Nothing here raises on any code, known or not.
    """

    def __init__(self, norm: str, variant: str, year: int) -> None:
        self.requested = (norm, variant or norm, year)
        self.norm, self.variant, self.year = choose(norm, variant, year) or self.requested
        self.is_exact = self.is_known and self.requested[1:] == (self.variant, self.year)
        self._remember()

    @property
    def is_known(self) -> bool:
        """False for a norm without any plan (M21, M22…): only the general rules answer."""
        return bool(rank(*self.requested[:2]))

    def __repr__(self) -> str:
        return f"Plan({self.norm}-{self.variant} {self.year}, requested={self.requested})"

    def _remember(self) -> None:
        """Cache the answers of this plan: documents repeat the same few hundred codes."""
        for name in ("nature", "chapter", "function", "chapter_of", "section_of"):
            setattr(self, name, lru_cache(maxsize=CACHED_ANSWERS)(getattr(self, name)))

    def nature(self, code: str) -> Account | None:
        """The account: of this year, of another year, of another variant, or the account whose
        code is the longest known beginning (which also reads 231100 as 2311)."""
        found = self._find(ACCOUNTS, code)
        return _account(*found) if found else None

    def chapter(self, code: str) -> Chapter | None:
        """The chapter, by nature or by function. A code that is no chapter but an account (credits
        voted by article) has the account's label and the section of its chapter."""
        found = self._third_party_chapter(code) or next(self._candidates(CHAPTERS, code), None)
        if found:
            return _chapter(*found)
        return self._account_as_chapter(code) or self._nearest_chapter(code)

    def function(self, code: str) -> Function | None:
        """The functional reference; None for an empty or wholly unknown code."""
        found = self._find(FUNCTIONS, code)
        return _function(*found) if found else None

    def chapter_of(self, nature: str, rd: str, order: str, order_type: str = "") -> Answer:
        """The chapter of a line that does not give it.

        ``rd``: ``D`` or ``R`` (CodRD); ``order``: OpBudg, ``0`` real, ``1`` order; ``order_type``:
        TypOpBudg, ``1`` inside one section, ``2`` between sections, or empty.
        """
        names = _fields(rd, order, order_type)
        sides = (names, [_other_side(name) for name in names])
        return (
            next(filter(None, (self._given_chapter(nature, side) for side in sides)), None)
            or next(filter(None, (self._inherited_chapter(nature, side) for side in sides)), None)
            or self._chapter_by_rule(nature, order, order_type)
        )

    def section_of(self, chapter: str, nature: str = "") -> Answer:
        """``F`` or ``I``: of the chapter in the plan, else by the rules on chapters, else by the
        class of the account; an empty value when nobody knows."""
        found = self._third_party_chapter(chapter) or next(self._candidates(CHAPTERS, chapter), None)
        if not found and chapter not in rules.SPECIAL_CHAPTERS:
            found = next(self._prefixes(CHAPTERS, chapter), None)
        if found:
            return Answer(_chapter(*found).section, found[1])
        section = rules.chapter_section(chapter) or rules.nature_section(nature)
        return Answer(section, "rule") if section else NOTHING

    def accounts(self) -> Iterator[Account]:
        """Every account of the plan by nature, this year."""
        return (_account(row, self._origin(self.variant, row.year)) for row in self._all("account"))

    def chapters(self) -> Iterator[Chapter]:
        """Every chapter of the plan by nature, this year."""
        return (_chapter(row, self._origin(self.variant, row.year)) for row in self._all("chapter"))

    def functions(self) -> Iterator[Function]:
        """Every functional reference, this year."""
        return (_function(row, self._origin(self.variant, row.year)) for row in self._all("function"))

    # -- where answers are looked for

    def _all(self, kind: str) -> Iterator[Row]:
        if self.is_known:
            yield from open_table(self.norm, self.variant).below(kind, "", self.year)

    def _tables(self) -> Iterator[tuple[str, Table]]:
        """This plan's table, then those of the other variants of the norm, closest first."""
        ranked = rank(*self.requested[:2])
        for known in sorted(ranked, key=lambda known: known.variant != self.variant):
            yield known.variant, open_table(known.norm, known.variant)

    def _candidates(
        self, kinds: tuple[str, ...], code: str, own: bool = False
    ) -> Iterator[Found]:
        """Rows of exactly this code, the most trusted first; ``own``: of this variant only."""
        if not (code.isascii() and code.isalnum() and len(code) <= LONGEST_CODE):
            return
        for variant, table in self._tables():
            if own and variant != self.variant:
                return
            rows = [row for kind in kinds for row in table.rows(kind, code, self.year)]
            for row in sorted(rows, key=lambda row: distance(row.year, self.year)):
                yield row, self._origin(variant, row.year)

    def _find(self, kinds: tuple[str, ...], code: str) -> Found | None:
        """The exact code, else its longest known beginning (of two characters or more)."""
        exact = next(self._candidates(kinds, code), None)
        return exact or next(self._prefixes(kinds, code), None)

    def _prefixes(
        self, kinds: tuple[str, ...], code: str, own: bool = False
    ) -> Iterator[Found]:
        """The known beginnings of a code, the longest first."""
        for length in range(min(len(code) - 1, LONGEST_CODE), 1, -1):
            found = next(self._candidates(kinds, code[:length], own), None)
            if found:
                yield found[0], f"prefix:{found[0].code}"

    def _origin(self, variant: str, year: int) -> str:
        if (variant, year) == self.requested[1:]:
            return "plan"
        return f"plan-{year}" if variant == self.requested[1] else f"plan-{variant}-{year}"

    # -- chapters

    def _third_party_chapter(self, code: str) -> Found | None:
        """45x: the document appends the operation's number (4581001, 45411) to the plan's chapter,
        which must not be taken for a chapter of another variant."""
        if code[:2] != "45":
            return None
        exact = next(self._candidates(CHAPTERS, code, own=True), None)
        return exact or next(self._prefixes(CHAPTERS, code, own=True), None)

    def _account_as_chapter(self, code: str) -> Chapter | None:
        account = next(self._candidates(ACCOUNTS, code), None)
        if account is None:
            return None
        section = self.section_of(code, code).value
        return Chapter(code, account[0].label, account[1], section)

    def _nearest_chapter(self, code: str) -> Chapter | None:
        special = rules.SPECIAL_CHAPTERS.get(code)
        if special and special[1]:
            return Chapter(code, special[1], "rule", special[0])
        nearest = next(self._prefixes(CHAPTERS, code), None) if not special else None
        return _chapter(*nearest) if nearest else None

    def _given_chapter(self, nature: str, names: list[str]) -> Answer | None:
        """The first chapter that a plan gives to the account itself in these fields."""
        for row, origin in self._candidates(ACCOUNTS, nature):
            chapter = _first(row, names)
            if chapter:
                return Answer(chapter, origin)
        return None

    def _inherited_chapter(self, nature: str, names: list[str]) -> Answer | None:
        """The chapter of the account's headings: their own, or the one that all the accounts below
        them share."""
        own = [(row, f"prefix:{row.code}") for row, _ in self._candidates(ACCOUNTS, nature)]
        for row, origin in (*own, *self._prefixes(ACCOUNTS, nature)):
            chapter = _first(row, names) or self._shared_chapter(row, names)
            if chapter:
                return Answer(chapter, origin)
        return None

    def _shared_chapter(self, row: Row, names: list[str]) -> str:
        below = open_table(self.norm, self.variant).below(row.kind, row.code, self.year)
        chapters = {_first(account, names) for account in below} - {""}
        return chapters.pop() if len(chapters) == 1 else ""

    def _chapter_by_rule(self, nature: str, order: str, order_type: str) -> Answer:
        if order == "1" and nature not in rules.SPECIAL_CHAPTERS:
            chapter = rules.order_chapter(self._account_section(nature), order_type)
        else:
            chapter = rules.real_chapter(nature)
        return Answer(chapter, "rule") if chapter else NOTHING

    def _account_section(self, nature: str) -> str:
        names = ["dr", "rr"]
        real = self._given_chapter(nature, names) or self._inherited_chapter(nature, names)
        return (real and self.section_of(real.value).value) or rules.nature_section(nature)


@lru_cache(maxsize=64)
def load(norm: str, variant: str, year: int) -> Plan:
    """The plan that answers for a document's norm, variant and exercise; never raises.

    Which plan stands in when there is none: see :mod:`.variants`.
    """
    return Plan(norm, variant, year)


def _fields(rd: str, order: str, order_type: str) -> list[str]:
    side = "d" if rd == "D" else "r"
    if order != "1":
        return [f"{side}r"]
    return {"1": [f"{side}ois"], "2": [f"{side}oes"]}.get(order_type, [f"{side}oes", f"{side}ois"])


def _other_side(name: str) -> str:
    return ("r" if name[0] == "d" else "d") + name[1:]


def _first(row: Row, names: list[str]) -> str:
    facts = parse_facts(row.facts)
    return next((str(facts[name]) for name in names if name in facts), "")


def _account(row: Row, origin: str) -> Account:
    return Account(row.code, row.label, origin, **parse_facts(row.facts))


def _chapter(row: Row, origin: str) -> Chapter:
    return Chapter(row.code, row.label, origin, **parse_facts(row.facts))


def _function(row: Row, origin: str) -> Function:
    return Function(row.code, row.label, origin, bool(parse_facts(row.facts).get("deleted")))
