"""One file of this computer: checked, masked, sent, told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from ckanext.budget import __version__
from ckanext.budget.totem.send.errors import Refused
from ckanext.budget.totem.send.memory import Memory
from ckanext.budget.totem.send.portal import Portal
from ckanext.budget.totem.send.prepared import Masked, documents

State = Literal["online", "unchanged", "refused", "blocked", "known"]
ON_LINE: tuple[State, ...] = ("online", "unchanged", "known")
_SAID = {
    "created": ("online", "publié"),
    "updated": ("online", "remplacé par cette version"),
    "unchanged": ("unchanged", "déjà en ligne, rien à changer"),
}
_SHOWN = 20
"""Errors that are told one by one; the report of ``totem-budget check`` has them all."""


@dataclass(frozen=True)
class Outcome:
    """What became of one document of ``file``; ``details``: errors to correct, one line each."""

    file: str
    state: State
    title: str
    sentence: str
    address: str = ""
    details: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self) | {"details": list(self.details)}


@dataclass(frozen=True)
class Sender:
    """``allow_errors``: documents with errors leave too, the portal decides."""

    portal: Portal
    organization: str
    policy: str
    memory: Memory
    allow_errors: bool = False

    def send(self, path: Path, again: bool = True) -> list[Outcome]:
        """Send every document of the file; not ``again``: only what this computer has not settled.

        Raises SendError when the network, the token or the portal stops everything (what was sent
        before is on line, and will be "unchanged"), OSError when the file cannot be read.
        """
        with TemporaryDirectory(prefix=".totem-") as private:
            # The accounting software may write on meanwhile: one copy is digested and sent.
            copy = Path(private) / "source"
            shutil.copyfile(path, copy)
            digest = self.memory.digest(copy)
            known = self.memory.get(digest)
            if not again and known is not None and _is_settled(known):
                return self._known(path, digest, known)
            outcomes = list(self._outcomes(path.name, copy, Path(private)))
        kept = [outcome.as_dict() for outcome in outcomes]
        entry = {"version": __version__, "names": [str(path)], "outcomes": kept}
        self.memory.keep(digest, entry)
        return outcomes

    def _outcomes(self, name: str, copy: Path, private: Path) -> Iterator[Outcome]:
        for document in documents(copy, private, self.policy):
            if isinstance(document, str):
                yield Outcome(name, "refused", "", document)
            elif document.error_count and not self.allow_errors:
                yield _blocked(name, document)
            else:
                yield self._sent(name, document)
                shutil.rmtree(document.xml.parent)

    def _sent(self, name: str, document: Masked) -> Outcome:
        try:
            done = self.portal.publish(
                document.xml, f"{document.header.slug}.xml", self.organization, self.policy
            )
        except Refused as error:
            return Outcome(name, "refused", document.title, f"Refusé par le portail : {error}")
        state, said = _SAID.get(done.status, ("online", "publié"))
        sentence = f"{said} ; {_counted(document.masked)} avant l'envoi."
        return Outcome(name, state, document.title, sentence, done.address)  # type: ignore[arg-type]

    def _known(self, path: Path, digest: str, known: dict[str, Any]) -> list[Outcome]:
        """Told once for each name under which the same bytes are found."""
        names = known["names"]
        if str(path) in names:
            return []
        self.memory.keep(digest, known | {"names": [*names, str(path)][-10:]})
        first = Path(names[0]).name
        return [
            Outcome(path.name, "known", one["title"], f"même contenu que {first}, rien à envoyer.")
            for one in known["outcomes"]
        ]


def _is_settled(known: dict[str, Any]) -> bool:
    """A refusal holds for the version of the program that gave it."""
    states = {one["state"] for one in known["outcomes"]}
    return states <= set(ON_LINE) or known["version"] == __version__


def _blocked(name: str, document: Masked) -> Outcome:
    number = document.error_count
    lines = [" : ".join(filter(None, (e["place"], e["message"]))) for e in document.errors]
    if len(lines) > _SHOWN:
        lines = [*lines[:_SHOWN], f"… et {number - _SHOWN} autres."]
    sentence = (
        f"{number} erreur{'s' * (number > 1)} à corriger dans le logiciel comptable, puis à "
        "exporter de nouveau ; rien n'a été envoyé."
    )
    return Outcome(name, "blocked", document.title, sentence, details=tuple(lines))


def _counted(masked: int) -> str:
    if not masked:
        return "aucune valeur personnelle à occulter"
    return f"{masked} valeur{'s' * (masked > 1)} occultée{'s' * (masked > 1)}"
