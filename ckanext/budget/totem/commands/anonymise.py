"""``totem-budget anonymise FILE -o XML``: the document without its natural persons."""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack

from ckanext.budget.totem.arguments import Subparsers, add_file, add_policy
from ckanext.budget.totem.files import open_input, whole_output


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("anonymise", help="masquer les personnes physiques")
    add_file(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="XML",
        required=True,
        help="fichier à écrire, - pour la sortie standard",
    )
    parser.add_argument("--report", metavar="JSON", help="rapport du masquage, sans aucun nom")
    add_policy(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Mask; the output appears only when the whole document was masked."""
    from ckanext.budget.totem.privacy import Masker, masking_report
    from ckanext.budget.totem.reader import Document

    masker = Masker(args.policy)
    with ExitStack() as stack:
        stream = stack.enter_context(open_input(args.file))
        out = stack.enter_context(whole_output(args.output))
        document = Document(stream)
        for segment in document:
            out.write(masker(segment))
        if not document.is_blanked:
            masker.restore_seal(out)
    if args.report:
        with whole_output(args.report) as report:
            text = json.dumps(masking_report(masker), ensure_ascii=False, indent=2)
            report.write(text.encode("utf-8") + b"\n")
    return 0
