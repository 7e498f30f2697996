"""The bytes of a resource: from the portal's storage, or from the site it links to."""

from __future__ import annotations

import io
import os
from typing import Any
from urllib.parse import urlsplit

from ckanext.budget import config
from ckanext.budget.charts.subject import Subject
from ckanext.budget.collect import CollectError, Limits
from ckanext.budget.collect.http import Client
from ckanext.budget.core import compat

MAX_BYTES = 256 * 1024 * 1024
"""Of one CSV: a million lines weigh less."""


class Unreadable(Exception):
    """The file cannot be had; ``str(error)`` is one French sentence with a remedy."""


def read(subject: Subject) -> bytes:
    """The file. Raises Unreadable."""
    return _stored(subject) if subject.is_upload else _linked(subject)


def size_of(subject: Subject) -> int | None:
    """Bytes of an uploaded file; None when it is elsewhere or cannot be told."""
    if not subject.is_upload:
        return None
    try:
        place, storage = _place(subject)
        return storage.analyze(place).size if storage else os.stat(place).st_size
    except Exception:
        return None


def _stored(subject: Subject) -> bytes:
    try:
        place, storage = _place(subject)
        if storage:
            return b"".join(compat.pieces(place, storage))
        with open(place, "rb") as stream:
            return stream.read(MAX_BYTES)
    except Exception as error:
        raise Unreadable(
            "Le fichier est introuvable dans le stockage du portail : déposez-le de nouveau."
        ) from error


def _place(subject: Subject) -> tuple[Any, Any]:
    """Path or location of an upload, and its storage (None: the historical directory)."""
    return compat.stored_place({"id": subject.resource_id, "url": subject.url})


def _linked(subject: Subject) -> bytes:
    if urlsplit(subject.url).scheme not in ("http", "https"):
        raise Unreadable("L'adresse du fichier n'est pas une adresse web (http ou https).")
    limits = Limits(max_document_bytes=MAX_BYTES)
    client, body = Client(limits, config.network()), io.BytesIO()
    try:
        client.download(subject.url, body, MAX_BYTES)
    except CollectError as error:
        raise Unreadable(str(error)) from error
    return body.getvalue()
