"""ckanext-harvest's log in the database, written without touching the transaction under way.

With ``ckan.harvest.log_scope`` set, every line that ckanext-harvest 1.6 logs is saved and
*committed* in the session of whoever logs. CKAN 2.12 saves a dataset inside a savepoint, which that
commit closes: editing a source answers 500 ("This transaction is closed") and ``harvest_source``,
which the harvester reads, keeps the former address. Here the line has a connection of its own.
"""

from __future__ import annotations

import logging

import sqlalchemy as sa
from ckan import model
from ckanext.harvest.log import DBLogHandler
from ckanext.harvest.model import HarvestLog


def emit(handler: logging.Handler, record: logging.LogRecord) -> None:
    """Save the line in ``harvest_log``; a line that cannot be saved stops nobody."""
    try:
        row = {"level": record.levelname, "content": handler.format(record)}
        with model.Session.get_bind().begin() as connection:
            connection.execute(sa.insert(HarvestLog.__table__).values(row))
    except Exception:
        handler.handleError(record)


def install() -> None:
    """Have every handler of ckanext-harvest, made or to come, write this way."""
    DBLogHandler.emit = emit
