"""Meetings of the working group: datasets of type ``reunion``, shown as a list and as iCalendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.munge import munge_title_to_name

from ckanext.budget.core.formats import solr_quoted

TYPE = "reunion"
FIELDS = ("title", "meeting_day", "meeting_time", "place", "subgroup", "notes")
"""What the form of a meeting asks; ``notes`` is its agenda in words."""

FILES = ("agenda", "minutes", "slides")
"""Roles of its files, one each; others are added in the dataset's own pages."""

_MOST = 200
_PARIS = ZoneInfo("Europe/Paris")


def meetings() -> list[dict[str, Any]]:
    """Public meetings of the group's organisation, latest first.

    None when the portal names no organisation (``ckanext.budget.group``), or does not have the
    type: any editor may make a dataset of that type, and only the group speaks on its page.
    """
    group = tk.config.get("ckanext.budget.group")
    if not group:
        return []
    query = {
        "fq": f"dataset_type:reunion organization:{solr_quoted(group)}",
        "sort": "meeting_day desc",
        "rows": _MOST,
    }
    return tk.get_action("package_search")({}, query)["results"]


def split(found: Iterable[Mapping[str, Any]], today: date) -> tuple[list[Any], list[Any]]:
    """Those to come, soonest first, and those of the past, latest first."""
    dated = [item for item in found if item.get("meeting_day")]
    coming = [item for item in dated if item["meeting_day"] >= today.isoformat()]
    past = [item for item in dated if item["meeting_day"] < today.isoformat()]
    by_day = lambda item: (item["meeting_day"], item.get("meeting_time") or "")  # noqa: E731
    return sorted(coming, key=by_day), sorted(past, key=by_day, reverse=True)


def is_ready() -> bool:
    """Whether the portal has the type (``schemas/reunion.yaml``)."""
    return bool(tk.h.scheming_get_dataset_schema(TYPE))


def save(
    context: dict[str, Any],
    owner: str,
    values: Mapping[str, str],
    files: Mapping[str, Any],
    meeting: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Publish a meeting with its files at once, or change one; as the user of ``context`` may.

    ``values`` has :data:`FIELDS`, ``files`` an upload by role: it replaces the one that is there.
    Raises :class:`tk.ValidationError`, with the name of the field or role at fault.
    """
    data = {name: values.get(name, "").strip() for name in FIELDS}
    if meeting:
        saved = tk.get_action("package_patch")(dict(context), {"id": meeting["id"], **data})
    else:
        name = _free_name(data["meeting_day"], data["title"])
        new = {**data, "type": TYPE, "name": name, "owner_org": owner, "private": False}
        saved = tk.get_action("package_create")(dict(context), new)
    there = {one.get("role"): one["id"] for one in saved["resources"]}
    for role, upload in files.items():
        resource = {"role": role, "upload": upload, "url": upload.filename, "format": ""}
        try:
            if role in there:
                tk.get_action("resource_patch")(dict(context), {"id": there[role], **resource})
            else:
                resource |= {"package_id": saved["id"], "name": upload.filename}
                tk.get_action("resource_create")(dict(context), resource)
        except tk.ValidationError as error:
            said = list(map(str, error.error_summary.values()))
            raise tk.ValidationError({role: said, "meeting": [saved["name"]]}) from error
    return saved


def _free_name(day: str, title: str) -> str:
    """An address that nobody has: the day, then words of the title, then a number."""

    def names() -> Iterator[str]:
        first = munge_title_to_name(f"reunion-{day}-{title}")[:90].strip("-")
        yield first
        yield from (f"{first}-{number}" for number in range(2, _MOST))

    return next(name for name in names() if model.Package.get(name) is None)


def calendar(found: Iterable[Mapping[str, Any]], address: Any, now: datetime) -> bytes:
    """An iCalendar stream (RFC 5545). ``address(meeting)`` is the address of its page."""
    import icalendar

    result = icalendar.Calendar()
    result.add("version", "2.0")
    result.add("prodid", "-//ckanext-budget//reunions//FR")
    for meeting in found:
        if starts := _start(meeting):
            result.add_component(_event(meeting, starts, address(meeting), now))
    result.add_missing_timezones()
    return result.to_ical()


def _start(meeting: Mapping[str, Any]) -> date | datetime | None:
    """The day, or the moment in Paris when the hour is known; None when it is no date."""
    text, hour = str(meeting.get("meeting_day") or ""), str(meeting.get("meeting_time") or "")
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day, time.fromisoformat(hour), _PARIS) if hour else day
    except ValueError:
        return None


def _event(meeting: Mapping[str, Any], starts: date | datetime, address: str, now: datetime) -> Any:
    import icalendar

    event = icalendar.Event()
    event.add("uid", meeting["id"])
    event.add("dtstamp", now)
    event.add("dtstart", starts)
    event.add("url", address)
    texts = {
        "summary": meeting.get("title") or meeting["name"],
        "location": meeting.get("place"),
        "description": meeting.get("notes"),
    }
    for name, text in texts.items():
        if text:
            # A bare carriage return would begin a line of the stream.
            event.add(name, "\n".join(str(text).splitlines()))
    return event
