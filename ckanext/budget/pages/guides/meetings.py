"""Meetings of the working group: datasets of type ``reunion``, shown as a list and as iCalendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from typing import Any

import ckan.plugins.toolkit as tk

_MOST = 200


def meetings() -> list[dict[str, Any]]:
    """Public meetings, latest first; none when the type is not enabled."""
    query = {"fq": "dataset_type:reunion", "sort": "meeting_day desc", "rows": _MOST}
    return tk.get_action("package_search")({}, query)["results"]


def split(found: Iterable[Mapping[str, Any]], today: date) -> tuple[list[Any], list[Any]]:
    """Those to come, soonest first, and those of the past, latest first."""
    dated = [item for item in found if item.get("meeting_day")]
    coming = [item for item in dated if item["meeting_day"] >= today.isoformat()]
    past = [item for item in dated if item["meeting_day"] < today.isoformat()]
    by_day = lambda item: (item["meeting_day"], item.get("meeting_time") or "")  # noqa: E731
    return sorted(coming, key=by_day), sorted(past, key=by_day, reverse=True)


def calendar(found: Iterable[Mapping[str, Any]], address: Any, now: datetime) -> str:
    """An iCalendar stream (RFC 5545). ``address(meeting)`` is the address of its page."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//ckanext-budget//reunions//FR"]
    for meeting in found:
        if meeting.get("meeting_day"):
            lines += _event(meeting, address(meeting), now)
    return "\r\n".join(map(_folded, [*lines, "END:VCALENDAR"])) + "\r\n"


def _event(meeting: Mapping[str, Any], address: str, now: datetime) -> list[str]:
    day = str(meeting["meeting_day"]).replace("-", "")
    time = str(meeting.get("meeting_time") or "").replace(":", "")
    start = f"DTSTART;TZID=Europe/Paris:{day}T{time}00" if time else f"DTSTART;VALUE=DATE:{day}"
    stamp = f"{now.astimezone(timezone.utc):%Y%m%dT%H%M%SZ}"
    optional = {"LOCATION": meeting.get("place"), "DESCRIPTION": meeting.get("notes")}
    return [
        "BEGIN:VEVENT",
        f"UID:{meeting['id']}",
        f"DTSTAMP:{stamp}",
        start,
        f"SUMMARY:{_escaped(meeting.get('title') or meeting['name'])}",
        *(f"{name}:{_escaped(value)}" for name, value in optional.items() if value),
        f"URL:{address}",
        "END:VEVENT",
    ]


def _escaped(text: str) -> str:
    """RFC 5545, 3.3.11."""
    for char in ("\\", ";", ","):
        text = text.replace(char, f"\\{char}")
    return text.replace("\r\n", "\\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Lines of at most 75 bytes, never cut inside a character (RFC 5545, 3.1)."""
    pieces, piece = [], ""
    for char in line:
        limit = 75 if not pieces else 74
        if len((piece + char).encode()) > limit:
            pieces.append(piece)
            piece = ""
        piece += char
    return "\r\n ".join([*pieces, piece])
