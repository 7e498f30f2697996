"""What a udata server, or the way to it, may do wrong. Messages are French, without secrets."""

from __future__ import annotations


class PushError(Exception):
    """Base of the errors of this package; ``str(error)`` may be shown and kept."""


class WrongSettings(PushError):
    """The organisation's settings cannot be used."""


class KeyRefused(PushError):
    """The API key is unknown, revoked, or has no right on the organisation: all will fail."""

    def __init__(self) -> None:
        super().__init__(
            "La clé d'API est refusée : vérifiez qu'elle est valable et que son compte est "
            "éditeur de l'organisation."
        )


class Gone(PushError):
    """The dataset was deleted there, or never existed."""

    def __init__(self) -> None:
        super().__init__("Le jeu de données a été supprimé sur la plateforme distante.")


class Refused(PushError):
    """The server answers that what was sent is wrong."""

    def __init__(self, status: int, fields: str = "") -> None:
        detail = f" (champs : {fields})" if fields else ""
        super().__init__(f"La plateforme distante refuse l'envoi : réponse {status}{detail}.")


class Unreachable(PushError):
    """No answer, or a passing failure of the server: try again later."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"La plateforme distante ne répond pas ({reason}) : réessayez plus tard.")
