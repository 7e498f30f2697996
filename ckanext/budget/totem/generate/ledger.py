"""The amounts of a budget over its fiscal years: voted, amended, carried out, carried over.

Every amount is in cents. A fiscal year is built on the one before it: its results (001, 002, 1068),
its outstanding commitments (restes à réaliser) and what had been voted come from there. Each vote
balances: receipts = expenses in each section, order operations included, and what the operating
section transfers (023) is what the investment section receives (021).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

from ckanext.budget.totem.generate.chance import around, chance, round_to
from ckanext.budget.totem.generate.entries import (
    Amounts,
    Entry,
    account,
    chart_of,
    entries,
    find,
    restrict,
    settle,
    special,
)
from ckanext.budget.totem.generate.scenarios import Budget
from ckanext.budget.totem.model import Stage

GROWTH = 1.018
FORECAST_STEP = 10_000
SMALL_STEP = 1_000
UNFORESEEN_SHARE = 0.01
DISPOSAL_SHARE = 0.03


@dataclass
class FiscalYear:
    """One fiscal year.

    prior: voted in the whole fiscal year before; carried: outstanding commitments taken over;
    primitive, supplementary, amendments: votes; realised: carried out; outstanding: at 31/12.
    """

    year: int
    prior: Amounts = field(default_factory=dict)
    carried: Amounts = field(default_factory=dict)
    primitive: Amounts = field(default_factory=dict)
    supplementary: Amounts = field(default_factory=dict)
    amendments: list[Amounts] = field(default_factory=list)
    realised: Amounts = field(default_factory=dict)
    outstanding: Amounts = field(default_factory=dict)

    def voted(self, amendments: int | None = None, supplementary: bool = True) -> Amounts:
        """Sum of the votes: the primitive one, the supplementary one, the first amendments."""
        votes = [self.primitive, *self.amendments[:amendments]]
        return add(*votes, self.supplementary if supplementary else {})

    @property
    def credits(self) -> Amounts:
        """Opened credits at the end of the fiscal year, commitments taken over included."""
        return add(self.voted(), self.carried)


def add(*parts: Amounts) -> Amounts:
    """Line by line sum."""
    result: Amounts = {}
    for part in parts:
        for key, amount in part.items():
            result[key] = result.get(key, 0) + amount
    return result


def total(lines: Amounts, rd: str, section: str) -> int:
    """Sum of one side of one section."""
    return sum(amount for key, amount in lines.items() if (key.rd, key.section) == (rd, section))


def surplus(lines: Amounts, section: str) -> int:
    """Receipts less expenses of a section."""
    return total(lines, "R", section) - total(lines, "D", section)


def _raise(vote: Amounts, key: Entry | None, amount: int) -> None:
    if key is not None and amount:
        vote[key] = vote.get(key, 0) + amount


def _resource(vote: Amounts, budget: Budget, year: int) -> Entry | None:
    """The main operating receipt."""
    return next(iter(find(vote, "R", "F", ("73", "731", "74", "70"))), None) or account(
        budget, year, "R", "74", "747", "74"
    )


def _loan(budget: Budget, year: int) -> Entry | None:
    return account(budget, year, "R", "16", "1641", "164", "16")


def _works(budget: Budget, year: int) -> Entry | None:
    return account(budget, year, "D", "23", "2313", "2315") or account(
        budget, year, "D", "21", "2188", "21"
    )


def _balance(vote: Amounts, fixed: Amounts, budget: Budget, year: int) -> Amounts:
    """``vote`` balanced in both sections, ``fixed`` amounts (results, commitments) included."""
    vote = dict(vote)
    spare = surplus(add(vote, fixed), "F")
    wanted = max(0, round(total(vote, "R", "F") * 0.04))
    if spare < wanted:
        _raise(vote, _resource(vote, budget, year), wanted - spare)
        spare = wanted
    _raise(vote, special(budget, year, "023", "D"), spare)
    _raise(vote, special(budget, year, "021", "R"), spare)
    gap = surplus(add(vote, fixed), "I")
    _raise(vote, _works(budget, year) if gap > 0 else _loan(budget, year), abs(gap))
    return vote


def _step(amount: int) -> int:
    return FORECAST_STEP if amount > 100 * FORECAST_STEP else SMALL_STEP


def _forecast(budget: Budget, year: int, rng: Random) -> Amounts:
    """Ordinary lines of a budget primitif, before it is balanced."""
    scale = GROWTH ** (year - budget.first_year)
    lines = restrict(entries(budget), chart_of(budget, year))
    noisy = {key: around(rng, round(amount * scale), 0.08) for key, amount in lines.items()}
    return settle(
        {key: max(SMALL_STEP, round_to(amount, _step(amount))) for key, amount in noisy.items()}
    )


def _unforeseen(vote: Amounts, budget: Budget, year: int) -> None:
    """Unforeseen expenses (020, 022; gone with M57) and expected disposals (024)."""
    if budget.body.population < 3500:
        return
    if budget.case.norm != "M57":
        for chapter, section in (("022", "F"), ("020", "I")):
            amount = round_to(round(total(vote, "D", section) * UNFORESEEN_SHARE), FORECAST_STEP)
            _raise(vote, special(budget, year, chapter, "D"), amount)
    amount = round_to(round(total(vote, "D", "I") * DISPOSAL_SHARE), FORECAST_STEP)
    _raise(vote, special(budget, year, "024", "R"), amount)


def _results(budget: Budget, year: int, before: FiscalYear | None, rng: Random) -> Amounts:
    """Results of the fiscal year before: 001, 002 and what covers the investment deficit, 1068."""
    if before is None:
        lines = entries(budget)
        operating = around(rng, total(lines, "R", "F") // 12, 0.3)
        investment = around(rng, -total(lines, "R", "I") // 10, 0.5)
        need = -investment
    else:
        operating = surplus(before.realised, "F")
        investment = surplus(before.realised, "I")
        need = -(investment + surplus(before.outstanding, "I"))
    covering = account(budget, year, "R", "10", "1068")
    covered = min(max(need, 0), max(operating, 0)) if covering else 0
    result: Amounts = {}
    _raise(result, special(budget, year, "001", "R" if investment > 0 else "D"), abs(investment))
    left = operating - covered
    _raise(result, special(budget, year, "002", "R" if left > 0 else "D"), abs(left))
    _raise(result, covering, covered)
    return result


def _shift(vote: Amounts, credits: Amounts, rng: Random, section: str) -> None:
    """Moves credits from one expense to another of the same section."""
    lines = [
        key
        for key in find(credits, "D", section)
        if credits[key] > 20 * SMALL_STEP and key.chapter not in ("001", "002")
    ]
    if len(lines) < 2:
        return
    source, target = rng.sample(lines, 2)
    amount = round_to(credits[source] // rng.randint(6, 15), SMALL_STEP)
    _raise(vote, source, -amount)
    _raise(vote, target, amount)


def _new_money(vote: Amounts, credits: Amounts, rng: Random, section: str) -> None:
    """A new receipt pays for new expenses."""
    receipts = find(credits, "R", section, ("73", "731", "74", "70", "13", "16"))
    expenses = find(credits, "D", section, ("011", "012", "65", "21", "23", "20"))
    if not receipts or not expenses:
        return
    receipt, expense = rng.choice(receipts[:6]), rng.choice(expenses[:10])
    amount = max(SMALL_STEP, round_to(credits[receipt] // rng.randint(8, 30), SMALL_STEP))
    _raise(vote, receipt, amount)
    _raise(vote, expense, amount)


def _transfer(vote: Amounts, credits: Amounts, budget: Budget, year: int, rng: Random) -> None:
    """Operating savings transferred to investment (023 = 021)."""
    source = find(credits, "D", "F", ("011", "65", "012"))
    out, back = special(budget, year, "023", "D"), special(budget, year, "021", "R")
    works = _works(budget, year)
    if not (source and out and back and works):
        return
    amount = round_to(credits[source[0]] // rng.randint(20, 60), SMALL_STEP)
    for key, change in ((source[0], -amount), (out, amount), (back, amount), (works, amount)):
        _raise(vote, key, change)


def _amendment(credits: Amounts, budget: Budget, year: int, rng: Random) -> Amounts:
    """A décision modificative: balanced changes of both sections."""
    vote: Amounts = {}
    changes: tuple[Callable[[], None], ...] = (
        lambda: _shift(vote, credits, rng, "F"),
        lambda: _shift(vote, credits, rng, "I"),
        lambda: _new_money(vote, credits, rng, "F"),
        lambda: _new_money(vote, credits, rng, "I"),
        lambda: _transfer(vote, credits, budget, year, rng),
    )
    for change in changes:
        for _ in range(rng.randint(1, 3)):
            change()
    return {key: amount for key, amount in vote.items() if amount}


# (rd, section) -> least and greatest share of the credits that is carried out.
RATES = {
    ("D", "F"): (0.82, 0.995),
    ("R", "F"): (0.93, 1.06),
    ("D", "I"): (0.35, 0.97),
    ("R", "I"): (0.55, 1.0),
}
NEVER_REALISED = frozenset({"020", "021", "022", "023", "024"})
AS_VOTED = frozenset({"001", "002"})


def _realise(key: Entry, credit: int, rng: Random) -> int:
    low, high = RATES[key.rd, key.section]
    rate = low + (high - low) * rng.random()
    if key.chapter in NEVER_REALISED or credit <= 0:
        return 0
    if key.chapter in AS_VOTED or key.nature == "1068" or key.order == "1":
        return credit
    return round(credit * rate)


def _outstand(key: Entry, left: int, rng: Random) -> int:
    """Commitments left at 31 December, of equipment and grants."""
    draw = rng.random()
    if key.section == "F" or left <= 0 or key.order == "1" or draw < 0.5:
        return 0
    return round(left * draw) if key.chapter in ("13", "20", "204", "21", "23") else 0


def _close(book: FiscalYear, rng: Random) -> None:
    """Carries the fiscal year out."""
    for key, credit in sorted(book.credits.items()):
        book.realised[key] = _realise(key, credit, rng)
        left = _outstand(key, credit - book.realised[key], rng)
        if left:
            book.outstanding[key] = left
    book.realised = settle(book.realised)


def _carried(budget: Budget, year: int, before: FiscalYear | None) -> Amounts:
    return restrict(before.outstanding, chart_of(budget, year)) if before else {}


def _vote(book: FiscalYear, budget: Budget, results: Amounts, rng: Random) -> None:
    """The primitive vote, then the supplementary one when the budget has that stage."""
    year = book.year
    plain = _forecast(budget, year, rng)
    _unforeseen(plain, budget, year)
    if Stage.BS in budget.case.stages:
        book.primitive = _balance(plain, {}, budget, year)
        book.supplementary = _balance(results, book.carried, budget, year)
    else:
        book.primitive = _balance(add(plain, results), book.carried, budget, year)


@lru_cache(maxsize=128)
def fiscal_year(budget: Budget, year: int) -> FiscalYear:
    """The whole ``year`` of ``budget``; the one before its first starts from nothing."""
    before = fiscal_year(budget, year - 1) if year >= budget.first_year else None
    rng = chance(budget.seed, year)
    book = FiscalYear(year, before.voted() if before else {}, _carried(budget, year, before))
    _vote(book, budget, _results(budget, year, before, rng), rng)
    for _ in range(budget.case.stages.count(Stage.DM)):
        book.amendments.append(_amendment(book.credits, budget, year, rng))
    _close(book, rng)
    return book
