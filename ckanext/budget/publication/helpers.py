"""Helpers of templates on what was withdrawn or deleted."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.core.access import edited_organizations
from ckanext.budget.publication import withdrawals

MOST = 50
"""Deleted budgets that a page lists."""


def budget_withdrawals(package_id: str) -> list[withdrawals.Withdrawal]:
    """What was withdrawn from the dataset, newest first; its reasons are for its editors."""
    return withdrawals.of(package_id)


def budget_account(identifier: str) -> str:
    """Name of an account, empty when it is no more."""
    user = model.User.get(identifier) if identifier else None
    return user.display_name if user is not None else ""


def budget_deleted() -> list[model.Package]:
    """Deleted budgets that the reader may restore, the last deleted first."""
    user = None if tk.current_user.is_anonymous else tk.current_user
    organizations = edited_organizations(user)
    query = model.Session.query(model.Package).filter_by(type="budget", state="deleted")
    if organizations is not None:
        query = query.filter(model.Package.owner_org.in_(organizations))
    return query.order_by(model.Package.metadata_modified.desc()).limit(MOST).all()


HELPERS = {
    "budget_withdrawals": budget_withdrawals,
    "budget_deleted": budget_deleted,
    "budget_account": budget_account,
}
