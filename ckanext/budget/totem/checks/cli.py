"""``totem-budget check FILE [--json|--html]``: the report of a TOTEM document or an SCDL CSV."""

from __future__ import annotations

import argparse
from pathlib import Path

from ckanext.budget.totem.files import whole_output

__all__ = ["add_parser"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the ``check`` command; ``args.run(args)`` returns the exit code.

    0: no error; 1: at least one error. Raises ``OSError`` and ``TotemError``, which the command
    turns into 2 and one sentence.
    """
    parser = subparsers.add_parser(
        "check", help="contrôler un document TOTEM (XML) ou un fichier SCDL budget (CSV)"
    )
    parser.add_argument("file", type=Path, metavar="FICHIER", help="document XML ou fichier .csv")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument(
        "--json", action="store_const", const="json", dest="shape", help="rapport JSON"
    )
    shape.add_argument(
        "--html", action="store_const", const="html", dest="shape", help="rapport HTML autonome"
    )
    parser.add_argument(
        "-o",
        "--output",
        default="-",
        metavar="SORTIE",
        help="fichier du rapport (défaut : la sortie standard)",
    )
    parser.set_defaults(run=_run, shape="text")


def _run(args: argparse.Namespace) -> int:
    from ckanext.budget.totem.checks import check_file, render

    report = check_file(args.file)
    if args.shape == "html":
        text = render.as_html(report, args.file.name)
    else:
        text = render.as_json(report) if args.shape == "json" else render.as_text(report)
    with whole_output(args.output) as out:
        out.write(f"{text.rstrip()}\n".encode())
    return 0 if report.is_valid else 1
