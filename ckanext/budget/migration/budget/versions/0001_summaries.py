"""Summaries of SCDL files, and which resource shows which.

Revision ID: budget_0001
Revises:
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "budget_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget_summary",
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
    )
    op.create_index("budget_summary_sha256_idx", "budget_summary", ["sha256"])
    op.create_index("budget_summary_siret_idx", "budget_summary", ["siret"])
    # The body is already compressed.
    op.execute("ALTER TABLE budget_summary ALTER COLUMN body SET STORAGE EXTERNAL")
    op.create_table(
        "budget_summary_resource",
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("key", sa.Text, sa.ForeignKey("budget_summary.key", ondelete="SET NULL")),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("budget_summary_resource_key_idx", "budget_summary_resource", ["key"])


def downgrade() -> None:
    op.drop_table("budget_summary_resource")
    op.drop_table("budget_summary")
