"""What publishers withdrew, why, and what was put back.

Revision ID: budget_0008
Revises: budget_0007
Create Date: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "budget_0008"
down_revision = "budget_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget_withdrawal",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("resources", JSONB, nullable=False),
        sa.Column("withdrawn", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Text, nullable=False),
        sa.Column("settled", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Text),
    )
    op.create_index("budget_withdrawal_package_idx", "budget_withdrawal", ["package_id"])


def downgrade() -> None:
    op.drop_table("budget_withdrawal")
