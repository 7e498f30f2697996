"""What ckanext-harvest tells everybody of our sources, cut down to what everybody may read.

Names of files are often names of people; addresses hold parameters, folders of the server are
nobody's business.
Whoever may edit a source reads everything; the others read of a document its own name (body,
exercise, stage), of a source its web address without parameters.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestObject, HarvestSource

from ckanext.budget import collect
from ckanext.budget.collect import public_address
from ckanext.budget.core.access import Action
from ckanext.budget.harvest import notes
from ckanext.budget.harvest.source_form import is_source

_PUBLIC = (
    "id",
    "state",
    "current",
    "gathered",
    "fetch_started",
    "fetch_finished",
    "import_started",
    "import_finished",
    "report_status",
    "package",
    "package_id",
    "source",
    "harvest_source_id",
)
"""Fields of an object that everybody reads; the others are there, and empty."""

_SUMMARIES = ("object_error_summary", "gather_error_summary")


def may_edit(context: Any, source_id: str) -> bool:
    """Whether the reader may edit the source (not whether the caller is trusted)."""
    try:
        data = {"id": source_id}
        tk.check_access("package_update", {"user": context.get("user") or "", "model": model}, data)
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


def _is_ours(source: HarvestSource | None) -> bool:
    return source is not None and source.type == "totem"


@tk.chained_action
@tk.side_effect_free
def harvest_object_show(original: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """The object; for those who may not edit its source, without what names files and bytes."""
    shown = original(context, data_dict)
    found = HarvestObject.get(shown["id"])
    if not _is_ours(found.source) or may_edit(context, found.harvest_source_id):
        return shown
    if data_dict.get("id") and data_dict["id"] != found.id:
        raise tk.ObjectNotFound("Harvest object not found")  # found by what it may not read
    empty: dict[str, Any] = {"errors": [], "extras": {}}
    kept = {name: shown[name] for name in _PUBLIC if name in shown}
    rest = {name: empty.get(name) for name in shown if name not in kept}
    return {**rest, **kept, "guid": _own_name(found), "content": ""}


def _own_name(harvest_object: HarvestObject) -> str:
    """SIRET, exercise and stage of the document, once it was read; else the object's id."""
    return notes.of(harvest_object).slug or harvest_object.id


@tk.chained_action
@tk.side_effect_free
def harvest_source_show_status(original: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """The status; its messages, which name files, for those who may edit the source."""
    status = original(context, data_dict)
    if not _is_ours(HarvestSource.get(data_dict["id"])) or may_edit(context, data_dict["id"]):
        return status
    return without_messages(status)


def without_messages(status: Any) -> Any:
    """The status of a source without the messages of its last job."""
    if not isinstance(status, dict) or not status.get("last_job"):
        return status
    return {**status, "last_job": {**status["last_job"], **{name: [] for name in _SUMMARIES}}}


@tk.chained_action
@tk.side_effect_free
def harvest_source_list(original: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """The sources; addresses and configurations as everybody may read them."""
    tk.check_access("harvest_source_list", context, data_dict)
    return [
        item
        if item.get("type") != "totem" or may_edit(context, item["id"])
        else {**item, "url": public_address(item.get("url")), "config": ""}
        for item in original(context, data_dict)
    ]


def after_show(context: Any, package: dict[str, Any]) -> None:
    """Change the shown dataset of a source, unless its reader may edit it."""
    if not is_source(package) or context.get("ignore_auth"):
        return
    if not may_edit(context, package["id"]):
        redact(package)


def hide_in_activities() -> None:
    """Sources in the activity stream as everybody may read them: it shows them as it kept them."""
    try:
        from ckanext.activity.model import Activity
    except ImportError:  # CKAN without it
        return
    if not sa.event.contains(Activity, "before_insert", _hide):
        sa.event.listen(Activity, "before_insert", _hide)


def _hide(_mapper: Any, _connection: Any, activity: Any) -> None:
    package = (activity.data or {}).get("package")
    if isinstance(package, dict) and is_source(package):
        package = copy.deepcopy(package)
        redact(package)
        activity.data = {**activity.data, "package": package}


def clean_activities() -> int:
    """Sources that the stream kept whole before it hid anything: hidden now; how many revisions."""
    if not sa.inspect(model.Session.connection()).has_table("activity"):
        return 0
    query = "SELECT id, data FROM activity WHERE activity_type LIKE '% package' AND data LIKE :type"
    update = sa.text("UPDATE activity SET data = :data WHERE id = :id")
    done = 0
    for row in model.Session.execute(sa.text(query), {"type": '%"type": "harvest"%'}).all():
        data = json.loads(row.data)
        package = data.get("package")
        if not isinstance(package, dict) or not is_source(package):
            continue
        former = copy.deepcopy(package)
        redact(package)
        if package != former:
            model.Session.execute(update, {"id": row.id, "data": json.dumps(data)})
            done += 1
    model.Session.commit()
    return done


_HIDDEN = ("config", collect.NAMESPACE)


def redact(package: dict[str, Any]) -> None:
    """What everybody reads of the dataset of a source."""
    package["url"] = public_address(package.get("url"))
    for name in _HIDDEN:
        package.pop(name, None)
    if extras := package.get("extras"):
        package["extras"] = [item for item in extras if item["key"] not in _HIDDEN]
    package["status"] = without_messages(package.get("status"))


def provenance(object_id: str, source_id: str, modified: str | None) -> dict[str, Any]:
    """Where a harvested document comes from, as its resources tell everybody.

    The address is that of its source: its own one ends with the name of a file.
    """
    return {
        "origin": "harvest",
        "source_url": public_address(HarvestSource.get(source_id).url),
        "source_modified": modified or "",
        "harvest_object_id": object_id,
    }


def before_index(document: dict[str, Any]) -> dict[str, Any]:
    """The search index keeps no message of a harvest, and of a source what everybody may read.

    Everybody searches and counts in it by any field, but in the two that hold the whole dataset:
    CKAN gives it from there to those who may edit it.
    """
    if document.get("dataset_type", document.get("type")) != "harvest":
        return document
    document.pop("status", None)
    if document.get("source_type", document.get("extras_source_type")) == "totem":
        document["url"] = public_address(document.get("url"))
        for name in _HIDDEN:
            document.pop(name, None)
            document.pop(f"extras_{name}", None)
    for name in ("data_dict", "validated_data_dict"):
        package = json.loads(document[name]) if document.get(name) else {}
        if package.get("status"):
            document[name] = json.dumps({**package, "status": without_messages(package["status"])})
    return document


ACTIONS = {
    "harvest_object_show": harvest_object_show,
    "harvest_source_show_status": harvest_source_show_status,
    "harvest_source_list": harvest_source_list,
}
