"""``ckan budget control``: check again what is on line, tell the publishers."""

from __future__ import annotations

import signal
from typing import Any

import click


@click.group(short_help="Check what is published, and tell about it.")
def control() -> None:
    """The a posteriori control of published budgets."""


@control.command()
@click.option("--all", "everything", is_flag=True, help="Whatever the last reports say.")
@click.option("--limit", type=int, default=0, help="Stop after about so many resources.")
@click.option("--background", is_flag=True, help="Leave it to ckan jobs worker, in pieces.")
def run(everything: bool, limit: int, background: bool) -> None:
    """Check the resources whose file, link or rules changed since their last report.

    Ctrl-C or a TERM signal ends the run after the dataset at hand; the next one goes on.
    """
    from ckanext.budget.core import workdir
    from ckanext.budget.quality.run import leave
    from ckanext.budget.quality.run import run as run_control

    if background:
        leave()
        click.echo("Contrôle confié aux tâches de fond (ckan jobs worker).")
        return

    workdir.sweep_all()
    stopping = _Stopping()
    tally = run_control(
        everything=everything, limit=limit, stop=stopping, tell=lambda package, _tally: None
    )
    click.echo(
        f"{tally.checked} ressource(s) contrôlée(s), {tally.changed} verdict(s) changé(s), "
        f"{tally.mended} table(s) rechargée(s), "
        f"{tally.failed} échec(s){', arrêté avant la fin' if tally.stopped else ''}."
    )
    if tally.failed:
        raise click.exceptions.Exit(1)


@control.command()
@click.pass_context
def digest(context: click.Context) -> None:
    """Send the digest to the administrators of organisations with files to correct."""
    from ckan.lib.mailer import MailerException

    from ckanext.budget.quality.digest import send

    with context.meta["flask_app"].test_request_context():
        try:
            click.echo(f"{send()} message(s) envoyé(s).")
        except MailerException as error:
            raise click.ClickException(str(error)) from error


class _Stopping:
    """Answers True once the process was asked to end."""

    def __init__(self) -> None:
        self._asked = False
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._ask)

    def _ask(self, _signal: int, _frame: Any) -> None:
        self._asked = True

    def __call__(self) -> bool:
        return self._asked
