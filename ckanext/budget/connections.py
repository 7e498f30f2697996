"""Second connections to a database, for a request or a job that holds one already.

They do not come from the pool. Fifteen requests that each hold one of its fifteen connections and
each wait for a second would wait for each other until the pool gives up.
"""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa


def aside(engine: sa.Engine) -> sa.Engine:
    """An engine to the same database whose connections are opened when asked for, then closed."""
    return _without_pool(engine.url)


@lru_cache(maxsize=4)
def _without_pool(url: sa.URL) -> sa.Engine:
    return sa.create_engine(url, poolclass=sa.NullPool)
