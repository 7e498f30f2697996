"""What other extensions may listen to (``ISignal``, or ``signal.connect``): see docs/extending.md.

Signals are sent when everything is committed and no lock is held. The sender is the name
``"budget"``; ``package_id`` is the dataset, ``document`` the slug of the document
(``21670482500019-2022-bp``). Nothing of the bytes that were received is told.
"""

from __future__ import annotations

import logging

import ckan.plugins.toolkit as tk

from ckanext.budget.core.errors import safe_description

log = logging.getLogger(__name__)

budget_published = tk.signals.ckanext.signal("budget_published")
"""A document came on line, or its new version did."""

budget_withdrawn = tk.signals.ckanext.signal("budget_withdrawn")
"""A document is not on line any more, or is marked as withdrawn by its source."""


def published(package_id: str, document: str) -> None:
    """Tell it to whoever listens."""
    _send(budget_published, package_id, document)


def withdrawn(package_id: str, document: str) -> None:
    """Tell it to whoever listens."""
    _send(budget_withdrawn, package_id, document)


def _send(signal: tk.signals.Signal, package_id: str, document: str) -> None:
    """What a listener does wrong is logged: the document is on line, or off line, all the same."""
    for receiver in signal.receivers_for("budget"):
        try:
            receiver("budget", package_id=package_id, document=document)
        except Exception as error:
            log.error("listener of %s: %s", signal.name, safe_description(error))
