"""Tables ``budget_deposit`` and ``budget_deposit_file`` (see ``migration/budget``)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from ckanext.budget.control.model import metadata

deposit_table = sa.Table(
    "budget_deposit",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("organization_id", sa.Text, nullable=False),
    sa.Column("answers", JSONB, nullable=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Index("budget_deposit_user_idx", "user_id"),
)
"""``answers``: what the publisher wrote on the sheet of each dataset, by the dataset's key."""

file_table = sa.Table(
    "budget_deposit_file",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column(
        "deposit_id",
        sa.Text,
        sa.ForeignKey("budget_deposit.id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("target", sa.Text),
    sa.Column("package_id", sa.Text),
    sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
    sa.Index("budget_deposit_file_deposit_idx", "deposit_id"),
    sa.Index("budget_deposit_file_target_idx", "target"),
)
"""``state``: waiting (for the worker), ready, blocked (errors of the rules), refused, publishing,
published. ``message``: a French sentence. ``target``: the resource that a large upload of a form
will become. ``package_id``: the dataset, once published."""
