"""Guides, the group's page, meetings and their calendar."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from ckanext.budget.core.contexts import PUBLICATION
from ckanext.budget.pages.guides import meetings, texts


@pytest.fixture
def group(portal: Any, ckan_config: Any) -> Any:
    """Meetings are an optional type: these tests need it declared before the plugins load."""
    if "reunion" not in _types():
        pytest.skip("the ini does not declare ckanext.budget:schemas/reunion.yaml")
    return portal


def _types() -> list[str]:
    import ckan.plugins as p

    return p.get_plugin("scheming_datasets").package_types()


MEETING = {
    "id": "0d1c",
    "name": "reunion-1",
    "title": "Réunion ; carte, contrôles",
    "meeting_day": "2026-12-10",
    "meeting_time": "14:00",
    "place": "Metz",
    "notes": "Ordre du jour\nune ligne de plus de soixante-quinze octets, pour être coupée",
}


def stream(*found: Any) -> str:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    address = lambda item: f"https://p.example/{item['name']}"  # noqa: E731
    return meetings.calendar(found, address, now).decode()


def test_calendar_is_rfc_5545() -> None:
    text = stream(MEETING, {**MEETING, "meeting_time": ""})
    lines = text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert all(len(line.encode()) <= 75 for line in lines)
    assert "DTSTART;TZID=Europe/Paris:20261210T140000" in lines
    assert "DTSTART;VALUE=DATE:20261210" in lines
    assert "SUMMARY:Réunion \\; carte\\, contrôles" in lines
    unfolded = text.replace("\r\n ", "")
    assert "Ordre du jour\\nune ligne de plus de soixante-quinze octets\\, pour" in unfolded


def test_the_calendar_tells_the_time_zone() -> None:
    lines = stream(MEETING).split("\r\n")
    assert "BEGIN:VTIMEZONE" in lines and "TZID:Europe/Paris" in lines


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\u2028", "\x85", "\x0b"])
@pytest.mark.parametrize("field", ["title", "place", "notes"])
def test_no_text_begins_a_line_of_the_calendar(field: str, end: str) -> None:
    wrong = {**MEETING, "title": "", field: f"Metz{end}ATTENDEE:mailto:x@example.org"}
    lines = re.split("\r\n|\r|\n", stream(wrong))
    assert not [line for line in lines if line.startswith("ATTENDEE")]


def test_a_day_that_is_no_date_is_left_out() -> None:
    assert "BEGIN:VEVENT" not in stream({**MEETING, "meeting_day": "demain"})


def test_meetings_are_split_by_day() -> None:
    days = ("2026-01-01", "2026-03-01", "2026-02-01", "2026-04-01")
    found = [{"meeting_day": day} for day in days]
    coming, past = meetings.split(found, date(2026, 3, 1))
    assert [item["meeting_day"] for item in coming] == ["2026-03-01", "2026-04-01"]
    assert [item["meeting_day"] for item in past] == ["2026-02-01", "2026-01-01"]


def test_pages_answer(portal: Any, app: Any) -> None:
    body = app.get("/budgets/publier", status=200).body
    assert "L. 2121-26" in body
    assert "<table>" in body
    assert "Groupe" in app.get("/budgets/groupe", status=200).body
    for name in texts.NAMES:
        assert f"/budgets/guides/{name}" in body
        app.get(f"/budgets/guides/{name}", status=200)
    app.get("/budgets/guides/autre", status=404)
    assert (
        app.get("/budgets/groupe.ics", status=200)
        .headers["Content-Type"]
        .startswith("text/calendar")
    )


def test_a_portal_may_replace_a_guide(
    portal: Any, app: Any, ckan_config: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    (tmp_path / "groupe.md").write_text("# Notre groupe\n\nBienvenue.\n", encoding="utf-8")
    monkeypatch.setitem(ckan_config, "ckanext.budget.guides", str(tmp_path))
    assert "Notre groupe" in app.get("/budgets/groupe", status=200).body
    assert texts.read("publier").title == "Publier son budget"


@pytest.mark.parametrize("name", ["../secret", "a/b", "", "Publier", "inconnu"])
def test_no_other_file_is_read(name: str, portal: Any) -> None:
    with pytest.raises(KeyError):
        texts.read(name)


def test_a_live_example_is_shown(portal: Any, app: Any, make_document: Any) -> None:
    portal.publish(make_document())
    own_write = portal.context() | {PUBLICATION: True}
    data = {"id": "budget-21670482500019-2022", "quality": "conforme"}
    tk.get_action("package_patch")(own_write, data)
    assert "/budget/budget-21670482500019-2022" in app.get("/budgets/publier", status=200).body


def test_meetings_are_edited_as_datasets(
    group: Any, app: Any, ckan_config: Any, monkeypatch: Any
) -> None:
    monkeypatch.setitem(ckan_config, "ckanext.budget.group", group.organization["name"])
    group.action(
        "package_create",
        type="reunion",
        owner_org=group.organization["id"],
        **{key: value for key, value in MEETING.items() if key != "id"},
    )
    assert "Réunion ; carte" in app.get("/budgets/groupe", status=200).body
    assert "20261210T140000" in app.get("/budgets/groupe.ics", status=200).body
    assert "reunion-1" not in app.get("/budgets", status=200).body


def test_only_the_group_speaks_on_its_page(
    group: Any, app: Any, ckan_config: Any, monkeypatch: Any
) -> None:
    from ckan.tests import factories

    factories.Organization(name="le-groupe")
    meeting = {key: value for key, value in MEETING.items() if key != "id"}
    group.action("package_create", type="reunion", owner_org=group.organization["id"], **meeting)
    for name in ("", "le-groupe"):
        monkeypatch.setitem(ckan_config, "ckanext.budget.group", name)
        assert "Réunion ; carte" not in app.get("/budgets/groupe", status=200).body


def test_a_wrong_time_is_refused(group: Any) -> None:
    import ckan.plugins.toolkit as tk

    wrong = {**MEETING, "meeting_time": "26:00"}
    wrong.pop("id")
    with pytest.raises(tk.ValidationError) as error:
        group.action("package_create", type="reunion", owner_org=group.organization["id"], **wrong)
    assert list(error.value.error_dict) == ["meeting_time"]
