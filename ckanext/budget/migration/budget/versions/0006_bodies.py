"""Which organisation publishes for which public body.

Revision ID: budget_0006
Revises: budget_0005
Create Date: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = "budget_0006"
down_revision = "budget_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget_body",
        sa.Column("siren", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("budget_body_organization_idx", "budget_body", ["organization_id"])


def downgrade() -> None:
    op.drop_table("budget_body")
