"""Tables ``budget_summary`` and ``budget_summary_resource`` (see ``migration/budget``)."""

from __future__ import annotations

import sqlalchemy as sa
from ckan.model import meta
from sqlalchemy.dialects.postgresql import JSONB

summary_table = sa.Table(
    "budget_summary",
    meta.metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("siret", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("year", sa.Integer),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("population", sa.Integer),
    sa.Column("basis", sa.Text),
    sa.Column("figures", JSONB, nullable=False),
    sa.Column("chapters", JSONB, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Index("budget_summary_sha256_idx", "sha256"),
    sa.Index("budget_summary_siret_idx", "siret"),
    sa.Index("budget_summary_like_idx", "year", "stage", "population"),
    keep_existing=True,
)
"""One row per file and per what the portal knows of it; ``body`` is gzipped JSON."""

resource_table = sa.Table(
    "budget_summary_resource",
    meta.metadata,
    sa.Column("resource_id", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("key", sa.Text, sa.ForeignKey("budget_summary.key", ondelete="SET NULL")),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
    sa.Index("budget_summary_resource_key_idx", "key"),
    keep_existing=True,
)
"""The last known state of each resource: ``ready``, ``computing`` or ``failed``."""
