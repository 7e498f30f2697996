"""``ckan budget datagouv``: send the budgets of organisations that publish on data.gouv.fr."""

from __future__ import annotations

from typing import Any

import click

_STATUS = {
    "created": ("créé", "green"),
    "updated": ("mis à jour", "green"),
    "unchanged": ("inchangé", None),
    "archived": ("archivé", "yellow"),
    "gone": ("supprimé là-bas, laissé tel quel", "yellow"),
    "failed": ("en échec", "red"),
}


@click.group(short_help="Publish on data.gouv.fr by its API.")
def datagouv() -> None:
    """Publication on data.gouv.fr, or on any udata."""


@datagouv.command()
@click.option("--org", default="", help="Only this organisation (name or id).")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
def push(org: str, dry_run: bool) -> None:
    """Create, update and archive there what changed here. Exit 1 when something failed."""
    from ckanext.budget.datagouv import settings

    _require_ledger()
    publishers = settings.publishers(org)
    if not publishers:
        raise click.ClickException(
            "Aucune organisation à envoyer : donnez-leur le champ "
            f"{settings.FIELDS['organization']}."
        )
    results = [_push_one(group, dry_run) for group in publishers]
    if not all(results):
        raise click.exceptions.Exit(1)


def _push_one(group: Any, dry_run: bool) -> bool:
    """Whether all went well for the organisation; what is wrong with one stops no other."""
    import ckan.plugins.toolkit as tk

    from ckanext.budget import config
    from ckanext.budget.datagouv import settings
    from ckanext.budget.datagouv.client import Udata
    from ckanext.budget.datagouv.errors import PushError
    from ckanext.budget.datagouv.push import Push

    name = group.name
    try:
        target = settings.target_of(group)
        client = Udata(target.site, target.credential, config.network(), settings.rate())
        tally = Push(target, client, tk.config["ckan.site_url"], dry_run, _tell).run()
    except PushError as error:
        click.secho(f"{name} : {error}", fg="red", err=True)
        return False
    _sum_up(name, tally.counts, dry_run)
    return not tally.failed


@datagouv.command()
def status() -> None:
    """Say what is where, and what failed last time."""
    from ckanext.budget.datagouv import ledger

    _require_ledger()
    for target, state, number in ledger.summary():
        click.echo(f"{target} : {number} {_STATES.get(state, state)}")
    for package_id, message in ledger.problems():
        click.secho(f"  {package_id} : {message}", fg="red")


_STATES = {
    "published": "publié(s)",
    "archived": "archivé(s)",
    "sending": "à vérifier (réponse perdue)",
    "failed": "en échec",
    "gone": "supprimé(s) là-bas",
}


def _require_ledger() -> None:
    from ckanext.budget.core.tables import is_ready

    if not is_ready():
        raise click.ClickException("Tables absentes : lancez « ckan db upgrade -p budget ».")


def _tell(status: str, name: str, message: str) -> None:
    if status != "unchanged":
        label, color = _STATUS[status]
        click.secho(f"{name} : {label}{f' — {message}' if message else ''}", fg=color)


def _sum_up(name: str, counts: dict[str, int], dry_run: bool) -> None:
    shown = [f"{counts[status]} {_STATUS[status][0]}" for status in _STATUS if counts.get(status)]
    prefix = "À blanc, " if dry_run else ""
    click.echo(f"{prefix}{name} : {', '.join(shown) or 'aucun jeu de données'}.")
