"""A document converted and masked, waiting in a private folder to be published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

from ckanext.budget import config
from ckanext.budget.core.digests import keyed
from ckanext.budget.totem.model import Header, Stage
from ckanext.budget.totem.privacy.policy import at_least


@dataclass(frozen=True)
class Prepared:
    """A document converted and masked: nothing personal is left in its files.

    ``sha256`` is the hash of the original bytes, which stays in the private folder; ``summary`` is
    what its charts need; ``annexes`` is a zip, empty when the document has none. A table made
    elsewhere (:mod:`.foreign_table`) has no other file.
    """

    header: Header
    sha256: str
    report: dict[str, Any]
    csv: Path
    xml: Path | None = None
    summary: Path | None = None
    annexes: Path | None = None

    @property
    def policy(self) -> str:
        """The masking policy that was applied."""
        return self.report["masked"]["policy"]

    @property
    def version(self) -> str:
        """Keyed digest of the original bytes: what the portal remembers of them."""
        return keyed(self.sha256)

    @property
    def files(self) -> dict[str, Path]:
        """The files to publish by role."""
        found = {"scdl": self.csv, "xml": self.xml, "annexe": self.annexes}
        return {role: path for role, path in found.items() if path}

    @classmethod
    def read(cls, folder: Path) -> Prepared | None:
        """What :func:`prepare` left in ``folder``; None when it is missing or incomplete."""
        for path in folder.glob("*.json"):
            report = json.loads(path.read_text(encoding="utf-8"))
            kinds = _KINDS[:1] if report.get("kind") == "scdl" else _KINDS
            files = [path.with_suffix(kind) for kind in kinds]
            if all(file.exists() for file in files):
                return cls(_header_of(report["header"]), report["sha256"], report, *files)
        return None


_KINDS = (".csv", ".xml", ".summary.json.gz", ".annexes.zip")


def _header_of(data: Mapping[str, Any]) -> Header:
    values = {field.name: data[field.name] for field in fields(Header) if field.name in data}
    return Header(**{**values, "stage": Stage[data["stage"]]})


def applied_policy(asked: str = "") -> str:
    """The policy that masks when ``asked`` is wanted: the portal's is a floor, empty means it.

    The body answers for what it publishes, the portal for what it serves: an editor may mask more
    than the portal, never less. Raises ValueError for a policy that does not exist.
    """
    floor = config.masking_policy()
    return at_least(asked or floor, floor)


def prepare(source: Path | BinaryIO, folder: Path, policy: str = "") -> Prepared:
    """Convert and mask the document into ``folder``. Raises TotemError; then nothing is usable.

    Every door passes here; ``policy`` is what it asks (see :func:`applied_policy`).
    """
    from ckanext.budget.totem.publish import publish

    done = publish(source, folder, policy=applied_policy(policy))
    files = done.csv, done.xml, done.summary, done.annexes
    return Prepared(done.header, done.sha256, done.report, *files)
