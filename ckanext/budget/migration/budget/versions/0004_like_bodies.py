"""Find the summaries of like bodies without reading those of all.

Revision ID: budget_0004
Revises: budget_0003
Create Date: 2026-11-24
"""

from alembic import op

revision = "budget_0004"
down_revision = "budget_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("budget_summary_like_idx", "budget_summary", ["year", "stage", "population"])


def downgrade() -> None:
    op.drop_index("budget_summary_like_idx", "budget_summary")
