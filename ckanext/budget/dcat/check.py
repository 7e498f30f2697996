"""What a harvester will find missing in the catalogue: every page read as it reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from rdflib import RDF, Graph, Namespace, URIRef

DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCT = Namespace("http://purl.org/dc/terms/")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")

Level = Literal["error", "warning"]
Scope = Literal["dataset", "distribution"]

EU = "http://publications.europa.eu/resource/authority"


@dataclass(frozen=True)
class Requirement:
    """A property path that must lead to a value; ``prefix`` is how that value starts."""

    code: str
    scope: Scope
    path: tuple[URIRef, ...]
    level: Level
    message: str
    prefix: str = ""


@dataclass(frozen=True)
class Lack:
    """A requirement that one dataset or distribution does not meet."""

    requirement: Requirement
    subject: str


def _dataset(
    code: str, path: Any, message: str, level: Level = "error", prefix: str = ""
) -> Requirement:
    path = path if isinstance(path, tuple) else (path,)
    return Requirement(code, "dataset", path, level, message, prefix)


def _file(
    code: str, path: Any, message: str, level: Level = "error", prefix: str = ""
) -> Requirement:
    path = path if isinstance(path, tuple) else (path,)
    return Requirement(code, "distribution", path, level, message, prefix)


REQUIREMENTS = (
    _dataset("identifiant", DCT.identifier, "identifiant stable (URL)", prefix="http"),
    _dataset("titre", DCT.title, "titre"),
    _dataset("description", DCT.description, "description"),
    _dataset("producteur", (DCT.publisher, FOAF.name), "nom du producteur"),
    _dataset("siret", (DCT.publisher, DCT.identifier), "SIRET du producteur"),
    _dataset("licence", DCT.license, "adresse de la licence", prefix="http"),
    _dataset("schema", DCT.conformsTo, "schéma suivi", "warning", "http"),
    _dataset("periode", (DCT.temporal, DCAT.startDate), "période couverte"),
    _dataset("territoire", DCT.spatial, "territoire par un code officiel", prefix="http"),
    _dataset("frequence", DCT.accrualPeriodicity, "fréquence (table européenne)", prefix=EU),
    _dataset("theme", DCAT.theme, "thème (table européenne)", prefix=EU),
    _dataset("contact", (DCAT.contactPoint, VCARD.fn), "contact"),
    _dataset("courriel", (DCAT.contactPoint, VCARD.hasEmail), "courriel du contact", "warning"),
    _dataset("page", DCAT.landingPage, "page du jeu de données", prefix="http"),
    _dataset("fichiers", DCAT.distribution, "fichiers"),
    _dataset("mots-cles", DCAT.keyword, "mots-clés", "warning"),
    _file("adresse", DCAT.accessURL, "adresse d'accès", prefix="http"),
    _file("telechargement", DCAT.downloadURL, "adresse de téléchargement", prefix="http"),
    _file("licence-fichier", DCT.license, "licence du fichier", prefix="http"),
    _file("format", DCT["format"], "format (table européenne)", "warning", EU),
    _file("type", DCAT.mediaType, "type de média (IANA)", "error", "https://www.iana.org/"),
    _file("empreinte", (SPDX.checksum, SPDX.checksumValue), "empreinte du fichier", "warning"),
    _file("taille", DCAT.byteSize, "taille du fichier", "warning"),
)
"""Mandatory and recommended properties of DCAT-AP 3.0, and what udata reads."""

Get = Callable[[str], bytes]


def pages(get: Get, start: str, format: str) -> Iterator[Graph]:
    """Each page of the feed, following ``hydra:nextPage``; raises what rdflib or ``get`` raises.

    ``get`` returns the body at an address; ``format`` is rdflib's name of the syntax.
    """
    address, seen = start, set()
    while address and address not in seen:
        seen.add(address)
        graph = Graph().parse(data=get(address), format=format)
        yield graph
        address = next((str(value) for value in graph.objects(None, HYDRA.nextPage)), "")


def number_of_pages(graph: Graph) -> int:
    """Pages of the whole feed, as any of them tells."""
    items = next((int(str(value)) for value in graph.objects(None, HYDRA.totalItems)), 0)
    by_page = next((int(str(value)) for value in graph.objects(None, HYDRA.itemsPerPage)), 0)
    return -(-items // by_page) if by_page else 1


def check(graph: Graph) -> Iterator[Lack]:
    """What each budget of a page lacks; other datasets are not looked at."""
    for dataset in budgets(graph):
        for requirement in REQUIREMENTS:
            subjects = [dataset]
            if requirement.scope == "distribution":
                subjects = list(graph.objects(dataset, DCAT.distribution))
            for subject in subjects:
                if not _is_met(graph, subject, requirement):
                    yield Lack(requirement, str(subject))


def budgets(graph: Graph) -> list[Any]:
    """Datasets that follow SCDL budget or whose page is a budget's."""
    found = []
    for dataset in graph.subjects(RDF.type, DCAT.Dataset):
        page = str(graph.value(dataset, DCAT.landingPage) or "")
        if "/budget/" in page or any(
            "/scdl/budget" in str(value) for value in graph.objects(dataset, DCT.conformsTo)
        ):
            found.append(dataset)
    return found


def _is_met(graph: Graph, subject: Any, requirement: Requirement) -> bool:
    values = [subject]
    for predicate in requirement.path:
        values = [item for value in values for item in graph.objects(value, predicate)]
    return any(str(value).startswith(requirement.prefix) and str(value) for value in values)
