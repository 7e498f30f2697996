"""``totem-budget repair FILE -o CSV``: the same table as the SCDL schema wants it."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack

from ckanext.budget.totem.arguments import Subparsers, add_file, add_output
from ckanext.budget.totem.files import open_input, seekable, whole_output


def add_parser(subparsers: Subparsers) -> None:
    """Declare the ``repair`` command; ``args.run(args)`` returns the exit code.

    0: all that deviated is mended; 1: something would be a guess, and is told with its place; 2:
    the file is no table. Raises ``OSError`` and ``TotemError``.
    """
    parser = subparsers.add_parser(
        "repair", help="récrire une table de budget (CSV, xlsx, ods) en CSV SCDL conforme"
    )
    add_file(parser, "table de budget (CSV, xlsx, ods)")
    add_output(parser, "CSV")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Repair; what was mended and what was refused is told on stderr, one line each."""
    from ckanext.budget.totem.recognise import explained
    from ckanext.budget.totem.tables import NotScdl, repair

    with ExitStack() as stack:
        source = stack.enter_context(open_input(args.file))
        stream = stack.enter_context(seekable(source))
        try:
            repaired = repair(stream, stack.enter_context(whole_output(args.output)))
        except NotScdl as error:
            raise explained(error, stream) from None
    for sentence in repaired.mended:
        print(f"réparé : {sentence}", file=sys.stderr)
    for sentence in repaired.refused:
        print(f"à corriger : {sentence}", file=sys.stderr)
    return 1 if repaired.refused else 0
