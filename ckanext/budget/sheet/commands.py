"""``ckan budget sheet``: the metadata sheet for scripts."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group(short_help="Export and validate metadata sheets.")
def sheet() -> None:
    """The metadata sheet of budgets."""


@sheet.command()
@click.argument("name")
def export(name: str) -> None:
    """Write the sheet of the dataset NAME (name or id) as JSON."""
    import ckan.plugins.toolkit as tk

    from ckanext.budget.sheet.schema import exported

    try:
        package = tk.get_action("package_show")({"ignore_auth": True}, {"id": name})
    except tk.ObjectNotFound:
        raise click.ClickException(f"Jeu de données « {name} » introuvable.") from None
    click.echo(json.dumps(exported(package), ensure_ascii=False, indent=1))


@sheet.command()
@click.argument("file", type=click.File(encoding="utf-8"))
def validate(file: click.utils.LazyFile) -> None:
    """Check the sheet in FILE (JSON; - for the standard input). Exit 1 when it has problems."""
    from ckanext.budget.sheet.schema import problems

    try:
        data = json.load(file)
    except ValueError:
        raise click.ClickException("Ce fichier n'est pas du JSON.") from None
    found = problems(data)
    for problem in found:
        click.echo(f"{problem['field'] or 'fiche'} : {problem['message']}", err=True)
    if found:
        raise click.exceptions.Exit(1)
    click.echo("Fiche valable.")


@sheet.command()
@click.argument("docs", type=click.Path(file_okay=False, exists=True, path_type=Path))
def document(docs: Path) -> None:
    """Generate the JSON Schema, and metadata.md in the folder DOCS, from schemas/budget.yaml."""
    from ckanext.budget.sheet.schema import GENERATED, as_table, json_schema_text

    GENERATED.write_text(json_schema_text(), encoding="utf-8")
    (docs / "metadata.md").write_text(as_table(), encoding="utf-8")
