"""What this computer keeps: settings, the token (in the system's keyring), what was sent.

Files are told apart by a digest keyed with a secret of this computer: the memory tells nobody
anything of a document. Writing is aside, then renamed: a power cut loses the last file at most,
which is sent again and answered "unchanged".
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.files import sha256_of

TOKEN_VARIABLE = "TOTEM_BUDGET_TOKEN"
_KEYRING = "totem-budget"
KEPT = 20_000
"""Files that are remembered; the oldest go first."""


def default_folder() -> Path:
    """Where the system keeps a program's settings for one user."""
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home())
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "totem-budget"


def read_settings(folder: Path) -> dict[str, str]:
    """``portal``, ``organization``, ``folder``: the answers of ``--setup``, those that exist."""
    found = _read(folder / "send.json")
    return {key: value for key, value in found.items() if isinstance(value, str)}


def write_settings(folder: Path, settings: Mapping[str, str]) -> None:
    """Keep the answers; never the token."""
    _write(folder / "send.json", dict(settings))


def token_of(portal: str) -> str:
    """From the environment, else from the keyring; empty when there is none."""
    given = os.environ.get(TOKEN_VARIABLE, "").strip()
    if given:
        return given
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return ""
    try:
        return keyring.get_password(_KEYRING, portal) or ""
    except KeyringError:
        return ""


def keep_token(portal: str, token: str) -> bool:
    """Whether the system's keyring took it."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return False
    try:
        keyring.set_password(_KEYRING, portal, token)
    except KeyringError:
        return False
    return True


class Memory:
    """What became of each file, by keyed digest. ``purpose``: where to, and how masked."""

    def __init__(self, folder: Path, purpose: str) -> None:
        self._path = folder / "sent.json"
        kept = _read(self._path)
        self._key = kept.get("key") or secrets.token_hex(32)
        self._files: dict[str, dict[str, Any]] = kept.get("files") or {}
        self._purpose = purpose

    def digest(self, path: Path) -> str:
        """Of the bytes and the purpose; raises ``OSError``."""
        told = f"{self._purpose}\n{sha256_of(path)}".encode()
        return hmac.new(bytes.fromhex(self._key), told, hashlib.sha256).hexdigest()

    def get(self, digest: str) -> dict[str, Any] | None:
        """``outcomes``, ``names`` and ``version`` of the program, as they were kept."""
        return self._files.get(digest)

    def keep(self, digest: str, entry: dict[str, Any]) -> None:
        """Remember, on disk too."""
        self._files.pop(digest, None)
        self._files[digest] = entry
        for old in list(self._files)[: max(0, len(self._files) - KEPT)]:
            del self._files[old]
        _write(self._path, {"key": self._key, "files": self._files})


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise TotemError(
            f"{path} est abîmé : supprimez-le, les documents seront envoyés de nouveau."
        )
    return found


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(content, out, ensure_ascii=False)
        out.flush()
        os.fsync(out.fileno())
    os.replace(aside, path)
