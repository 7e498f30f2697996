"""Masking of natural persons, segment by segment, every other byte left as it was.

One regular expression knows the tags that surely name nobody, as the policy and the structure
table tell for each container. What it leaves, tags and texts, is read one by one (``_Tags``), and
whatever is not known to be harmless is masked.
"""

from __future__ import annotations

import re
from base64 import b64encode
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache, cached_property, lru_cache
from itertools import accumulate, compress
from typing import BinaryIO, NamedTuple

from ckanext.budget.totem import amounts
from ckanext.budget.totem.markup import unescape
from ckanext.budget.totem.privacy.asking import Confirmations
from ckanext.budget.totem.privacy.forms import (
    ENUMERATED,
    NORM,
    is_code,
    is_figure,
    is_typed,
)
from ckanext.budget.totem.privacy.persons import (
    DOUBTFUL,
    LEGAL,
    NATURAL,
    has_known_words_only,
    is_public_number,
    kind_of,
    names_somebody,
)
from ckanext.budget.totem.privacy.policy import (
    MASK,
    POLICIES,
    FieldRule,
    kept,
    known_fields,
    mask_for,
    rules,
    rules_of,
)
from ckanext.budget.totem.structure import Field, load
from ckanext.budget.totem.xmlstream import Segment

_SPACES = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
# XML names may hold any letter: they are told by what cannot be in them.
_PREFIX = rb"(?:[^\s<>/:='\"]+:)?"
_NAME = rb"[^\s<>/:='\"]+"
_QUOTED = rb"(?:\"[^\"]*\"|'[^']*')"
_OTHER_ATTRIBUTES = rb"(?:\s+[^\s<>/='\"]+\s*=\s*" + _QUOTED + rb")*?"
_V = _OTHER_ATTRIBUTES + rb"\s+V\s*=\s*"
_TAG = rb"[^\s<>/='\"]+"
_TAG_NAME = re.compile(rb"<(" + _TAG + rb")")
# What the policy masks is nearly always alone in its tag.
_SINGLE = re.compile(rb"((" + _TAG + rb") V=)(\"[^\"]*\")(\s*/?>\s*)")
_TOKEN = re.compile(rb"(<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>)|([^<]+)")
_ATTRIBUTE = re.compile(rb"(\s)(" + _PREFIX + rb")(" + _NAME + rb")(\s*=\s*)(" + _QUOTED + rb")")
# What replaces a namespace that holds more than an address.
_NAMESPACE = b'"urn:occultation"'
# Attributes that hold a code, an address or a digest: one word without accent.
_WORD = rb"[\w.:/+#%?~{}-]*"
_IS_WORD = re.compile(_WORD)
_CODE = rb'(?: Code="' + _WORD + rb'")?'
_USUAL = rb'(?: (?:Code|generator|id)="' + _WORD + rb'"| calculated="true")*'
_WORD_ATTRIBUTES = frozenset(
    "Code generator id Id xmlns identifiant TypeEdition NomEdition CodeBC IdNat TypeBC "
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
# Dates and numbers of bodies.
_TYPED_ATTRIBUTES = {
    "date": ("Scellement",),
    "DateDebutGestion": ("Gestion",),
    "DateFinGestion": ("Gestion",),
    "DateArrete": ("Edition",),
    "DateEdition": ("Edition",),
    "Siret": ("Collectivite",),
    "SIRET": ("BudgetComptable",),
}
_TYPED_ELEMENTS = frozenset(("DateControle",))
# By kind, the part of its values that the quickest patterns tell: nothing that could be a telephone
# number, an account or a day. The others are looked at (``_OF_KINDS``).
_SURE_FORM = {
    "amount": rb"-?(?!0\d{8})\d{0,14}(?:\.\d{0,14})?",
    "integer": rb"-?\d{0,8}",
    "digits": rb"(?:\d{14}|\d{0,8})",
    "text": rb"\d{0,8}",
    "code": rb"[\dA-Za-z]{0,3}",
} | dict.fromkeys(("date", "datetime"), rb"\d{0,4}(?:-\d\d-\d\d)?")
_SURE_FORM |= {"year": rb"\d{0,4}", "month": rb"[\d-]{0,7}", "boolean": rb"(?:true|false|[01]?)"}
_VALUELESS = ("group", "empty")
# Actions that depend on the record around the value.
_OF_RECORDS = ("natural", "person", "lender")
# Actions that depend on the name itself.
_OF_NAMES = ("legal", "body", "lender", "somebody", "known")
# A code: too short to name anybody.
_SHORT = 3
# A hostile document may invent names without end.
_MOST_KEYS = 1000
_MOST_KEPT = 4000
_LONGEST_KEPT = 120
_LESS = ord("<")
_BASE64 = frozenset(
    "X509Certificate SignatureValue DigestValue Modulus Exponent X509SKI X509CRL "
    "EncapsulatedX509Certificate EncapsulatedTimeStamp EncapsulatedCRLValue".split()
)


# The digests of a sealed document, with which a guess of what is masked could be tried.
_SEAL = re.compile(rb"<" + _PREFIX + rb"Scellement(?=\s)(?:[^<>\"']|" + _QUOTED + rb")*>")
_DIGEST = re.compile(rb"\s(?:md5|sha1)\s*=\s*(" + _QUOTED + rb")")
_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]*")


class Masker:
    """Masks segments under one policy and counts what it did.

    ``seen``, ``masked``: ``{(container, element): count}`` of the values that the policy table
    names, blank ones excepted. Masking a masked document changes nothing and counts nothing.
    ``confirmations``: which beneficiaries are legal persons; its ``asked`` are the doubtful ones.
    The digests of the seal are zeros in what is returned; see ``restore_seal``.
    """

    def __init__(self, policy: str = "strict", confirmations: Confirmations | None = None) -> None:
        if policy not in POLICIES:
            raise ValueError(f"unknown policy {policy!r}: one of {', '.join(POLICIES)}")
        self.policy = policy
        self.confirmations = confirmations or Confirmations()
        self.grants = 0
        """Grants judged so far."""
        self._read = 0
        self._digests: list[tuple[int, bytes]] = []
        self.seen: Counter[tuple[str, str]] = Counter()
        self.masked: Counter[tuple[str, str]] = Counter()

    def __call__(self, segment: Segment) -> bytes:
        """The bytes of the segment, masked."""
        segment = self.blank_seal(segment)
        self._read += len(segment.data)
        name = {"lines": "LigneBudget", "other": "*"}.get(segment.kind, segment.name)
        container = _container(name if name in _containers() else "inconnu")
        first, *tags = segment.data.split(b"<")
        odd = container.odd_among(tags)
        if not (odd or first.strip()):
            return segment.data
        return _Tags(self, container, segment.data).rewritten(first, tags, odd)

    def blank_seal(self, segment: Segment) -> Segment:
        """The segment with zeros for the digests of the seal, and nothing else changed."""
        # Elsewhere it is no seal, and its digests are masked as any unknown attribute.
        if segment.kind == "other" and b"Scellement" in segment.data:
            return segment._replace(data=_SEAL.sub(self._blank_seal, segment.data))
        return segment

    def _blank_seal(self, tag: re.Match[bytes]) -> bytes:
        """Zeros of the same length in place of the digests, whose places are kept."""
        data = tag[0]
        for digest in _DIGEST.finditer(data):
            start, end = digest.start(1) + 1, digest.end(1) - 1
            known = data[start:end]
            if _HEXADECIMAL.fullmatch(known):
                self._digests.append((self._read + tag.start() + start, known))
            data = data[:start] + b"0" * len(known) + data[end:]
        return data

    def restore_seal(self, out: BinaryIO) -> None:
        """Write the digests of the seal again in ``out``, when nothing at all was masked.

        ``out``: a seekable file that got what this masker returned, from its first byte, and no
        comment, CDATA section or instruction was made blank (``Document.is_blanked``): every byte
        is then where it was in the document.
        """
        if sum(self.masked.values()):
            return
        end = out.tell()
        for offset, digest in self._digests:
            out.seek(offset)
            out.write(digest)
        out.seek(end)

    def count(self, key: tuple[str, str], masked: bool, number: int = 1) -> None:
        """More values of an element; beyond a thousand elements, they share a count."""
        if key not in self.seen and len(self.seen) >= _MOST_KEYS:
            key = (key[0], "…")
        self.seen[key] += number
        if masked:
            self.masked[key] += number


class _About(NamedTuple):
    """What is done with the value of an element: when it is kept, when masked, by what."""

    action: str
    keeps: Callable[[bytes], bool]
    mask: bytes
    key: tuple[str, str]


class _Container:
    """The rules of one annex, of the budget lines, or (``*``) of everything else."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.known = known_fields(name)
        self.rules = rules_of(name) if name != "*" else {r.element: r for r in rules()}
        self._about: dict[str, _About] = {}
        self.sure: set[bytes] = set()
        """Tags met before, without ``<`` but with the blanks after, kept whatever is around."""
        tag = rb"(?:" + re.escape(name.encode()) + rb"|MEMBREASA)"
        self.record_end = re.compile(rb"</" + _PREFIX + tag + rb"\s*>")
        """Of the records that a rule asks for."""
        own = {rule.action for rule in self.rules.values() if rule.container == name}
        self.by_record = not own.isdisjoint(_OF_RECORDS)

    @cache  # noqa: B019 - as many containers as the structure has annexes
    def masked_by(self, policy: str) -> dict[bytes, _About]:
        """By their name, the elements that a policy masks whatever they say."""
        found = {element: self.about(element) for element in self.rules if element[0] != "@"}
        return {
            element.encode(): about
            for element, about in found.items()
            if about.keeps is _never and _CONDITIONS.get(about.action, {}).get(policy) is True
        }

    @cached_property
    def sure_tag(self) -> re.Pattern[bytes]:
        """One tag, captured, that ``_Tags`` would leave as it is and not count."""
        ways: dict[str, bytes] = {}
        for field in self.known.values():
            value = self._sure_value(field)
            if value is not None:
                code = _CODE if "Code" in field.attributes else b""
                ways[field.name] = code + rb' V="' + value + rb'"'
        known = _one_of(ways) + b"|" if ways else b""
        tag = rb"(?:" + known + rb"/?" + _TAG + rb")"
        return re.compile(rb"(<" + tag + rb"(?:/?>|" + _USUAL + rb"\s*/?>)\s*)")

    def _sure_value(self, field: Field) -> bytes | None:
        rule = self.rules.get(field.name)
        if rule is not None:
            return _SURE_OF.get(rule.action)
        if field.kind in _VALUELESS:
            return None
        if self._is_free(field):
            return rb'[^"]*'
        if field.name == "Nomenclature":
            return NORM.encode()
        # In the charset of any document; the others, of which there are a few, are looked at.
        codes = [c.encode() for c in field.codes if c.isascii()]
        longer = [re.escape(c) for c in codes if not re.fullmatch(_SURE_FORM["code"], c)]
        return b"(?:" + b"|".join([*longer, _SURE_FORM[field.kind]]) + b")"

    def _is_free(self, field: Field) -> bool:
        """A text that is kept whatever it says: the table of such texts tells."""
        if field.kind != "text":
            return False
        known = kept().get((field.container, field.name))
        return known.form == "free" if known else field.supplement

    def odd_among(self, tags: list[bytes]) -> set[bytes]:
        """Those that are to be read: tags, or tags with the text that follows, each without ``<``.

        The same tags come again and again: each is looked at once.
        """
        fresh = set(tags)
        fresh -= self.sure
        if not fresh:
            return fresh
        parts = self.sure_tag.split(b"<" + b"<".join(fresh))
        left = b"".join(parts[::2])
        # The text that follows a sure tag is left alone, without it.
        is_whole = all(not part or part[0] == _LESS for part in parts[::2])
        odd = set(left.split(b"<")) & fresh if is_whole else set(filter(self._is_odd, fresh))
        if len(self.sure) < _MOST_KEPT:
            self.sure |= {tag for tag in fresh - odd if len(tag) <= _LONGEST_KEPT}
        return odd

    def _is_odd(self, tag: bytes) -> bool:
        return not self.sure_tag.fullmatch(b"<" + tag)

    def keeps(self, element: str, tag: bytes, quoted: bytes) -> bool:
        """True for a tag that nothing but its own value decides to keep: it is sure from now on."""
        if not self.about(element).keeps(quoted[1:-1]):
            return False
        if len(self.sure) < _MOST_KEPT and len(tag) <= _LONGEST_KEPT:
            self.sure.add(tag)
        return True

    def about(self, element: str) -> _About:
        """What to do with the value of an element, or of an attribute (``@name``)."""
        about = self._about.get(element)
        if about is None:
            about = self._learn(element)
            if len(self._about) < _MOST_KEYS:
                self._about[element] = about
        return about

    def _learn(self, element: str) -> _About:
        rule, field = self.rules.get(element), self.known.get(element)
        owner = rule.container if rule and rule.container != "*" else self.name
        # What a type cannot hold is not made into a number that the document does not give.
        is_text = field is not None and field.kind == "text"
        mask = (mask_for(field) if rule or is_text else MASK).encode("ascii")
        # Outside its annex a record says nothing that can be relied on.
        is_lost = rule is not None and rule.action in _OF_RECORDS and owner != self.name
        action = "always" if rule is None or is_lost else rule.action
        return _About(action, self._keeper(rule, field, element), mask, (owner, element))

    def _keeper(
        self, rule: FieldRule | None, field: Field | None, element: str
    ) -> Callable[[bytes], bool]:
        if rule is not None:
            return _KEEPERS.get(rule.action, _never)
        if field is None or field.kind in _VALUELESS:
            if element in _TYPED_ELEMENTS:
                return _is_typed
            return _is_word_or_figure if element in _WORD_ELEMENTS else _is_figure
        if self._is_free(field):
            return _always
        sure, other = re.compile(self._sure_value(field) or b""), _OF_KINDS[field.kind]
        codes = frozenset(field.codes)
        return lambda text: (
            bool(sure.fullmatch(text.strip()))
            or other(_plain_text(text).strip())
            or decoded(text).strip() in codes
        )


@cache
def _container(name: str) -> _Container:
    return _Container(name)


class _Tags:
    """Reads a segment tag by tag; every attribute and every text is looked at.

    ``Masker`` splits the segment before each tag (in well-formed XML, ``<`` opens nothing else) and
    tells which are odd. Only those are read here, and replaced, so that every byte that nobody
    asked to mask is the byte that came in.
    """

    def __init__(self, masker: Masker, container: _Container, data: bytes) -> None:
        self._masker = masker
        self._container = container
        self._data = data
        self._element = ""
        self._whole: tuple[int, list[bytes]] = 0, []
        self._rank = 0
        self._verdicts: dict[tuple[_Asked, int], bool] = {}

    @cached_property
    def _offsets(self) -> list[int]:
        """Where each tag begins in the segment: only rules that ask the record need to know."""
        start, tags = self._whole
        return list(accumulate((len(tag) + 1 for tag in tags), initial=start))

    @cached_property
    def _bounds(self) -> list[int]:
        """Where the records of the segment end, and what is between two of them."""
        by_record = self._container.by_record
        ends = self._container.record_end.finditer(self._data) if by_record else ()
        return [0, *(end.end() for end in ends), len(self._data)]

    def rewritten(self, first: bytes, tags: list[bytes], odd: set[bytes]) -> bytes:
        """The segment, masked: what is before its first tag, then its tags, each with what follows
        and without its ``<``."""
        if self._container.by_record:
            self._whole = len(first), tags.copy()
        masked = self._container.masked_by(self._masker.policy)
        counts: Counter[tuple[str, str]] = Counter()
        first = self._text(first)
        seen = -1  # rank of the last tag that was read
        for at in compress(range(len(tags)), map(odd.__contains__, tags)):
            tag = tags[at]
            self._rank = at
            name, _mark, rest = tag.partition(b' V="')
            about = masked.get(name)
            value, _mark, end = rest.partition(b'"')
            if about and end.rstrip() == b"/>" and value != about.mask and value.strip():
                # Nearly always: ``<Name V="…"/>`` alone, masked whatever it says.
                tags[at] = b'%b V="%b"%b' % (name, about.mask, end)
                counts[about.key] += 1
                self._element = about.key[1]
            elif single := _SINGLE.fullmatch(tag):
                tags[at] = self._single(single)
            else:
                # The tags since then say in which element a text is.
                self._pass(tags[seen + 1 : at])
                tags[at] = _TOKEN.sub(self._token, b"<" + tag)[1:]
            seen = at
        for key, number in counts.items():
            self._masker.count(key, True, number)
        return b"<".join((first, *tags))

    def _single(self, single: re.Match[bytes]) -> bytes:
        """``<Name V="…"/>`` and nothing else, masked where it must be."""
        before, name, quoted, after = single.groups()
        tag = before + quoted + after
        self._element = _local(name)
        if self._container.keeps(self._element, tag, quoted):
            return tag
        return before + self._value(self._element, quoted) + after

    def _pass(self, tags: list[bytes]) -> None:
        """A text that follows these tags is in, or after, the last element that they open."""
        opened = next((tag for tag in reversed(tags) if tag[:1] not in b"/?!"), None)
        if opened:
            self._open(b"<" + opened)

    def _open(self, tag: bytes) -> None:
        name = _TAG_NAME.match(tag)
        self._element = _local(name[1]) if name else ""

    def _token(self, match: re.Match[bytes]) -> bytes:
        """One tag or one text, masked where it must be: the ``repl`` of ``re.sub``."""
        tag, text = match.groups()
        if tag is None:
            return self._text(text)
        if tag[1:2] in b"/?!":  # an end, an instruction, a comment: nothing to read
            return tag
        self._open(tag)
        return _ATTRIBUTE.sub(self._attribute, tag)

    def _attribute(self, match: re.Match[bytes]) -> bytes:
        """One attribute: ``V`` by the rules of its element, any other unless it is known."""
        space, prefix, raw, equals, quoted = match.groups()
        name = raw.decode("ascii", "replace")
        if name == "V":
            quoted = self._value(self._element, quoted)
        elif not self._keeps(prefix, name, quoted[1:-1]):
            # ``xmlns="…"`` or ``xmlns:p="…"``: masked, it must stay an address to be XML.
            if b"xmlns" in (prefix[:-1], raw):
                self._masker.count(("*", "@xmlns"), quoted != _NAMESPACE)
                return space + prefix + raw + equals + _NAMESPACE
            quoted = self._value("@" + name, quoted)
        return space + prefix + raw + equals + quoted

    def _value(self, element: str, quoted: bytes) -> bytes:
        """The quoted attribute value, masked when the rules say so."""
        text = quoted[1:-1]
        if not text.strip():
            return quoted
        about = self._container.about(element)
        if about.keeps(text) or text == about.mask:
            return quoted
        masked = self._masks(about, text)
        self._masker.count(about.key, masked)
        return quoted[:1] + about.mask + quoted[:1] if masked else quoted

    def _masks(self, about: _About, text: bytes) -> bool:
        if about.action in _OF_NAMES:
            return self._masks_name(about, decoded(text))
        condition = _CONDITIONS[about.action][self._masker.policy]
        if isinstance(condition, bool):
            return condition
        if self._says(condition):
            return True
        # The purpose of a grant to a legal person may still name somebody.
        is_purpose = about.action == "natural" and about.key[1] != "LibOrgaBenef"
        return is_purpose and names_somebody(decoded(text))

    def _masks_name(self, about: _About, name: str) -> bool:
        """What the name says, and the publisher; the doubtful ones are asked."""
        if about.action in _KEEPERS and about.action not in _OF_RECORDS:
            return True
        if is_figure(name):
            return False
        known, (container, element) = self._masker.confirmations, about.key
        kind = known.kind_of(name)
        position = f"{container}/{element}#{self._masker.seen[about.key] + 1}"
        if kind == LEGAL or known.is_confirmed(name, position):
            return False
        if kind == NATURAL:
            return True
        if about.action == "body" and self._masker.policy == "standard":
            return False
        if about.action == "lender" and not self._says(_may_be_lent_by_somebody):
            return False
        known.ask(name, kind, container, element, position)
        return True

    def _says(self, asked: _Asked) -> bool:
        """What the record around the value being read answers."""
        # One answer per record, however many values of it ask.
        index = bisect_right(self._bounds, self._offsets[self._rank])
        verdict = self._verdicts.get((asked, index))
        if verdict is None:
            verdict = asked(self._data[self._bounds[index - 1] : self._bounds[index]], self._masker)
            self._verdicts[asked, index] = verdict
        return verdict

    def _keeps(self, prefix: bytes, name: str, text: bytes) -> bool:
        if name == "schemaLocation":
            return all(_IS_WORD.fullmatch(part) and b":" in part for part in text.split())
        if prefix == b"xmlns:" or name in _WORD_ATTRIBUTES:
            return bool(_IS_WORD.fullmatch(text))
        if self._element == "Scellement" and name in ("md5", "sha1"):
            return not text.strip(b"0")
        if self._element in _TYPED_ATTRIBUTES.get(name, ()):
            return _is_typed(text)
        return self._element in _TEXT_ATTRIBUTES.get(name, ())

    def _text(self, text: bytes) -> bytes:
        core = text.removeprefix(_BOM).strip(_SPACES)
        mask = b64encode(MASK.encode()) if self._element in _BASE64 else MASK.encode()
        if not core or core in (mask, b"0"):
            return text
        if self._element == "X509SerialNumber":
            mask = b"0"
        self._masker.count(("#text", self._element), True)
        return text.replace(core, mask, 1)  # the blanks around it stay


@lru_cache(maxsize=1000)
def _local(name: bytes) -> str:
    return name.rpartition(b":")[2].decode("ascii", "replace")


def _one_of(values: Mapping[str, bytes]) -> bytes:
    """A pattern of names, each followed by its own; common beginnings are told once.

    The engine tries alternatives in turn: with a tree, it tries those of one letter.
    """
    endings: dict[str, dict[str, bytes]] = {}
    for name, value in values.items():
        endings.setdefault(name[:1], {})[name[1:]] = value
    ways = [
        re.escape(first.encode()) + _one_of(rest)
        for first, rest in sorted(endings.items(), reverse=True)
        if first
    ]
    ways += endings.get("", {}).values()
    return b"(?:" + b"|".join(ways) + b")" if len(ways) > 1 else ways[0]


@cache
def _containers() -> frozenset[str]:
    return frozenset((*load().annexes, "LigneBudget", "*"))


def _plain_text(text: bytes) -> str:
    value = text.decode("latin-1")
    return unescape(value) if "&" in value else value


def _always(text: bytes) -> bool:
    return True


def _never(text: bytes) -> bool:
    return False


def decoded(text: bytes) -> str:
    """Text of a value, whatever the charset: bytes that are UTF-8 are nothing else, but by chance.

    >>> decoded("é".encode()), decoded("é".encode("latin-1"))
    ('é', 'é')
    """
    try:
        value = text.decode("utf-8")
    except UnicodeDecodeError:
        value = text.decode("latin-1")
    return unescape(value) if "&" in value else value


def _is_amount(text: str) -> bool:
    return amounts.plain(text) is not None and is_typed(text.strip(" €\u00a0\u202f"))


_ENUMERATED, _MONTH = re.compile(ENUMERATED), re.compile(r"\d{4}(?:-\d\d)?")
# Whether a value is of its kind, whatever way it is written.
_OF_KINDS: dict[str, Callable[[str], bool]] = {
    "amount": _is_amount,
    "integer": _is_amount,
    "digits": is_code,
    "text": is_code,
    "code": lambda text: bool(_ENUMERATED.fullmatch(text)),
    "date": is_typed,
    "datetime": is_typed,
    "boolean": lambda text: False,
} | dict.fromkeys(("year", "month"), lambda text: bool(_MONTH.fullmatch(text)))


def _is_typed(text: bytes) -> bool:
    return is_typed(_plain_text(text))


def _is_figure(text: bytes) -> bool:
    return is_figure(_plain_text(text))


def _is_short_or_typed(text: bytes) -> bool:
    return len(text) <= _SHORT or _is_typed(text)


def _is_word_or_figure(text: bytes) -> bool:
    return bool(_IS_WORD.fullmatch(text)) or _is_figure(text)


@lru_cache(maxsize=20_000)
def _names_nobody(text: bytes) -> bool:
    return not names_somebody(decoded(text))


@lru_cache(maxsize=20_000)
def _is_legal(text: bytes) -> bool:
    return kind_of(decoded(text)) == LEGAL


@lru_cache(maxsize=20_000)
def _is_known(text: bytes) -> bool:
    return has_known_words_only(decoded(text))


# By action of a rule: values that are kept without being counted, and those that surely are.
_KEEPERS: dict[str, Callable[[bytes], bool]] = {
    "words": _is_short_or_typed,
    "somebody": _names_nobody,
    "lender": _is_legal,
    "known": _is_known,
}
# Of the numbers, those that are surely no telephone.
_SURE_OF = {
    "words": rb'(?:[^"<&]{0,%d}|-?(?:0|[1-9]\d{0,6})(?:[.,]\d\d?)?%%?)' % _SHORT,
    "somebody": rb"[\d.,%-]{0,8}",
    "known": rb"\d{0,8}",
}


_FIELD_V = rb"<" + _PREFIX + rb"%s" + _V + rb"[\"']([^\"']*)"
_LEGAL_NATURE = re.compile(_FIELD_V % b"CodNatJurBenefCA")
_FILLED_POSTS = re.compile(_FIELD_V % b"EffectifPourvu")
_WHOLE_V = rb"<" + _PREFIX + rb"%s" + _V + rb"(" + _QUOTED + rb")"
_BENEFICIARY = re.compile(_WHOLE_V % b"LibOrgaBenef")
_NUMBER = re.compile(_WHOLE_V % b"Siret")
_ACCOUNT = re.compile(_FIELD_V % b"CodArticle")
# Deposits, purchases by instalments, loans of others than banks: where a person may lend.
_LENT_BY_OTHERS = (b"165", b"1676", b"1678", b"1681", b"1687")
_GRANT = re.compile(rb"<" + _PREFIX + rb"CONCOURS(?=[\s/>])")


@cache
def _legal_persons() -> frozenset[bytes]:
    codes = known_fields("CONCOURS")["CodNatJurBenefCA"].codes
    return frozenset(code.encode() for code in codes) - {b"P3"}


def _values(element: re.Pattern[bytes], record: bytes) -> list[str]:
    return [decoded(quoted[1:-1]) for quoted in element.findall(record)]


def _is_natural_person(record: bytes, masker: Masker) -> bool:
    """False when one grant says, and only says, a ``CodNatJurBenefCA`` of legal persons, and its
    name is not a natural person's; or when it says none and its name is a legal person's.

    A CFU never has the code.
    """
    masker.grants += 1
    codes = {code.strip() for code in _LEGAL_NATURE.findall(record)}
    has_code = bool(codes - {b""})
    names = [name for name in _values(_BENEFICIARY, record) if name.strip()]
    is_plain = codes <= _legal_persons() if has_code else True
    if len(_GRANT.findall(record)) != 1 or len(names) > 1 or not is_plain:
        return True
    if not names:
        return not has_code
    known, position = masker.confirmations, f"CONCOURS/LibOrgaBenef#{masker.grants}"
    kind = known.kind_of(names[0])
    if known.is_confirmed(names[0], position):
        return False
    if kind == DOUBTFUL and any(map(is_public_number, _values(_NUMBER, record))):
        kind = LEGAL
    if kind == LEGAL or (has_code and kind == DOUBTFUL):
        return False
    if has_code or kind == DOUBTFUL:
        known.ask(names[0], kind, "CONCOURS", "LibOrgaBenef", position)
    return True


def _may_be_lent_by_somebody(record: bytes, masker: Masker) -> bool:
    """Whether an account of the loan is one where lenders are not banks alone (M14, M57)."""
    return any(code.strip().startswith(_LENT_BY_OTHERS) for code in _ACCOUNT.findall(record))


def _is_one_person(record: bytes, masker: Masker) -> bool:
    posts = _FILLED_POSTS.findall(record)
    try:
        return not posts or not all(float(filled or 0) > 1 for filled in posts)
    except ValueError:
        return True


_Asked = Callable[[bytes, Masker], bool]
# Whether an action masks: under each policy, or what the record must answer.
_CONDITIONS: dict[str, dict[str, bool | _Asked]] = {
    "always": {"strict": True, "standard": True},
    "natural": {"strict": _is_natural_person, "standard": _is_natural_person},
    "person": {"strict": True, "standard": _is_one_person},
    "strict": {"strict": True, "standard": False},
    "words": {"strict": True, "standard": True},
}
