"""What an owner accepts of a source is that source's address and configuration.

Revision ID: budget_0014
Revises: budget_0013
Create Date: 2026-11-28
"""

import sqlalchemy as sa
from alembic import op

revision = "budget_0014"
down_revision = "budget_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody knows what was accepted before: it is asked again."""
    op.add_column("budget_conflict", sa.Column("fingerprint", sa.Text))
    op.execute(
        "UPDATE budget_conflict SET state = 'open', settled = NULL, settled_by = NULL "
        "WHERE state = 'accepted'"
    )


def downgrade() -> None:
    op.drop_column("budget_conflict", "fingerprint")
