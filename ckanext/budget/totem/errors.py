"""Every error that the library raises on purpose.

The message of each is one French sentence: what is wrong, where, what to do. It never quotes
a value of the document, because a value may be a person's name.
"""

from __future__ import annotations

__all__ = [
    "IncompleteDocument",
    "MalformedXml",
    "MaskingFailed",
    "NotTotem",
    "TooLarge",
    "TotemError",
    "UnsafeXml",
    "UnsupportedEncoding",
]


class TotemError(Exception):
    """The document cannot be used; ``str(error)`` is fit for the publisher."""


class NotTotem(TotemError):
    """The file is something else: another XML vocabulary, a web page, an empty file."""


class MalformedXml(TotemError):
    """The bytes are not well-formed XML: truncated, damaged, badly encoded."""


class UnsafeXml(TotemError):
    """A DOCTYPE or entity declaration, refused before anything is expanded."""


class UnsupportedEncoding(TotemError):
    """An encoding that TOTEM producers do not use and that cannot be masked byte for byte."""


class IncompleteDocument(TotemError):
    """Well-formed TOTEM without what identifies a budget (SIRET, exercise, stage)."""


class TooLarge(TotemError):
    """One element is larger than any real document's, so memory is protected."""


class MaskingFailed(TotemError):
    """The masking could not be proved complete: nothing may be published."""
