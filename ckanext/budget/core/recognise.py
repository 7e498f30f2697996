"""What an upload of werkzeug is: see :mod:`ckanext.budget.totem.recognise`, which does the work."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

from werkzeug.datastructures import FileStorage

from ckanext.budget import config
from ckanext.budget.totem.recognise import Recognised, recognise, sentence

REFUSED = ("annexes", "contains_totem")
"""Kinds that name people and that nothing here can mask: refused at every door."""


def recognised(upload: FileStorage) -> Recognised:
    """What an uploaded file is. The stream is left at its beginning."""
    return recognise(upload.stream)  # type: ignore[arg-type]


def kind_of(upload: FileStorage) -> str:
    """The kind of an uploaded file. The stream is left at its beginning."""
    return recognised(upload).kind


def is_refused(found: Recognised) -> bool:
    """Whether no dataset of the portal may have such a file, as its setting says."""
    # A table in an archive could be published without being masked.
    is_hidden = found.kind in (*REFUSED, "contains_scdl")
    return is_hidden or (found.kind == "opaque" and not config.opaque_files_accepted())


def told(found: Recognised) -> str:
    """What to tell whoever sent the file, in French."""
    return sentence(found)


def says_totem(value: Any) -> bool:
    """Whether a value of JSON, however nested, holds a TOTEM document or a piece of one."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    found = recognise(BytesIO(text.encode("utf-8", "replace")))
    return found.kind in ("totem", *REFUSED)
