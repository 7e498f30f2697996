"""``ckan budget datagouv``: send the budgets of organisations that publish on data.gouv.fr."""

from __future__ import annotations

import click

__all__ = ["datagouv"]

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
    import ckan.plugins.toolkit as tk

    from ckanext.budget import config
    from ckanext.budget.datagouv import ledger, settings
    from ckanext.budget.datagouv.client import Udata
    from ckanext.budget.datagouv.errors import PushError
    from ckanext.budget.datagouv.push import Push

    if not ledger.is_ready():
        raise click.ClickException("Tables absentes : lancez « ckan db upgrade -p budget ».")
    failed = False
    try:
        targets = settings.targets(org)
        if not targets:
            raise click.ClickException(
                "Aucune organisation à envoyer : donnez-leur le champ "
                f"{settings.FIELDS['organization']}."
            )
        for target in targets:
            client = Udata(target.site, target.credential, config.network(), settings.rate())
            job = Push(target, client, tk.config["ckan.site_url"], dry_run, _tell)
            tally = job.run()
            failed = failed or bool(tally.failed)
            _sum_up(target.owner_name, tally.counts, dry_run)
    except PushError as error:
        raise click.ClickException(str(error)) from None
    if failed:
        raise click.exceptions.Exit(1)


def _tell(status: str, name: str, message: str) -> None:
    if status != "unchanged":
        label, color = _STATUS[status]
        click.secho(f"{name} : {label}{f' — {message}' if message else ''}", fg=color)


def _sum_up(name: str, counts: dict[str, int], dry_run: bool) -> None:
    shown = [f"{counts[status]} {_STATUS[status][0]}" for status in _STATUS if counts.get(status)]
    prefix = "À blanc, " if dry_run else ""
    click.echo(f"{prefix}{name} : {', '.join(shown) or 'aucun jeu de données'}.")
