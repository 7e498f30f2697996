"""Which version of the conversion and the masking made each resource.

Revision ID: budget_0009
Revises: budget_0008
Create Date: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = "budget_0009"
down_revision = "budget_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "budget_version", sa.Column("maker", sa.Integer, nullable=False, server_default="1")
    )


def downgrade() -> None:
    op.drop_column("budget_version", "maker")
