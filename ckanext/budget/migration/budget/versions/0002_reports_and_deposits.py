"""Reports of checks, and deposits on their way to be published.

Revision ID: budget_0002
Revises: budget_0001
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "budget_0002"
down_revision = "budget_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget_report",
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
    )
    op.create_index("budget_report_resource_idx", "budget_report", ["resource_id", "created"])
    op.create_index("budget_report_package_idx", "budget_report", ["package_id"])
    op.create_table(
        "budget_deposit",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("answers", JSONB, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("budget_deposit_user_idx", "budget_deposit", ["user_id"])
    op.create_table(
        "budget_deposit_file",
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
    )
    op.create_index("budget_deposit_file_deposit_idx", "budget_deposit_file", ["deposit_id"])
    op.create_index("budget_deposit_file_target_idx", "budget_deposit_file", ["target"])


def downgrade() -> None:
    op.drop_table("budget_deposit_file")
    op.drop_table("budget_deposit")
    op.drop_table("budget_report")
