"""Beneficiaries whose nature only the publisher knows: what is asked, and what was confirmed.

What is asked stays with the caller, who shows it to the publisher of that deposit alone: neither a
name nor a position belongs in a public report.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from ckanext.budget.totem.privacy.persons import kind_of, normal

_MOST_ASKED = 1000
_MOST_POSITIONS = 1000


@dataclass
class Asked:
    """One masked name that may be a legal person's.

    ``kind``: ``doubtful``, or ``natural`` when the document says that it is a legal person's.
    ``positions``: ``CONCOURS/LibOrgaBenef#12``, the twelfth grant of the document; the thousand
    first. ``token``: keyed, the same for the same name in another document; empty without a key.
    """

    container: str
    element: str
    kind: str
    token: str
    number: int = 0
    positions: list[str] = field(default_factory=list)


class Confirmations:
    """Knows which names are a legal person's, and remembers those that somebody must look at.

    ``key``: secret of the portal, without which there is no token. ``keep``: tokens and positions
    that the publisher confirmed. ``bodies``: normalised names (``persons.normal``) known to be
    public bodies'. ``on_ask``: called with each question and the name, in clear, for a caller that
    shows it at once; nothing here keeps it.
    """

    def __init__(
        self,
        key: bytes = b"",
        keep: Collection[str] = (),
        bodies: Collection[str] = (),
        on_ask: Callable[[Asked, str], None] | None = None,
    ) -> None:
        self._key = key
        self._keep = frozenset(keep)
        self._bodies = frozenset(bodies)
        self._on_ask = on_ask
        self._asked: dict[tuple[str, str, str], Asked] = {}

    @property
    def asked(self) -> list[Asked]:
        """The questions, in the order of the document."""
        return list(self._asked.values())

    def kind_of(self, name: str) -> str:
        """``legal``, ``natural`` or ``doubtful``."""
        return kind_of(name, self._bodies)

    def is_confirmed(self, name: str, position: str) -> bool:
        """True when the publisher said that this value names a legal person."""
        return bool(self._keep) and (position in self._keep or self._token(name) in self._keep)

    def ask(self, name: str, kind: str, container: str, element: str, position: str) -> None:
        """Remember the question."""
        key = (container, element, normal(name))
        asked = self._asked.get(key)
        if asked is None:
            asked = Asked(container, element, kind, self._token(name))
            if len(self._asked) < _MOST_ASKED:
                self._asked[key] = asked
        asked.number += 1
        if len(asked.positions) < _MOST_POSITIONS:
            asked.positions.append(position)
        if self._on_ask:
            self._on_ask(asked, name)

    def _token(self, name: str) -> str:
        if not self._key:
            return ""
        return hmac.new(self._key, normal(name).encode(), hashlib.sha256).hexdigest()[:32]
