"""Indexes of what is asked of one budget: without them each costs a look at every dataset.

Revision ID: budget_0013
Revises: budget_0012
Create Date: 2026-11-27
"""

from alembic import op

revision = "budget_0013"
down_revision = "budget_0012"
branch_labels = None
depends_on = None

INDEXES = {
    "siren": "((extras->>'siren')) WHERE type = 'budget'",
    "year": "((extras->>'fiscal_year')) WHERE type = 'budget'",
    "changed": "(type, metadata_modified) WHERE state = 'active' AND NOT private",
}
"""On CKAN's own table of datasets."""


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS budget_package_{name}_idx ON package {columns}")


def downgrade() -> None:
    for name in INDEXES:
        op.execute(f"DROP INDEX IF EXISTS budget_package_{name}_idx")
