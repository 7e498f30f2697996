"""Guides, the group's page, meetings and their calendar."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import flask_babel
import pytest
from flask import g

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


def test_every_article_leads_to_its_text(portal: Any, app: Any) -> None:
    body = app.get("/budgets/publier", status=200).body
    for article in ("L2313-1", "R2313-8", "L312-1-1", "L5211-46", "L4132-16"):
        assert f'query={article}">{article[0]}. {article[1:]}</a>' in body


def test_the_booklet_holds_every_guide_once(portal: Any, app: Any) -> None:
    body = app.get(f"/budgets/guides/{texts.BOOKLET}", status=200).body
    for name in ("publier", *texts.NAMES):
        assert body.count(f'id="{name}"') == 1
    anchors = re.findall(r' id="([^"]+)"', body)
    assert len(anchors) == len(set(anchors))


class TestTheGroupWrites:
    """The page of the group and its meetings, written on the portal by its organisation."""

    @pytest.fixture(autouse=True)
    def of_the_group(self, group: Any, app: Any, ckan_config: Any, monkeypatch: Any) -> None:
        monkeypatch.setitem(ckan_config, "ckanext.budget.group", group.organization["name"])
        monkeypatch.setitem(ckan_config, "ckanext.budget.guides", "")
        self.app, self.group = app, group
        from ckan.tests import factories

        self.stranger, self.editor = factories.UserWithToken(), factories.UserWithToken()
        group.action(
            "organization_member_create",
            id=group.organization["id"],
            username=self.editor["name"],
            role="editor",
        )

    def post(self, path: str, user: Any, **form: Any) -> Any:
        g.pop("_login_user", None)  # the request of the fixtures remembers who came before
        flask_babel.refresh()
        return self.app.post(
            path, data=form, headers={"Authorization": user["token"]}, follow_redirects=False
        )

    def page(self) -> str:
        g.pop("_login_user", None)
        flask_babel.refresh()
        return self.app.get("/fr/budgets/groupe", status=200).body

    def test_one_form_puts_a_meeting_and_its_files_on_line(self) -> None:
        from io import BytesIO

        form = {key: MEETING[key] for key in ("title", "meeting_day", "meeting_time", "place")}
        form |= {"agenda": (BytesIO(b"%PDF-1.4 ordre"), "ordre.pdf")}
        assert self.post("/budgets/groupe/reunion", self.stranger, **form).status_code == 403
        form["agenda"] = (BytesIO(b"%PDF-1.4 ordre"), "ordre.pdf")
        assert self.post("/budgets/groupe/reunion", self.editor, **form).status_code == 302
        [meeting] = meetings.meetings()
        assert (meeting["state"], meeting["private"]) == ("active", False)
        assert [(one["role"], one["name"]) for one in meeting["resources"]] == [
            ("agenda", "ordre.pdf")
        ]
        assert "Ordre du jour" in self.page()

        address = f"/budgets/groupe/reunion/{meeting['name']}"
        more = {key: form[key] for key in form if key != "agenda"} | {
            "place": "Nancy",
            "agenda": (BytesIO(b"%PDF-1.4 autre"), "autre.pdf"),
            "minutes": (BytesIO(b"%PDF-1.4 compte"), "compte-rendu.pdf"),
        }
        assert self.post(address, self.editor, **more).status_code == 302
        [meeting] = meetings.meetings()
        assert meeting["place"] == "Nancy"
        assert sorted(one["role"] for one in meeting["resources"]) == ["agenda", "minutes"]
        assert any(one["url"].endswith("autre.pdf") for one in meeting["resources"])

    def test_what_is_wrong_is_said_beside_its_field(self) -> None:
        answer = self.post("/fr/budgets/groupe/reunion", self.editor, title="Sans jour")
        assert answer.status_code == 200
        assert 'role="alert" id="about-meeting_day"' in answer.body
        assert "Sans jour" in answer.body and meetings.meetings() == []

    def test_sub_groups_have_their_own_meetings(self) -> None:
        parts = {
            "work": "- Un **guide** commun\n<script>alert(1)</script>",
            "subgroups": "Qualité : les contrôles\nUsages",
            "links": "[Schéma](https://schema.example/)",
        }
        assert self.post("/budgets/groupe/modifier", self.stranger, **parts).status_code == 403
        assert self.post("/budgets/groupe/modifier", self.editor, **parts).status_code == 302
        for title, subgroup in (("Plénière", ""), ("Atelier", "Qualité")):
            day = {"title": title, "meeting_day": "2020-01-07", "subgroup": subgroup}
            assert self.post("/budgets/groupe/reunion", self.editor, **day).status_code == 302
        page = self.page()
        assert "<strong>guide</strong>" in page and "<script>alert" not in page
        assert 'href="https://schema.example/"' in page
        past, quality = page.index("Réunions passées"), page.index("<h3>Qualité</h3>")
        assert past < page.index("Plénière") < quality < page.index("Atelier")
        assert page.index("Atelier") < page.index("<h3>Usages</h3>")


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("<p>Épargne brute, puis épargne brute.</p>", ["epargne"]),
        ("<p>Les budgets annexes et l’emprunt</p>", ["budget_annexe", "emprunt"]),
        ("<p>La capacité de désendettement</p>", ["capacite"]),
        ("<p>La section d’investissement</p>", ["investissement"]),
        ("<h2>Dette</h2><p><a href='#x'>dette</a> <code>dette</code> dettes</p>", ["dette"]),
        ("<p>Un endettement, la nature des faits.</p>", []),
        ('<p title="dette">&amp; rien</p>', []),
    ],
)
def test_a_word_of_the_glossary_is_linked_where_it_comes_first(
    text: str, linked: list[str], portal: Any, monkeypatch: Any
) -> None:
    from ckanext.budget.pages.guides import terms

    monkeypatch.setattr(terms, "locale", lambda: "fr")
    found = terms.linked(text)
    assert re.findall(r'href="[^"]*#(\w+)"', found) == linked
    assert re.sub(r'<a class="budget-term"[^>]*>(.*?)</a>', r"\1", found) == text
    assert "<h2>Dette</h2>" in found or "<h2>" not in text


def test_every_guide_links_to_words_that_the_glossary_has(portal: Any, app: Any) -> None:
    with app.flask_app.app_context():
        glossary = app.get("/fr/budgets/glossaire", status=200).body
        page = app.get("/fr/budgets/publier", status=200).body
    found = re.findall(r'class="budget-term" href="[^"]*#(\w+)"', page)
    assert found and len(found) == len(set(found))
    assert all(f'<dt id="{name}"' in glossary for name in found)
