"""The ``ckan budget`` commands. Heavy imports wait for the command that needs them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ckanext.budget.charts.references.commands import references
from ckanext.budget.datagouv.commands import datagouv
from ckanext.budget.dcat.commands import dcat
from ckanext.budget.harvest.commands import harvest
from ckanext.budget.opendata.commands import dataset
from ckanext.budget.pages.territories.commands import territories
from ckanext.budget.publication.commands import BACK, bodies, purge, republish
from ckanext.budget.quality.commands import control
from ckanext.budget.sheet.commands import sheet

if TYPE_CHECKING:
    from ckanext.budget.publication.publish import Request


@click.group(short_help="Local budgets: publish TOTEM documents.")
def budget() -> None:
    """Local budgets."""


budget.add_command(bodies)
for _command in BACK:
    budget.add_command(_command)
budget.add_command(purge)
budget.add_command(republish)
budget.add_command(control)
budget.add_command(harvest)
budget.add_command(sheet)
budget.add_command(datagouv)
budget.add_command(dcat)
budget.add_command(territories)
budget.add_command(references)
budget.add_command(dataset)


@budget.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--org", required=True, help="Organisation (name or id) of new datasets.")
@click.option(
    "--policy",
    type=click.Choice(["strict", "standard"]),
    help="Masking policy; never below the portal's.",
)
@click.option("--force", is_flag=True, help="Publish again even when nothing changed.")
@click.option("--restore", is_flag=True, help="Publish also what was withdrawn before.")
def publish(
    files: tuple[Path, ...], org: str, policy: str | None, force: bool, restore: bool
) -> None:
    """Publish TOTEM FILES; a folder means its .xml files. Exit 1 when one is refused."""
    from ckanext.budget.core.contexts import organization as found
    from ckanext.budget.publication.publish import Request

    organization = found(org)
    if organization is None:
        raise click.ClickException(f"Organisation « {org} » introuvable.")
    provenance = {"origin": "command"}
    request = Request(organization.id, provenance=provenance, force=force, restore=restore)
    refused = sum(not _publish_one(path, request, policy or "") for path in _documents(files))
    if refused:
        click.secho(f"{refused} document(s) non publié(s).", fg="red", err=True)
        raise click.exceptions.Exit(1)


def _documents(paths: tuple[Path, ...]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob("*.xml")) if path.is_dir() else [path]
    return found


def _publish_one(path: Path, request: Request, policy: str) -> bool:
    from ckanext.budget.core.contexts import site_context
    from ckanext.budget.core.errors import PublicationError
    from ckanext.budget.publication.publish import publish_file
    from ckanext.budget.totem.errors import TotemError

    try:
        outcome = publish_file(path, request, site_context(), policy)
    except (TotemError, PublicationError) as error:
        click.secho(f"{path.name} : {error}", fg="red", err=True)
        return False
    click.echo(f"{path.name} : {_STATUS[outcome.status]} ({outcome.document})")
    return True


_STATUS = {"created": "publié", "updated": "mis à jour", "unchanged": "inchangé"}


@budget.command()
def upgrade() -> None:
    """Clean what former versions left: no digest of raw bytes stays anywhere.

    Run it after `ckan db upgrade -p budget`. Interrupted, it is run again and goes on.
    """
    import ckan.plugins as p
    from tqdm import tqdm

    from ckanext.budget.core.tables import is_ready
    from ckanext.budget.publication import upgrade as cleaning

    if not is_ready():
        raise click.ClickException("Tables manquantes : lancez ckan db upgrade -p budget.")
    objects = 0
    if p.plugin_loaded("totem_harvester"):
        from ckanext.budget.harvest import notes

        with tqdm(total=notes.left(), unit="objet", disable=None) as progress:
            objects = notes.adopt_all(tell=progress.update)
    with tqdm(total=len(cleaning.left()), unit="jeu", disable=None) as progress:
        tally = cleaning.upgrade(progress.update)
    waiting = cleaning.clean_spool()
    click.echo(
        f"{tally.datasets} jeu(x) de données nettoyé(s) : {tally.resources} ressource(s), "
        f"{tally.files} scellement(s) effacé(s), {tally.activities} activité(s) ; "
        f"{objects} objet(s) de moissonnage, {waiting} document(s) en attente."
    )
