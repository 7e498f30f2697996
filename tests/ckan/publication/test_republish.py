"""What an earlier version masked and converted is made again: by a command, by the next harvest."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.budget.core.storage import path_of
from ckanext.budget.core.tables import version_table
from ckanext.budget.publication import republish, versions
from ckanext.budget.totem.maker import MAKER

KEPT = ("id", "name", "description", "seal", "masked_count", "source_url", "withdrawn_on")


def by_role(portal: Any) -> dict[str, dict[str, Any]]:
    (name,) = portal.budgets()
    return {item["role"]: item for item in portal.dataset(name)["resources"]}


def as_formerly(portal: Any, raw: bytes) -> bytes:
    """The published XML as a version that masked nothing left it; what it is now."""
    model.Session.execute(sa.update(version_table).values(maker=MAKER - 1))
    for resource in model.Session.query(model.Resource):
        resource.extras = {**resource.extras, "masked_count": "0"}
    model.Session.commit()
    path = path_of(by_role(portal)["xml"]["id"])
    assert path is not None
    masked = path.read_bytes()
    path.write_bytes(raw)
    return masked


def test_the_masked_document_is_masked_again(portal: Any, make_document: Any) -> None:
    raw = make_document()
    provenance = {"source_url": "https://budgets.example.org/bp.xml"}
    portal.publish(raw, provenance=provenance)
    before = by_role(portal)
    masked = as_formerly(portal, raw)
    tally = republish.republish()
    assert (tally.documents, tally.failures, republish.left()) == (1, [], [])
    after = by_role(portal)
    assert masked in portal.files().values() and raw not in portal.files().values()
    assert {role: {name: item.get(name) for name in KEPT} for role, item in after.items()} == {
        role: {name: item.get(name) for name in KEPT} for role, item in before.items()
    }
    assert portal.publish(raw, provenance=provenance).status == "unchanged"


def test_a_document_that_cannot_be_made_again_is_told_and_left(
    portal: Any, make_document: Any, cli: Any
) -> None:
    from ckanext.budget.plugin.cli import budget

    portal.publish(make_document())
    as_formerly(portal, b"<DocumentBudgetaire>")
    files = portal.files()
    done = cli.invoke(budget, ["republish"])
    assert done.exit_code == 1
    assert "0 document(s) refait(s), 1 laissé(s)" in done.output
    assert "Traceback" not in done.output
    assert portal.files() == files


@pytest.mark.parametrize("outdated", [True, False])
def test_the_next_harvest_reads_again_what_an_earlier_version_made(
    portal: Any, harvest: Any, make_document: Any, outdated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ckanext.budget.harvest import harvester

    (portal.source / "bp.xml").write_bytes(make_document())
    monkeypatch.setattr(harvester, "MAKER", MAKER - outdated)
    harvest()
    model.Session.execute(sa.update(version_table).values(maker=MAKER - outdated))
    model.Session.commit()
    monkeypatch.setattr(harvester, "MAKER", MAKER)
    report = harvest()
    assert report.stats.get("updated", 0) == outdated
    ids = [item["id"] for item in by_role(portal).values()]
    assert versions.outdated(ids) == set()
