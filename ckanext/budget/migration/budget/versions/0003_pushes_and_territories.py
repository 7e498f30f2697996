"""What was pushed to data.gouv.fr, and the list of public bodies.

Revision ID: budget_0003
Revises: budget_0002
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "budget_0003"
down_revision = "budget_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget_push",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("organization", sa.Text, nullable=False),
        sa.Column("remote_id", sa.Text, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("resources", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "budget_territory",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("siren", sa.Text, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("population", sa.Integer),
        sa.Column("geometry", JSONB),
        sa.Column("source", sa.Text, nullable=False),
    )
    op.create_index("budget_territory_siren_idx", "budget_territory", ["siren"])


def downgrade() -> None:
    op.drop_table("budget_territory")
    op.drop_table("budget_push")
