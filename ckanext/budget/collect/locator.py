"""Locators: the stable strings by which another process finds a document again.

==================================== =========================================================
``https://host/a/b.xml``             a document on the web
``./2022/b.xml``                     a file, relative to the root directory of a local source
``https://host/a.zip!/x/b.xml``      an entry of an archive (``!/`` once per level of nesting)
==================================== =========================================================

Names are percent-encoded, ``!`` included, so that ``!/`` has one meaning only.
"""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit, urlunsplit

_SAFE_IN_URL = "%/:@&=+$,;~*'()-_."


def is_remote(location: str) -> bool:
    """Whether ``location`` (URL or locator) is on the web rather than on this machine."""
    return location[:8].lower().startswith(("http://", "https://"))


def normal_url(url: str) -> str:
    """``url`` without ``user:password@`` and fragment, in the spelling used for locators.

    Raises ValueError when it is not an absolute HTTP(S) URL.
    """
    parts = urlsplit(url.strip())
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise ValueError("not an HTTP(S) URL")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    path = quote(parts.path or "/", safe=_SAFE_IN_URL)
    query = quote(parts.query, safe=_SAFE_IN_URL + "?")
    return urlunsplit((parts.scheme.lower(), host + port, path, query, ""))


def local_locator(relative: PurePosixPath | str) -> str:
    """Locator of a file at ``relative`` below the root directory of a local source."""
    return "./" + quote(os.fsencode(str(relative)), safe="/")


def local_path(locator: str) -> str:
    """The relative path that :func:`local_locator` was given."""
    return os.fsdecode(unquote_to_bytes(locator.removeprefix("./")))


def entry_locator(container: str, name: str) -> str:
    """Locator of the entry ``name`` of the archive found at the locator ``container``."""
    return f"{container}!/{quote(name, safe='/', errors='surrogateescape')}"


def split(locator: str) -> tuple[str, list[str]]:
    """The place of the outer file, and the archive entry to open at each level."""
    place, *entries = locator.split("!/")
    return place, [unquote(entry, errors="surrogateescape") for entry in entries]
