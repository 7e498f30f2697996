"""Which bytes each resource was made from, by a keyed digest that is never shown.

Revision ID: budget_0007
Revises: budget_0006
Create Date: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = "budget_0007"
down_revision = "budget_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget_version",
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("budget_version")
