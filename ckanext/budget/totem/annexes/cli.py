"""``totem-budget annexes FILE -o DIR``: the annexes of a document as CSV files."""

from __future__ import annotations

import argparse
from pathlib import Path

from ckanext.budget.totem.arguments import Subparsers, add_file, add_policy
from ckanext.budget.totem.files import open_input


def add_parser(subparsers: Subparsers) -> None:
    """Declare the ``annexes`` command; ``args.run(args)`` returns the exit code."""
    parser = subparsers.add_parser(
        "annexes", help="un CSV documenté par annexe, données personnelles masquées"
    )
    add_file(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="DOSSIER",
        help="dossier des fichiers écrits",
    )
    add_policy(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from ckanext.budget.totem.annexes import export, masked
    from ckanext.budget.totem.reader import Document

    with open_input(args.file) as stream:
        document = Document(stream)
        files = export(masked(document, args.policy), document, args.output)
    for file in files:
        print(f"{file.csv.name} : {file.rows} ligne{'s' * (file.rows > 1)}, {file.title}")
    if not files:
        print("Le document n'a aucune annexe.")
    return 0
