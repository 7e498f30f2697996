"""Why nothing was sent, each with its sentence::

TotemError
  SendError
    Unreachable      network, proxy, portal that restarts: trying again may work
    Unauthorised     the token is unknown, revoked, or has no right there
    WrongPortal      the address, or what is installed there
    Refused          the portal read the document and said no
"""

from __future__ import annotations

from ckanext.budget.totem.errors import TotemError


class SendError(TotemError):
    """The document did not reach the portal's catalogue."""


class Unreachable(SendError):
    """No answer, or one that says to come back later."""


class Unauthorised(SendError):
    """The portal knows no such token, or gives it no right to publish there."""


class WrongPortal(SendError):
    """The address is not that of a portal that takes budgets."""


class Refused(SendError):
    """The portal's own sentence about this document."""
