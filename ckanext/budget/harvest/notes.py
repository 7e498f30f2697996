"""The note of a harvest object: what is remembered of a document, never the document.

Each fact that differs from its default is one ``HarvestObjectExtra``, so that objects are found by
a fact (:func:`says`) through the index of extras. Versions before 0.3 kept all of it as JSON in
``HarvestObject.content``, a digest of the raw bytes included: :func:`adopt` takes it over.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestObject, HarvestObjectExtra, HarvestSource

from ckanext.budget.core import digests

GET = "get"
WITHDRAW = "withdraw"

_BATCH = 2_000
"""Objects of a former version taken over in one transaction."""


@dataclass(frozen=True)
class Note:
    """What is remembered of a document.

    ``name`` is its path at the source. ``listed`` is its version in the listing, keyed, since a
    listing may tell digests; ``etag`` and ``modified`` are what the server said with the bytes,
    ``version`` is their keyed digest.
    ``settings`` sums up the configuration that decides what is published of them. ``slug`` is
    the document's identity once it was read. ``action`` is ``get`` or ``withdraw``. ``rank`` is
    the place of the document in the queue (0 first). ``transient`` says that the last error may
    not last, ``chances`` how many such errors there were, ``interruptions`` how many times
    a consumer ended while it was at the document. ``refused`` is the version of this
    extension that found the document itself unusable.
    """

    name: str = ""
    settings: str = ""
    action: str = GET
    listed: str | None = None
    etag: str | None = None
    modified: str | None = None
    version: str | None = None
    slug: str | None = None
    rank: int = 0
    transient: bool = False
    chances: int = 0
    interruptions: int = 0
    refused: str | None = None

    @classmethod
    def read(cls, facts: Mapping[str, str] | None) -> Note:
        """From the column :data:`FACTS`; facts that nobody knows any more are left aside."""
        known = {name: value for name, value in (facts or {}).items() if name in _DEFAULTS}
        return cls(**{name: _value(name, value) for name, value in known.items()})

    def facts(self) -> dict[str, str]:
        """What is stored: the facts that differ from their default, as text."""
        told = ((name, getattr(self, name)) for name in _DEFAULTS)
        return {name: str(value) for name, value in told if value != _DEFAULTS[name]}

    def is_as_listed(self, other: Note) -> bool:
        """Whether the listing alone tells that nothing changed since ``other`` was published."""
        return self.listed is not None and (self.listed, self.settings) == (
            other.listed,
            other.settings,
        )


_DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(Note)}


def _value(name: str, text: str) -> Any:
    default = _DEFAULTS[name]
    if isinstance(default, bool):
        return text == str(True)
    return int(text) if isinstance(default, int) else text


FACTS: Any = (
    sa.select(sa.func.jsonb_object_agg(HarvestObjectExtra.key, HarvestObjectExtra.value))
    .where(HarvestObjectExtra.harvest_object_id == HarvestObject.id)
    .correlate(HarvestObject)
    .scalar_subquery()
    .label("facts")
)
"""A column for queries of harvest objects, to be given to :meth:`Note.read`."""


def says(**facts: str | bool) -> Any:
    """The condition that the note of a harvest object holds every one of these facts."""
    return sa.and_(
        *(
            sa.exists().where(
                HarvestObjectExtra.harvest_object_id == HarvestObject.id,
                HarvestObjectExtra.key == name,
                HarvestObjectExtra.value == str(value),
            )
            for name, value in facts.items()
        )
    )


def of(harvest_object: HarvestObject) -> Note:
    """The note of an object that this harvester made."""
    if harvest_object.content:
        _take_over([harvest_object])
    found = model.Session.query(FACTS).filter(HarvestObject.id == harvest_object.id)
    return Note.read(found.scalar())


def write(identifier: str, note: Note) -> None:
    """Replace the note of the object, in the transaction of the caller."""
    model.Session.flush()
    extras = sa.delete(HarvestObjectExtra).where(HarvestObjectExtra.harvest_object_id == identifier)
    model.Session.execute(extras, execution_options={"synchronize_session": False})
    add([(identifier, note)])


def add(notes: Iterable[tuple[str, Note]]) -> None:
    """Write the notes of objects that have none, in the transaction of the caller."""
    rows = [
        {"id": str(uuid.uuid4()), "harvest_object_id": identifier, "key": name, "value": value}
        for identifier, note in notes
        for name, value in note.facts().items()
    ]
    model.Session.bulk_insert_mappings(HarvestObjectExtra, rows)


_FORMER = (
    HarvestObject.content.isnot(None),
    HarvestObject.harvest_source_id.in_(
        sa.select(HarvestSource.id).where(HarvestSource.type == "totem")
    ),
)


def left() -> int:
    """How many objects still have the note that a version before 0.3 wrote."""
    return model.Session.query(HarvestObject.id).filter(*_FORMER).count()


def adopt(*which: Any) -> None:
    """Take over the notes that a version before 0.3 wrote, in the transaction of the caller.

    ``which``: conditions that leave few objects, found through an index.
    """
    _take_over(_former_ones(*which).all())


def adopt_all(*which: Any, tell: Callable[[int], object] = lambda count: None) -> int:
    """The same for any number of objects; how many.

    A transaction for each batch, after which ``tell`` is called with its size: what an
    interruption leaves is taken by the next call.
    """
    query = _former_ones(*which).limit(_BATCH).with_for_update(of=HarvestObject, skip_locked=True)
    done = 0
    while rows := query.all():
        _take_over(rows)
        model.Session.commit()
        done += len(rows)
        tell(len(rows))
    return done


def _former_ones(*which: Any) -> Any:
    return model.Session.query(HarvestObject.id, HarvestObject.content).filter(*_FORMER, *which)


def _take_over(rows: Sequence[Any]) -> None:
    """Notes in place of the contents of these objects, which nobody else is writing."""
    if not rows:
        return
    add((row.id, _formerly(row.content)) for row in rows)
    theirs = model.Session.query(HarvestObject)
    theirs = theirs.filter(HarvestObject.id.in_([row.id for row in rows]))
    theirs.update({"content": None}, synchronize_session="fetch")


def _formerly(content: str) -> Note:
    """The note that was the JSON ``content``; an empty one when it was none."""
    try:
        told = json.loads(content)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return Note()
    told["version"] = told.pop("sha256", None)
    for name in ("version", "listed"):
        told[name] = digests.keyed(told.get(name) or "") or None
    told["etag"] = digests.harmless(told.get("etag"))
    return Note(**{name: told[name] for name in _DEFAULTS if told.get(name) is not None})
