"""What the portal does once, when its configuration is known."""

from __future__ import annotations

import logging

from ckanext.budget import config
from ckanext.budget.core.installed import warn_of_missing
from ckanext.budget.totem.nomenclature import PlansError, read_index, use_folder

log = logging.getLogger(__name__)


def prepare() -> None:
    """Tell what the installation lacks, and use the portal's own charts of accounts."""
    warn_of_missing()
    use_plans()


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
