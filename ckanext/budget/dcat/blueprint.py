"""What ckanext-dcat serves, under the addresses of budgets, and without doing it again.

A page of the catalogue costs more than a second, and harvesters of other portals ask for all of
them every night: nothing is made again until a public dataset or an organisation changes.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from flask import Blueprint, Response, current_app, request

from ckanext.budget import __version__
from ckanext.budget.core.compat import PACKAGES
from ckanext.budget.core.versioned_cache import VersionedCache

blueprint = Blueprint("budget_dcat", __name__)

_CATALOGUE = "dcat.read_catalog"
_STATE = sa.text(
    f"SELECT (SELECT count(*) FROM {PACKAGES} p WHERE state = 'active' AND NOT private), "
    f"(SELECT max(metadata_modified) FROM {PACKAGES} p "
    "WHERE state = 'active' AND NOT private) changed, "
    'count(*), sum(xmin::text::bigint) FROM "group"'
)
"""``xmin``: the transaction that wrote the row; organisations have no date of change."""

SETTLED = timedelta(seconds=15)
"""After a change Solr may not show it yet (harvests let it take ten): nothing is kept meanwhile."""

Page = tuple[bytes, str]

_pages: VersionedCache[Page] = VersionedCache(64, most=64 << 20, weigh=lambda page: len(page[0]))


@blueprint.route("/budget/<_id>.<any(rdf, xml, ttl, n3, jsonld):_format>")
def dataset(_id: str, _format: str) -> Any:
    """The dataset as ``/dataset/<name>.<format>`` gives it."""
    from ckanext.dcat.utils import read_dataset_page

    return read_dataset_page(_id, _format)


@blueprint.before_app_request
def catalogue() -> Response | None:
    """A page of the catalogue for an anonymous reader; 304 when he has it. Others ask dcat."""
    if request.endpoint != _CATALOGUE or not tk.current_user.is_anonymous:
        return None
    facts = model.Session.execute(_STATE).one()
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    if facts.changed and now - facts.changed < SETTLED:
        return None
    state = f"{__version__} {now:%F} {tuple(facts)}"
    key = f"{tk.h.lang()} {request.full_path}"
    tag = hashlib.sha256(f"{key} {state}".encode()).hexdigest()
    response = Response(headers={"Cache-Control": "public, max-age=0, must-revalidate"})
    response.set_etag(tag)
    if request.if_none_match.contains(tag):
        response.status_code = 304
        return response
    try:
        # What is searched for is the reader's own words: nobody else asks for it.
        page = _pages.get(key, state, _made) if set(request.args) <= {"page"} else _made()
    except _OtherAnswer as answer:
        return answer.response
    response.set_data(page[0])
    response.content_type = page[1]
    return response


class _OtherAnswer(Exception):
    """An error, a redirection…: not kept."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def _made() -> Page:
    view: Any = current_app.view_functions[_CATALOGUE]
    response = current_app.make_response(view(**(request.view_args or {})))
    if response.status_code != 200:
        raise _OtherAnswer(response)
    return response.get_data(), response.content_type
