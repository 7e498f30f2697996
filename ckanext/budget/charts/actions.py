"""Actions and authorisations: a summary is shown to whoever may see its resource."""

from __future__ import annotations

import gzip
import json
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.budget.charts import annexes, peers
from ckanext.budget.charts.anonymous_cache import MARK
from ckanext.budget.charts.compute import find_subject, state_of
from ckanext.budget.charts.store import Known
from ckanext.budget.core.access import Answer, as_for, of_texts


@tk.side_effect_free
def budget_summary(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """What the charts of an SCDL budget are drawn from: sums in cents, key figures, findings.

    Computed once per file. A small file of the portal is computed at once, a larger or distant one
    in a background job: ask again while ``state`` is ``computing``.

    :param id: id of the resource
    :returns: ``state`` (ready, computing, failed); when ready the whole summary (docs/api), when
        failed ``message``, a French sentence
    """
    payload = payload_of(_known(context, data_dict))
    if _ready(payload) and _is_asked_by_anybody():
        tk.request.environ[MARK] = True
    return payload


def _is_asked_by_anybody() -> bool:
    return bool(tk.request) and tk.current_user.is_anonymous


@tk.side_effect_free
def budget_series(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Figures of every document of the same budget (SIRET) on the portal, oldest first.

    :param id: id of an SCDL resource
    :returns: ``state``, ``documents``, ``labels``, ``pending`` (documents still being computed)
    """
    payload = payload_of(_known(context, data_dict))
    return peers.series(data_dict["id"], payload, context) if _ready(payload) else payload


@tk.side_effect_free
def budget_compare(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Figures per inhabitant of bodies of the same kind and size, same exercise and stage.

    :param id: id of an SCDL resource
    :returns: ``state``, ``criteria``, ``self``, ``bodies``, ``median``, and ``reason`` when there
        is nothing to compare (annex, no-population, not-a-budget-dataset, partial-stage, alone)
    """
    payload = payload_of(_known(context, data_dict))
    return peers.comparison(data_dict["id"], payload, context) if _ready(payload) else payload


@tk.side_effect_free
def budget_annexes(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """What the annexes of a document tell: grants, posts, taxes, programmes, accounts.

    :param id: id of an SCDL resource
    :returns: ``state``, ``parts`` (by id, those that the document has): ``title``, ``sentence``,
        ``columns``, ``rows``, ``bars``, ``count``
    """
    found = tk.get_or_bust(data_dict, "id")
    tk.check_access("budget_summary", context, {"id": found})
    if find_subject(found) is None:
        raise tk.ObjectNotFound(tk._("Resource not found"))
    return annexes.payload(found)


def known_of(context: Any, resource_id: str) -> Known:
    """The state of a resource's summary, after checking access. Raises NotFound, NotAuthorized."""
    tk.check_access("budget_summary", context, {"id": resource_id})
    subject = find_subject(resource_id)
    if subject is None:
        raise tk.ObjectNotFound(tk._("Resource not found"))
    return state_of(subject)


def payload_of(known: Known) -> dict[str, Any]:
    """JSON-ready answer."""
    if known.state == "ready" and known.body:
        return json.loads(gzip.decompress(known.body))
    return {"state": known.state, "message": known.message}


def _known(context: Any, data_dict: dict[str, Any]) -> Known:
    return known_of(context, tk.get_or_bust(data_dict, "id"))


def _ready(payload: dict[str, Any]) -> bool:
    return payload["state"] == "ready"


@tk.auth_allow_anonymous_access
def _may_see_resource(context: Any, data_dict: dict[str, Any]) -> Answer:
    """As resource_show."""
    return as_for("resource_show", context, {"id": data_dict.get("id")})


ACTIONS = of_texts(
    {
        "budget_summary": budget_summary,
        "budget_series": budget_series,
        "budget_compare": budget_compare,
        "budget_annexes": budget_annexes,
    }
)
AUTH = dict.fromkeys(ACTIONS, _may_see_resource)
