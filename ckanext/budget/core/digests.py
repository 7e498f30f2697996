"""Keyed digests: whether two files are the same, for whoever holds the portal's secret only.

A plain digest of a raw document lets anybody test guesses of what was masked in it: the public
file gives every other byte. With a key that never leaves the portal, nothing can be tested.
"""

from __future__ import annotations

import hashlib
import hmac

import ckan.plugins.toolkit as tk

_MARK = "k1:"
_PURPOSE = b"ckanext-budget digests of documents"


def keyed(sha256: str) -> str:
    """``k1:`` and the HMAC-SHA256 of the SHA-256 (hexadecimal) of raw bytes; empty stays empty.

    A keyed digest is left as it is. When the key changes every document looks new: the next
    harvest publishes it again, once.
    """
    if not sha256 or sha256.startswith(_MARK):
        return sha256
    return _MARK + hmac.new(_key(), sha256.encode(), hashlib.sha256).hexdigest()


def _key() -> bytes:
    """That of the setting, else one made from CKAN's own secret for this purpose alone."""
    own: str = tk.config.get("ckanext.budget.digest_key") or ""
    secret: str = own or tk.config["SECRET_KEY"]
    return hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest()
