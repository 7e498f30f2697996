"""``totem-budget privacy FILE``: the record for the data protection officer."""

from __future__ import annotations

import argparse

from ckanext.budget.totem.arguments import Subparsers, add_file, add_shape
from ckanext.budget.totem.files import open_input, whole_output


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "privacy", help="données personnelles du document, pour le délégué à la protection (DPO)"
    )
    add_file(parser)
    add_shape(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the record; the exit code is 0 whatever the document holds."""
    import json

    from ckanext.budget.totem.privacy.dpo import examine

    with open_input(args.file) as stream:
        record = examine(stream)
    if args.shape == "json":
        text = json.dumps(record.as_dict(), ensure_ascii=False, indent=2)
    else:
        text = record.as_html() if args.shape == "html" else record.as_text()
    with whole_output(args.output) as out:
        out.write(f"{text.rstrip()}\n".encode())
    return 0
