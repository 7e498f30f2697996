"""A resource seen as something to summarise: what changes its summary, and what the portal knows.

Built from CKAN's model objects, not from ``package_show``: it stands on the path of every request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.budget.sheet import about
from ckanext.budget.totem.summary import VERSION, Hints

SCDL_SCHEMAS = ("scdl/budget", "scdl-budget", "budget")


@dataclass(frozen=True)
class Subject:
    """``sha256`` is that of the CSV when the resource tells it, else empty."""

    resource_id: str
    url: str
    url_type: str
    sha256: str
    hints: Hints
    fingerprint: str

    @property
    def is_upload(self) -> bool:
        """Whether the bytes are in the portal's own storage."""
        return self.url_type == "upload"


def subject_of(resource: Any, package_extras: Mapping[str, Any]) -> Subject:
    """From a ``model.Resource`` and the extras of its package.

    What its own document says comes first: the dataset sums up several. The population is never
    another document's; a table made elsewhere says no norm, that of the dataset is the likely one.
    """
    own = resource.extras or {}
    said = about(own) or package_extras
    chart = said if said.get("norm") else package_extras
    hints = Hints(
        norm=str(chart.get("norm") or ""),
        variant=str(chart.get("norm_variant") or ""),
        stage=str(own.get("stage") or ""),
        number=str(own.get("number") or ""),
        population=_whole(said.get("population")),
        annex=said.get("budget_type", package_extras.get("budget_type")) == "annexe",
    )
    digest = resource.hash if len(resource.hash or "") == 64 else ""
    content = digest or f"{resource.size} {resource.last_modified}"
    marks = (VERSION, resource.url, content, hints)
    fingerprint = hashlib.sha256(repr(marks).encode("utf-8")).hexdigest()
    return Subject(resource.id, resource.url, resource.url_type or "", digest, hints, fingerprint)


def as_dict(resource: Any) -> dict[str, Any]:
    """What :func:`is_scdl` needs of a ``model.Resource``."""
    own = {"format": resource.format, "name": resource.name, "url": resource.url}
    return {**(resource.extras or {}), **own}


def is_scdl(resource: Mapping[str, Any]) -> bool:
    """Whether this resource (a dictionary) is said to be an SCDL budget in CSV.

    Told by its role (this extension's sheet), by its schema (this sheet's, or the field ``schema``
    of the French national profile), or by its columns when the DataStore told them.
    """
    if resource.get("role"):
        return resource["role"] == "scdl"
    if "csv" not in str(resource.get("format") or "").lower():
        return False
    return _schema(resource) or _named(resource)


def _schema(resource: Mapping[str, Any]) -> bool:
    declared = resource.get("schema_name") or resource.get("schema") or ""
    if isinstance(declared, Mapping):
        declared = declared.get("name") or declared.get("url") or ""
    text = str(declared).lower()
    return text in SCDL_SCHEMAS or "scdl/budget" in text or "scdl-budget" in text


def _named(resource: Mapping[str, Any]) -> bool:
    words = f"{resource.get('name') or ''} {resource.get('url') or ''}".lower()
    return "scdl" in words and "budget" in words


def _whole(value: Any) -> int | None:
    text = str(value or "").strip()
    return int(text) or None if text.isascii() and text.isdigit() and len(text) < 10 else None
