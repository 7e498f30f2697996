"""Files in: each is understood, checked and masked while its raw bytes pass, or refused."""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Collection, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import ckan.plugins.toolkit as tk
from ckan import model
from werkzeug.datastructures import FileStorage

from ckanext.budget import config, sheet
from ckanext.budget.core.disk import as_disk_full, check_room
from ckanext.budget.core.errors import DiskFull, DraftRefused, PublicationError, safe_description
from ckanext.budget.core.jobs import enqueue_or_run
from ckanext.budget.core.workdir import private_directory
from ckanext.budget.publication import confirmations, version_order
from ckanext.budget.publication.confirmations import Interview
from ckanext.budget.publication.prepared import Prepared, ask, prepare
from ckanext.budget.quality.policy import mode_of
from ckanext.budget.totem.checks import tally
from ckanext.budget.totem.errors import NoRoom, TotemError
from ckanext.budget.totem.recognise import Found, Limits, documents_in
from ckanext.budget.totem.recognise.signs import is_xml
from ckanext.budget.uploads.deposit import store

log = logging.getLogger(__name__)

LIMITS = Limits(unpacked=2 << 30, entries=2000)
"""Of an archive that a publisher drops."""

FIGURES = "figures.json"

AT_ONCE = 20
"""Documents of an archive that are checked while the publisher waits; a worker takes the others."""

ASKING = 20.0
"""Seconds after which no more of those are read to ask who their beneficiaries are."""


def receive(deposit_id: str, upload: FileStorage, interview: Interview | None = None) -> list[str]:
    """Add an uploaded file, or every document that it holds; ids of the files of the deposit.

    A document is a TOTEM document or an SCDL table (CSV, xlsx, ods). Archives, e-mails, PES files
    and the national envelope are unpacked to theirs. ``interview``: asks who the beneficiaries are;
    a document that comes again with answers takes the place of the first.
    """
    name = (upload.filename or "document").replace("\\", "/").rpartition("/")[2]
    added: list[str] = []
    here: list[str] = []
    later: list[str] = []
    try:
        check_room()
        with private_directory() as folder:
            for found in documents_in(upload.stream, folder, LIMITS):  # type: ignore[arg-type]
                shown = found.name or " > ".join(filter(None, (name, found.recognised.place)))
                identifier = _kept(deposit_id, shown, found)
                added.append(identifier)
                if found.path is not None:
                    (later if _is_long(identifier, len(here)) else here).append(identifier)
    except (OSError, DiskFull, NoRoom) as error:
        model.Session.rollback()
        added.append(store.add_file(deposit_id, name, "waiting"))
        _fail(added[-1], error)
    # Only now: as long as one is left to check, the deposit says that it waits.
    for identifier in here:
        check_waiting(identifier, interview)
    if later:
        if interview:
            _ask_about(later, interview)
        confirmed = sorted(interview.confirmed) if interview else []
        enqueue_or_run(check_all, [later, confirmed], f"budget deposit {deposit_id}")
    return added


def _ask_about(file_ids: list[str], interview: Interview) -> None:
    """Who the beneficiaries are, of whoever sends the documents: a worker can show no name."""
    end = time.monotonic() + ASKING
    for identifier in file_ids:
        if time.monotonic() > end:
            return  # the page of the deposit tells how many are masked
        with (store.raw_folder(identifier) / "document.xml").open("rb") as stream:
            if not _is_table(stream):
                ask(stream, interview)


def _kept(deposit_id: str, name: str, found: Found) -> str:
    """A file of the deposit, its raw bytes where :func:`check_waiting` reads them."""
    if found.path is None:
        identifier = store.add_file(deposit_id, name, "refused", message=found.sentence)
    else:
        identifier = store.add_file(deposit_id, name, "waiting")
        folder = store.raw_folder(identifier)
        folder.mkdir(mode=0o700)
        found.path.rename(folder / "document.xml")
    model.Session.commit()
    return identifier


def _is_long(file_id: str, already: int) -> bool:
    """Whether a worker checks the document: it is large, or one of many."""
    size = (store.raw_folder(file_id) / "document.xml").stat().st_size
    return already >= AT_ONCE or 0 < config.background_size() <= size


def keep_raw(file_id: str, stream: BinaryIO) -> None:
    """Copy the document where :func:`check_waiting` reads it. Nothing is left of a failure."""
    folder = store.raw_folder(file_id)
    folder.mkdir(mode=0o700)
    try:
        stream.seek(0)
        with (folder / "document.xml").open("wb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def check_all(file_ids: list[str], confirmed: Collection[str] = ()) -> None:
    """Job: check what an archive held, or a large document; ``confirmed``: tokens of the names said
    to be bodies."""
    for identifier in file_ids:
        check_waiting(identifier, Interview(frozenset(confirmed)) if confirmed else None)


def check_waiting(file_id: str, interview: Interview | None = None) -> None:
    """Check a document that waits. Its raw bytes are removed whatever happens."""
    folder = store.raw_folder(file_id)
    item = store.one_file(file_id)
    try:
        if item is None or item.state != "waiting":
            return  # deleted meanwhile, or handed out twice
        with (folder / "document.xml").open("rb") as stream:
            check(file_id, stream, interview)
    except OSError as error:
        _fail(file_id, error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check(file_id: str, stream: BinaryIO, interview: Interview | None = None) -> None:
    """Mask and check the document; its state and the sentence to show become known."""
    item = store.one_file(file_id)
    if item is None:
        return
    try:
        prepared = _prepared(item, stream, interview)
        state, message = _verdict(item, prepared, interview)
        store.change(file_id, state=state, message=message, slug=prepared.header.slug)
    except (TotemError, PublicationError) as error:
        _drop(item)
        store.change(file_id, state="refused", message=str(error))
    except Exception as error:
        model.Session.rollback()
        _drop(item)
        _fail(file_id, error)
    model.Session.commit()


def _fail(file_id: str, error: Exception) -> None:
    log.error("deposit file %s: %s", file_id, safe_description(error))
    unexpected = tk._("Unexpected error: try again; if it goes on, tell the team of the portal")
    message = str(as_disk_full(error) or unexpected)
    store.change(file_id, state="refused", message=message)
    model.Session.commit()


def _drop(item: store.DepositedFile) -> None:
    shutil.rmtree(item.folder, ignore_errors=True)


def _prepared(item: store.DepositedFile, stream: BinaryIO, interview: Interview | None) -> Prepared:
    item.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _is_table(stream):
        prepared = _table(stream, item.folder)
    else:
        prepared = prepare(stream, item.folder, interview=interview)
    if prepared.header.is_draft:
        raise DraftRefused
    figures = json.dumps(_figures(prepared), ensure_ascii=False)
    # Not *.json of the folder itself: those are reports.
    (item.folder / "look").mkdir(exist_ok=True)
    (item.folder / "look" / FIGURES).write_text(figures, encoding="utf-8")
    return prepared


def _is_table(stream: BinaryIO) -> bool:
    """Of the two kinds that :func:`documents_in` takes out, the one that is no XML."""
    head = stream.read(400)
    stream.seek(0)
    return not is_xml(head)


def _table(stream: BinaryIO, folder: Path) -> Prepared:
    """The table as its repair would have it: only that waits here, for the publisher to agree."""
    from ckanext.budget.publication import foreign_table

    with private_directory() as private:
        path = private / "table.csv"
        with path.open("wb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)
        return foreign_table.prepare(path, folder, repair=True)


def _verdict(
    item: store.DepositedFile, prepared: Prepared, interview: Interview | None
) -> tuple[str, str]:
    deposit = store.find(item.deposit_id)
    assert deposit is not None
    if interview and interview.confirmed:
        siren = sheet.siren_of(prepared.header)
        confirmations.keep(siren, interview.confirmed, deposit.organization_id, deposit.user_id)
    for other in deposit.files:
        if _same(other, item, prepared):
            _settle_versions(other, prepared, is_answer=bool(interview and interview.confirmed))
    errors = tally(findings_of(prepared)).by_severity["error"]
    if errors and mode_of(deposit.organization_id) == "block":
        text = tk.ungettext(
            "{number} error to correct before publishing",
            "{number} errors to correct before publishing",
            errors,
        )
        return "blocked", text.format(number=errors)
    return "ready", ""


def _settle_versions(
    other: store.DepositedFile, prepared: Prepared, *, is_answer: bool = False
) -> None:
    """Two versions of a document in one deposit: the later one stays. Raises PublicationError.

    ``is_answer``: it came again because somebody said who its beneficiaries are.
    """
    known = other.prepared
    mine = version_order.of_document(prepared)
    theirs = version_order.of_document(known) if known else mine
    order = version_order.compare(mine, theirs)
    if order < 0:
        raise PublicationError(version_order.set_aside(mine, theirs))
    if order == 0 and not is_answer:
        raise PublicationError(tk._("The same document is already in this deposit"))
    if order == 0:
        store.remove_file(other.id)
        _drop(other)
        return
    if other.state != "published":
        store.change(other.id, state="refused", message=version_order.set_aside(theirs, mine))
        _drop(other)


def findings_of(prepared: Prepared) -> list[dict[str, Any]]:
    """What is left to correct, gravest first, with the lines of the file that the publisher has."""
    report = prepared.report
    return report["remaining"] if "remaining" in report else report["findings"]


def _same(other: store.DepositedFile, item: store.DepositedFile, prepared: Prepared) -> bool:
    return (
        other.id != item.id
        and other.slug == prepared.header.slug
        and other.state in ("ready", "blocked", "published")
    )


def _figures(prepared: Prepared) -> dict[str, Any]:
    """Key figures of the document in cents by id, with the amount they are computed on."""
    from ckanext.budget.totem.summary import Summary, summarise

    if prepared.summary is None:
        summary = summarise(prepared.csv.read_bytes())
    else:
        summary = Summary.load(prepared.summary.read_bytes())
    return {"basis": summary.payload["basis"], "figures": summary.figures}


def uploads_of(value: Any) -> Iterator[FileStorage]:
    """The files of a field that may hold one, several, or bytes."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, bytes):
            yield FileStorage(BytesIO(item), filename="document.xml")
        elif item and hasattr(item, "stream"):
            yield item
