"""``totem-budget figures FILE``: the key figures, the debt and the legal ratios of a document."""

from __future__ import annotations

import argparse
import json
from io import StringIO

from ckanext.budget.totem.arguments import Subparsers, add_file, add_shape
from ckanext.budget.totem.files import open_input, whole_output


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("figures", help="chiffres clés, dette et ratios légaux")
    add_file(parser)
    add_shape(parser, ("json",))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print them as text, or as JSON with formula, accounts and source."""
    from ckanext.budget.totem.summary import told
    from ckanext.budget.totem.summary.document import summarise_totem

    with open_input(args.file) as stream:
        header, summary = summarise_totem(stream)
    out = StringIO()
    if args.shape == "json":
        json.dump(told.as_dict(header, summary), out, ensure_ascii=False, indent=2)
    else:
        out.write(told.as_text(header, summary))
    with whole_output(args.output) as stream:
        stream.write(f"{out.getvalue()}\n".encode())
    return 0
