"""Masking of natural persons, segment by segment, every other byte left as it was.

Two ways to the same result. The usual one proves by counting that a segment has no text and no
unusual attribute, then touches only the elements that the policy names. Any other segment is
read tag by tag (``_Tags``), where whatever is not known to be harmless is masked.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from html import unescape

from ckanext.budget.totem.privacy.policy import (
    MASK,
    POLICIES,
    Rule,
    known_fields,
    mask_for,
    rules,
    rules_of,
)
from ckanext.budget.totem.structure import Field, load
from ckanext.budget.totem.xmlstream import Segment

__all__ = ["Masker"]

_SPACES = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
# XML names may hold any letter: they are told by what cannot be in them.
_PREFIX = rb"(?:[^\s<>/:='\"]+:)?"
_NAME = rb"[^\s<>/:='\"]+"
_QUOTED = rb"(?:\"[^\"]*\"|'[^']*')"
_OTHER_ATTRIBUTES = rb"(?:\s+[^\s<>/='\"]+\s*=\s*" + _QUOTED + rb")*?"
_V = _OTHER_ATTRIBUTES + rb"\s+V\s*=\s*"
_TAG_NAME = re.compile(rb"<([^\s<>/='\"]+)")
_TOKEN = re.compile(rb"(<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>)|([^<]+)")
_ATTRIBUTE = re.compile(rb"(\s)(" + _PREFIX + rb")(" + _NAME + rb")(\s*=\s*)(" + _QUOTED + rb")")
# A value of digits, dates, amounts, percentages or booleans names nobody.
_HARMLESS = re.compile(r"[\s\d.,:;/%+\-TZ]*|true|false|NaN", re.I)
# … except a French telephone number and a social security number.
_SOMEBODY = re.compile(
    r"(?<![\d.,])(?:(?:\+33|0033|0)\s?[1-9](?:(?:[\s.]?\d\d){4}|(?:-\d\d){4}|(?:/\d\d){4})"
    r"|[12]\s?\d\d\s?(?:0[1-9]|1[0-2])\s?\d\d\s?\d{3}\s?\d{3}(?:[\s/]*\d\d)?)(?!\d)"
)
_USUAL = (b' V="', b' calculated="true"', b' Code="', b' generator="', b' id="')

# What replaces a namespace that holds more than an address.
_NAMESPACE = b'"urn:occultation"'
# Attributes that hold a code, an address or a digest: one word without accent.
_WORD = rb"[\w.:/+#%?~{}-]*"
_IS_WORD = re.compile(_WORD)
_NOT_A_WORD = re.compile(rb' (?:Code|generator|id)="(?!' + _WORD + rb'")')
_WORD_ATTRIBUTES = frozenset(
    "Code generator id Id xmlns md5 sha1 identifiant TypeEdition NomEdition CodeBC IdNat TypeBC "
    "Codique Dpt Algorithm URI Target Encoding Type".split()
)
_WORD_ELEMENTS = frozenset(("NatVot", "EchangeXML", "DocId"))
# Names of bodies, charts of accounts, accounting offices and software.
_TEXT_ATTRIBUTES = {
    "Libelle": ("Collectivite", "BudgetComptable"),
    "PlanCpte": ("Collectivite", "BudgetComptable"),
    "TypeColl": ("Collectivite", "BudgetComptable"),
    "LibellePoste": ("Tresorerie",),
    "outil": ("VersionOutil",),
    "version": ("VersionOutil",),
}
# A known field of these types keeps only what its type can hold.
_TYPED = ("amount", "integer", "digits", "date", "datetime", "year", "month", "boolean")
_VALUELESS = ("group", "empty")
_MISTYPED = re.compile(
    rb"<([^\s<>/='\"]+)(?:\s+\w+=\"[^\"]*\")*?\s+V=\"(?!true\"|false\")"
    rb"[\d\s.,:;/%+\-TZ]*[^\"\d\s.,:;/%+\-TZ]"
)
# A hostile document may invent names without end.
_MOST_KEYS = 1000
_MOST_TARGETS = 100
_BASE64 = frozenset(
    "X509Certificate SignatureValue DigestValue Modulus Exponent X509SKI X509CRL "
    "EncapsulatedX509Certificate EncapsulatedTimeStamp EncapsulatedCRLValue".split()
)


class Masker:
    """Masks segments under one policy and counts what it did.

    ``seen``, ``masked``: ``{(container, element): count}`` of the values that the policy table
    names, blank ones excepted. Masking a masked document changes nothing and counts nothing.
    """

    def __init__(self, policy: str = "strict") -> None:
        if policy not in POLICIES:
            raise ValueError(f"unknown policy {policy!r}: one of {', '.join(POLICIES)}")
        self.policy = policy
        self.seen: Counter[tuple[str, str]] = Counter()
        self.masked: Counter[tuple[str, str]] = Counter()
        self._containers: dict[str, _Container] = {}

    def __call__(self, segment: Segment) -> bytes:
        """The bytes of the segment, masked."""
        name = {"lines": "LigneBudget", "other": "*"}.get(segment.kind, segment.name)
        name = name if name in _containers() else "inconnu"
        container = self._containers.get(name)
        if container is None:
            container = self._containers[name] = _Container(name, self)
        return container.mask(segment.data)

    def count(self, key: tuple[str, str], masked: bool) -> None:
        """One more value of an element; beyond a thousand elements, they share a count."""
        if key not in self.seen and len(self.seen) >= _MOST_KEYS:
            key = (key[0], "…")
        self.seen[key] += 1
        if masked:
            self.masked[key] += 1


class _Container:
    """The rules of one annex, of the budget lines, or (``*``) of everything else."""

    def __init__(self, name: str, masker: Masker) -> None:
        self.name = name
        self.masker = masker
        self.known = known_fields(name)
        self.rules = rules_of(name) if name != "*" else {r.element: r for r in rules()}
        self._patterns: dict[frozenset[bytes], re.Pattern[bytes]] = {}
        tag = rb"(?:" + re.escape(name.encode()) + rb"|MEMBREASA)"
        self._own_value = re.compile(rb"<" + _PREFIX + tag + rb"\s[^<>]*?\bV=")
        self._record_end = re.compile(rb"</" + _PREFIX + tag + rb"\s*>")
        self._kept = frozenset(
            field.name
            for field in self.known.values()
            if field.name not in self.rules and field.kind not in _VALUELESS
        ) | {name, "MEMBREASA"}
        self._untyped = frozenset(
            field.name for field in self.known.values() if field.kind not in _TYPED
        ) | {name, "MEMBREASA"}
        self._third_party = frozenset(
            rule.element for rule in self._own_rules if rule.action == "tiers"
        )
        self._by_record = any(r.action in ("natural", "person", "tiers") for r in self._own_rules)

    @cached_property
    def _own_rules(self) -> list[Rule]:
        return [rule for rule in self.rules.values() if rule.container == self.name]

    def mask(self, data: bytes) -> bytes:
        if self.name == "*" or not _is_plain(data) or self._own_value.search(data):
            return self._tag_by_tag(data)
        targets = _except(_TAG_NAME.findall(data), self._kept)
        if self.name != "LigneBudget":
            targets |= _except(_MISTYPED.findall(data), self._untyped)
        if b"OpeCpteTiers" not in data:
            targets = _except(targets, self._third_party)
        if not targets:
            return data
        if len(targets) > _MOST_TARGETS:
            return self._tag_by_tag(data)
        pattern = self._pattern(targets)
        return b"".join(pattern.sub(self._replacer(piece), piece) for piece in self._pieces(data))

    def _tag_by_tag(self, data: bytes) -> bytes:
        return b"".join(_Tags(self, piece).rewrite(piece) for piece in self._pieces(data))

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        """One record each, and what is around it; the whole when no rule asks for the record."""
        at = 0
        for end in self._record_end.finditer(data) if self._by_record else ():
            yield data[at : end.end()]
            at = end.end()
        yield data[at:]

    def _pattern(self, targets: frozenset[bytes]) -> re.Pattern[bytes]:
        pattern = self._patterns.get(targets)
        if pattern is None:
            names = b"|".join(sorted(re.escape(name) for name in targets))
            pattern = self._patterns[targets] = re.compile(
                rb"(<(" + names + rb")" + _V + rb")(" + _QUOTED + rb")"
            )
        return pattern

    def _replacer(self, record: bytes) -> Callable[[re.Match[bytes]], bytes]:
        def replace(match: re.Match[bytes]) -> bytes:
            return match[1] + self.value(_local(match[2]), match[3], record)

        return replace

    def value(self, element: str, quoted: bytes, record: bytes) -> bytes:
        """The quoted attribute value, masked when the rules say so."""
        text = quoted[1:-1]
        if not text.strip():
            return quoted
        rule, field = self.rules.get(element), self.known.get(element)
        if self._keeps(rule, field, element, text):
            return quoted
        # What a type cannot hold is not made into a number that the document does not give.
        mask = (mask_for(field) if rule else MASK).encode("ascii")
        if text == mask:
            return quoted
        return self._apply(rule, element, quoted, mask, record)

    def _keeps(self, rule: Rule | None, field: Field | None, element: str, text: bytes) -> bool:
        if rule is not None:
            return rule.action == "words" and _is_harmless(text)
        if field is None or field.kind in _VALUELESS:
            is_word = element in _WORD_ELEMENTS and _IS_WORD.fullmatch(text)
            return bool(is_word) or _is_harmless(text)
        # The columns of a budget line are published as they are: see ``scdl``.
        return field.kind not in _TYPED or self.name == "LigneBudget" or _is_typed(text)

    def _apply(
        self, rule: Rule | None, element: str, quoted: bytes, mask: bytes, record: bytes
    ) -> bytes:
        container = rule.container if rule and rule.container != "*" else self.name
        key = (container, element)
        masked = rule is None or _CONDITIONS[rule.action](self.masker.policy, record)
        self.masker.count(key, masked)
        return quoted[:1] + mask + quoted[:1] if masked else quoted


class _Tags:
    """Reads a segment tag by tag; every attribute and every text is looked at."""

    def __init__(self, container: _Container, record: bytes) -> None:
        self._container = container
        self._record = record
        self._element = ""

    def rewrite(self, data: bytes) -> bytes:
        return _TOKEN.sub(self._token, data)

    def _token(self, match: re.Match[bytes]) -> bytes:
        tag, text = match.groups()
        if tag is None:
            return self._text(text)
        if tag[1:2] in b"/?!":
            return tag
        name = _TAG_NAME.match(tag)
        self._element = _local(name[1]) if name else ""
        return _ATTRIBUTE.sub(self._attribute, tag)

    def _attribute(self, match: re.Match[bytes]) -> bytes:
        space, prefix, raw, equals, quoted = match.groups()
        name = raw.decode("ascii", "replace")
        if name == "V":
            quoted = self._container.value(self._element, quoted, self._record)
        elif not self._keeps(prefix, name, quoted[1:-1]):
            if b"xmlns" in (prefix[:-1], raw):
                return space + prefix + raw + equals + _NAMESPACE
            quoted = self._container.value("@" + name, quoted, self._record)
        return space + prefix + raw + equals + quoted

    def _keeps(self, prefix: bytes, name: str, text: bytes) -> bool:
        if name == "schemaLocation":
            return all(_IS_WORD.fullmatch(part) and b":" in part for part in text.split())
        if prefix == b"xmlns:" or name in _WORD_ATTRIBUTES:
            return bool(_IS_WORD.fullmatch(text))
        return self._element in _TEXT_ATTRIBUTES.get(name, ())

    def _text(self, text: bytes) -> bytes:
        core = text.removeprefix(_BOM).strip(_SPACES)
        mask = b64encode(MASK.encode()) if self._element in _BASE64 else MASK.encode()
        if not core or core in (mask, b"0"):
            return text
        if self._element == "X509SerialNumber":
            mask = b"0"
        self._container.masker.count(("#text", self._element), True)
        return text.replace(core, mask, 1)


def _local(name: bytes) -> str:
    return name.rpartition(b":")[2].decode("ascii", "replace")


def _except(names: Iterable[bytes], kept: frozenset[str]) -> frozenset[bytes]:
    return frozenset(name for name in set(names) if _local(name) not in kept)


@cache
def _containers() -> frozenset[str]:
    return frozenset((*load().annexes, "LigneBudget", "*"))


def _plain_text(text: bytes) -> str:
    value = text.decode("latin-1")
    return unescape(value) if "&" in value else value


def _is_typed(text: bytes) -> bool:
    return bool(_HARMLESS.fullmatch(_plain_text(text)))


def _is_harmless(text: bytes) -> bool:
    return _is_typed(text) and not _SOMEBODY.search(_plain_text(text))


def _is_plain(data: bytes) -> bool:
    """True when counting proves: no text between tags, no attribute but the usual ones."""
    packed = data.translate(None, _SPACES)
    tags = packed.count(b"<")
    # A ">" more than tags is in a text or in a value: either is looked at.
    if packed.count(b">") != tags or packed.count(b"><") != tags - bool(tags):
        return False
    if packed and not (packed.startswith(b"<") and packed.endswith(b">")):
        return False
    usual = [data.count(attribute) for attribute in _USUAL]
    if data.count(b"=") != sum(usual):
        return False
    return not sum(usual[2:]) or not _NOT_A_WORD.search(data)


_FIELD_V = rb"<" + _PREFIX + rb"%s" + _V + rb"[\"']([^\"']*)"
_LEGAL_NATURE = re.compile(_FIELD_V % b"CodNatJurBenefCA")
_FILLED_POSTS = re.compile(_FIELD_V % b"EffectifPourvu")
_THIRD_PARTY = re.compile(_FIELD_V % b"OpeCpteTiers")
_GRANT = re.compile(rb"<" + _PREFIX + rb"CONCOURS(?=[\s/>])")


@cache
def _legal_persons() -> frozenset[bytes]:
    codes = known_fields("CONCOURS")["CodNatJurBenefCA"].codes
    return frozenset(code.encode() for code in codes) - {b"P3"}


def _is_natural_person(record: bytes) -> bool:
    """True unless one grant says, and only says, a ``CodNatJurBenefCA`` of legal persons.

    A CFU never has the code.
    """
    codes = {code.strip() for code in _LEGAL_NATURE.findall(record)}
    return not codes or not codes <= _legal_persons() or len(_GRANT.findall(record)) != 1


def _is_one_person(record: bytes) -> bool:
    posts = _FILLED_POSTS.findall(record)
    try:
        return not posts or not all(float(filled or 0) > 1 for filled in posts)
    except ValueError:
        return True


_CONDITIONS: dict[str, Callable[[str, bytes], bool]] = {
    "always": lambda policy, record: True,
    "natural": lambda policy, record: _is_natural_person(record),
    "person": lambda policy, record: policy == "strict" or _is_one_person(record),
    "strict": lambda policy, record: policy == "strict",
    "words": lambda policy, record: policy == "strict",
    "tiers": lambda policy, record: policy == "strict" and bool(_THIRD_PARTY.search(record)),
}
