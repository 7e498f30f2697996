"""Files of one public site, one by one: what the commands of the library download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .errors import NotFound
from .http import Client, Network
from .model import Limits, MiB

MAX_BYTES = 32 * MiB
POLITE = Limits(rate=1, total_timeout=120)
"""One request a second: nobody waits for these files."""


def fetcher(
    site: str, internal: bool = False, limits: Limits = POLITE
) -> Callable[[str, Path], bool]:
    """``fetch(path, target)``: the file at ``path`` under ``site`` into ``target``; False when the
    site says that there is none. Raises ``CollectError`` for anything else.

    ``internal``: the site may be on an internal network (its address was typed by the user).
    """
    base = site if site.endswith("/") else f"{site}/"
    client = Client(limits, Network.of_environment(allow_private_addresses=internal))

    def fetch(path: str, target: Path) -> bool:
        try:
            with target.open("w+b") as out:
                client.download(base + path, out, MAX_BYTES)
        except NotFound:
            return False
        return True

    return fetch
