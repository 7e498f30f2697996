"""``totem-budget info FILE``: what a document says of itself, as JSON."""

from __future__ import annotations

import argparse
import json
import sys

from ckanext.budget.totem.arguments import Subparsers, add_file
from ckanext.budget.totem.files import open_input


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("info", help="identité du document, en JSON")
    add_file(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the header, the number of budget lines and the seal's status."""
    from ckanext.budget.totem.reader import Document, lines_of
    from ckanext.budget.totem.seal import Sealer

    lines = 0
    with open_input(args.file) as stream:
        sealer = Sealer(stream)
        document = Document(sealer)
        for segment in document:
            sealer(segment)
            if segment.kind == "lines":
                lines += sum(not line.calculated for line in lines_of(segment, document.encoding))
    facts = document.header.as_dict() | {"lines": lines, "seal": {"status": sealer.status}}
    json.dump(facts, sys.stdout, ensure_ascii=False, indent=2)
    print()
    return 0
