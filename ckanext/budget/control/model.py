"""Table ``budget_report``: one row per check of a file (see ``migration/budget``)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()
"""The extension's own: CKAN's tests throw its metadata away and read it again."""

report_table = sa.Table(
    "budget_report",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("resource_id", sa.Text),
    sa.Column("package_id", sa.Text),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("rules_version", sa.Text, nullable=False),
    sa.Column("errors", sa.Integer, nullable=False),
    sa.Column("warnings", sa.Integer, nullable=False),
    sa.Column("infos", sa.Integer, nullable=False),
    sa.Column("codes", JSONB, nullable=False),
    sa.Column("result", JSONB, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Index("budget_report_resource_idx", "resource_id", "created"),
    sa.Index("budget_report_package_idx", "package_id"),
)
"""``kind``: totem, scdl or link; ``sha256``: of the file as published; ``codes``: number of
findings by rule; ``result``: the findings and what is needed to show them."""
