"""ckanext-harvest's log: addresses without their parameters, rows that touch no transaction.

It logs sources whole when they are made and when a job ends; what a reader may not see of an
address has no place there either (``collect.shown``).

With ``ckan.harvest.log_scope`` set, every line that ckanext-harvest 1.6 logs is saved and
*committed* in the session of whoever logs. CKAN 2.12 saves a dataset inside a savepoint, which that
commit closes: editing a source answers 500 ("This transaction is closed") and ``harvest_source``,
which the harvester reads, keeps the former address. Here the line has a connection of its own.
"""

from __future__ import annotations

import logging
import re

import sqlalchemy as sa
from ckan import model
from ckanext.harvest.log import DBLogHandler
from ckanext.harvest.model import HarvestLog

from ckanext.budget.collect import shown

_TELLERS = ("plugin", "logic.action.create", "logic.action.update", "logic.action.delete")
"""Modules of ckanext-harvest that log sources."""
_ADDRESS = re.compile(r"https?://[^\s'\"<>]+")


def without_parameters(record: logging.LogRecord) -> bool:
    """Keep the line, its addresses as they may be shown."""
    text = record.getMessage()
    told = _ADDRESS.sub(lambda found: shown(found[0]), text)
    if told != text:
        record.msg, record.args = told, ()
    return True


def emit(handler: logging.Handler, record: logging.LogRecord) -> None:
    """Save the line in ``harvest_log``; a line that cannot be saved stops nobody."""
    try:
        row = {"level": record.levelname, "content": handler.format(record)}
        with model.Session.get_bind().begin() as connection:
            connection.execute(sa.insert(HarvestLog.__table__).values(row))
    except Exception:
        handler.handleError(record)


def install() -> None:
    """Have every logger and handler of ckanext-harvest, made or to come, write this way."""
    for name in _TELLERS:
        logging.getLogger(f"ckanext.harvest.{name}").addFilter(without_parameters)
    DBLogHandler.emit = emit
