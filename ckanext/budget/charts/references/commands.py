"""``ckan budget references``: averages of strata and consumer prices, imported and shown."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(short_help="Averages of strata and consumer prices.")
def references() -> None:
    """Figures of others, shown beside those of budgets with their source and year."""


@references.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Import a CSV of averages or of prices in place of the last one."""
    from ckanext.budget.charts.references import store, table
    from ckanext.budget.core.tables import is_ready

    if not is_ready():
        raise click.ClickException("Tables absentes : lancez « ckan db upgrade -p budget ».")
    with file.open("rb") as stream:
        content = stream.read(table.MOST_BYTES + 1)
    try:
        rows = table.read(content)
    except table.BadTable as error:
        raise click.ClickException(str(error)) from None
    number = store.replace(rows)
    years = sorted({row.year for row in rows})
    click.echo(f"{number} ligne(s) importée(s), de {years[0]} à {years[-1]}.")
