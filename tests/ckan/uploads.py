"""What tests of uploads share: a file as the form sends it, and all that a folder holds."""

from __future__ import annotations

import io
from pathlib import Path

from werkzeug.datastructures import FileStorage


def upload(content: bytes, name: str = "export.xml") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def everything_of(*folders: Path) -> bytes:
    paths = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return b"".join(path.read_bytes() for path in paths)
