"""``ckan budget territories``: the list of bodies and their outlines."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(short_help="The public bodies that are expected to publish.")
def territories() -> None:
    """Public bodies, for the map of progress."""


@territories.command()
@click.option("--package", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--region", default="44", help="INSEE code of the région (44: Grand Est).")
def load(package: Path | None, region: str) -> None:
    """Load the list of Grand Est, or of another REGION from the npm PACKAGE's data folder.

    The package is @etalab/decoupage-administratif (MIT licence).
    """
    from ckanext.budget.pages.territories import reference, store

    _require_table()
    try:
        if package is None and region != "44":
            raise reference.BadList("Une autre région demande --package.")
        found = reference.from_package(package, region) if package else reference.shipped()
        number = store.save(found, "@etalab/decoupage-administratif")
    except reference.BadList as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{number} collectivités et établissements.")


@territories.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--kind", default="", help="Kind of body (commune, epci…), when the file does not tell."
)
def import_(file: Path, kind: str) -> None:
    """Import outlines (GeoJSON of IGN or geo.api.gouv.fr), or a list of bodies (CSV)."""
    from ckanext.budget.pages.territories import outlines, reference, store

    _require_table()
    try:
        if file.suffix.lower() == ".csv":
            number = store.save(reference.from_csv(file), file.name)
            click.echo(f"{number} collectivités et établissements.")
            return
        number, unknown = store.save_outlines(outlines.read(file, kind))
    except reference.BadList as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{number} contours importés, {unknown} hors de la liste des collectivités.")


def _require_table() -> None:
    from ckanext.budget.core.tables import is_ready

    if not is_ready():
        raise click.ClickException("Tables absentes : lancez « ckan db upgrade -p budget ».")
