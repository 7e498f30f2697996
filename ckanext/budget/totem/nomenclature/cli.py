"""``totem-budget nomenclature``: keep the tables of accounts up to date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ckanext.budget.totem.arguments import Subparsers

from . import TABLES_DIR, PlansError, extra_folder, read_index, use_folder
from .folders import VARIABLE

if TYPE_CHECKING:
    from .update import Fetch, Updated, Wanted

NO_FOLDER = (
    f"Dites où garder les plans : -o DOSSIER, ou la variable {VARIABLE}. Ce dossier survit aux "
    "mises à jour de la bibliothèque."
)


def add_parser(subparsers: Subparsers) -> None:
    """Declare ``import``, ``update`` and ``list``; ``args.run(args)`` gives the exit code."""
    parser = subparsers.add_parser("nomenclature", help="plans de comptes officiels")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    action = actions.add_parser(
        "import", help="ajouter aux tables des plans officiels (planDeCompte.xml)"
    )
    action.add_argument(
        "source", metavar="DIR", type=Path, help="dossier ANNÉE/NORME/VARIANTE/planDeCompte.xml"
    )
    _add_output(action, "sinon celui de la bibliothèque")
    action.set_defaults(run=run_import)
    action = actions.add_parser(
        "update", help="chercher les plans qui manquent sur le site officiel"
    )
    _add_output(action, "obligatoire sans elle")
    action.add_argument(
        "--year",
        metavar="ANNÉE",
        type=int,
        action="append",
        help="redemander tous les plans de cette année, même ceux qui sont là",
    )
    action.add_argument(
        "--from", dest="site", metavar="ADRESSE", help="un autre site que l'officiel"
    )
    action.set_defaults(run=run_update)
    action = actions.add_parser("list", help="les plans qui répondent, et leurs années")
    action.set_defaults(run=run_list)


def _add_output(action: argparse.ArgumentParser, otherwise: str) -> None:
    action.add_argument(
        "-o",
        "--output",
        metavar="TABLES",
        type=Path,
        help=f"dossier des tables (par défaut : celui de {VARIABLE}, {otherwise})",
    )


def run_import(args: argparse.Namespace) -> int:
    """Import; raises ``PlansError`` when the plans cannot be used."""
    from .importer import import_plans

    folder = args.output or extra_folder() or TABLES_DIR
    done = import_plans(args.source, folder)
    print(f"{done.files} plans lus, {len(done.tables)} tables, {done.rows} lignes.")
    if folder == TABLES_DIR:
        print(
            "Les tables sont celles de la bibliothèque : la prochaine mise à jour les remplacera. "
            f"Pour les garder : -o DOSSIER et la variable {VARIABLE}.",
            file=sys.stderr,
        )
    return 0


def run_list(args: argparse.Namespace) -> int:
    """One line per variant: its years, all folders together."""
    from .facts import format_years

    for entry in read_index():
        print(f"{entry.norm}\t{entry.variant}\t{format_years(set(entry.years))}")
    return 0


def run_update(args: argparse.Namespace) -> int:
    """Fetch and import; raises ``PlansError`` when the site cannot be read to the end."""
    from ckanext.budget.collect import CollectError

    from .update import update

    folder = args.output or extra_folder()
    if folder is None:
        raise PlansError(NO_FOLDER)
    use_folder(folder)
    try:
        done = update(folder, _wanted(args.year), _fetch(args.site), renew=bool(args.year))
    except CollectError as error:
        raise PlansError(
            f"{error} Relancez la commande : elle reprendra où elle s'est arrêtée."
        ) from None
    _tell(done, folder)
    return 0


def _wanted(years: list[int] | None) -> list[Wanted]:
    from datetime import date

    from .update import again, missing

    if years:
        return list(again(read_index(), years))
    return list(missing(read_index(), date.today().year + 1))  # next year's is out before January


def _fetch(site: str | None) -> Fetch:
    """Plans by HTTP: one request a second, through the proxy that the environment names. An address
    that the user gives may be internal."""
    from ckanext.budget.collect.fetching import fetcher

    from .update import SITE

    fetch = fetcher(site or SITE, internal=site is not None)
    return lambda plan, path: fetch(plan.path, path)


def _tell(done: Updated, folder: Path) -> None:
    added = ", ".join(map(str, done.added)) or "aucun"
    print(f"Plans ajoutés : {added}.")
    if done.absent:
        print(f"{len(done.absent)} plans ne sont pas (encore) publiés.")
    for plan in done.unusable:
        print(f"{plan} : la réponse du site n'est pas un plan de comptes.", file=sys.stderr)
    if done.added and extra_folder() != folder:
        print(f"Pour s'en servir : {VARIABLE}={folder}", file=sys.stderr)
