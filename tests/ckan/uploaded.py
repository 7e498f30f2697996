"""What tests of files share: one as the form sends it, and all that a folder holds."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from werkzeug.datastructures import FileStorage


def upload(content: bytes, name: str = "export.xml") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def everything_of(*folders: Path) -> bytes:
    paths = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return b"".join(map(readable, paths))


def readable(path: Path) -> bytes:
    """The file's bytes, and those of what it packs: compressed words cannot be searched."""
    content = path.read_bytes()
    if not zipfile.is_zipfile(path):
        return content
    with zipfile.ZipFile(path) as archive:
        return b"\n".join([content, *map(archive.read, archive.namelist())])
