"""Beneficiaries that a publisher said to be bodies: known by keyed tokens, never by their names.

A name that may be a body's is masked until somebody who publishes for the body of the document says
that it is one (``totem/privacy/asking``). The names that are asked live in one answer, to whoever
sends the document, and nowhere else; what is confirmed is kept for the body's later documents.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.budget.core import digests
from ckanext.budget.core.tables import confirmation_table as table
from ckanext.budget.core.tables import is_ready
from ckanext.budget.publication import ownership
from ckanext.budget.sheet import siren_of
from ckanext.budget.totem.files import open_input
from ckanext.budget.totem.model import Header
from ckanext.budget.totem.privacy import Asked, Confirmations
from ckanext.budget.totem.reader import read_header


@dataclass
class Interview:
    """What is asked of whoever sends documents, and answered by them.

    ``confirmed``: tokens of the names that they say to be bodies. ``asked``: token -> the name in
    clear, the element that holds it, how many times; for the answer to the sender alone.
    """

    confirmed: Collection[str] = ()
    asked: dict[str, dict[str, str | int]] = field(default_factory=dict)

    def ask(self, question: Asked, name: str) -> None:
        """One more value that may be a body's name."""
        element = f"{question.container}/{question.element}"
        known = self.asked.setdefault(
            question.token, {"token": question.token, "name": name, "element": element, "number": 0}
        )
        known["number"] = int(known["number"]) + 1

    @property
    def questions(self) -> list[dict[str, str | int]]:
        """The names to look at, in the order of the documents."""
        return list(self.asked.values())


def of(source: Path | BinaryIO, interview: Interview | None) -> Confirmations:
    """What is known of the beneficiaries of the document. Raises TotemError."""
    kept = set(interview.confirmed) if interview else set()
    if _any():
        kept |= kept_for(siren_of(_header(source)))
    return Confirmations(
        key=digests.secret(_PURPOSE),
        keep=frozenset(kept),
        on_ask=interview.ask if interview else None,
    )


_PURPOSE = b"ckanext-budget: beneficiaries"


def kept_for(siren: str) -> set[str]:
    """Tokens confirmed for the body, by the organisation that holds it when one does."""
    if not siren or not is_ready():
        return set()
    query = sa.select(table.c.token).where(table.c.siren == siren)
    holder = ownership.holder_of(siren)
    if holder is not None:
        query = query.where(table.c.organization_id == holder.id)
    return set(model.Session.execute(query).scalars())


def keep(siren: str, tokens: Collection[str], organization_id: str, user_id: str) -> None:
    """Remember what was confirmed for the body, in the current transaction.

    Raises HeldByAnother when another organisation publishes for it.
    """
    ownership.check(siren, organization_id)
    if not siren or not tokens or not is_ready():
        return
    now = datetime.now(timezone.utc)
    about = {"siren": siren, "organization_id": organization_id, "user_id": user_id, "created": now}
    rows = [{**about, "token": token} for token in sorted(tokens)]
    model.Session.execute(insert(table).values(rows).on_conflict_do_nothing())


def _any() -> bool:
    return is_ready() and bool(model.Session.execute(sa.select(sa.exists(table.select()))).scalar())


def _header(source: Path | BinaryIO) -> Header:
    if isinstance(source, Path):
        with open_input(source) as stream:
            return _read(stream)
    try:
        return _read(source)
    finally:
        source.seek(0)


def _read(stream: BinaryIO) -> Header:
    stream.seek(0)
    return read_header(stream)
