"""``totem-budget scdl FILE``: the SCDL budget CSV of a document."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack

from ckanext.budget.totem.files import open_input, whole_output

__all__ = ["add_parser"]


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("scdl", help="convertir en CSV SCDL budget")
    parser.add_argument("file", metavar="FICHIER", help="document TOTEM, - pour l'entrée standard")
    parser.add_argument("-o", "--output", metavar="CSV", default="-", help="fichier à écrire")
    parser.add_argument(
        "--provenance", metavar="CSV", help="origine de chaque valeur absente du document"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Convert; 1 when a mandatory cell stays empty, each said on stderr."""
    from ckanext.budget.totem.scdl import write

    with ExitStack() as stack:
        stream = stack.enter_context(open_input(args.file))
        out = stack.enter_context(whole_output(args.output))
        side = stack.enter_context(whole_output(args.provenance)) if args.provenance else None
        writer = write(stream, out, side)
    gaps = [*writer.missing, *writer.unreadable]
    for gap in gaps:
        print(
            f"totem-budget : {gap.column} vide, ligne {gap.position} "
            f"({gap.rows} ligne(s) du CSV) : "
            "ni le document ni le plan de comptes ne donnent la valeur.",
            file=sys.stderr,
        )
    return 1 if gaps else 0
