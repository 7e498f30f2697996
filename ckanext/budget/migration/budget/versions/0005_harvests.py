"""Who granted what to a harvest source, documents that two organisations publish, and the
configurations of sources in a namespace of their own.

Revision ID: budget_0005
Revises: budget_0004
Create Date: 2026-11-27
"""

import json
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "budget_0005"
down_revision = "budget_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget_source_grant",
        sa.Column("source_id", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("granted_by", sa.Text, nullable=False),
        sa.Column("granted", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "budget_conflict",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("owner_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Text),
        sa.UniqueConstraint(
            "package_id", "slug", "source_id", "owner_id", name="budget_conflict_key"
        ),
    )
    op.create_index("budget_conflict_source_idx", "budget_conflict", ["source_id"])
    _rewrite_configurations(_in_namespace)


def _rewrite_configurations(rewrite: Callable[[str], str | None]) -> None:
    """Of the TOTEM sources, in the harvester's table and in their dataset."""
    connection = op.get_bind()
    if not sa.inspect(connection).has_table("harvest_source"):
        return
    query = sa.text("SELECT id, config FROM harvest_source WHERE type = 'totem'")
    for identifier, text in list(connection.execute(query)):
        if (changed := rewrite(text)) is None:
            continue
        row = {"id": identifier, "text": changed, "config": json.dumps(changed)}
        connection.execute(sa.text("UPDATE harvest_source SET config = :text WHERE id = :id"), row)
        connection.execute(
            sa.text(
                "UPDATE package SET extras = jsonb_set(extras, '{config}', CAST(:config AS jsonb)) "
                "WHERE id = :id AND extras ? 'config'"
            ),
            row,
        )


def _in_namespace(text: str) -> str | None:
    """The configuration under its only key; None when there is nothing to change."""
    try:
        config = json.loads(text or "")
    except ValueError:
        return None
    if not isinstance(config, dict) or not config or list(config) == ["totem"]:
        return None
    return json.dumps({"totem": config}, ensure_ascii=False)


def _out_of_namespace(text: str) -> str | None:
    try:
        config = json.loads(text or "")
    except ValueError:
        return None
    is_ours = isinstance(config, dict) and list(config) == ["totem"]
    return json.dumps(config["totem"], ensure_ascii=False) if is_ours else None


def downgrade() -> None:
    _rewrite_configurations(_out_of_namespace)
    op.drop_table("budget_conflict")
    op.drop_table("budget_source_grant")
