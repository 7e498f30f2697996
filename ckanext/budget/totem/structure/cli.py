"""``totem-budget structure import DIR``: reads the official XSD into the project's own tables."""

from __future__ import annotations

import argparse
from pathlib import Path

from ckanext.budget.totem.arguments import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Declare the ``structure`` command; ``args.run(args)`` returns 0."""
    parser = subparsers.add_parser("structure", help="tables de structure tirées du XSD officiel")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    importing = actions.add_parser("import", help="lire un dossier de fichiers XSD")
    importing.add_argument("folder", type=Path, metavar="DIR", help="dossier SchemaDocBudg")
    importing.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path(__file__).parent,
        help="dossier des tables écrites (défaut : la bibliothèque)",
    )
    importing.set_defaults(run=_import)


def _import(args: argparse.Namespace) -> int:
    from .importer import import_schema

    fields, codes = import_schema(args.folder, args.output)
    print(f"{fields} éléments et {codes} codes écrits dans {args.output}.")
    return 0
