"""One rate per host for the whole portal, whatever the number of workers and machines."""

from __future__ import annotations

import logging

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from redis.exceptions import RedisError

from ckanext.budget.collect import Pace
from ckanext.budget.core.errors import safe_description

log = logging.getLogger(__name__)

_TURN = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or '0') + tonumber(ARGV[1]), now)
redis.call('SET', KEYS[1], string.format('%.6f', due), 'EX', math.ceil(due - now) + 100)
return string.format('%.6f', due - now)
"""
"""Take the next turn at a host, by the clock of Redis: those of two machines differ."""


class SharedPace(Pace):
    """The next turn of each host is kept in CKAN's Redis; without it, this process's own."""

    def delay(self, host: str, rate: float, now: float) -> float:
        """See :meth:`Pace.delay`."""
        key = f"ckanext-budget:{tk.config.get('ckan.site_id')}:pace:{host}"
        try:
            return float(connect_to_redis().eval(_TURN, 1, key, 1 / rate))
        except RedisError as error:
            log.warning("rate per host: %s", safe_description(error))
            return super().delay(host, rate, now)
