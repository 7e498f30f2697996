"""A source and its job made by the web form, the commands or the API: each publishes a budget.

The job goes through the real queue; the consumers' own callbacks empty it.
"""

from __future__ import annotations

from typing import Any

import click
import pytest

DATASET = "budget-21670482500019-2022"


@pytest.fixture
def queues(portal) -> None:
    """Empty queues."""
    from ckanext.harvest import queue

    queue.purge_queues()


@pytest.fixture
def ask(portal, app) -> Any:
    """``ask("post", path, …)``: the answer of the portal to an administrator."""
    from ckan.tests import factories

    headers = {"Authorization": factories.SysadminWithToken()["token"]}

    def ask(method: str, path: str, **options: Any) -> Any:
        with app.flask_app.app_context():
            call = getattr(app, method)
            return call(path, headers=headers, follow_redirects=False, **options)

    return ask


@pytest.fixture
def source(portal, queues, make_document) -> dict[str, str]:
    """What an administrator writes of a folder with one document."""
    (portal.source / "bp.xml").write_bytes(make_document())
    return {
        "url": str(portal.source),
        "title": "Budgets du département",
        "name": "budgets-du-departement",
        "source_type": "totem",
        "frequency": "MANUAL",
        "owner_org": portal.organization["id"],
        "config": '{"filters": {"fiscal_year": 2022}}',
    }


def consume() -> None:
    """What ``gather-consumer`` then ``fetch-consumer`` do with what is in the queue."""
    from ckanext.harvest import queue

    lines = (
        (queue.get_gather_consumer(), queue.gather_callback),
        (queue.get_fetch_consumer(), queue.fetch_callback),
    )
    for consumer, callback in lines:
        while (taken := consumer.basic_get(None))[2]:
            method, header, body = taken
            callback(consumer, method, header, body)


def jobs(portal: Any) -> list[tuple[str, int]]:
    portal.action("harvest_jobs_run")
    found = portal.action("harvest_job_list")
    shown = [portal.action("harvest_job_show", id=job["id"]) for job in found]
    return [(job["status"], job["stats"]["added"]) for job in shown]


def test_the_web_form(portal, source, ask):
    made = ask("post", "/harvest/new", data=source)
    assert made.status_code == 302, made.body
    identifier = portal.action("harvest_source_show", id=source["name"])["id"]
    assert ask("post", f"/harvest/refresh/{identifier}").status_code == 302
    consume()
    assert portal.budgets() == [DATASET]
    assert jobs(portal) == [("Finished", 1)]


@pytest.fixture
def commands(app) -> click.Group:
    """``ckan`` with the commands of ckanext-harvest."""
    from ckanext.harvest.cli import harvester

    @click.group()
    @click.pass_context
    def ckan(context: click.Context) -> None:
        context.meta["flask_app"] = app.flask_app

    ckan.add_command(harvester)
    return ckan


def test_the_commands(portal, source, cli, commands):
    names = ("name", "url", "source_type", "title")
    words = [*(source[name] for name in names), "true", source["owner_org"], "MANUAL"]
    made = cli.invoke(commands, ["harvester", "source", "create", *words, source["config"]])
    assert made.exit_code == 0, made.output
    assert "name: budgets-du-departement" in made.output
    queued = cli.invoke(commands, ["harvester", "job", source["name"]])
    assert queued.exit_code == 0, queued.output
    consume()
    assert portal.budgets() == [DATASET]
    assert cli.invoke(commands, ["harvester", "run"]).exit_code == 0
    assert jobs(portal) == [("Finished", 1)]


def test_the_api(portal, source, ask):
    def call(action: str, **data: str) -> dict[str, Any]:
        return ask("post", f"/api/3/action/{action}", json=data).json["result"]

    made = call("harvest_source_create", **source)
    assert made["status"]["job_count"] == 0
    call("harvest_job_create", source_id=made["id"])
    consume()
    assert portal.budgets() == [DATASET]
    assert jobs(portal) == [("Finished", 1)]
