"""``totem-budget nomenclature``: keep the tables of accounts up to date."""

from __future__ import annotations

import argparse
from pathlib import Path

from ckanext.budget.totem.arguments import Subparsers

from . import TABLES_DIR


def add_parser(subparsers: Subparsers) -> None:
    """Declare ``nomenclature import DIR [-o TABLES]``; ``args.run(args)`` gives the exit code."""
    parser = subparsers.add_parser("nomenclature", help="plans de comptes officiels")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    action = actions.add_parser(
        "import", help="fabriquer les tables à partir des plans officiels (planDeCompte.xml)"
    )
    action.add_argument(
        "source", metavar="DIR", type=Path, help="dossier ANNÉE/NORME/VARIANTE/planDeCompte.xml"
    )
    action.add_argument(
        "-o",
        "--output",
        metavar="TABLES",
        type=Path,
        default=TABLES_DIR,
        help="dossier des tables (par défaut : celui de la bibliothèque)",
    )
    action.set_defaults(run=main)


def main(args: argparse.Namespace) -> int:
    """Import; raises ``PlansError`` when the plans cannot be used."""
    from .importer import import_plans

    done = import_plans(args.source, args.output)
    print(f"{done.files} plans lus, {len(done.tables)} tables, {done.rows} lignes.")
    return 0
