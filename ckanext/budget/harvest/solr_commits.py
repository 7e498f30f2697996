"""Solr shows what a harvest wrote within seconds, instead of at each document.

CKAN ends every write by a Solr commit, which opens a new view of the whole index: a quarter of the
time of a publication, more with a large index, and one consumer waits for the other. A document is
as safe without it (Solr's own log keeps it), and is found by search at most ten seconds later.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import ckan.plugins.toolkit as tk
import requests

log = logging.getLogger(__name__)

WITHIN = 10_000
"""Milliseconds after which Solr shows what was written."""

_COMMIT = "ckan.search.solr_commit"
_NOTHING = {"delete": {"id": "ckanext-budget-deletes-nothing"}}
"""``commitWithin`` is the delay of a change, whatever it is: it covers those before."""


@contextmanager
def deferred_commits() -> Iterator[None]:
    """Inside, writes do not commit in Solr; they do together, soon after.

    For processes of one thread, as consumers are: CKAN has no other switch than its configuration.
    """
    commits = tk.config.get(_COMMIT)
    tk.config[_COMMIT] = False
    try:
        yield
    finally:
        tk.config[_COMMIT] = commits
        if commits:
            _ask_for_a_view()


def _ask_for_a_view() -> None:
    """A failure loses nothing: the end of the job, or Solr's own start, shows everything."""
    from ckan.lib.search.common import make_connection

    try:
        solr = make_connection()
        asked = {"params": {"commitWithin": WITHIN}, "json": _NOTHING, "timeout": solr.timeout}
        solr.get_session().post(f"{solr.url}/update", **asked).raise_for_status()
    except requests.RequestException as error:
        log.warning("Solr was not asked to show what was harvested: %s", type(error).__name__)
