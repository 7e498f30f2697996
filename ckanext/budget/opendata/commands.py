"""``ckan budget dataset``: all budgets as one open dataset."""

from __future__ import annotations

import click


@click.group(short_help="All published budgets as one open dataset.")
def dataset() -> None:
    """All published budgets as one open dataset: Parquet, CSV, tables."""


@dataset.command()
@click.option("--all", "everything", is_flag=True, help="Make every file again.")
def build(everything: bool) -> None:
    """Bring the files up to date with what is published, then the dataset that shows them.

    Only documents that changed are read. Run it every night.
    """
    from tqdm import tqdm

    from ckanext.budget.core.errors import PublicationError
    from ckanext.budget.core.tables import is_ready
    from ckanext.budget.opendata import catalogue
    from ckanext.budget.opendata.build import build as run
    from ckanext.budget.opendata.errors import OpenDataError

    if not is_ready():
        raise click.ClickException("Tables manquantes : lancez ckan db upgrade -p budget.")
    try:
        with tqdm(unit="partie", disable=None) as progress:

            def tell(done: int, every: int) -> None:
                progress.total = every
                progress.update(done - progress.n)

            built = run(everything, tell)
        for source, reason in built.left_out:
            click.secho(f"{source.document} : laissé de côté, {reason}.", fg="yellow", err=True)
        click.echo(
            f"{built.documents} document(s) : {built.read} lu(s), {built.withdrawn} retiré(s)."
            if built.changed
            else f"{built.documents} document(s) : rien n'a changé."
        )
        shown = catalogue.show()
    except (OpenDataError, PublicationError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(
        f"Jeu de données : {shown}"
        if shown
        else "Les fichiers sont servis sur /budgets/donnees. Pour que le catalogue les montre, "
        "donnez ckanext.budget.dataset_organization."
    )
