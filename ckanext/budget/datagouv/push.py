"""Bring a udata organisation to what the portal publishes: created, updated, archived, unchanged.

A dataset is written in the ledger as ``sending`` before its POST. When the answer is lost (crash,
network), the next run looks for our mark among the organisation's datasets before sending again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.datagouv import convert, ledger
from ckanext.budget.datagouv.client import Udata
from ckanext.budget.datagouv.errors import Gone, KeyRefused, PushError, Refused
from ckanext.budget.datagouv.settings import Target
from ckanext.budget.publication import datasets

log = logging.getLogger(__name__)

Tell = Callable[[str, str, str], None]


@dataclass
class Tally:
    """Datasets by what became of them."""

    counts: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        return self.counts["failed"]


@dataclass
class Push:
    """One run for one organisation. ``tell(status, name, message)`` hears of each dataset."""

    target: Target
    client: Udata
    site_url: str
    dry_run: bool = False
    tell: Tell = lambda status, name, message: None
    _marks: dict[str, dict[str, Any]] | None = None

    def run(self) -> Tally:
        """Every dataset in turn. Raises KeyRefused at once: nothing else would work."""
        tally = Tally()
        known = ledger.entries(self.target.site)
        current = set()
        for package in self._packages():
            current.add(package["id"])
            status = self._one(package, known.get(package["id"]))
            tally.counts[status] += 1
        for entry in known.values():
            if self._is_ours(entry) and entry["package_id"] not in current:
                tally.counts[self._archive(entry)] += 1
        return tally

    def _is_ours(self, entry: dict[str, Any]) -> bool:
        return entry["organization"] == self.target.organization and entry["state"] in (
            "published",
            "failed",
            "sending",
        )

    def _packages(self) -> Iterator[dict[str, Any]]:
        """Public budgets of the organisation, as anybody reads them."""
        query = (
            model.Session.query(model.Package.id)
            .filter_by(type="budget", state="active", private=False, owner_org=self.target.owner_id)
            .order_by(model.Package.name)
        )
        for row in query.all():
            yield tk.get_action("package_show")({"ignore_auth": True}, {"id": row.id})

    def _one(self, package: dict[str, Any], entry: dict[str, Any] | None) -> str:
        try:
            status = self._send(package, entry)
        except KeyRefused:
            raise
        except PushError as error:
            self._remember(package, entry, error)
            self.tell("failed", package["name"], str(error))
            return "failed"
        self.tell(status, package["name"], "")
        return status

    def _send(self, package: dict[str, Any], entry: dict[str, Any] | None) -> str:
        print_ = convert.fingerprint(package, self.target.organization, self.site_url)
        if entry and entry["state"] == "gone":
            return "gone"
        if entry and entry["state"] == "published" and entry["fingerprint"] == print_:
            return "unchanged"
        if entry and entry["remote_id"]:
            return self._update(package, entry["remote_id"], entry["resources"], print_)
        if entry and (there := self._marked(package["id"])):
            return self._update(package, there["id"], convert.resource_ids(package, there), print_)
        return self._create(package, print_)

    def _create(self, package: dict[str, Any], print_: str) -> str:
        if self.dry_run:
            return "created"
        self._keep(package["id"], state="sending")
        body = convert.created(package, self.target.organization, self.site_url)
        there = self.client.create(body)
        self._published(package, there, print_)
        return "created"

    def _update(
        self, package: dict[str, Any], remote_id: str, known: dict[str, str], print_: str
    ) -> str:
        if self.dry_run:
            return "updated"
        try:
            there = self.client.read(remote_id)
            if there.get("deleted"):
                raise Gone
            known = {**convert.resource_ids(package, there), **known}
            present = {item.get("id") for item in there.get("resources") or ()}
            known = {ours: theirs for ours, theirs in known.items() if theirs in present}
            there = self._put(package, there, known)
        except Gone as error:
            self._keep(package["id"], remote_id=remote_id, state="gone", message=str(error))
            return "gone"
        self._published(package, there, print_)
        return "updated"

    def _put(
        self, package: dict[str, Any], there: dict[str, Any], known: dict[str, str]
    ) -> dict[str, Any]:
        """PUT, then delete what we had put and publish no more: an empty list deletes nothing."""
        current = {item["id"] for item in package["resources"]}
        stale = [theirs for ours, theirs in known.items() if ours not in current]
        body = convert.updated(package, self.site_url, there, known)
        answer = self.client.update(there["id"], body)
        for resource in stale:
            self.client.remove_resource(there["id"], resource)
        return answer

    def _archive(self, entry: dict[str, Any]) -> str:
        """A dataset that is deleted or private here is archived there, not deleted."""
        if not entry["remote_id"]:
            there = self._marked(entry["package_id"])
            if there is None:
                return "unchanged"
            entry = {**entry, "remote_id": there["id"]}
        if self.dry_run:
            return "archived"
        try:
            there = self.client.read(entry["remote_id"])
            self.client.update(entry["remote_id"], convert.archived(there, datasets.now()))
        except Gone:
            ledger.keep({**_plain(entry), "state": "gone"})
            return "gone"
        except KeyRefused:
            raise
        except PushError as error:
            self.tell("failed", entry["package_id"], str(error))
            return "failed"
        ledger.keep({**_plain(entry), "state": "archived", "fingerprint": ""})
        self.tell("archived", entry["package_id"], "")
        return "archived"

    def _marked(self, package_id: str) -> dict[str, Any] | None:
        """The dataset of the organisation that bears our mark; they are read once per run."""
        if self._marks is None:
            self._marks = {}
            for item in self.client.datasets_of(self.target.organization):
                mark = (item.get("extras") or {}).get(convert.MARK)
                if mark and not item.get("deleted"):
                    self._marks[mark] = item
        return self._marks.get(package_id)

    def _published(self, package: dict[str, Any], there: dict[str, Any], print_: str) -> None:
        self._keep(
            package["id"],
            remote_id=there["id"],
            page=there.get("page") or f"{self.target.site}/datasets/{there['id']}/",
            fingerprint=print_,
            resources=convert.resource_ids(package, there),
            state="published",
        )

    def _remember(
        self, package: dict[str, Any], entry: dict[str, Any] | None, error: PushError
    ) -> None:
        """What is known stays; ``sending`` stays too, for the next run to look for the mark."""
        if self.dry_run:
            return
        model.Session.rollback()
        now = ledger.entries(self.target.site).get(package["id"]) or entry
        if now:
            unknown = now["state"] == "sending" and not isinstance(error, Refused)
            state = "sending" if unknown else "failed"
            ledger.keep({**_plain(now), "state": state, "message": str(error)})

    def _keep(self, package_id: str, **values: Any) -> None:
        base = {"package_id": package_id, "target": self.target.site}
        ledger.keep({**base, "organization": self.target.organization, **values})


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != "updated"}
