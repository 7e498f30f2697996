"""``totem-budget annexes FILE -o DIR``: the annexes of a document as CSV files."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

__all__ = ["add_parser"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the ``annexes`` command; ``args.run(args)`` returns the exit code."""
    parser = subparsers.add_parser(
        "annexes", help="un CSV documenté par annexe, données personnelles masquées"
    )
    parser.add_argument("file", type=Path, metavar="FICHIER", help="document TOTEM (XML)")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DOSSIER",
                        help="dossier des fichiers écrits")
    parser.add_argument("--policy", choices=("strict", "standard"), default="strict",
                        help="règle de masquage (défaut : strict)")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from ckanext.budget.totem.annexes import export, masked
    from ckanext.budget.totem.errors import TotemError
    from ckanext.budget.totem.reader import Document

    try:
        with args.file.open("rb") as stream:
            document = Document(stream)
            files = export(masked(document, args.policy), document, args.output)
    except (TotemError, OSError) as error:
        print(error if isinstance(error, TotemError) else f"Fichier inaccessible : {args.file}.",
              file=sys.stderr)
        return 2
    for file in files:
        print(f"{file.csv.name} : {file.rows} lignes, {file.title}")
    return 0
