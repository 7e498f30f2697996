"""``ckan budget harvest``: what harvests are doing, for people and for monitoring."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click


@click.group(short_help="Harvests: what runs, what waits, what is stuck.")
def harvest() -> None:
    """Harvests of budgets."""


@harvest.command()
@click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")
def status(as_json: bool) -> None:
    """What is running, waiting or stuck, and why. Exit 1 when somebody has to do something."""
    from ckanext.budget.harvest.status import text

    report = _report()
    click.echo(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else text(report))
    if report.is_stuck:
        raise click.exceptions.Exit(1)


@harvest.command()
def metrics() -> None:
    """The same in Prometheus' text format (for the textfile collector of node_exporter)."""
    from ckanext.budget.harvest.status import metrics as formatted

    click.echo(formatted(_report()), nl=False)


@harvest.command()
def recover() -> None:
    """Put back what a crash lost; `ckan harvester run` does it too."""
    from ckanext.budget.harvest.queues import redis_queues
    from ckanext.budget.harvest.recovery import recover as put_back

    queues = redis_queues()
    if queues is None:
        click.echo("Rien à faire : RabbitMQ redonne lui-même ce qu'un consommateur a perdu.")
        return
    done = put_back(queues, datetime.utcnow())
    click.echo(
        f"Relancés : {done.listings} liste(s), {done.documents} document(s) interrompu(s), "
        f"{done.second_chances} document(s) dont le site ne répondait pas ; "
        f"abandonnés : {done.given_up}."
    )


@harvest.command()
@click.argument("names", nargs=-1)
def grant(names: tuple[str, ...]) -> None:
    """Allow the sources NAMES as they are (precedence, other organisations…); none: list them.

    What a sysadmin does by saving the source. Read its configuration first.
    """
    from ckan import model
    from ckanext.harvest.model import HarvestSource

    from ckanext.budget.core.contexts import site_context
    from ckanext.budget.harvest import grants

    for source in [] if names else grants.held_sources():
        click.echo(f"suspendue : {source.title} ({source.id})")
    for name in names:
        package = model.Package.get(name)
        source = HarvestSource.get(package.id) if package else None
        if source is None:
            raise click.ClickException(f"Source « {name} » introuvable.")
        grants.grant(source, model.User.get(site_context()["user"]).id)
        model.Session.commit()
        click.echo(f"permise : {source.title}")


def _report() -> Any:
    from ckanext.budget.harvest.status import status as current

    return current(datetime.utcnow())
