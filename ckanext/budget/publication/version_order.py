"""Two versions of one document: which one is on line, whatever their names and the order they came.

Of the same vote, the one that was sealed later wins, else the one whose file is dated later. Only
where both say nothing, or the same, does the order of arrival decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ckanext.budget.publication.prepared import Prepared


class Moments(NamedTuple):
    """``voted_on``, ``edited_on``: days; ``sealed_on``: a moment. Empty when nobody says."""

    voted_on: str
    sealed_on: str
    edited_on: str


def of_document(prepared: Prepared) -> Moments:
    """What the document says of its version."""
    header = prepared.header
    return Moments(
        header.voted_on or "", prepared.report.get("sealed_on") or "", header.edited_on or ""
    )


def of_resource(published: Mapping[str, Any]) -> Moments:
    """What a resource of a published document says of its version."""
    return Moments(*(str(published.get(name) or "") for name in Moments._fields))


def compare(mine: Moments, theirs: Moments) -> int:
    """Below 0 when ``mine`` is the earlier version, above when the later, 0 when nothing tells."""
    if mine.voted_on != theirs.voted_on:
        return 0
    for one, other in ((mine.sealed_on, theirs.sealed_on), (mine.edited_on, theirs.edited_on)):
        if one and other and one != other:
            return 1 if one > other else -1
    return 0


def told(moments: Moments) -> str:
    """``votée le 04/04/2022 et scellée le 07/04/2022``, ``… datée du …``, ``sans date``."""
    words = (
        ("votée le", moments.voted_on),
        ("scellée le", moments.sealed_on),
        ("datée du", "" if moments.sealed_on else moments.edited_on),
    )
    said = " et ".join(f"{word} {_day(moment)}" for word, moment in words if moment)
    return said or "sans date"


def _day(moment: str) -> str:
    year, month, day = moment[:10].split("-")
    return f"{day}/{month}/{year}"


def set_aside(document: Moments, published: Moments) -> str:
    """Why the document is not published: a sentence for its publisher."""
    return (
        f"Cette version du document, {told(document)}, est mise de côté : celle qui est en ligne, "
        f"{told(published)}, l'emporte."
    )


def replaced(published: Moments) -> str:
    """What the history of a document says of the version that was on line before."""
    return f"Une version {told(published)} a été remplacée."
