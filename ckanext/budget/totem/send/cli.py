"""``totem-budget send FICHIER|DOSSIER``: checked and masked here, then on line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ckanext.budget.totem.arguments import Subparsers, add_policy
from ckanext.budget.totem.errors import TotemError, os_sentence

if TYPE_CHECKING:
    from ckanext.budget.totem.send.sender import Outcome, Sender
    from ckanext.budget.totem.send.telling import Teller


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "send",
        help="contrôler et anonymiser sur ce poste, puis publier sur un portail",
        epilog="Le document d'origine ne quitte pas ce poste. Le jeton vient de --token, de la "
        "variable TOTEM_BUDGET_TOKEN, ou du trousseau du système (--setup). Un mandataire (proxy) "
        "se donne par la variable HTTPS_PROXY.",
    )
    parser.add_argument(
        "sources", nargs="*", metavar="FICHIER|DOSSIER", help="documents TOTEM, archives, dossiers"
    )
    parser.add_argument("--portal", metavar="ADRESSE", help="page d'accueil du portail (https://…)")
    parser.add_argument("--token", metavar="JETON", help="jeton d'API du compte qui publie")
    parser.add_argument("--org", metavar="NOM", help="organisation du portail qui publie")
    add_policy(parser)
    parser.add_argument(
        "--watch", action="store_true", help="surveiller le dossier jusqu'à l'interruption"
    )
    parser.add_argument(
        "--interval", type=int, metavar="SECONDES", default=30, help="entre deux passages (30)"
    )
    parser.add_argument(
        "--tries", type=int, metavar="N", default=6, help="essais quand le réseau manque (6)"
    )
    parser.add_argument(
        "--allow-errors", action="store_true", help="envoyer aussi un document qui a des erreurs"
    )
    parser.add_argument(
        "--log",
        metavar="FICHIER",
        type=Path,
        help="journal (avec --watch : journal-des-envois.txt dans le dossier)",
    )
    parser.add_argument(
        "--state", metavar="DOSSIER", type=Path, help="où ce poste garde réglages et mémoire"
    )
    parser.add_argument(
        "--setup", action="store_true", help="quatre questions, une fois pour toutes"
    )
    parser.add_argument("--json", action="store_true", help="un objet JSON par document")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when all is on line, 1 when a document is not, 2 when nothing could be done."""
    from ckanext.budget.totem.send.memory import default_folder, read_settings

    folder = args.state or default_folder()
    if args.setup:
        from ckanext.budget.totem.send.setup import ask

        return ask(folder)
    settings = read_settings(folder)
    args.portal = args.portal or settings.get("portal", "")
    args.org = args.org or settings.get("organization", "")
    if not args.sources and settings.get("folder"):
        args.sources = [settings["folder"]]
    if not args.portal or not args.sources:
        raise TotemError(
            "Dites quoi envoyer et où : totem-budget send FICHIER --portal https://… ; ou répondez "
            "une fois à totem-budget send --setup."
        )
    return _watch(args, folder) if args.watch else _send(args, folder)


def _sender(args: argparse.Namespace, folder: Path, pause: object) -> Sender:
    from ckanext.budget.totem.send.memory import Memory, token_of
    from ckanext.budget.totem.send.portal import Portal
    from ckanext.budget.totem.send.sender import Sender

    token = args.token or token_of(args.portal)
    if not token:
        raise TotemError(
            "Il manque le jeton : créez-le sur votre page du portail (« Jetons d'API »), puis "
            "totem-budget send --setup, ou la variable TOTEM_BUDGET_TOKEN."
        )
    portal = Portal(args.portal, token, args.tries, pause)  # type: ignore[arg-type]
    args.org = args.org or _only_organization(portal)
    purpose = f"{portal.address} {args.org} {args.policy}"
    memory = Memory(folder, purpose)
    return Sender(portal, args.org, args.policy, memory, args.allow_errors)


def _only_organization(portal: object) -> str:
    found = portal.organizations()  # type: ignore[attr-defined]
    if len(found) == 1:
        return str(found[0]["name"])
    if not found:
        raise TotemError(
            "Ce compte ne publie pour aucune organisation du portail : demandez à son "
            "administrateur de vous y inscrire comme éditeur."
        )
    names = ", ".join(one["name"] for one in found)
    raise TotemError(
        f"Ce compte publie pour plusieurs organisations : choisissez par --org ({names})."
    )


def _send(args: argparse.Namespace, folder: Path) -> int:
    import time

    from ckanext.budget.totem.send.errors import SendError
    from ckanext.budget.totem.send.telling import Teller

    sender = _sender(args, folder, time.sleep)
    with Teller(args.log, args.json) as teller:
        states = []
        try:
            for path, again in _files(args.sources):
                for outcome in _told(sender, path, again, teller):
                    states.append(outcome.state)
        except SendError as error:
            teller.warn(str(error))
            return 2
        teller.end(states)
    return 1 if {"refused", "blocked"} & set(states) else 0


def _files(sources: list[str]) -> list[tuple[Path, bool]]:
    """Files to send; one that is named is sent whatever this computer remembers of it."""
    from ckanext.budget.totem.send.watch import candidates

    found: list[tuple[Path, bool]] = []
    for name in sources:
        path = Path(name)
        if path.is_dir():
            found += [(one, False) for one in candidates(path)]
        else:
            found.append((path, True))
    return found


def _told(sender: Sender, path: Path, again: bool, teller: Teller) -> list[Outcome]:
    from ckanext.budget.totem.send.sender import Outcome

    try:
        outcomes = sender.send(path, again)
    except OSError as error:
        outcomes = [Outcome(path.name, "refused", "", os_sentence(error))]
    for outcome in outcomes:
        teller.tell(outcome)
    return outcomes


def _watch(args: argparse.Namespace, folder: Path) -> int:
    import signal
    import threading

    from ckanext.budget.totem.send.telling import Teller
    from ckanext.budget.totem.send.watch import Watcher

    watched = Path(args.sources[0])
    if len(args.sources) > 1 or not watched.is_dir():
        raise TotemError("--watch surveille un dossier, un seul : donnez son chemin.")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    log = args.log or watched / "journal-des-envois.txt"
    with Teller(log, args.json) as teller:
        teller.note(f"Surveillance de {watched} : tout document complet est envoyé au portail.")
        # A sender per file: a token renewed in the keyring is taken without a restart.
        watcher = Watcher(
            watched, lambda: _sender(args, folder, stop.wait), teller.tell, teller.warn
        )
        try:
            watcher.run(max(1, args.interval), stop.wait)
        except KeyboardInterrupt:
            print(file=sys.stderr)
        teller.note("Surveillance arrêtée.")
    return 0
