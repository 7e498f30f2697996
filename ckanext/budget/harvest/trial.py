"""What a source would give, looked at before it is saved: a short listing, nothing is kept.

Reaches what a harvest of that source would reach, through the same guards (``collect.net``), for
whoever may create a source in that organisation, and with the same privileges; within far smaller
limits, since somebody waits for the answer.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.budget import collect, config
from ckanext.budget.core import access
from ckanext.budget.harvest import source_form, source_guard

SHOWN = 50
"""Documents that a trial lists."""
SECONDS = 20
"""After which it stops looking."""
LIMITS = replace(
    collect.Limits(),
    connect_timeout=5,
    read_timeout=10,
    total_timeout=15,
    listing_timeout=SECONDS,
    retries=0,
    max_wait=2,
    max_listing_bytes=4 * 1024 * 1024,
    max_archive_bytes=64 * 1024 * 1024,
    max_unpacked_bytes=256 * 1024 * 1024,
    max_pages=20,
    max_entries=5_000,
)


def budget_source_try(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The first documents that a harvest source would give; nothing is saved nor published.

    Names only: exercises and stages are known once a document is read.

    :param url: address of the source
    :param config: its configuration (JSON, optional), or the fields of the form
    :param owner_org: the organisation that the source is to work for
    :returns: ``documents`` (``name``, ``size`` in bytes or None), ``refused`` (sentences about
      entries that would be left), ``more`` (whether the listing goes on)
    """
    tk.check_access("budget_source_try", context, data_dict)
    data = source_form.merged(data_dict)
    url = str(data.get("url") or "").strip()
    source_guard.check(context, {**data, "url": url})
    try:
        setting = collect.validate_config(data.get("config"))
        return _listed(url, setting)
    except collect.ConfigError as error:
        raise tk.ValidationError({"config": error.problems}) from None
    except collect.CollectError as error:
        raise tk.ValidationError({"url": [str(error)]}) from None


def _listed(url: str, setting: dict[str, Any]) -> dict[str, Any]:
    """Raises CollectError when the source cannot be listed at all."""
    documents: list[dict[str, Any]] = []
    refused: list[str] = []
    filters, end = collect.Filters.from_config(setting), time.monotonic() + SECONDS
    setting = {name: value for name, value in setting.items() if name not in ("timeout", "rate")}
    with collect.source_for(
        url,
        setting,
        LIMITS,
        config.local_directories(),
        network=config.network(),
        credential=config.credential(setting.get("auth")),
    ) as source:
        for item in source.list():
            if len(documents) >= SHOWN or len(refused) >= SHOWN or time.monotonic() > end:
                return {"documents": documents, "refused": refused, "more": True}
            if isinstance(item, collect.CollectError):
                refused.append(str(item))
            elif filters.keeps_name(item.name):
                documents.append({"name": item.name, "size": item.size})
    return {"documents": documents, "refused": refused, "more": False}


def _may_try(context: Any, data_dict: dict[str, Any]) -> access.Answer:
    """Whoever may create a source in that organisation."""
    owner = str(data_dict.get("owner_org") or "")
    message = tk._("Only those who may create a source in this organization may try one")
    if not owner and not access.is_sysadmin(context):
        return access.refused(message)
    wanted = {"owner_org": owner, "type": "harvest"} if owner else {"type": "harvest"}
    return access.as_for("harvest_source_create", context, wanted, message)


ACTIONS = {"budget_source_try": budget_source_try}
AUTH = {"budget_source_try": _may_try}
