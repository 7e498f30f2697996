"""Averages of strata and consumer prices that an administrator imports.

Revision ID: budget_0012
Revises: budget_0011
Create Date: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = "budget_0012"
down_revision = "budget_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget_reference",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("nature", sa.Text, primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True),
        sa.Column("population_min", sa.Integer, primary_key=True),
        sa.Column("figure", sa.Text, primary_key=True),
        sa.Column("population_max", sa.Integer),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("budget_reference")
