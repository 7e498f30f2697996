"""What a check is: a rule with a stable code, and the findings it makes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from ckanext.budget.totem.tables.log import Met

#: Grows whenever a rule is added, removed or decides otherwise: reports of different versions are
#: not comparable, and published documents are then checked again.
RULES_VERSION = "1.4"

#: From the gravest. ``error``: the published data would be wrong or refused; ``warning``: to be
#: looked at; ``info``: good to know.
SEVERITIES = ("error", "warning", "info")

CAP = 50
"""Different facts kept per rule; the others are counted. A fact that repeats is one finding."""

_MAX_FACTS = 10_000
_PLACE = re.compile(r"(?:ligne ([0-9]+)(?:, )?)?(.*)", re.DOTALL)


@dataclass(frozen=True)
class Finding:
    """One thing to tell the publisher. No field ever holds a value of the document.

    ``place``: where (``ligne 12, LigneBudget/CodRD``), empty for the whole document; ``message``
    and ``remedy``: plain French, what is wrong and what to do; ``times``: how many findings this
    one stands for (more than one: those beyond the cap).
    """

    code: str
    severity: str
    place: str
    message: str
    remedy: str
    times: int = 1

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; ``times`` is there when it is more than one."""
        data = asdict(self)
        if self.times == 1:
            del data["times"]
        return data


class Tally(NamedTuple):
    """How many findings there are: of each severity (all of them are keys), of each code."""

    by_severity: dict[str, int]
    by_code: dict[str, int]


def tally(findings: Iterable[Finding | Mapping[str, Any]]) -> Tally:
    """Count findings, those beyond the cap included: the only place where they are counted.

    ``findings``: as they are, or as ``Finding.as_dict`` gave them.
    """
    severities, codes = Counter(dict.fromkeys(SEVERITIES, 0)), Counter[str]()
    for finding in findings:
        told = finding.as_dict() if isinstance(finding, Finding) else finding
        times = told.get("times", 1)
        severities[told["severity"]] += times
        codes[told["code"]] += times
    return Tally(dict(severities), dict(codes))


class Hit(NamedTuple):
    """What a rule yields: where, what, and a severity when it is not the rule's own."""

    message: str
    place: str = ""
    severity: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule. ``scope``: ``document`` (checked once, on ``Facts``), ``block`` (each element that
    holds others), ``file`` (the file itself), ``table`` (an SCDL table). ``version``: rules version
    when it last changed."""

    code: str
    severity: str
    scope: str
    title: str
    remedy: str
    version: str
    check: Callable[[Any], Iterable[Hit]]

    @property
    def family(self) -> str:
        """Second part of the code: ``STR``, ``IDE``, ``NOM``, ``ARI``, ``CPL``, ``PRI``…"""
        return self.code.split("-")[1]


_RULES: dict[str, Rule] = {}

Check = Callable[[Any], Iterable[Hit]]


def rule(
    code: str,
    severity: str,
    title: str,
    remedy: str,
    *,
    scope: str = "document",
    version: str = "1.0",
) -> Callable[[Check], Check]:
    """Declare a rule; the decorated function yields its hits and stays callable."""

    def declare(check: Check) -> Check:
        if code in _RULES:
            raise ValueError(f"rule {code} is declared twice")
        _RULES[code] = Rule(code, severity, scope, title, remedy, version, check)
        return check

    return declare


def declared() -> tuple[Rule, ...]:
    """The rules declared so far, by code; ``families.rules`` has them all."""
    return tuple(sorted(_RULES.values(), key=lambda rule: rule.code))


def place(line: int | None, *path: str) -> str:
    """``ligne 12, LigneBudget/CodRD``."""
    where = "/".join(part for part in path if part)
    return ", ".join(part for part in (f"ligne {line}" if line else "", where) if part)


def shown(code: str) -> str:
    """A code fit to be quoted: digits only. The rest may be a name typed in the wrong field."""
    return code if code.isascii() and code.isdigit() and len(code) <= 12 else "saisi"


class _Fact:
    """One fact of a rule: the hits that say the same of the same element."""

    def __init__(self, hit: Hit) -> None:
        self.hit = hit
        self.times = 0
        self.lines = Met()

    def add(self, line: str | None) -> None:
        """One more place."""
        self.times += 1
        if line:
            self.lines.add(int(line))

    @property
    def message(self) -> str:
        """The sentence, with how often and where when it is not once."""
        if self.times == 1:
            return self.hit.message
        where = self.lines.lines
        if self.lines.count != self.times:
            where = f"{self.times} fois" + (f", {where}" if self.lines.count > 1 else "")
        return f"{self.hit.message.removesuffix('.')} ({where})."


class Collector:
    """Findings in the making. A fact that repeats (the same sentence on the same element) is one
    finding with its number; at most ``CAP`` facts per rule and severity, the rest counted."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._facts: dict[tuple[str, str], dict[tuple[str, str], _Fact]] = {}
        self._rules = {rule.code: rule for rule in rules}
        self._by_scope: dict[str, list[Rule]] = {}
        for rule in self._rules.values():
            self._by_scope.setdefault(rule.scope, []).append(rule)

    def add(self, code: str, hit: Hit) -> None:
        """Keep a hit, or only count it."""
        severity = hit.severity or self._rules[code].severity
        facts = self._facts.setdefault((code, severity), {})
        line, path = _PLACE.fullmatch(hit.place).groups()  # type: ignore[union-attr]
        fact = facts.get((hit.message, path))
        if fact is None and len(facts) < _MAX_FACTS:
            fact = facts[hit.message, path] = _Fact(hit)
        if fact is not None:
            fact.add(line)

    def apply(
        self, scope: str, facts: Any, judge: Callable[[Hit, str], Hit] = lambda hit, _severity: hit
    ) -> None:
        """Ask the rules of the scope what they have to say of what they look at.

        ``judge`` may change a hit, told with the severity of its rule.
        """
        for rule in self._by_scope.get(scope, ()):
            for hit in rule.check(facts):
                self.add(rule.code, judge(hit, rule.severity))

    def findings(self) -> list[Finding]:
        """Gravest first, then by code; a last finding per rule tells how many are not shown."""
        keys = sorted(self._facts, key=lambda key: (SEVERITIES.index(key[1]), key[0]))
        return [finding for key in keys for finding in self._shown(*key)]

    def _shown(self, code: str, severity: str) -> Iterator[Finding]:
        facts, remedy = list(self._facts[code, severity].values()), self._rules[code].remedy
        for fact in facts[:CAP]:
            yield Finding(code, severity, fact.hit.place, fact.message, remedy)
        rest = len(facts) - CAP
        if rest > 0:
            others = "un autre constat" if rest == 1 else f"{rest} autres constats"
            yield Finding(code, severity, "", f"Et {others} du même genre.", remedy, times=rest)
