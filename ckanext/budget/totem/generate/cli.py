"""``totem-budget generate``: the command line of the generator."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_arguments", "add_parser", "main", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True,
                        help="dossier où écrire les documents")
    parser.add_argument("--documents", metavar="N", type=int, default=12,
                        help="nombre de documents (12 par défaut)")
    parser.add_argument("--seed", metavar="S", type=int, default=1,
                        help="graine : la même graine donne les mêmes octets (1 par défaut)")


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Adds the ``generate`` sub-command; its ``run`` default runs it."""
    parser = subparsers.add_parser(
        "generate", help="fabrique des documents TOTEM synthétiques, réalistes et reproductibles")
    add_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(options: argparse.Namespace) -> int:
    """Writes the documents and prints their names."""
    from ckanext.budget.totem.generate.run import generate

    for path in generate(options.output, options.documents, options.seed):
        print(path)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """``python -m ckanext.budget.totem.generate``."""
    parser = argparse.ArgumentParser(prog="totem-budget generate")
    add_arguments(parser)
    return run(parser.parse_args(arguments))
