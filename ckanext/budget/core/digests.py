"""Keyed digests: whether two files are the same, for whoever holds the portal's secret only.

A plain digest of a raw document lets anybody test guesses of what was masked in it: the public
file gives every other byte. With a key that never leaves the portal, nothing can be tested.
"""

from __future__ import annotations

import hashlib
import hmac
import re

import ckan.plugins.toolkit as tk

_MARK = "k1:"
_DIGEST = re.compile(r"[0-9A-Fa-f]{32,}|[0-9A-Za-z+/_]{22,}")
"""Hexadecimal of an MD5 and longer; base64 of one (RFC 4648, either alphabet but for its dash)."""
_PURPOSE = b"ckanext-budget digests of documents"


def keyed(text: str) -> str:
    """``k1:`` and the HMAC-SHA256 of a digest of raw bytes (or text with one); empty stays empty.

    A keyed digest is left as it is. When the key changes every document looks new: the next
    harvest publishes it again, once.
    """
    if not text or text.startswith(_MARK):
        return text
    return _MARK + hmac.new(secret(_PURPOSE), text.encode(), hashlib.sha256).hexdigest()


def harmless(etag: str | None) -> str | None:
    """The tag of an HTTP answer, unless it may be a digest of the bytes, as many servers' is."""
    return None if etag is None or _DIGEST.search(etag) else etag


def secret(purpose: bytes) -> bytes:
    """A key for this purpose alone, made from the setting, else from CKAN's own secret."""
    own: str = tk.config.get("ckanext.budget.digest_key") or ""
    whole: str = own or tk.config["SECRET_KEY"]
    return hmac.new(whole.encode(), purpose, hashlib.sha256).digest()
