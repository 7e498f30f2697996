"""``totem-budget scdl FILE``: the SCDL budget CSV of a document."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ckanext.budget.totem.arguments import Subparsers, add_file, add_output
from ckanext.budget.totem.files import open_input, whole_output

if TYPE_CHECKING:
    from ckanext.budget.totem.scdl import ScdlWriter


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("scdl", help="convertir en CSV SCDL budget")
    add_file(parser)
    add_output(parser, "CSV")
    parser.add_argument(
        "--provenance", metavar="CSV", help="origine de chaque valeur absente du document"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Convert; 1 when a mandatory cell stays empty or no line was found, each said on stderr."""
    from ckanext.budget.totem.scdl import write

    with ExitStack() as stack:
        stream = stack.enter_context(open_input(args.file))
        out = stack.enter_context(whole_output(args.output))
        side = stack.enter_context(whole_output(args.provenance)) if args.provenance else None
        writer = write(stream, out, side)
    findings = list(_findings(writer))
    for finding in findings:
        print(f"totem-budget : {finding}", file=sys.stderr)
    return 1 if findings else 0


def _findings(writer: ScdlWriter) -> Iterator[str]:
    """What the publisher should know of the CSV: one sentence each."""
    if not writer.rows:
        yield "le document n'a aucune ligne de budget : le CSV n'a que son en-tête."
    for gap in writer.missing:
        yield (
            f"{gap.column} vide, ligne {gap.position} du document ({_rows(gap.rows)} du CSV) : "
            "ni le document ni le plan de comptes ne donnent la valeur."
        )
    for gap in writer.unreadable:
        yield (
            f"{gap.column} vide, ligne {gap.position} du document : le montant écrit n'est pas un "
            "nombre, corrigez-le dans le logiciel."
        )


def _rows(number: int) -> str:
    return "1 ligne" if number == 1 else f"{number} lignes"
