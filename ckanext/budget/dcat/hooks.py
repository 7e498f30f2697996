"""What the `budget` plugin adds when ckanext-dcat is loaded beside it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.plugins import plugin_loaded

__all__ = ["dcat_actions", "propose_profile"]

PROFILE = "budget_dcat_ap_3"
_OPTION = "ckanext.dcat.rdf.profiles"


def propose_profile(config: Any) -> None:
    """Our profile unless the administrator chose one (it is DCAT-AP 3 for every other type)."""
    if config.get(_OPTION) in (None, "", "euro_dcat_ap_3", ["euro_dcat_ap_3"]):
        config[_OPTION] = PROFILE


def dcat_actions() -> dict[str, Any]:
    """Chained actions; none without ckanext-dcat."""
    if not plugin_loaded("dcat"):
        return {}
    return {"dcat_catalog_show": dcat_catalog_show}


@tk.chained_action
@tk.side_effect_free
def dcat_catalog_show(original: Any, context: Any, data_dict: Any) -> Any:
    """The catalogue without the meetings, which are no data.

    Accepts ``modified_since`` with a time zone, which ckanext-dcat 2.4 hands to Solr with two; what
    is no date is left for the action itself to refuse.
    """
    asked = data_dict.get("fq")
    data_dict = {**data_dict, "fq": f"({asked}) -dataset_type:reunion" if asked else _NO_MEETING}
    since = data_dict.get("modified_since")
    if since:
        data_dict["modified_since"] = _in_utc(since)
    return original(context, data_dict)


_NO_MEETING = "-dataset_type:reunion"


def _in_utc(text: str) -> str:
    from datetime import timezone

    from dateutil.parser import parse

    try:
        moment = parse(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        return text
    if moment.tzinfo:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return moment.isoformat()
