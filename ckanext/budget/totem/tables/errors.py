"""What a table of budget lines cannot be read for; each message is one French sentence."""

from __future__ import annotations

from ckanext.budget.totem.errors import TotemError


class NotScdl(TotemError):
    """The file is not a table of budget lines: another kind of file, or no header of a budget."""


class TooManyColumns(NotScdl):
    """More columns than any real table: memory is protected."""


class MissingReader(TotemError):
    """The library that reads spreadsheets is not installed; the message says how to install it."""
