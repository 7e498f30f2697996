"""``totem-budget check FILE [--json|--html]``: the report of a TOTEM document or an SCDL CSV."""

from __future__ import annotations

import argparse
import sys
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ckanext.budget.totem.arguments import Subparsers, add_file, add_shape
from ckanext.budget.totem.files import whole_output

if TYPE_CHECKING:
    from ckanext.budget.totem.checks import Report


def add_parser(subparsers: Subparsers) -> None:
    """Declare the ``check`` command; ``args.run(args)`` returns the exit code.

    0: no error; 1: at least one error; 2: the file could not be read, the report says why and so
    does one line on stderr. Raises ``OSError`` and ``TotemError``.
    """
    parser = subparsers.add_parser(
        "check", help="contrôler un document TOTEM (XML) ou un fichier SCDL budget (CSV)"
    )
    add_file(parser, "document TOTEM (XML) ou SCDL budget (CSV)")
    parser.add_argument(
        "--like",
        metavar="AUTRE",
        type=Path,
        help="pour une table : le même document (XML), ou celui de l'an dernier, dont les montants "
        "doivent être proches",
    )
    add_shape(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from ckanext.budget.totem.checks import check_file, check_input, render
    from ckanext.budget.totem.checks.scdl import totals

    is_named = args.file != "-"
    like = totals(args.like) if args.like else None
    report = check_file(Path(args.file), like) if is_named else check_input(_input(), like)
    name = Path(args.file).name if is_named else ""
    if args.shape == "html":
        text = render.as_html(report, name)
    else:
        text = render.as_json(report) if args.shape == "json" else render.as_text(report)
    with whole_output(args.output) as out:
        out.write(f"{text.rstrip()}\n".encode())
    return _exit_code(report)


def _input() -> BufferedReader:
    return cast("BufferedReader", sys.stdin.buffer)


def _exit_code(report: Report) -> int:
    if report.refusal:
        print(f"totem-budget : {report.refusal}", file=sys.stderr)
        return 2
    return 0 if report.is_valid else 1
