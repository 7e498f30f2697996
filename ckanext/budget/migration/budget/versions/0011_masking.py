"""What masking did in each document, by element: numbers only.

Revision ID: budget_0011
Revises: budget_0010
Create Date: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "budget_0011"
down_revision = "budget_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget_masking",
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("counts", JSONB, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("budget_masking")
