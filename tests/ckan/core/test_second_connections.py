"""Second connections are kept for the next time, make nobody wait, and outlive a restart."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.budget.core import locks

MANY = 8


def test_more_threads_than_kept_connections_never_wait_for_one_another(portal: Any) -> None:
    """Each holds its connection until all have one."""
    barrier, failures = threading.Barrier(MANY), list[BaseException]()
    engine = model.Session.get_bind()

    def hold() -> None:
        try:
            with locks.second_engine(engine).begin() as connection:
                connection.execute(sa.text("SELECT 1"))
                barrier.wait(120)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=hold) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    pool: Any = locks.second_engine(engine).pool
    assert 0 < pool.checkedin() <= locks._KEPT_OPEN


def backend() -> int:
    with locks.second_engine(model.Session.get_bind()).begin() as connection:
        return connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()


def test_a_connection_is_used_again_with_the_limits_of_each_transaction(
    portal: Any, ckan_config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert backend() == backend()
    monkeypatch.setitem(ckan_config, "ckanext.budget.lock_timeout", 7)
    with locks.second_engine(model.Session.get_bind()).begin() as connection:
        assert connection.execute(sa.text("SHOW lock_timeout")).scalar() == "7s"
        assert connection.execute(sa.text("SHOW statement_timeout")).scalar() == "30min"


def test_a_lock_leaves_nothing_held(portal: Any) -> None:
    identifier = str(uuid.uuid4())
    for _round in range(3):
        with locks.exclusive(identifier):
            pass
    held = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1")
    assert model.Session.execute(held).scalar() == 0


def test_a_server_that_restarted_is_not_noticed(portal: Any) -> None:
    former = backend()
    model.Session.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": former})
    with locks.exclusive(str(uuid.uuid4())):
        pass
    assert backend() != former
