"""Beneficiaries that publishers said to be bodies, by keyed token.

Revision ID: budget_0010
Revises: budget_0009
Create Date: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = "budget_0010"
down_revision = "budget_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget_confirmation",
        sa.Column("siren", sa.Text, primary_key=True),
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("budget_confirmation")
