"""Indexes of what is asked of one budget: without them each costs a look at every dataset.

Revision ID: budget_0013
Revises: budget_0012
Create Date: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = "budget_0013"
down_revision = "budget_0012"
branch_labels = None
depends_on = None

INDEXES = {
    "siren": "package ((extras->>'siren')) WHERE type = 'budget'",
    "year": "package ((extras->>'fiscal_year')) WHERE type = 'budget'",
    "changed": "package (type, metadata_modified) WHERE state = 'active' AND NOT private",
}
"""On CKAN's own table of datasets."""

BEFORE_212 = {
    "siren": "package_extra (value) WHERE key = 'siren'",
    "year": "package_extra (value) WHERE key = 'fiscal_year'",
}
"""CKAN 2.11 keeps extra fields in a table of their own."""


def upgrade() -> None:
    columns = {each["name"] for each in sa.inspect(op.get_bind()).get_columns("package")}
    for name, target in (INDEXES if "extras" in columns else INDEXES | BEFORE_212).items():
        op.execute(f"CREATE INDEX IF NOT EXISTS budget_package_{name}_idx ON {target}")


def downgrade() -> None:
    for name in INDEXES:
        op.execute(f"DROP INDEX IF EXISTS budget_package_{name}_idx")
