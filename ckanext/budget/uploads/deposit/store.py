"""Deposits in the database and their folders: masked work of one user, with an end.

The folder of a deposit has one folder per file, with what :func:`prepared.prepare` made: the
raw document is never there. The raw bytes of a large file wait for the worker in a folder of their
own, which its job removes whatever happens.
"""

from __future__ import annotations

import shutil
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.budget import config
from ckanext.budget.core import workdir
from ckanext.budget.core.tables import deposit_file_table, deposit_table
from ckanext.budget.publication.prepared import Prepared

RAW_HOURS = 24
"""Raw bytes that no worker took are removed after so long."""


@dataclass(frozen=True)
class DepositedFile:
    """One document of a deposit."""

    id: str
    deposit_id: str
    name: str
    state: str
    message: str
    slug: str
    target: str | None
    package_id: str | None

    @property
    def folder(self) -> Path:
        """Where its masked work is."""
        return _folder(self.deposit_id) / self.id

    @property
    def prepared(self) -> Prepared | None:
        """The masked work, while it is there."""
        return Prepared.read(self.folder) if self.folder.exists() else None


@dataclass(frozen=True)
class Deposit:
    """What one user dropped for one organisation."""

    id: str
    user_id: str
    organization_id: str
    answers: dict[str, Any]
    created: datetime
    files: list[DepositedFile] = field(default_factory=list)

    @property
    def is_waiting(self) -> bool:
        """Whether a worker still has to do something."""
        return any(item.state in ("waiting", "publishing") for item in self.files)

    @property
    def expires(self) -> datetime:
        """When it is removed if nobody publishes it."""
        return self.created + timedelta(days=config.deposit_days())


def create(user_id: str, organization_id: str) -> str:
    """A new empty deposit; its id."""
    identifier = add(user_id, organization_id)
    model.Session.commit()
    return identifier


def add(user_id: str, organization_id: str) -> str:
    """The same in the transaction of the caller."""
    identifier = str(uuid.uuid4())
    model.Session.execute(
        deposit_table.insert().values(
            id=identifier,
            user_id=user_id,
            organization_id=organization_id,
            answers={},
            created=_now(),
        )
    )
    return identifier


def find(identifier: str) -> Deposit | None:
    """The deposit with its files in the order they came."""
    query = sa.select(deposit_table).where(deposit_table.c.id == identifier)
    row = model.Session.execute(query).mappings().first()
    return (
        Deposit(**row, files=_files(deposit_file_table.c.deposit_id == identifier)) if row else None
    )


def of_user(user_id: str) -> list[Deposit]:
    """The deposits that the user has not finished, newest first."""
    query = (
        sa.select(deposit_table.c.id)
        .where(deposit_table.c.user_id == user_id)
        .order_by(deposit_table.c.created.desc())
    )
    found = [find(identifier) for (identifier,) in model.Session.execute(query).all()]
    return [item for item in found if item and any(map(_is_shown, item.files))]


def _is_shown(item: DepositedFile) -> bool:
    return item.state != "published" and not item.target


def one_file(identifier: str) -> DepositedFile | None:
    """The file with this id."""
    return next(iter(_files(deposit_file_table.c.id == identifier)), None)


def of_resource(resource_id: str) -> DepositedFile | None:
    """The large file on its way to this resource, if any."""
    return next(iter(reversed(_files(deposit_file_table.c.target == resource_id))), None)


def _files(condition: Any) -> list[DepositedFile]:
    columns = [
        column for column in deposit_file_table.c if column.name not in ("position", "updated")
    ]
    query = sa.select(*columns).where(condition)
    query = query.order_by(deposit_file_table.c.position, deposit_file_table.c.updated)
    return [DepositedFile(**row) for row in model.Session.execute(query).mappings()]


def add_file(deposit_id: str, name: str, state: str, **values: Any) -> str:
    """A file of the deposit; its id. The caller commits."""
    identifier = str(uuid.uuid4())
    query = sa.select(sa.func.count()).where(deposit_file_table.c.deposit_id == deposit_id)
    position = model.Session.execute(query.select_from(deposit_file_table)).scalar()
    row = {"message": "", "slug": "", "target": None, "package_id": None} | values
    model.Session.execute(
        deposit_file_table.insert().values(
            id=identifier,
            deposit_id=deposit_id,
            position=position,
            name=name[:200],
            state=state,
            updated=_now(),
            **row,
        )
    )
    return identifier


def change(file_id: str, **values: Any) -> None:
    """New state, message… of a file. The caller commits."""
    model.Session.execute(
        deposit_file_table.update()
        .where(deposit_file_table.c.id == file_id)
        .values(updated=_now(), **values)
    )


def remove_file(file_id: str) -> None:
    """Forget a file that another takes the place of. The caller commits."""
    model.Session.execute(deposit_file_table.delete().where(deposit_file_table.c.id == file_id))


def author_of(deposit_id: str) -> str:
    """Name of the account that made the deposit; empty when it is gone."""
    deposit = find(deposit_id)
    user = model.User.get(deposit.user_id) if deposit and deposit.user_id else None
    return user.name if user else ""


def save_answers(deposit_id: str, answers: dict[str, Any]) -> None:
    """What the publisher wrote on the sheets."""
    model.Session.execute(
        deposit_table.update().where(deposit_table.c.id == deposit_id).values(answers=answers)
    )
    model.Session.commit()


def delete(deposit_id: str) -> None:
    """Forget the deposit and everything of it that is not published."""
    deposit = find(deposit_id)
    model.Session.execute(deposit_table.delete().where(deposit_table.c.id == deposit_id))
    model.Session.commit()
    shutil.rmtree(_folder(deposit_id), ignore_errors=True)
    for item in deposit.files if deposit else ():
        shutil.rmtree(raw_folder(item.id), ignore_errors=True)


def sweep() -> int:
    """Remove the deposits that nobody published in time, and folders that belong to none."""
    workdir.sweep(time.time())
    limit = _now() - timedelta(days=config.deposit_days())
    query = sa.select(deposit_table.c.id).where(deposit_table.c.created < limit)
    old = [identifier for (identifier,) in model.Session.execute(query)]
    for identifier in old:
        delete(identifier)
    return len(old) + sum(map(_swept, config.spool_directory().iterdir()))


def quiet(since: timedelta, deposit_id: str | None = None) -> list[DepositedFile]:
    """Files left to a worker, of deposits (or of one) where nothing has changed ``since``."""
    columns = deposit_file_table.c
    moving = deposit_file_table.alias()
    condition = columns.state.in_(("waiting", "publishing")) & ~sa.exists().where(
        moving.c.deposit_id == columns.deposit_id, moving.c.updated > _now() - since
    )
    if deposit_id is not None:
        condition &= columns.deposit_id == deposit_id
    return _files(condition)


def take(file_id: str, since: timedelta) -> bool:
    """Whether the file is the caller's to hand out again: nobody else did ``since``. Commits."""
    columns = deposit_file_table.c
    mine = deposit_file_table.update().where(
        columns.id == file_id, columns.updated < _now() - since
    )
    taken = model.Session.execute(mine.values(updated=_now())).rowcount == 1
    model.Session.commit()
    return taken


def _swept(path: Path) -> bool:
    kind, _, identifier = path.name.partition("-")
    if kind == "queued":
        age = time.time() - path.stat().st_mtime
        stale = age > RAW_HOURS * 3600
        # The row of a young one may be in a transaction that has not ended yet.
        gone = stale or (age > 3600 and one_file(identifier) is None)
        if stale and one_file(identifier) is not None:
            change(identifier, state="refused", message=EXPIRED)
            model.Session.commit()
    elif kind == "deposit":
        gone = find(identifier) is None
    else:
        return False
    if gone:
        shutil.rmtree(path, ignore_errors=True)
    return gone


EXPIRED = (
    "Le fichier a attendu son contrôle trop longtemps et a été effacé : déposez-le de nouveau, et "
    "signalez à l'équipe du portail que ses tâches de fond (ckan jobs worker) ne tournent pas."
)


def _folder(deposit_id: str) -> Path:
    return config.spool_directory() / f"deposit-{uuid.UUID(deposit_id)}"


def raw_folder(file_id: str) -> Path:
    """Where the raw bytes of a large file wait for the worker."""
    return config.spool_directory() / f"queued-{uuid.UUID(file_id)}"


def _now() -> datetime:
    return datetime.now(timezone.utc)
