"""Why the open dataset cannot be built or asked; one sentence each, with the remedy."""

from __future__ import annotations


class OpenDataError(Exception):
    """``str(error)`` is fit for an administrator."""


class EngineMissing(OpenDataError):
    """DuckDB is not installed."""

    def __init__(self) -> None:
        super().__init__(
            'DuckDB n\'est pas installé sur ce portail : pip install "ckanext-budget[data]".'
        )


class Unreadable(OpenDataError):
    """A published table whose amounts or columns cannot be read: it is left out, and told."""


class TooLong(OpenDataError):
    """A question took more than its time or memory."""
