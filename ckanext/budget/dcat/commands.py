"""``ckan budget dcat``: the catalogue as national harvesters read it."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import quote

import click

_FORMATS = {"ttl": "turtle", "jsonld": "json-ld", "xml": "xml"}


@click.group(short_help="The catalogue as national harvesters read it.")
def dcat() -> None:
    """DCAT-AP feeds."""


@dcat.command()
@click.option("--format", "suffix", type=click.Choice(list(_FORMATS)), default="jsonld")
@click.option("--limit", default=10, help="Number of examples shown for each lack.")
@click.option("--org", default="", help="Only the datasets of this organisation (name).")
def check(suffix: str, limit: int, org: str) -> None:
    """Read every page of the catalogue; say what a harvester will miss. Exit 1 on an error."""
    from tqdm import tqdm

    from ckanext.budget.dcat.check import REQUIREMENTS, budgets, number_of_pages, pages
    from ckanext.budget.dcat.check import check as check_page

    lacks: dict[str, list[str]] = {}
    number = read = 0
    start = f"/catalog.{suffix}" + (f"?fq=organization:{quote(org)}" if org else "")
    with tqdm(unit="page", disable=None) as bar:  # a progress line, on a terminal only
        for graph in pages(_reader(), start, _FORMATS[suffix]):
            bar.total = number_of_pages(graph)
            bar.update()
            read += 1
            number += len(budgets(graph))
            for lack in check_page(graph):
                lacks.setdefault(lack.requirement.code, []).append(lack.subject)
    click.echo(f"{number} budget(s) dans {read} page(s) de catalogue.")
    for requirement in REQUIREMENTS:
        subjects = lacks.get(requirement.code, [])
        if subjects:
            color = "red" if requirement.level == "error" else "yellow"
            click.secho(f"Sans {requirement.message} : {len(subjects)}", fg=color)
            for subject in subjects[:limit]:
                click.echo(f"  {subject}")
    levels = Counter(
        requirement.level for requirement in REQUIREMENTS if lacks.get(requirement.code)
    )
    if levels["error"]:
        raise click.exceptions.Exit(1)
    if not lacks:
        click.secho("Rien ne manque.", fg="green")


def _reader() -> Any:
    """Pages as an anonymous visitor gets them, without a server."""
    from urllib.parse import urlsplit

    from ckanext.budget.core.contexts import flask_application

    client = flask_application().test_client()

    def get(address: str) -> bytes:
        parts = urlsplit(address)
        response = client.get(parts.path + (f"?{parts.query}" if parts.query else ""))
        if response.status_code != 200:
            raise click.ClickException(
                f"La page {address} répond {response.status_code} : le plugin dcat est-il activé ?"
            )
        return response.data

    return get
