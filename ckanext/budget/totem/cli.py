"""``totem-budget``: the library on the command line.

Exit codes: 0 fine, 1 findings, 2 unusable input with one clear line on stderr. Only the command
that is asked for is imported, so that a small conversion starts at once.
"""

from __future__ import annotations

import sys
from importlib import import_module

from ckanext.budget import __version__
from ckanext.budget.totem.arguments import Parser
from ckanext.budget.totem.errors import TotemError, os_sentence, unquoted

_PACKAGE = "ckanext.budget.totem"
# command -> module with add_parser(subparsers), which sets ``run(args) -> exit code``
COMMANDS = {
    "info": "commands.info",
    "scdl": "commands.scdl",
    "anonymise": "commands.anonymise",
    "publish": "commands.publish",
    "send": "send.cli",
    "figures": "commands.figures",
    "check": "checks.cli",
    "repair": "tables.cli",
    "annexes": "annexes.cli",
    "privacy": "privacy.cli",
    "generate": "generate.cli",
    "nomenclature": "nomenclature.cli",
    "structure": "structure.cli",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code and never lets a traceback out."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        args = _parser(arguments).parse_args(arguments)
        with unquoted():
            code: int = args.run(args)
            return code
    except TotemError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse_os(error)
    except KeyboardInterrupt:
        return _refuse("Interrompu : rien n'a été écrit à moitié.")


def _parser(arguments: list[str]) -> Parser:
    parser = Parser(
        prog="totem-budget",
        description="Documents budgétaires TOTEM : conversion SCDL, anonymisation, contrôle.",
        epilog="Code de retour : 0 tout va bien, 1 des constats, 2 le fichier est inutilisable.",
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"totem-budget {__version__}",
        help="affiche la version",
    )
    subparsers = parser.add_subparsers(metavar="COMMANDE", required=True)
    wanted = [name for name in arguments[:1] if name in COMMANDS]
    if arguments[:1] != ["--version"]:
        for name in wanted or COMMANDS:
            import_module(f"{_PACKAGE}.{COMMANDS[name]}").add_parser(subparsers)
    return parser


def _refuse(sentence: str) -> int:
    print(f"totem-budget : {sentence}", file=sys.stderr)
    return 2


def _refuse_os(error: OSError) -> int:
    if isinstance(error, BrokenPipeError):
        sys.stderr.close()
        return 0
    return _refuse(os_sentence(error))


if __name__ == "__main__":
    sys.exit(main())
