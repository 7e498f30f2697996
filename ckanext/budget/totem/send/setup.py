"""``totem-budget send --setup``: four questions, asked once."""

from __future__ import annotations

import getpass
import sys
import time
from pathlib import Path

from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.send.memory import TOKEN_VARIABLE, keep_token, write_settings
from ckanext.budget.totem.send.portal import Portal


def ask(folder: Path) -> int:
    """Portal, token, organisation, folder; the token goes to the system's keyring. Exit code."""
    address = _answer("1/4 Adresse du portail (https://…) : ")
    token = getpass.getpass(
        f"2/4 Jeton d'API (à créer sur {address.rstrip('/')}/user/me, « Jetons d'API ») : "
    ).strip()
    portal = Portal(address, token, tries=2, pause=time.sleep)
    organization = _organization(portal)
    watched = _folder()
    write_settings(
        folder,
        {"portal": portal.address, "organization": organization, "folder": watched},
    )
    if keep_token(portal.address, token):
        print("Le jeton est gardé dans le trousseau du système.")
    else:
        print(
            "Ce poste n'a pas de trousseau (ou le module « keyring » manque : pip install "
            f"ckanext-budget[send]) : donnez le jeton par la variable {TOKEN_VARIABLE}."
        )
    print("C'est prêt. Pour envoyer ce qui est dans le dossier :\n  totem-budget send")
    print("Pour surveiller le dossier :\n  totem-budget send --watch")
    return 0


def _organization(portal: Portal) -> str:
    """The answer is proved by the portal: a wrong token or address is told now."""
    found = portal.organizations()
    if not found:
        raise TotemError(
            "Ce compte ne publie pour aucune organisation du portail : demandez à son "
            "administrateur de vous y inscrire comme éditeur."
        )
    print("3/4 Organisation :")
    for number, one in enumerate(found, 1):
        print(f"  {number}. {one['title']}")
    if len(found) == 1:
        return str(found[0]["name"])
    answer = _answer(f"Numéro (1 à {len(found)}) : ")
    if not answer.isdecimal() or not 1 <= int(answer) <= len(found):
        raise TotemError(f"Répondez par un numéro de 1 à {len(found)}.")
    return str(found[int(answer) - 1]["name"])


def _folder() -> str:
    path = Path(_answer("4/4 Dossier où le logiciel comptable exporte : ")).expanduser()
    if not path.is_dir():
        raise TotemError(f"{path} : ce dossier n'existe pas, créez-le puis recommencez.")
    return str(path.resolve())


def _answer(question: str) -> str:
    print(question, end="", flush=True)
    line = sys.stdin.readline()
    if not line.strip():
        raise TotemError(
            "Sans réponse, rien n'est enregistré : relancez totem-budget send --setup."
        )
    return line.strip()
