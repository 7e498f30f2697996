"""A listener: what this portal does when a budget comes on line or leaves it."""

import logging
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

log = logging.getLogger(__name__)


def published(_sender: str, package_id: str, document: str) -> None:
    """Announce it; a failure here changes nothing of the publication."""
    log.warning("budget %s is on line in %s", document, package_id)


class BudgetExamplePlugin(p.SingletonPlugin):
    """Add ``budget_example`` to ``ckan.plugins``."""

    p.implements(p.ISignal)

    def get_signal_subscriptions(self) -> Any:
        return {tk.signals.ckanext.signal("budget_published"): [published]}
