"""The seal of the national tool (``Scellement``, TScellement of the XSD).

Rule, verified on sealed originals: remove the element and the text node after it, canonicalise
``DocumentBudgetaire`` (inclusive C14N, without comments), hash; upper-case hexadecimal digits.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ckanext.budget.totem.generate.writer import Writer


def digests(unsealed: bytes) -> tuple[str, str]:
    """MD5 and SHA-1 of a document without its ``Scellement``."""
    from lxml import etree

    tree = etree.fromstring(unsealed, etree.XMLParser(resolve_entities=False, huge_tree=True))
    canonical = etree.tostring(tree, method="c14n", exclusive=False, with_comments=False)
    return (
        hashlib.md5(canonical, usedforsecurity=False).hexdigest().upper(),
        hashlib.sha1(canonical, usedforsecurity=False).hexdigest().upper(),
    )


def seal(before: bytes, after: bytes, stamp: str, writer: Writer) -> bytes:
    """The document ``before`` + ``after`` with a valid seal between them; ``stamp``: date, time."""
    md5, sha1 = digests(before + after)
    element = writer.empty("Scellement", 1, f' md5="{md5}" sha1="{sha1}" date="{stamp}"')
    return before + element.encode("ascii") + after
