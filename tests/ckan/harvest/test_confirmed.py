"""A link changes nothing of a source: it asks; the answer does it."""

from __future__ import annotations

from typing import Any

import pytest
from ckan import model
from ckan.tests import factories
from ckanext.harvest.model import HarvestJob, HarvestSource

PAGES = {
    "refresh": "/harvest/refresh/{source}",
    "job_abort": "/harvest/{source}/job/{job}/abort",
    "clear": "/harvest/clear/{source}",
    "delete": "/harvest/delete/{source}",
    "delete and clear": "/harvest/delete/{source}?clear=True",
}


@pytest.fixture
def address(portal: Any, harvest: Any, make_document: Any) -> Any:
    """``address(page)``: that page, of a source that brought a budget."""
    (portal.source / "bp.xml").write_bytes(make_document())
    harvest()
    job = model.Session.query(HarvestJob).one()

    def of(page: str) -> str:
        if page == "job_abort":
            job.status = "Running"
            model.Session.commit()
        return PAGES[page].format(source=job.source_id, job=job.id)

    return of


def state(portal: Any) -> tuple[Any, ...]:
    """What any of these pages changes."""
    model.Session.expire_all()
    sources = [(source.id, source.active) for source in model.Session.query(HarvestSource)]
    jobs = sorted((job.id, job.status) for job in model.Session.query(HarvestJob))
    return sources, jobs, portal.budgets()


@pytest.mark.parametrize("page", PAGES)
def test_a_link_asks_and_the_answer_does(page: str, portal: Any, address: Any, app: Any) -> None:
    path, before = address(page), state(portal)
    token = factories.SysadminWithToken()["token"]

    def ask(method: str) -> Any:
        with app.flask_app.app_context():  # forgets who came before
            options = {"method": method, "headers": {"Authorization": token}}
            return app.test_client().open(path, follow_redirects=False, **options)

    assert ask("HEAD").status_code == 200
    asked = ask("GET")
    assert asked.status_code == 200 and 'method="post"' in asked.get_data(as_text=True)
    assert state(portal) == before
    assert ask("POST").status_code == 302
    assert state(portal) != before


def test_whoever_is_not_logged_in_is_asked_to(address: Any, app: Any) -> None:
    answer = app.get(address("delete"), follow_redirects=False)
    assert answer.status_code == 302 and "/user/login" in answer.headers["Location"]
