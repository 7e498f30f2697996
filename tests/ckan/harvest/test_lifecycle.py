"""The life of a document over years of harvests: changed, voted again, moved, offered twice."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest
import sqlalchemy as sa

from ckanext.budget.core.digests import keyed
from ckanext.budget.harvest import objects
from ckanext.budget.publication import versions

DATASET = "budget-21670482500019-2022"
WITHDRAWING = '{"withdrawn": "delete"}'


def put(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return keyed(hashlib.sha256(content).hexdigest())


@pytest.fixture
def elsewhere(portal):
    """A second place of documents, below the allowed directory."""
    folder = portal.source.parent / "elsewhere"
    folder.mkdir()
    return folder


def scdl(portal):
    return portal.dataset(DATASET)["resources"][0]


def version(portal):
    """The keyed digest of the bytes that are online."""
    return versions.of([scdl(portal)["id"]])[scdl(portal)["id"]]


def test_new_bytes_keep_ids_and_links(portal, harvest, make_document):
    put(portal.source, "bp.xml", make_document())
    harvest()
    before = portal.dataset(DATASET)
    latest = put(portal.source, "bp.xml", make_document(amount="77.00", voted="2022-04-14"))
    assert harvest().statuses == {"bp.xml": "updated"}
    after = portal.dataset(DATASET)
    for old, new in zip(before["resources"], after["resources"], strict=True):
        assert (new["id"], new["url"]) == (old["id"], old["url"])
        assert versions.of([new["id"]]) == {new["id"]: latest}
    assert after["voted_on"] == "2022-04-14"


def test_a_document_voted_again_replaces_the_first_vote_whatever_the_order_of_names(
    portal, harvest, make_document
):
    """Both files stay at the source: the later vote is online, and stays so."""
    again = put(
        portal.source, "a-dm1.xml", make_document(stage="02", number="1", voted="2022-09-30")
    )
    put(portal.source, "z-dm1.xml", make_document(stage="02", number="1", voted="2022-06-30"))
    assert harvest().statuses == {"a-dm1.xml": "added", "z-dm1.xml": "not modified"}
    assert version(portal) == again
    assert harvest().fetched == 0
    put(portal.source, "z-dm1.xml", make_document(stage="02", number="1", voted="2022-12-15"))
    assert harvest().statuses["z-dm1.xml"] == "updated"
    assert scdl(portal)["voted_on"] == "2022-12-15"


def test_a_moved_document_stays_online_under_the_same_addresses(portal, harvest, make_document):
    put(portal.source, "bp.xml", make_document())
    put(portal.source, "ca.xml", make_document(stage="09"))
    harvest(WITHDRAWING)
    before = portal.dataset(DATASET)
    (portal.source / "z").mkdir()
    (portal.source / "bp.xml").rename(portal.source / "z/bp.xml")
    report = harvest()
    assert "deleted" not in report.stats
    after = portal.dataset(DATASET)
    assert [r["id"] for r in after["resources"]] == [r["id"] for r in before["resources"]]
    assert scdl(portal)["harvest_object_id"] != before["resources"][0]["harvest_object_id"]
    assert harvest().fetched == 0, "the former place is not missed again and again"
    (portal.source / "z/bp.xml").unlink()
    assert harvest().statuses["bp.xml"] == "deleted"
    assert portal.dataset(DATASET)["stages"] == ["CA"]


def test_a_moved_and_changed_document_is_followed_when_sources_keep_everything(
    portal, harvest, make_document
):
    put(portal.source, "bp.xml", make_document())
    harvest()
    (portal.source / "bp.xml").rename(portal.source / "budget.xml")
    harvest()
    latest = put(portal.source, "budget.xml", make_document(amount="88.00"))
    assert harvest().statuses["budget.xml"] == "updated"
    assert version(portal) == latest


def test_the_same_document_from_two_sources_is_published_once(
    portal, harvest, make_document, elsewhere
):
    put(portal.source, "bp.xml", make_document())
    put(elsewhere, "copie.xml", make_document())
    harvest(WITHDRAWING)
    before = portal.dataset(DATASET)
    assert harvest(url=str(elsewhere), name="copies").statuses == {"copie.xml": "not modified"}
    assert portal.dataset(DATASET) == before
    (portal.source / "bp.xml").unlink()
    assert "deleted" not in harvest().stats, "the other source still offers it"
    assert [r["id"] for r in portal.dataset(DATASET)["resources"]] == [
        r["id"] for r in before["resources"]
    ]


def test_the_source_of_higher_precedence_wins_then_the_other_takes_over(
    portal, harvest, make_document, elsewhere
):
    copy = put(elsewhere, "copie.xml", make_document(amount="1.00", voted="2022-12-29"))
    own = put(portal.source, "bp.xml", make_document())
    harvest(url=str(elsewhere), name="copies")
    assert version(portal) == copy
    config = '{"withdrawn": "delete", "precedence": 10}'
    assert harvest(config).statuses == {"bp.xml": "updated"}
    assert version(portal) == own
    put(elsewhere, "copie.xml", make_document(amount="2.00", voted="2022-12-30"))
    assert harvest(name="copies").statuses == {"copie.xml": "not modified"}
    assert version(portal) == own
    (portal.source / "bp.xml").unlink()
    harvest()
    assert harvest(name="copies").statuses == {"copie.xml": "updated"}
    assert scdl(portal)["voted_on"] == "2022-12-30"


def test_a_deposit_is_replaced_only_by_a_later_vote(portal, harvest, make_document):
    portal.publish(make_document(), provenance={"origin": "upload"})
    put(portal.source, "bp.xml", make_document(amount="3.00"))
    assert harvest().statuses == {"bp.xml": "not modified"}
    put(portal.source, "bp.xml", make_document(amount="3.00", voted="2022-12-01"))
    assert harvest().statuses == {"bp.xml": "updated"}


def test_a_correction_is_published_after_the_history_was_cleared(portal, harvest, make_document):
    from ckan import model
    from ckanext.harvest.model import HarvestObject

    put(portal.source, "bp.xml", make_document())
    harvest()
    put(portal.source, "bp.xml", make_document(amount="2.00"))
    harvest()
    model.Session.query(HarvestObject).filter_by(current=False).delete()
    for item in portal.dataset(DATASET)["resources"]:
        portal.action("resource_patch", id=item["id"], harvest_object_id="cleared")
    latest = put(portal.source, "bp.xml", make_document(amount="4.00"))
    assert harvest().statuses == {"bp.xml": "updated"}
    assert version(portal) == latest


def test_what_a_publisher_wrote_survives_where_it_is_protected(portal, harvest, make_document):
    put(portal.source, "bp.xml", make_document())
    harvest('{"protect": ["body_name"]}')
    edited = portal.dataset(DATASET) | {"body_name": "Essai-sur-Mer", "title": "Notre budget"}
    portal.action("package_update", **edited)
    put(portal.source, "bp.xml", make_document(amount="99.00", name="COMMUNE RENOMMÉE"))
    assert harvest().stats == {"updated": 1}
    sheet = portal.dataset(DATASET)
    assert (sheet["body_name"], sheet["title"]) == ("Essai-sur-Mer", "Notre budget")


def test_a_draft_never_replaces_what_was_voted(portal, harvest, make_document):
    voted = put(portal.source, "bp.xml", make_document())
    harvest()
    put(portal.source, "bp.xml", make_document(draft=True, amount="5.00"))
    report = harvest()
    assert "Projet de budget" in report.errors["bp.xml"][0]
    assert version(portal) == voted


def test_urgent_documents_are_queued_first_and_withdrawals_last(portal, consumer, make_document):
    from ckanext.harvest.model import HarvestObject

    put(portal.source, "a-bp-2022.xml", make_document())
    config = '{"withdrawn": "delete", "priority": ["CA 2021", "BP 2023"]}'
    job = consumer.new_job(portal, config, str(portal.source), "source")
    consumer.finish(portal, job, consumer.gather(job))
    (portal.source / "a-bp-2022.xml").unlink()
    for name, year, stage in [("b", 2022, "02"), ("bp", 2023, "01"), ("z-ca", 2021, "09")]:
        put(portal.source, f"{name}-{year}.xml", make_document(year=year, stage=stage))
    job = consumer.new_job(portal, config, str(portal.source), "source")
    names = [HarvestObject.get(item).guid for item in consumer.gather(job)]
    assert names == ["./z-ca-2021.xml", "./bp-2023.xml", "./b-2022.xml", "./a-bp-2022.xml"]


def reports(portal):
    """Number of harvest objects by outcome."""
    from ckan import model
    from ckanext.harvest.model import HarvestObject

    query = model.Session.query(HarvestObject.report_status)
    return Counter(row.report_status for row in query)


def test_what_is_said_every_night_does_not_pile_up(portal, harvest, make_document, monkeypatch):
    monkeypatch.setattr(objects, "KEPT_JOBS", 3)
    put(portal.source, "bp.xml", make_document())
    put(portal.source, "page.xml", b"<html>404</html>")
    for _night in range(8):
        assert harvest().stats.get("errored") == 1
    assert reports(portal) == {"added": 1, "not modified": 3, "errored": 3}
    put(portal.source, "bp.xml", make_document(amount="4321.00"))
    assert harvest().statuses == {"bp.xml": "updated", "page.xml": "errored"}


def statements_of_an_unchanged_listing(portal, consumer, count):
    """SQL statements of a gather that finds ``count`` documents as they were."""
    from ckan import model
    from ckanext.harvest.model import HarvestObject

    for number in range(count):
        put(portal.source, f"{count}/{number}.xml", b"<not read/>")
    place, name = str(portal.source / str(count)), f"source-{count}"
    identifiers = consumer.gather(consumer.new_job(portal, "", place, name))
    assert len(identifiers) == count
    published = model.Session.query(HarvestObject).filter(HarvestObject.id.in_(identifiers))
    published.update({"current": True, "state": "COMPLETE"}, synchronize_session=False)
    model.Session.commit()
    job = consumer.new_job(portal, "", place, name)
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    engine = model.Session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        assert consumer.gather(job) == []
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_an_unchanged_listing_costs_the_same_statements_whatever_its_length(portal, consumer):
    few = statements_of_an_unchanged_listing(portal, consumer, 3)
    assert statements_of_an_unchanged_listing(portal, consumer, 60) == few


BP = "21670482500019-2022-bp"


def withdrawn(portal, harvest, make_document):
    """A harvested document, withdrawn by its publisher."""
    put(portal.source, "bp.xml", make_document())
    put(portal.source, "ca.xml", make_document(stage="09"))
    harvest(WITHDRAWING)
    withdrawal = {"package_id": DATASET, "document": BP}
    portal.action("budget_document_withdraw", reason="un nom", **withdrawal)
    return withdrawal


def slugs(portal):
    return {item["document"].rsplit("-", 1)[1] for item in portal.dataset(DATASET)["resources"]}


def test_no_harvest_brings_back_what_its_publisher_withdrew(
    portal, harvest, make_document, elsewhere
):
    withdrawal = withdrawn(portal, harvest, make_document)
    for amount in ("1500.25", "12.00"):  # the same bytes, then others
        put(portal.source, "bp.xml", make_document(amount=amount))
        report = harvest()
        assert slugs(portal) == {"ca"}
        assert report.stats["errored"] == 1
        assert "retiré par son éditeur" in report.errors["bp.xml"][0]
        assert report.fetched == 0, "nothing is fetched for it"
    put(elsewhere, "copie.xml", make_document(amount="13.00"))
    copies = harvest(url=str(elsewhere), name="copies")
    assert "retiré par son éditeur" in copies.errors["copie.xml"][0]
    assert slugs(portal) == {"ca"}
    portal.action("budget_document_restore", **withdrawal)
    assert slugs(portal) == {"bp", "ca"}
    assert harvest().statuses["bp.xml"] == "updated", "the source's newer bytes, from then on"


def test_its_source_publishes_it_again_once_allowed(portal, harvest, make_document):
    withdrawal = withdrawn(portal, harvest, make_document)
    portal.action("budget_document_restore", from_source=True, **withdrawal)
    assert slugs(portal) == {"ca"}, "what was withdrawn stays off line"
    latest = put(portal.source, "bp.xml", make_document(amount="12.00"))
    assert harvest().statuses == {"bp.xml": "added", "ca.xml": "not modified"}
    assert (slugs(portal), version(portal)) == ({"bp", "ca"}, latest)
    assert harvest().fetched == 0


def test_a_source_that_withdraws_it_too_changes_nothing_else(portal, harvest, make_document):
    withdrawal = withdrawn(portal, harvest, make_document)
    (portal.source / "bp.xml").unlink()
    assert "errored" not in harvest().stats
    assert slugs(portal) == {"ca"}
    portal.action("budget_document_restore", **withdrawal)
    assert slugs(portal) == {"bp", "ca"}


def test_harvest_says_that_a_dataset_was_deleted_and_what_to_do(portal, harvest, make_document):
    put(portal.source, "bp.xml", make_document())
    harvest()
    portal.action("package_delete", id=DATASET)
    assert "bouton « Restaurer »" in harvest().errors["bp.xml"][0]
    portal.action("budget_dataset_restore", package_id=DATASET)
    assert harvest().statuses == {"bp.xml": "not modified"}
