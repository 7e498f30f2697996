"""One published resource looked at again: a stored XML or CSV file, or a link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ckanext.budget import collect, config, sheet
from ckanext.budget.collect.errors import UnsupportedContent
from ckanext.budget.core import compat
from ckanext.budget.core.recognise import REFUSED
from ckanext.budget.core.workdir import private_directory
from ckanext.budget.quality import store
from ckanext.budget.totem.files import sha256_of
from ckanext.budget.totem.recognise import recognise


class Seen(NamedTuple):
    """The file's SHA-256 and the report on it."""

    sha256: str
    report: dict[str, Any]


def inspect(resource: Mapping[str, Any]) -> Seen | None:
    """Check the resource; None when there is nothing to check in it."""
    if resource.get("url_type") != "upload":
        return _link(resource) if str(resource.get("url", "")).startswith("http") else None
    if resource.get("role") not in sheet.CHECKED:
        return None
    with stored_file(resource) as path:
        if path is None:
            return Seen("", _lost())
        return _file(path, resource)


@contextmanager
def stored_file(resource: Mapping[str, Any]) -> Iterator[Path | None]:
    """The resource's file of CKAN's storage, copied here when the storage is not a directory."""
    place, storage = compat.stored_place(dict(resource))
    if storage is None:
        path = Path(place)
        yield path if path.exists() else None
        return
    with private_directory() as folder:
        path = folder / "file"
        try:
            with path.open("wb") as copy:
                copy.writelines(compat.pieces(place, storage))
            known: Path | None = path
        except FileNotFoundError:
            known = None
        yield known


def _file(path: Path, resource: Mapping[str, Any]) -> Seen:
    from ckanext.budget.totem.checks.scdl import check_scdl

    sha256 = sha256_of(path)
    if resource["role"] == "xml":
        return Seen(sha256, published_xml(path, resource.get("seal") or ""))
    return Seen(sha256, check_scdl(path, _like(path, resource)).as_dict())


def _like(path: Path, resource: Mapping[str, Any]) -> dict[str, int]:
    """What the totals of a table made elsewhere should be like."""
    from ckanext.budget.quality.alike import is_on_line, reference_of
    from ckanext.budget.sheet.identity import resource_id

    if is_on_line(resource_id(resource.get("document") or "", "xml")):
        return {}  # made here, from that
    with path.open("rb") as stream:
        return reference_of(stream)


def published_xml(path: Path, seal: str) -> dict[str, Any]:
    """Check an anonymised document. Masking breaks the seal: that of the original is kept."""
    from ckanext.budget.totem.checks import check

    with path.open("rb") as stream:
        return check(stream, seal=seal).as_dict()


def _lost() -> dict[str, Any]:
    return _report(
        "totem",
        _finding(
            "L-FIC-001",
            "error",
            "Le fichier de la ressource manque dans le stockage du portail.",
            "Publiez de nouveau le document, ou restaurez le stockage depuis une sauvegarde.",
        ),
    )


# --- links ---------------------------------------------------------------------------------------


def _link(resource: Mapping[str, Any]) -> Seen:
    """Follow the link with the guards of the harvester: addresses, sizes, times."""
    former = (store.latest(resource["id"]) or {}).get("result", {}).get("link") or {}
    known = collect.Known(former.get("etag"), former.get("modified"))
    try:
        with private_directory() as folder:
            return _followed(resource["url"], folder / "file", known, former)
    except UnsupportedContent:
        return Seen(former.get("sha256", ""), _report("link", link=former))
    except collect.CollectError as error:
        finding = _finding(
            "L-LIEN-001",
            "warning" if error.transient else "error",
            str(error),
            "Corrigez l'adresse de la ressource, ou déposez le fichier sur le portail.",
        )
        return Seen(former.get("sha256", ""), _report("link", finding, link=former))


def _followed(url: str, path: Path, known: collect.Known, former: Mapping[str, Any]) -> Seen:
    with collect.source_for(url, {"kind": "file"}, network=config.network()) as source:
        locator = next(item.locator for item in source.list() if hasattr(item, "name"))
        fetched = source.fetch(locator, path, known)
    if isinstance(fetched, collect.NotModified):
        return Seen(former.get("sha256", ""), _report("link", *_kept(former), link=dict(former)))
    link: dict[str, Any] = {"sha256": fetched.sha256, "etag": fetched.etag}
    link["modified"] = fetched.modified
    findings = []
    if former.get("sha256") not in (None, "", fetched.sha256):
        findings.append(
            _finding(
                "L-LIEN-002",
                "info",
                "Le contenu du lien a changé depuis le dernier contrôle.",
                "Vérifiez que la fiche décrit toujours ce fichier.",
            )
        )
    link["raw"] = _holds_names(path)
    return Seen(fetched.sha256, _report("link", *findings, *_kept(link), link=link))


def _holds_names(path: Path) -> bool:
    """Whether the linked file is, or holds, a TOTEM document with personal values in clear."""
    with path.open("rb") as stream:
        kind = recognise(stream).kind
    if kind != "totem":
        return kind in REFUSED
    report = published_xml(path, "")
    return any(finding["code"].startswith("T-PRI") for finding in report["findings"])


def _kept(link: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not link.get("raw"):
        return []
    return [
        _finding(
            "L-LIEN-003",
            "error",
            "Le lien mène à un document TOTEM qui contient des données personnelles en clair.",
            "Déposez le document sur le portail, qui l'anonymise, et retirez le lien.",
        )
    ]


def _finding(code: str, severity: str, message: str, remedy: str) -> dict[str, Any]:
    return {
        "code": code,
        "severity": severity,
        "place": "",
        "message": message,
        "remedy": remedy,
    }


def _report(kind: str, *findings: dict[str, Any], link: Any = None) -> dict[str, Any]:
    return {"kind": kind, "findings": list(findings), "link": link}
