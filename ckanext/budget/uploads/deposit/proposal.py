"""What the portal proposes: one dataset per budget and exercise, its sheet already written.

What the documents do not say comes, in this order, from the publisher's own words in this deposit,
from the dataset when it exists, from that of the nearest exercise of the same body, and from the
proposals of the sheet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget import config, sheet
from ckanext.budget.core.compat import extras
from ckanext.budget.publication import states
from ckanext.budget.publication.prepared import Prepared
from ckanext.budget.publication.states import Told
from ckanext.budget.sheet.identity import dataset_key, dataset_name
from ckanext.budget.totem.checks import tally
from ckanext.budget.totem.model import Stage
from ckanext.budget.uploads.deposit.receive import FIGURES, findings_of
from ckanext.budget.uploads.deposit.store import Deposit, DepositedFile

ANSWERS = ("title", "notes", "service", "email", "territory", "tags")
"""What the page asks; every one has a proposal or may stay empty."""

_REUSED = ("contact", "territory", "license_id", "frequency", "spatial_coverage", "known_limits")


@dataclass(frozen=True)
class Document:
    """A checked document of the deposit, as the page shows it."""

    file: DepositedFile
    prepared: Prepared
    told: Told

    @property
    def is_publishable(self) -> bool:
        """Whether it is fit for publication, and publishing it does something."""
        return self.file.state == "ready" and self.told.publishes

    @property
    def title(self) -> str:
        """``Budget primitif 2022``."""
        return sheet.document_title(self.prepared.header)

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Findings, gravest first: of a table, those that its repair leaves."""
        return findings_of(self.prepared)

    @property
    def repairs(self) -> list[str]:
        """What is mended if the publisher agrees; empty for a file that is right as it is."""
        return self.prepared.report.get("repaired") or []

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings by severity."""
        return tally(self.findings).by_severity

    @property
    def masked(self) -> list[dict[str, Any]]:
        """Masked elements with their number; never a value."""
        elements = self.prepared.report["masked"].get("elements", ())
        return [element for element in elements if element["masked"]]

    @property
    def figures(self) -> dict[str, Any]:
        """Key figures in cents by id."""
        path = self.file.folder / "look" / FIGURES
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


@dataclass(frozen=True)
class Proposal:
    """One dataset to be: its documents and the answers to confirm."""

    key: str
    name: str
    documents: list[Document]
    answers: dict[str, str]
    reused: dict[str, Any]
    exists: bool
    reused_from: str

    @property
    def header(self) -> Any:
        """Of the first document: budget and exercise are those of all."""
        return self.documents[0].prepared.header

    @property
    def is_ready(self) -> bool:
        """Whether a document of it may be published."""
        return any(document.is_publishable for document in self.documents)

    @property
    def is_online(self) -> bool:
        """Whether all of it is on line as it is: publishing the rest settles it."""
        return all(
            document.file.state == "ready" and document.told.state == "identical"
            for document in self.documents
        )

    @property
    def asks(self) -> bool:
        """Whether publishing undoes a decision: only an explicit wish does."""
        return any(document.told.asks for document in self.documents if document.is_publishable)


def title_of(proposed: Collection[Proposal]) -> str:
    """What the page of a deposit is called: what its user may do of it."""
    documents = [document for item in proposed for document in item.documents]
    publishable = [document for document in documents if document.is_publishable]
    told = {document.told.state for document in documents}
    if not documents:
        return tk._("Your deposit")
    if any(not document.told.asks for document in publishable):
        return tk._("What will be published")
    if publishable:
        return tk._("To decide before publishing")
    if any(item.file.state == "blocked" and item.told.publishes for item in documents):
        return tk._("To correct before publishing")
    if told == {"identical"}:
        return tk._("Everything is already on line")
    if told <= {"identical", "earlier"}:
        return tk._("Nothing new to publish")
    return tk._("Nothing can be published")


def proposals(deposit: Deposit, wanted: Collection[str] = ("ready", "blocked")) -> list[Proposal]:
    """Of the documents that are understood and not yet published, by budget and exercise.

    ``wanted``: in these states.
    """
    groups: dict[str, list[Document]] = {}
    user = model.User.get(deposit.user_id)
    context = {"user": user.name if user else ""}
    for item in deposit.files:
        prepared = item.prepared if item.state in wanted else None
        if prepared is not None:
            told = states.told(prepared, deposit.organization_id, context)
            document = Document(item, prepared, told)
            groups.setdefault(dataset_key(prepared.header), []).append(document)
    return [_proposal(deposit, key, sorted(groups[key], key=_rank)) for key in sorted(groups)]


def _rank(document: Document) -> tuple[Any, ...]:
    header = document.prepared.header
    return (list(Stage).index(header.stage), len(header.number), header.number)


def _proposal(deposit: Deposit, key: str, documents: list[Document]) -> Proposal:
    header = documents[0].prepared.header
    own = _shown(documents[0].told.package_id)  # empty for a dataset that is not this user's
    former = own or _nearest(deposit.organization_id, header.siret, header.fiscal_year)
    proposed = sheet.proposals(header, config.default_licence())
    if own:
        proposed |= {name: own[name] for name in ("title", "notes", "tags") if own.get(name)}
    reused = {name: former[name] for name in _REUSED if former and former.get(name)}
    answers = _answers(proposed, reused) | deposit.answers.get(key, {})
    from_title = former["title"] if former and not own else ""
    return Proposal(key, dataset_name(header), documents, answers, reused, bool(own), from_title)


def _shown(name_or_id: str) -> dict[str, Any] | None:
    package = model.Package.get(name_or_id)
    if package is None or package.type != "budget" or package.state == "deleted":
        return None
    return tk.get_action("package_show")({"ignore_auth": True}, {"id": package.id})


def _nearest(organization_id: str, siret: str, year: int) -> dict[str, Any] | None:
    """The dataset of the same body, of the organisation, whose exercise is the nearest."""
    query = model.Session.query(model.Package).filter_by(
        type="budget", state="active", owner_org=organization_id
    )
    same = query.filter(extras(model.Package)["siren"].astext == siret[:9]).all()
    if not same:
        return None

    def distance(package: model.Package) -> tuple[bool, int]:
        found = str(package.extras.get("fiscal_year", ""))
        return package.extras.get("siret") != siret, abs(year - int(found or 0))

    return _shown(min(same, key=distance).id)


def _answers(proposed: Mapping[str, Any], reused: Mapping[str, Any]) -> dict[str, str]:
    contact: dict[str, Any] = next(iter(reused.get("contact") or ()), {})
    return {
        "title": proposed["title"],
        "notes": proposed["notes"],
        "service": contact.get("name") or "",
        "email": contact.get("email") or "",
        "territory": reused.get("territory") or "",
        "tags": ", ".join(tag["name"] for tag in proposed["tags"]),
    }


def fields_of(proposal: Proposal) -> dict[str, Any]:
    """Fields of the dataset from the answers; an emptied answer empties its field."""
    answers = proposal.answers
    contact = {"name": answers["service"], "email": answers["email"]}
    contact = {name: value for name, value in contact.items() if value}
    tags = [tag.strip() for tag in answers["tags"].split(",")]
    return {
        **proposal.reused,
        "title": answers["title"],
        "notes": answers["notes"],
        "territory": answers["territory"],
        "contact": [contact] if contact else [],
        "tags": [{"name": tag} for tag in dict.fromkeys(tags) if tag],
    }


_GENERIC = re.compile(
    r"(contact|mairie|ville|commune|finances?|budget|compta(bilite)?|info|accueil|secretariat|"
    r"opendata|open-data|donnees|service|direction|dgs|sig|communication|no-?reply)",
    re.IGNORECASE,
)


def looks_personal(email: str) -> bool:
    """``jean.dupont@…``: two names around a dot, and no word of a service."""
    local = email.partition("@")[0]
    return bool(re.fullmatch(r"[^\W\d_]+[.\-_][^\W\d_]+", local)) and not _GENERIC.search(local)
