"""Documents of a file, checked and masked on this computer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckanext.budget.totem.checks import tally
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.model import Header
from ckanext.budget.totem.publish import publish
from ckanext.budget.totem.recognise import Found, documents_in


@dataclass(frozen=True)
class Masked:
    """A document ready to leave. ``xml`` is its masked file; ``errors`` its blocking findings."""

    header: Header
    xml: Path
    masked: int
    findings: list[dict[str, Any]]

    @property
    def errors(self) -> list[dict[str, Any]]:
        """Findings that a portal refuses by default."""
        return [finding for finding in self.findings if finding["severity"] == "error"]

    @property
    def error_count(self) -> int:
        """How many, those that a report does not list included."""
        return tally(self.findings).by_severity["error"]

    @property
    def title(self) -> str:
        """``Budget primitif 2026, COMMUNE D'ESSAI``."""
        number = f" n° {self.header.number}" if self.header.number else ""
        return f"{self.header.stage.title}{number} {self.header.fiscal_year}, {self.header.name}"


def documents(source: Path, folder: Path, policy: str) -> Iterator[Masked | str]:
    """Each document of the file (XML, archive, e-mail, PES), or the sentence that refuses it.

    ``folder`` is private to the caller, who removes it: originals taken out of an archive are
    removed here as soon as they are masked.
    """
    with source.open("rb") as stream:
        for number, found in enumerate(documents_in(stream, folder)):
            yield _masked(found, folder / f"masked-{number}", policy)


def _masked(found: Found, folder: Path, policy: str) -> Masked | str:
    if found.path is None or found.recognised.kind != "totem":
        return found.sentence
    folder.mkdir()
    try:
        done = publish(found.path, folder, policy=policy)
    except TotemError as error:
        return str(error)
    finally:
        found.path.unlink()
    return Masked(done.header, done.xml, done.report["masked"]["count"], done.report["findings"])
