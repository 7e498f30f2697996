"""A document converted and masked, waiting in a private folder to be published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, BinaryIO

from ckanext.budget import config
from ckanext.budget.core.digests import keyed
from ckanext.budget.publication import confirmations
from ckanext.budget.publication.confirmations import Interview
from ckanext.budget.totem.errors import TotemError, unquoted
from ckanext.budget.totem.limits import Budget
from ckanext.budget.totem.maker import MAKER
from ckanext.budget.totem.model import Header, Stage
from ckanext.budget.totem.privacy.policy import at_least


@dataclass(frozen=True)
class Prepared:
    """A document converted and masked: nothing personal is left in its files.

    ``version`` is the keyed digest of the original bytes; ``summary`` is what its charts need;
    ``annexes`` is a zip, empty when the document has none, ``grants`` an SCDL table without rows
    when it has none. A table made elsewhere
    (:mod:`.foreign_table`) has no other file.
    """

    header: Header
    version: str
    report: dict[str, Any]
    csv: Path
    xml: Path | None = None
    summary: Path | None = None
    annexes: Path | None = None
    grants: Path | None = None

    @property
    def policy(self) -> str:
        """The masking policy that was applied."""
        return self.report["masked"]["policy"]

    @property
    def files(self) -> dict[str, Path]:
        """The files to publish by role."""
        found = {
            "scdl": self.csv,
            "xml": self.xml,
            "annexe": self.annexes,
            "subventions": self.grants,
        }
        return {role: path for role, path in found.items() if path}

    @classmethod
    def read(cls, folder: Path) -> Prepared | None:
        """What :func:`prepare` left in ``folder``; None when it is missing or incomplete."""
        for path in folder.glob("*.json"):
            report = json.loads(path.read_text(encoding="utf-8"))
            kinds = _KINDS[:1] if report.get("kind") == "scdl" else _KINDS
            files = [path.with_suffix(kind) for kind in kinds]
            grants = path.with_suffix(_GRANTS)  # what waited for an upgrade has none
            told = report.get("version") or report.get("sha256")
            if told and all(file.exists() for file in files):
                report.pop("sha256", None)  # of versions before 0.3
                header, version = _header_of(report["header"]), keyed(told)
                more = {"grants": grants} if grants.exists() else {}
                return cls(header, version, report, *files, **more)
        return None


_KINDS = (".csv", ".xml", ".summary.json.gz", ".annexes.zip")
_GRANTS = ".subventions.csv"


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


def current(prepared: Prepared, folder: Path) -> Prepared:
    """The document as this version masks and converts it, made again in ``folder`` if need be.

    What waits for its publisher or a consumer waits through upgrades, and the raw bytes are gone:
    the masked XML is masked again. Its digest stays that of the original bytes, and so does what
    the seal said of them.
    """
    if prepared.xml is None or prepared.report.get("maker") == MAKER:
        return prepared
    return remade(prepared.xml, folder, prepared.policy, prepared.version, prepared.report)


def remade(xml: Path, folder: Path, policy: str, version: str, told: Mapping[str, Any]) -> Prepared:
    """The masked document ``xml``, masked and converted again in ``folder``.

    ``version`` and ``told`` (``seal``, ``masked``) are what was known of the original bytes: the
    seal was that of the document, and what was masked in it adds up. Raises TotemError.
    """
    again = prepare(xml, folder, policy)
    masked = again.report["masked"]
    masked = masked | {"count": masked["count"] + int(told["masked"]["count"] or 0)}
    report = again.report | {"seal": told["seal"], "masked": masked}
    return replace(again, version=version, report=report)


def prepare(
    source: Path | BinaryIO, folder: Path, policy: str = "", interview: Interview | None = None
) -> Prepared:
    """Convert and mask the document into ``folder``. Raises TotemError; then nothing is usable.

    Every door passes here; ``policy`` is what it asks (see :func:`applied_policy`). ``interview``:
    where somebody can answer, who the beneficiaries are is asked.
    """
    from ckanext.budget.totem.publish import publish

    known = confirmations.of(source, interview)
    done = publish(source, folder, policy=applied_policy(policy), confirmations=known)
    version = keyed(done.sha256)
    keep_report(done.report | {"version": version}, done.csv)
    return Prepared(
        done.header,
        version,
        done.report,
        done.csv,
        done.xml,
        done.summary,
        done.annexes,
        done.grants,
    )


def ask(source: BinaryIO, interview: Interview) -> None:
    """Ask who the beneficiaries are in a document whose check is left to a worker.

    Its names are on the page of whoever sends it now, and a worker could keep them nowhere: the
    annexes alone are read, and what is made of them is dropped. What makes the document refused is
    left to its check.
    """
    from ckanext.budget.totem.privacy import Masker
    from ckanext.budget.totem.reader import Document

    try:
        with unquoted():
            masker = Masker(applied_policy(), confirmations.of(source, interview))
            for segment in Document(source, _ASKING):
                if segment.kind == "annex":
                    masker(segment)
    except TotemError:
        return
    finally:
        source.seek(0)


_ASKING = Budget(base=5, per_megabyte=0.2)
"""Somebody waits for the answer; the check itself has much longer."""


def keep_report(report: Mapping[str, Any], table: Path) -> None:
    """Write the report beside the table, where :meth:`Prepared.read` looks for it."""
    text = json.dumps(report, ensure_ascii=False)
    whole = table.with_suffix(".report")
    whole.write_text(text, encoding="utf-8")
    whole.replace(table.with_suffix(".json"))
