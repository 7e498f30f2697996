"""The portal's API as a sender sees it: two actions, bounded retries, one sentence per failure."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple
from urllib.parse import urlsplit

import requests

from ckanext.budget import __version__
from ckanext.budget.totem.send.errors import (
    Refused,
    SendError,
    Unauthorised,
    Unreachable,
    WrongPortal,
)

TIMEOUTS = (30, 600)
"""Seconds to connect, and to wait for the answer: a large document is masked meanwhile."""
LONGEST_PAUSE = 60
_LOCAL = ("localhost", "127.0.0.1", "::1")
_LATER = (408, 425, 429, 500, 502, 503, 504)
_ANSWER = 1 << 20
"""Bytes of an answer that are read: an action's are some hundreds."""


class Published(NamedTuple):
    """``status``: created, updated or unchanged; ``address``: of the dataset's page."""

    status: str
    document: str
    address: str


class _Token(requests.auth.AuthBase):
    """CKAN's header. An auth of our own: a .netrc of the computer does not replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._token
        return request


class Portal:
    """A CKAN portal with the extension. ``pause(seconds)`` waits between two tries.

    Proxies and certificates are those of the environment (``HTTPS_PROXY``, ``NO_PROXY``,
    ``REQUESTS_CA_BUNDLE``), as requests reads them.
    """

    def __init__(self, address: str, token: str, tries: int, pause: Callable[[float], Any]) -> None:
        self.address = _checked(address)
        self._token, self._tries, self._pause = token, max(1, tries), pause

    def organizations(self) -> list[dict[str, Any]]:
        """Organisations (name, title) where the token's owner may publish. Raises SendError."""
        body = json.dumps({"permission": "create_dataset"}).encode()
        found = self._asked("organization_list_for_user", lambda: body, "application/json")
        return [{"name": one["name"], "title": one.get("title") or one["name"]} for one in found]

    def publish(self, xml: Path, name: str, organization: str, policy: str) -> Published:
        """Deposit a masked document under ``name``. Idempotent; raises SendError."""
        mark = uuid.uuid4().hex
        fields = {"owner_org": organization, "policy": policy}
        with TemporaryFile(prefix=".totem-") as body:
            _write_form(body, mark, fields, name, xml)

            def again() -> IO[bytes]:
                body.seek(0)
                return body

            kind = f"multipart/form-data; boundary={mark}"
            done = self._asked("budget_publish", again, kind)
        address = f"{self.address}/budget/{done['package_id']}"
        return Published(done["status"], done["document"], address)

    def _asked(self, action: str, body: Callable[[], Any], kind: str) -> Any:
        """The ``result`` of the action; tried again while that may work."""
        for left in range(self._tries - 1, -1, -1):
            try:
                return self._once(action, body(), kind)
            except Unreachable:
                if not left:
                    raise
            self._pause(min(LONGEST_PAUSE, 2.0 ** (self._tries - 1 - left)))
        raise AssertionError("at least one try")

    def _once(self, action: str, body: Any, kind: str) -> Any:
        headers = {"Content-Type": kind, "User-Agent": f"totem-budget/{__version__}"}
        try:
            with requests.post(
                f"{self.address}/api/3/action/{action}",
                data=body,
                headers=headers,
                auth=_Token(self._token),
                timeout=TIMEOUTS,
                allow_redirects=False,  # requests would ask the other place, by GET
                stream=True,
            ) as answer:
                return _result(answer, answer.raw.read(_ANSWER, decode_content=True))
        except requests.exceptions.SSLError:
            raise WrongPortal(
                "Le certificat du portail n'est pas reconnu : vérifiez l'adresse, ou donnez le "
                "certificat du réseau de la collectivité par la variable REQUESTS_CA_BUNDLE."
            ) from None
        except requests.exceptions.ProxyError:
            raise Unreachable(
                "Le serveur mandataire (proxy) ne répond pas ou refuse : vérifiez la variable "
                "HTTPS_PROXY avec votre service informatique."
            ) from None
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
            raise WrongPortal(_NOT_AN_ADDRESS) from None
        except (requests.RequestException, OSError, _incomplete()):
            raise Unreachable(
                "Le portail ne répond pas : vérifiez la connexion au réseau ; l'envoi reprendra "
                "où il en était."
            ) from None


def _incomplete() -> type[Exception]:
    from urllib3.exceptions import HTTPError

    return HTTPError


_NOT_AN_ADDRESS = "L'adresse du portail est à écrire en entier, par exemple https://www.portail.fr"


def _checked(address: str) -> str:
    """The address without its end. Raises WrongPortal."""
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname or ""
    except ValueError:
        raise WrongPortal(_NOT_AN_ADDRESS) from None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query:
        raise WrongPortal(_NOT_AN_ADDRESS)
    if parts.scheme == "http" and host not in _LOCAL:
        raise WrongPortal(
            "L'adresse du portail commence par http:// : le jeton passerait en clair sur le "
            "réseau. Donnez l'adresse en https://"
        )
    return address.strip().rstrip("/")


def _result(answer: requests.Response, content: bytes) -> Any:
    """What CKAN answered; raises SendError with a sentence."""
    try:
        told = json.loads(content)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        told = {}
    if answer.status_code == 200 and told.get("success") is True:
        return told["result"]
    raise _failure(answer, told.get("error"))


def _failure(answer: requests.Response, error: Any) -> SendError:
    code = answer.status_code
    if code in (401, 403):
        return Unauthorised(
            "Le portail refuse ce jeton : il est inconnu, périmé ou révoqué, ou son compte ne "
            "publie pas pour cette organisation. Créez un jeton sur votre page du portail "
            "(« Jetons d'API »), puis relancez totem-budget send --setup."
        )
    if code in _LATER:
        return Unreachable(f"Le portail est momentanément indisponible (erreur {code}).")
    if code == 409 and isinstance(error, dict):
        sentence = _sentence(error)
        return Unreachable(sentence) if error.get("transient") else Refused(sentence)
    if code == 413:
        return Refused(
            "Le document dépasse la taille que le portail accepte : demandez à son administrateur "
            "de relever la limite."
        )
    if 300 <= code < 400:
        return WrongPortal(
            "Le portail renvoie à une autre adresse : donnez celle qui s'affiche dans le "
            "navigateur quand vous ouvrez le portail."
        )
    return WrongPortal(
        f"À cette adresse, aucun portail ne reçoit de budgets (réponse {code}) : donnez celle de "
        "la page d'accueil du portail."
    )


def _sentence(error: dict[str, Any]) -> str:
    """CKAN's errors by field, as one text."""
    lists = (value for key, value in error.items() if key not in ("__type", "transient"))
    texts = [str(one) for some in lists for one in (some if isinstance(some, list) else [some])]
    return " ".join(texts) or "Le portail refuse le document sans dire pourquoi."


def _write_form(body: IO[bytes], mark: str, fields: dict[str, str], name: str, xml: Path) -> None:
    """A multipart form on disk: a document of half a gigabyte never lies in memory."""
    for field, value in fields.items():
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        body.write(head.encode())
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="upload"; filename="{name}"\r\n'
        "Content-Type: application/xml\r\n\r\n"
    )
    body.write(head.encode())
    with xml.open("rb") as content:
        shutil.copyfileobj(content, body, 1 << 20)
    body.write(f"\r\n--{mark}--\r\n".encode())
