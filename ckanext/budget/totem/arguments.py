"""The command line in French: help, errors on one line, and the arguments that commands share."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from typing import NoReturn, TypeAlias

_HEADINGS = {
    "usage: ": "Usage : ",
    "\npositional arguments:": "\nArguments :",
    "\noptions:": "\nOptions :",
}
# What argparse says of a wrong command line, and the same to a French reader.
_SENTENCES = (
    (r"the following arguments are required: (.*)", r"il manque \1"),
    (r"unrecognized arguments: (.*)", r"\1 n'est pas un argument de cette commande"),
    (r"argument (.*?): invalid choice: (.*) \(choose from (.*)\)", r"\1 : \2 n'existe pas (\3)"),
    (r"argument (.*?): expected .*argument.*", r"\1 : il manque une valeur"),
    (r"argument (.*?): invalid \w+ value: (.*)", r"\1 : \2 n'est pas un nombre"),
    (r"argument (.*?): not allowed with argument (.*)", r"\1 et \2 s'excluent"),
    (r"argument (.*?): (.*)", r"\1 : \2"),
)


class Parser(argparse.ArgumentParser):
    """``argparse`` in French, whose errors are one line on stderr and exit code 2."""

    def __init__(self, **options: object) -> None:
        super().__init__(add_help=False, **options)  # type: ignore[arg-type]
        self.add_argument("-h", "--help", action="help", help="affiche cette aide")

    def format_help(self) -> str:
        """The help, headings in French."""
        text = super().format_help()
        for english, french in _HEADINGS.items():
            text = text.replace(english, french, 1)
        return text

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the help is."""
        print(f"totem-budget : {_french(message)}. Aide : {self.prog} --help", file=sys.stderr)
        sys.exit(2)


#: What ``add_parser`` of a command module gets.
Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _french(message: str) -> str:
    for english, french in _SENTENCES:
        match = re.fullmatch(english, message, re.DOTALL)
        if match:
            return match.expand(french)
    return message


def add_file(parser: argparse.ArgumentParser, kind: str = "document TOTEM") -> None:
    """``FICHIER``, ``-`` for the standard input."""
    parser.add_argument("file", metavar="FICHIER", help=f"{kind}, - pour l'entrée standard")


def add_output(parser: argparse.ArgumentParser, kind: str) -> None:
    """``-o``, the file to write: the standard output without it."""
    parser.add_argument(
        "-o",
        "--output",
        default="-",
        metavar=kind,
        help="fichier à écrire (par défaut : la sortie standard)",
    )


def add_policy(parser: argparse.ArgumentParser) -> None:
    """``--policy``: see ``privacy``."""
    parser.add_argument(
        "--policy",
        choices=("strict", "standard"),
        default="strict",
        help="strict (par défaut) masque toute personne physique, élus compris ; "
        "standard garde ce que la loi rend public",
    )


def add_shape(parser: argparse.ArgumentParser, shapes: Iterable[str] = ("json", "html")) -> None:
    """``--json``, ``--html`` (text without them) and ``-o`` of a report."""
    group = parser.add_mutually_exclusive_group()
    for shape in shapes:
        group.add_argument(
            f"--{shape}",
            action="store_const",
            const=shape,
            dest="shape",
            help=_SHAPES[shape],
        )
    parser.set_defaults(shape="text")
    add_output(parser, "RAPPORT")


_SHAPES = {"json": "rapport pour un programme", "html": "rapport en une page web autonome"}
