"""The ``ckan budget`` commands. Heavy imports wait for the command that needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ckanext.budget.control.commands import control
from ckanext.budget.datagouv.commands import datagouv
from ckanext.budget.dcat.commands import dcat
from ckanext.budget.harvesting.cli import harvest
from ckanext.budget.sheet_commands import sheet
from ckanext.budget.territories.commands import territories


@click.group(short_help="Local budgets: publish TOTEM documents.")
def budget() -> None:
    """Local budgets."""


budget.add_command(control)
budget.add_command(harvest)
budget.add_command(sheet)
budget.add_command(datagouv)
budget.add_command(dcat)
budget.add_command(territories)


@budget.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--org", required=True, help="Organisation (name or id) of new datasets.")
@click.option("--policy", type=click.Choice(["strict", "standard"]), help="Masking policy.")
@click.option("--force", is_flag=True, help="Publish again even when nothing changed.")
def publish(files: tuple[Path, ...], org: str, policy: str | None, force: bool) -> None:
    """Publish TOTEM FILES; a folder means its .xml files. Exit 1 when one is refused."""
    from ckan import model

    organization = model.Group.get(org)
    if organization is None or not organization.is_organization:
        raise click.ClickException(f"Organisation « {org} » introuvable.")
    options = {"organization_id": organization.id, "policy": policy or "", "force": force}
    refused = sum(not _publish_one(path, options) for path in _documents(files))
    if refused:
        click.secho(f"{refused} document(s) non publié(s).", fg="red", err=True)
        raise click.exceptions.Exit(1)


def _documents(paths: tuple[Path, ...]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob("*.xml")) if path.is_dir() else [path]
    return found


def _publish_one(path: Path, options: dict[str, Any]) -> bool:
    from ckanext.budget.errors import PublicationError
    from ckanext.budget.publication import publish_file
    from ckanext.budget.totem.errors import TotemError

    try:
        outcome = publish_file(
            path, context=_site_context(), provenance={"origin": "command"}, **options
        )
    except (TotemError, PublicationError) as error:
        click.secho(f"{path.name} : {error}", fg="red", err=True)
        return False
    click.echo(f"{path.name} : {_STATUS[outcome.status]} ({outcome.document})")
    return True


_STATUS = {"created": "publié", "updated": "mis à jour", "unchanged": "inchangé"}


def _site_context() -> dict[str, Any]:
    import ckan.plugins.toolkit as tk

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"user": user["name"], "ignore_auth": True}
