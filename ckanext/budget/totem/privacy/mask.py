"""Masking of natural persons, segment by segment, every other byte left as it was.

Two ways to the same result. The usual one proves by counting that a segment has no text and no
unusual attribute, then touches only the elements that the policy names. Any other segment is
read tag by tag (``_Tags``), where whatever is not known to be harmless is masked.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from functools import cached_property
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
from ckanext.budget.totem.xmlstream import Segment

__all__ = ["Masker"]

_SPACES = b" \t\r\n"
_TAG_NAMES = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)")
_RECORD = re.compile(rb"<(?P<tag>(?:[\w.-]+:)?[\w.-]+)(?=[\s>]).*?</(?P=tag)\s*>", re.S)
_LINE = re.compile(rb"<(?P<tag>(?:[\w.-]+:)?LigneBudget)(?=[\s>]).*?</(?P=tag)\s*>", re.S)
_TOKEN = re.compile(rb"(<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>)|([^<]+)")
_ATTRIBUTE = re.compile(rb"(\s)((?:[\w.-]+:)?)([\w.-]+)(\s*=\s*)(\"[^\"]*\"|'[^']*')")
# A value of digits, dates, amounts, percentages or booleans names nobody.
_HARMLESS = re.compile(r"[\s\d.,:;/%+\-TZ]*|true|false|NaN", re.I)
# … except a French telephone number.
_TELEPHONE = re.compile(r"(?:\+33|0)\s?[1-9](?:[\s.]?\d\d){4}")
_USUAL = (b' V="', b' Code="', b' calculated="true"', b' generator="', b' id="')

_KEPT_ATTRIBUTES = frozenset(
    "Code calculated generator id Id xmlns schemaLocation outil version md5 sha1 date identifiant "
    "DateArrete DateEdition NomEdition TypeEdition CodeBC IdNat Libelle PlanCpte Population Siret "
    "SIRET TypeBC TypeColl DateDebutGestion DateFinGestion Codique Dpt LibellePoste "
    "Algorithm URI Target Encoding Type".split()
)
_KEPT_ELEMENTS = frozenset(("NatVot", "EchangeXML", "DocId"))
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
        container = self._containers.get(name)
        if container is None:
            container = self._containers[name] = _Container(name, self)
        return container.mask(segment.data)


class _Container:
    """The rules of one annex, of the budget lines, or (``*``) of everything else."""

    def __init__(self, name: str, masker: Masker) -> None:
        self.name = name
        self.masker = masker
        self.known = known_fields(name)
        self.rules = rules_of(name) if name != "*" else {r.element: r for r in rules()}
        self._patterns: dict[frozenset[bytes], re.Pattern[bytes]] = {}
        self._kept = frozenset(
            field.encode() for field in self.known if field not in self.rules
        ) | {name.encode(), b"MEMBREASA"}
        self._third_party = frozenset(
            rule.element.encode() for rule in self._own_rules if rule.action == "tiers"
        )
        self._by_record = any(r.action in ("natural", "person", "tiers") for r in self._own_rules)

    @cached_property
    def _own_rules(self) -> list[Rule]:
        return [rule for rule in self.rules.values() if rule.container == self.name]

    def mask(self, data: bytes) -> bytes:
        if self.name == "*" or not _is_plain(data):
            return self._tag_by_tag(data)
        targets = frozenset(_TAG_NAMES.findall(data)) - self._kept
        if b"OpeCpteTiers" not in data:
            targets -= self._third_party
        if not targets:
            return data
        pattern = self._pattern(targets)
        if not self._by_record:
            return pattern.sub(self._replacer(b""), data)
        records = _LINE if self.name == "LigneBudget" else _RECORD
        return records.sub(lambda m: pattern.sub(self._replacer(m[0]), m[0]), data)

    def _pattern(self, targets: frozenset[bytes]) -> re.Pattern[bytes]:
        pattern = self._patterns.get(targets)
        if pattern is None:
            names = b"|".join(sorted(re.escape(name) for name in targets))
            pattern = self._patterns[targets] = re.compile(
                rb"(<(?:[\w.-]+:)?(" + names + rb")(?=\s)[^<]*?\sV\s*=\s*)(\"[^\"]*\"|'[^']*')"
            )
        return pattern

    def _replacer(self, record: bytes) -> Callable[[re.Match[bytes]], bytes]:
        def replace(match: re.Match[bytes]) -> bytes:
            return match[1] + self.value(match[2].decode("ascii", "replace"), match[3], record)

        return replace

    def value(self, element: str, quoted: bytes, record: bytes) -> bytes:
        """The quoted attribute value, masked when the rules say so."""
        text = quoted[1:-1]
        if not text.strip():
            return quoted
        rule = self.rules.get(element)
        if rule is None and (
            element in self.known or element in _KEPT_ELEMENTS or _is_harmless(text)
        ):
            return quoted
        mask = mask_for(self.known.get(element)).encode("ascii")
        if text == mask:
            return quoted
        return self._apply(rule, element, quoted, mask, record)

    def _apply(
        self, rule: Rule | None, element: str, quoted: bytes, mask: bytes, record: bytes
    ) -> bytes:
        container = rule.container if rule and rule.container != "*" else self.name
        key = (container, element)
        self.masker.seen[key] += 1
        if rule and not _CONDITIONS[rule.action](self.masker.policy, record):
            return quoted
        self.masker.masked[key] += 1
        return quoted[:1] + mask + quoted[:1]

    def _tag_by_tag(self, data: bytes) -> bytes:
        if not self._by_record:
            return _Tags(self, b"").rewrite(data)
        records = _LINE if self.name == "LigneBudget" else _RECORD
        out, at = [], 0
        for match in records.finditer(data):
            out.append(_Tags(self, b"").rewrite(data[at : match.start()]))
            out.append(_Tags(self, match[0]).rewrite(match[0]))
            at = match.end()
        return b"".join([*out, _Tags(self, b"").rewrite(data[at:])])


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
        name = _TAG_NAMES.match(tag)
        self._element = name[1].decode("ascii", "replace") if name else ""
        return _ATTRIBUTE.sub(self._attribute, tag)

    def _attribute(self, match: re.Match[bytes]) -> bytes:
        space, prefix, raw, equals, quoted = match.groups()
        name = raw.decode("ascii", "replace")
        if name == "V":
            quoted = self._container.value(self._element, quoted, self._record)
        elif prefix != b"xmlns:" and name not in _KEPT_ATTRIBUTES:
            quoted = self._container.value("@" + name, quoted, self._record)
        return space + prefix + raw + equals + quoted

    def _text(self, text: bytes) -> bytes:
        core = text.strip(_SPACES + b"\xef\xbb\xbf")
        mask = b64encode(MASK.encode()) if self._element in _BASE64 else MASK.encode()
        if not core or core in (mask, b"0"):
            return text
        if self._element == "X509SerialNumber":
            mask = b"0"
        key = ("#text", self._element)
        self._container.masker.seen[key] += 1
        self._container.masker.masked[key] += 1
        return text.replace(core, mask)


def _is_harmless(text: bytes) -> bool:
    value = text.decode("latin-1")
    value = unescape(value) if "&" in value else value
    return bool(_HARMLESS.fullmatch(value)) and not _TELEPHONE.fullmatch(value.strip())


def _is_plain(data: bytes) -> bool:
    """True when counting proves: no text between tags, no attribute but the usual ones."""
    packed = data.translate(None, _SPACES)
    inner = packed.count(b"<") - packed.startswith(b"<")
    if packed.count(b"><") != inner or (packed and not packed.startswith(b"<")):
        return False
    if packed and not packed.endswith(b">"):
        return False
    return data.count(b"=") == sum(data.count(usual) for usual in _USUAL)


_FIELD_V = rb"<(?:[\w.-]+:)?%s(?=\s)[^<]*?\sV\s*=\s*[\"']([^\"']*)"
_LEGAL_NATURE = re.compile(_FIELD_V % b"CodNatJurBenefCA")
_FILLED_POSTS = re.compile(_FIELD_V % b"EffectifPourvu")
_THIRD_PARTY = re.compile(_FIELD_V % b"OpeCpteTiers")


def _is_natural_person(record: bytes) -> bool:
    """``CodNatJurBenefCA`` = P3, or no code at all (a CFU never has one)."""
    code = _LEGAL_NATURE.search(record)
    return not code or code[1].strip() in (b"", b"P3")


def _is_one_person(record: bytes) -> bool:
    posts = _FILLED_POSTS.search(record)
    try:
        return not posts or float(posts[1] or 0) <= 1
    except ValueError:
        return True


_CONDITIONS: dict[str, Callable[[str, bytes], bool]] = {
    "always": lambda policy, record: True,
    "natural": lambda policy, record: _is_natural_person(record),
    "person": lambda policy, record: policy == "strict" or _is_one_person(record),
    "strict": lambda policy, record: policy == "strict",
    "tiers": lambda policy, record: policy == "strict" and bool(_THIRD_PARTY.search(record)),
}
