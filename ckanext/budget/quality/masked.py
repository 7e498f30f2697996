"""What masking did on this portal: kept with each document, summed for the page of the officer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.budget.core.compat import PACKAGES
from ckanext.budget.core.tables import is_ready, masking_table


class Count(NamedTuple):
    """Values of one element in the documents on line; ``asked``: masked, maybe a legal person's."""

    found: int = 0
    masked: int = 0
    asked: int = 0

    @property
    def kept(self) -> int:
        """Values that were looked at and are on line."""
        return self.found - self.masked

    def __add__(self, other: Any) -> Count:
        return Count(*(one + two for one, two in zip(self, other, strict=True)))


@dataclass
class Figures:
    """Of the public documents: how many are counted, of how many; by element, what was done."""

    documents: int = 0
    all_documents: int = 0
    by_element: dict[str, Count] = field(default_factory=dict)


def keep(resource_id: str, masked: Mapping[str, Any]) -> None:
    """Write what the report of a document tells (``masking_report``), in the transaction of its
    publication."""
    if not is_ready():
        return
    counts = {
        f"{item['container']}/{item['element']}": [
            item["found"],
            item["masked"],
            item.get("asked", 0),
        ]
        for item in masked.get("elements", ())
    }
    query = insert(masking_table).values(
        resource_id=resource_id, policy=masked["policy"], counts=counts
    )
    changed = {name: query.excluded[name] for name in ("policy", "counts")}
    model.Session.execute(query.on_conflict_do_update(index_elements=["resource_id"], set_=changed))


_ON_LINE = f"""
    resource r JOIN {PACKAGES} p ON p.id = r.package_id
    WHERE r.state = 'active' AND p.state = 'active' AND NOT p.private AND p.type = 'budget'
    AND r.extras LIKE '%"role": "scdl"%'
"""
_SUMS = sa.text(f"""
    SELECT told.key, sum((told.value->>0)::bigint), sum((told.value->>1)::bigint),
           sum((told.value->>2)::bigint)
    FROM budget_masking m CROSS JOIN LATERAL jsonb_each(m.counts) told
    WHERE m.resource_id IN (SELECT r.id FROM {_ON_LINE})
    GROUP BY told.key
""")
_DOCUMENTS = sa.text(f"""
    SELECT count(m.resource_id), count(*) FROM (SELECT r.id FROM {_ON_LINE}) shown
    LEFT JOIN budget_masking m ON m.resource_id = shown.id
""")


def figures() -> Figures:
    """Of every public document: one pass over their counts, some dozen rows each."""
    if not is_ready():
        return Figures()
    documents, all_documents = model.Session.execute(_DOCUMENTS).one()
    sums = model.Session.execute(_SUMS).all()
    by_element = {row[0]: Count(*map(int, row[1:])) for row in sums}
    return Figures(documents, all_documents, by_element)
