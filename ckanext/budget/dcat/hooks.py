"""What the `budget` plugin adds when ckanext-dcat is loaded beside it."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from ckan.cli import CKANConfigLoader
from ckan.plugins import plugin_loaded

PROFILE = "budget_dcat_ap_3"
_DEFAULT = "euro_dcat_ap_3"
_MENDED = "describes_any_type"
_OPTION = "ckanext.dcat.rdf.profiles"


def propose_profile(config: Any) -> None:
    """Our profile unless the administrator chose one (it is DCAT-AP 3 for every other type)."""
    if config.get(_OPTION) in (None, "", _DEFAULT, [_DEFAULT]) and not _is_written(config):
        config[_OPTION] = PROFILE


def _is_written(config: Any) -> bool:
    """Whether the portal's file names a profile: ckanext-dcat's own default is no choice."""
    path = config.get("__file__")
    return bool(path and Path(path).is_file() and CKANConfigLoader(path).get_config().get(_OPTION))


def describe_any_type() -> None:
    """Let ckanext-dcat 2.4 describe datasets whose type scheming does not know.

    Without scheming it needs no schema; as soon as scheming is loaded, which budgets need, a portal
    whose plain datasets have none answers 500 at every address of its catalogue, whatever profile.
    """
    if not plugin_loaded("dcat"):
        return
    from ckanext.dcat.profiles.base import RDFProfile

    if hasattr(RDFProfile.__init__, _MENDED):
        return
    original = RDFProfile.__init__

    @wraps(original)
    def __init__(self: Any, graph: Any, dataset_type: str = "dataset", **options: Any) -> None:
        try:
            original(self, graph, dataset_type, **options)
        except tk.ObjectNotFound:
            self._dataset_schema = self._form_languages = None  # the last lines are about these

    setattr(__init__, _MENDED, True)
    RDFProfile.__init__ = __init__


def dcat_actions() -> dict[str, Any]:
    """Chained actions; none without ckanext-dcat."""
    if not plugin_loaded("dcat"):
        return {}
    return {"dcat_catalog_show": dcat_catalog_show}


@tk.chained_action
@tk.side_effect_free
def dcat_catalog_show(_original: Any, context: Any, data_dict: Any) -> Any:
    """The catalogue without the meetings, which are no data; done here for two faults of dcat 2.4.

    It hands ``modified_since`` to Solr with two time zones when it has one (what is no date is left
    for it to refuse), and writes the links to other pages without encoding what the request held:
    rdflib refuses them, and the page fails.
    """
    from ckanext.dcat import logic
    from ckanext.dcat.processors import RDFSerializer

    tk.check_access("dcat_catalog_show", context, data_dict)
    asked, since = data_dict.get("fq"), data_dict.get("modified_since")
    data_dict = {**data_dict, "fq": f"({asked}) {_NO_MEETING}" if asked else _NO_MEETING}
    if since:
        data_dict["modified_since"] = _in_utc(since)
    query = logic._search_ckan_datasets(context, data_dict)
    links = logic._pagination_info(query, data_dict)
    return RDFSerializer(profiles=data_dict.get("profiles")).serialize_catalog(
        {},
        query["results"],
        _format=data_dict.get("format"),
        pagination_info={name: _encoded(value) for name, value in links.items()},
    )


def _encoded(link: Any) -> Any:
    """An address of a page with the request's own parameters, encoded; numbers as they are."""
    if not isinstance(link, str):
        return link
    asked = {name: tk.request.args[name] for name in _PARAMETERS if name in tk.request.args}
    address, _equal, page = link.rpartition("page=")
    return f"{address.partition('?')[0]}?{urlencode({**asked, 'page': page})}"


_PARAMETERS = ("modified_since", "profiles", "q", "fq")
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
