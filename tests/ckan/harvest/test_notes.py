"""What a version before 0.3 remembered of its objects, as JSON in their content, is taken over."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

import pytest
from ckan import model
from ckanext.harvest.model import HarvestObject, HarvestObjectExtra

from ckanext.budget.core.digests import keyed
from ckanext.budget.harvest import notes
from ckanext.budget.harvest.notes import Note

RAW = hashlib.sha256(b"raw").hexdigest()


def as_formerly() -> int:
    """Every object as version 0.2 left it; how many."""
    objects = model.Session.query(HarvestObject).all()
    for item in objects:
        told = asdict(notes.of(item))
        told["sha256"] = RAW if told.pop("version") else None
        item.content = json.dumps(told, ensure_ascii=False)
    model.Session.query(HarvestObjectExtra).delete()
    model.Session.commit()
    model.Session.remove()
    return len(objects)


def contents() -> int:
    model.Session.remove()
    query = model.Session.query(HarvestObject).filter(HarvestObject.content.isnot(None))
    return query.count()


@pytest.mark.parametrize(
    "note",
    [
        Note(),
        Note("bp.xml", "abc", listed="k1:0", etag='"v1"', modified="Mon", version="k1:1"),
        Note("é.xml", "abc", action="withdraw", slug="s", rank=3, transient=True, chances=2),
        Note("a", "b", interruptions=11, refused="0.3"),
    ],
)
def test_a_note_is_read_as_it_was_written(note):
    assert Note.read(note.facts()) == note
    assert all(note.facts().values())


def test_former_objects_in_flight_finish(portal, consumer, make_document):
    """The queue holds objects that version 0.2 listed: documents and a withdrawal."""
    for year in (2020, 2021):
        (portal.source / f"{year}.xml").write_bytes(make_document(year=year))
    config = '{"withdrawn": "delete"}'
    job = consumer.new_job(portal, config, str(portal.source), "source")
    waiting = consumer.gather(job)
    assert as_formerly() == 2
    assert consumer.finish(portal, job, waiting).stats == {"added": 2}
    assert contents() == 0

    (portal.source / "2020.xml").unlink()
    (portal.source / "2022.xml").write_bytes(make_document(year=2022))
    job = consumer.new_job(portal, config, str(portal.source), "source")
    waiting = consumer.gather(job)
    as_formerly()
    report = consumer.finish(portal, job, waiting)
    assert report.statuses == {
        "2020.xml": "deleted",
        "2021.xml": "not modified",
        "2022.xml": "added",
    }


def test_what_was_harvested_is_known(portal, harvest, make_document):
    """The same listing means nothing to fetch, whoever wrote the notes."""
    (portal.source / "bp.xml").write_bytes(make_document())
    (portal.source / "page.xml").write_bytes(b"<html/>")
    assert harvest().stats == {"added": 1, "errored": 1}
    as_formerly()
    again = harvest()
    assert again.statuses == {"bp.xml": "not modified", "page.xml": "errored"}
    assert again.fetched == 0 and contents() == 0


def test_the_command_takes_over_what_is_left(portal, harvest, make_document, cli, monkeypatch):
    from ckanext.budget.plugin.cli import budget

    for year in (2020, 2021, 2022):
        (portal.source / f"{year}.xml").write_bytes(make_document(year=year))
    harvest()
    for item in model.Session.query(HarvestObject).all():
        notes.write(item.id, Note("bp.xml", etag=f'"{RAW}"', listed="12", version="k1:0"))
    as_formerly()
    monkeypatch.setattr(notes, "_BATCH", 1)

    def stop(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        notes.adopt_all(tell=stop)
    assert contents() == notes.left() == 2
    done = cli.invoke(budget, ["upgrade"])
    assert done.exit_code == 0, done.output
    assert "2 objet(s) de moissonnage" in done.output
    assert contents() == 0
    for item in model.Session.query(HarvestObject).all():
        assert notes.of(item) == Note("bp.xml", listed=keyed("12"), version=keyed(RAW))
