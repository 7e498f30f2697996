"""Table ``budget_territory``: bodies that are expected to publish (see ``migration/budget``)."""

from __future__ import annotations

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB

KINDS = ("commune", "epci", "departement", "region", "pnr", "scot_petr", "syndicat")
"""Kinds of the sheet that a list of bodies may hold."""

metadata = sa.MetaData()

territory_table = sa.Table(
    "budget_territory",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("siren", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("population", sa.Integer),
    sa.Column("geometry", JSONB(none_as_null=True)),
    sa.Column("source", sa.Text, nullable=False),
    sa.Index("budget_territory_siren_idx", "siren"),
)
"""``code``: INSEE code, or SIREN of an EPCI; ``geometry``: GeoJSON in WGS 84."""


def is_ready() -> bool:
    """Whether the table exists (``ckan db upgrade -p budget``)."""
    return sa.inspect(model.Session.connection()).has_table(territory_table.name)
