"""``totem-budget annexes FILE -o DIR``: the annexes of a document as CSV files."""

from __future__ import annotations

import argparse
from pathlib import Path

from ckanext.budget.totem.files import open_input

__all__ = ["add_parser"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the ``annexes`` command; ``args.run(args)`` returns the exit code."""
    parser = subparsers.add_parser(
        "annexes", help="un CSV documenté par annexe, données personnelles masquées"
    )
    parser.add_argument("file", metavar="FICHIER", help="document TOTEM, - pour l'entrée standard")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="DOSSIER",
        help="dossier des fichiers écrits",
    )
    parser.add_argument(
        "--policy",
        choices=("strict", "standard"),
        default="strict",
        help="règle de masquage (défaut : strict)",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from ckanext.budget.totem.annexes import export, masked
    from ckanext.budget.totem.reader import Document

    with open_input(args.file) as stream:
        document = Document(stream)
        files = export(masked(document, args.policy), document, args.output)
    for file in files:
        print(f"{file.csv.name} : {file.rows} lignes, {file.title}")
    return 0
