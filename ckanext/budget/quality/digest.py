"""The digest by e-mail: what the control found, to those who can correct it."""

from __future__ import annotations

import logging

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import mailer

from ckanext.budget.quality.dashboard import dashboard

log = logging.getLogger(__name__)


def send() -> int:
    """Write to the administrators of each organisation that has something to correct; how many.

    Raises MailerException when the portal has no address to write from.
    """
    if not tk.config.get("smtp.mail_from"):
        raise mailer.MailerException("smtp.mail_from is not set")
    return sum(_write_to(group) for group in _organizations())


def _organizations() -> list[model.Group]:
    query = model.Session.query(model.Group).filter_by(is_organization=True, state="active")
    return query.order_by(model.Group.title).all()


def _write_to(group: model.Group) -> int:
    numbers = dashboard([group.id])
    if not numbers["files"]:
        return 0
    body = tk.render(
        "emails/budget_digest.txt",
        {
            "organization": group.display_name,
            "numbers": numbers,
            "site_title": tk.config["ckan.site_title"],
            "url": tk.url_for("budget_control.dashboard", _external=True),
        },
    )
    subject = tk._("Local budgets of {organization}: files to correct").format(
        organization=group.display_name
    )
    return sum(_mailed(user, subject, body) for user in _administrators(group))


def _administrators(group: model.Group) -> list[model.User]:
    query = model.Session.query(model.User).join(
        model.Member, (model.Member.table_id == model.User.id)
    )
    members = query.filter(
        model.Member.group_id == group.id,
        model.Member.table_name == "user",
        model.Member.capacity == "admin",
        model.Member.state == "active",
        model.User.state == "active",
    )
    return [user for user in members.order_by(model.User.name) if user.email]


def _mailed(user: model.User, subject: str, body: str) -> int:
    try:
        mailer.mail_user(user, subject, body)
    except mailer.MailerException as error:
        log.warning("the digest did not reach user %s: %s", user.id, error)
        return 0
    return 1
