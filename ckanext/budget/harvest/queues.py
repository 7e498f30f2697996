"""ckanext-harvest's two queues in Redis: what waits, what was handed out and not acknowledged.

With RabbitMQ the broker itself delivers again what a dead consumer held, so there is nothing to
look into: :func:`redis_queues` answers None.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import ckan.plugins.toolkit as tk
from ckanext.harvest import queue

GATHER = "harvest_job_id"
OBJECT = "harvest_object_id"


class Queue:
    """One queue: messages name a job (gather) or an object (fetch)."""

    def __init__(self, redis: Any, key: str, field: str) -> None:
        self._redis = redis
        self.key = key
        self.field = field

    def __len__(self) -> int:
        return self._redis.llen(self.key)

    def waiting(self) -> list[str]:
        """Identifiers in the order in which they will be handed out."""
        return [json.loads(item)[self.field] for item in self._redis.lrange(self.key, 0, -1)]

    def handed_out(self) -> list[str]:
        """Identifiers that a consumer took and has not acknowledged."""
        prefix = f"{self.key}:"
        return [key.removeprefix(prefix) for key in self._redis.scan_iter(f"{prefix}*", count=1000)]

    def send(self, identifier: str) -> None:
        """Put the message at the end of the queue, as not handed out yet."""
        with self._redis.pipeline() as pipeline:
            pipeline.delete(f"{self.key}:{identifier}")
            pipeline.rpush(self.key, json.dumps({self.field: identifier}))
            pipeline.execute()

    def acknowledge(self, identifier: str) -> None:
        """Forget that the message was handed out."""
        self._redis.delete(f"{self.key}:{identifier}")

    def touch(self, identifier: str) -> None:
        """The message is being worked on: ckanext-harvest must not send it again yet."""
        now = datetime.now().isoformat(" ", "microseconds")  # what ckanext-harvest itself writes
        self._redis.set(f"{self.key}:{identifier}", now, xx=True)


class Queues:
    """Both queues, and when ``ckan harvester run`` was last seen."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self.gather = Queue(redis, queue.get_gather_routing_key(), GATHER)
        self.fetch = Queue(redis, queue.get_fetch_routing_key(), OBJECT)
        self._last_run = f"ckanext-budget:{tk.config.get('ckan.site_id')}:harvester-run"

    def note_run(self) -> None:
        """Remember that ``ckan harvester run`` works."""
        self._redis.set(self._last_run, datetime.now(timezone.utc).isoformat(timespec="seconds"))

    def last_run(self) -> datetime | None:
        """When ``ckan harvester run`` last ran; None when it was never seen."""
        value = self._redis.get(self._last_run)
        return datetime.fromisoformat(value) if value else None

    def idle_consumers(self) -> int | None:
        """Consumers that wait for a message in this database; None when Redis may not tell."""
        try:
            clients = self._redis.client_list()
        except Exception:
            return None
        database = str(self._redis.connection_pool.connection_kwargs.get("db", 0))
        return sum(c.get("cmd") == "blpop" and c.get("db") == database for c in clients)


def redis_queues() -> Queues | None:
    """The queues, or None when ``ckan.harvest.mq.type`` is not Redis. Raises redis.RedisError."""
    if tk.config.get("ckan.harvest.mq.type", queue.MQ_TYPE) != "redis":
        return None
    connection = queue.get_connection_redis()
    connection.ping()
    return Queues(connection)
