"""A budget dataset as udata wants it: pure functions over plain dictionaries."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

MARK = "ckanext-budget:id"
"""Key of the extras that says which dataset of which portal this one is."""

_SITE = "ckanext-budget:site"
_MIN_TAG, _MAX_TAG = 3, 96
_FREQUENCIES = {"ANNUAL": "annual", "IRREG": "irregular", "NEVER": "never"}
_LICENCES = {"lov2": "lov2", "fr-lo": "fr-lo", "odc-odbl": "odc-odbl"}


def created(package: Mapping[str, Any], organization: str, site: str) -> dict[str, Any]:
    """Body of the POST. ``site`` is the portal's public address."""
    return {
        **_shared(package),
        "organization": organization,
        "extras": _extras(package, site),
        "resources": [_resource(item) for item in _files(package)],
    }


def updated(
    package: Mapping[str, Any],
    site: str,
    there: Mapping[str, Any],
    known: Mapping[str, str],
) -> dict[str, Any]:
    """Body of the PUT, over the dataset as it is ``there``.

    ``known`` gives the udata id of our resources: without them udata would make new ones, and
    links would break. Extras are merged, as the PUT replaces them whole and refuses null; resources
    that somebody added there are kept; the organisation is never sent (null makes udata fail).
    """
    resources = []
    for item in _files(package):
        body = _resource(item)
        if item["id"] in known:
            body["id"] = known[item["id"]]
        resources.append(body)
    ours = set(known.values())
    others = [_kept(item) for item in there.get("resources") or () if item.get("id") not in ours]
    extras = {key: value for key, value in (there.get("extras") or {}).items() if value is not None}
    return {
        **_emptied_if_absent(there),
        **_shared(package),
        **({"archived": None} if there.get("archived") else {}),
        "extras": {**extras, **_extras(package, site)},
        "resources": [*resources, *others],
    }


def archived(there: Mapping[str, Any], moment: str) -> dict[str, Any]:
    """Body of the PUT that archives: what is there, with a date (ISO 8601)."""
    extras = {key: value for key, value in (there.get("extras") or {}).items() if value is not None}
    return {
        "title": there.get("title", ""),
        "description": there.get("description") or there.get("title", ""),
        **_emptied_if_absent(there),
        "extras": extras,
        "resources": [_kept(item) for item in there.get("resources") or ()],
        "archived": moment,
    }


def _emptied_if_absent(there: Mapping[str, Any]) -> dict[str, Any]:
    """What a PUT empties when it does not say it; any other field stays as it is."""
    kept = {"tags": there.get("tags") or []}
    if there.get("temporal_coverage"):
        kept["temporal_coverage"] = there["temporal_coverage"]
    return kept


def resource_ids(package: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, str]:
    """Our resource id -> udata's, by the address of the file."""
    by_url = {item.get("url"): item.get("id") for item in there.get("resources") or ()}
    return {item["id"]: by_url[item["url"]] for item in _files(package) if by_url.get(item["url"])}


def fingerprint(package: Mapping[str, Any], organization: str, site: str) -> str:
    """Changes when, and only when, what we would send changes."""
    text = json.dumps(created(package, organization, site), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _shared(package: Mapping[str, Any]) -> dict[str, Any]:
    title = package.get("title") or package["name"]
    body = {
        "title": title,
        "description": package.get("notes") or title,
        "tags": _tags(item["name"] for item in package.get("tags") or ()),
        "license": _LICENCES.get(package.get("license_id", ""), "notspecified"),
    }
    frequency = str(package.get("frequency") or "").rpartition("/")[2]
    if frequency in _FREQUENCIES:
        body["frequency"] = _FREQUENCIES[frequency]
    year = str(package.get("fiscal_year") or "")
    if year.isascii() and year.isdigit():
        body["temporal_coverage"] = {"start": f"{year}-01-01", "end": f"{year}-12-31"}
    return body


def _tags(names: Iterable[str]) -> list[str]:
    """Slugs, in order: udata refuses the whole dataset for a tag under three characters."""
    slugs = dict.fromkeys(_slug(name) for name in names)
    return [slug for slug in slugs if _MIN_TAG <= len(slug) <= _MAX_TAG]


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _extras(package: Mapping[str, Any], site: str) -> dict[str, str]:
    """No empty value: udata refuses null, and an absent key says as much."""
    values = {
        MARK: package["id"],
        _SITE: site,
        "siret": package.get("siret") or "",
        "exercice": str(package.get("fiscal_year") or ""),
    }
    return {key: value for key, value in values.items() if value}


def _files(package: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [item for item in package.get("resources") or () if item.get("url")]


def _resource(item: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "title": item.get("name") or item.get("format") or "Fichier",
        "description": item.get("description") or "",
        "type": "main",
        "filetype": "remote",
        "url": item["url"],
        "format": (item.get("format") or "").lower(),
        "mime": item.get("mimetype") or "",
    }
    if item.get("hash"):
        body["checksum"] = {"type": "sha256", "value": item["hash"]}
    if item.get("size"):
        body["filesize"] = int(item["size"])
    if item.get("role") in ("scdl", "subventions"):
        # A plain string is silently dropped, a version alone is refused; a version that the site's
        # own list of schemas lacks might be, so none is sent.
        role = "budget" if item["role"] == "scdl" else item["role"]
        body["schema"] = {"name": f"scdl/{role}"}
    return body


_WRITABLE = (
    "id title description type filetype url format mime filesize checksum schema extras".split()
)


def _kept(item: Mapping[str, Any]) -> dict[str, Any]:
    """A resource as it is there, without what the API only reads."""
    return {key: item[key] for key in _WRITABLE if item.get(key) is not None}
