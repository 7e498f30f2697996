"""What the portal does once, when its configuration is known."""

from __future__ import annotations

import logging

import ckan.plugins.toolkit as tk

from ckanext.budget import config
from ckanext.budget.core.installed import warn_of_missing
from ckanext.budget.totem.nomenclature import PlansError, read_index, use_folder

log = logging.getLogger(__name__)


_AFTER_US = ("scheming_datasets", "harvest")
"""Plugins whose pages ours complete: CKAN takes the templates of whoever comes first."""


def prepare() -> None:
    """Tell what the installation lacks, and use the portal's own charts of accounts."""
    warn_of_missing()
    warn_of_order(tk.aslist(tk.config.get("ckan.plugins")))
    use_plans()


def warn_of_order(plugins: list[str]) -> None:
    """Log one warning for each plugin that stands before ``budget`` and should not."""
    for name in plugins[: plugins.index("budget")] if "budget" in plugins else ():
        if name in _AFTER_US:
            log.warning(
                "ckanext-budget: in ckan.plugins, put budget before %s: otherwise the pages of "
                "budgets and of their sources are not used",
                name,
            )


def use_plans() -> None:
    """Add the charts of ``ckanext.budget.nomenclature_folder``; damaged ones are told and left."""
    folder = config.nomenclature_folder()
    use_folder(folder)
    try:
        read_index()
    except PlansError as error:
        log.error("ckanext-budget: nomenclature_folder is not used: %s", error)
        use_folder(None)
        return
    if folder and not folder.is_dir():
        log.warning("ckanext-budget: nomenclature_folder does not exist: shipped charts are used")
