"""The metadata sheet as the document fills it: header and report -> dataset and resource fields.

Pure functions over plain dictionaries: nothing here reads a database.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ckanext.budget.sheet.agreement import department_of, disagreements
from ckanext.budget.sheet.identity import resource_id
from ckanext.budget.totem.annexes import grants
from ckanext.budget.totem.identifiers import is_siren, is_siret
from ckanext.budget.totem.model import Header, Stage
from ckanext.budget.totem.privacy.policy import POLICIES

SCDL_SCHEMA = "scdl/budget"
SCDL_VERSION = "0.8.3"
SCDL_URL = "https://schema.data.gouv.fr/scdl/budget/"
HASH_ALGORITHM = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
_EU = "http://publications.europa.eu/resource/authority"

CHECKED = ("scdl", "xml")
"""Roles of the files that the rules read: each has its report and its quality."""

QUALITIES = ("conforme", "avertissements", "erreurs")
"""From best to worst."""

_BODY_KINDS = (
    ("ccas_cias", r"\b(ccas|cias|action sociale)\b"),
    ("pnr", r"\b(pnr|parcs? naturels?)\b"),
    ("scot_petr", r"\b(scot|petr|p[oô]le d'[ée]quilibre)\b"),
    ("syndicat", r"\b(syndicats?|siv(u|om)|smictom|sictom)\b"),
    ("epci", r"\b(epci|communaut[ée]s?|m[ée]tropole|intercommunal\w*|cc|ca|cu)\b"),
    ("departement", r"\bd[ée]partements?\b|\bconseil d[ée]partemental\b|\bconseil g[ée]n[ée]ral\b"),
    ("region", r"\br[ée]gions?\b|\bconseil r[ée]gional\b"),
    ("commune", r"\b(communes?|mairies?|villes?)\b"),
)
"""Kind of body by the first pattern found in NatCEPL, then in LibelleColl (free texts both)."""


def body_kind(header: Header) -> str:
    """A choice of ``body_kind``, ``autre`` when neither text tells."""
    for text in (header.body_label, header.name):
        for kind, pattern in _BODY_KINDS:
            if re.search(pattern, text, re.IGNORECASE):
                return kind
    return "autre"


def quality_of(report: Mapping[str, Any]) -> str:
    """The worst severity among the findings of the report, as a choice of ``quality``."""
    severities = {finding.get("severity") for finding in report.get("findings", ())}
    if "error" in severities:
        return "erreurs"
    return "avertissements" if "warning" in severities else "conforme"


ABOUT = (
    "body_name",
    "body_kind",
    "siren",
    "insee_code",
    "department",
    "budget_type",
    "budget_name",
    "main_budget_name",
    "main_budget_siret",
    "norm",
    "norm_variant",
    "presentation",
    "population",
)
"""What each document says of the budget, kept with it: it goes and comes back with its document."""

OF_DOCUMENTS_ALONE = ("norm_variant", "population")
"""Nobody knows them once no document says them; the others describe the budget itself."""


def dataset_fields(header: Header, policy: str) -> dict[str, Any]:
    """What the document says of the whole budget."""
    return {
        "type": "budget",
        "body_name": header.name,
        "body_kind": body_kind(header),
        **_body(header),
        "budget_type": header.budget_type,
        "budget_name": header.budget_name,
        "main_budget_name": header.main_budget_name,
        "main_budget_siret": _if_valid(header.main_budget_siret, is_siret),
        "fiscal_year": str(header.fiscal_year),
        "norm": header.norm,
        "norm_variant": header.variant,
        "presentation": "fonction" if header.by_function else "nature",
        "population": str(header.population) if header.population else "",
        "masking_policy": policy,
    }


def table_dataset_fields(header: Header) -> dict[str, Any]:
    """What an SCDL table alone says of the budget."""
    told = ("type", "body_name", "body_kind", "siret", "siren", "budget_type", "fiscal_year")
    everything = dataset_fields(header, "")
    return {name: everything[name] for name in told} | {
        "notes": f"Budget {header.fiscal_year} de « {header.name} », au format SCDL (CSV).",
        "known_limits": TABLE_LIMITS,
    }


TABLE_LIMITS = (
    "Table SCDL reprise telle quelle de sa source. Elle ne dit ni le numéro d'une décision "
    "modificative, ni la nomenclature, ni si le budget est principal ou annexe : ce dernier point "
    "est déduit de son nom."
)


def _body(header: Header) -> dict[str, str]:
    """Identifiers of the body; what the document gets wrong is left out."""
    said = {
        "siret": header.siret,
        "siren": siren_of(header),
        "insee_code": header.insee_code,
        "department": header.department or department_of(header.insee_code),
    }
    return said | dict.fromkeys(disagreements(said), "")


def siren_of(header: Header) -> str:
    """SIREN of the body that votes the budget: of ``IdEtab``, which the dataset is named after;
    empty when its key is wrong."""
    return _if_valid(header.siret[:9], is_siren)


def _if_valid(value: str, test: Callable[[str], bool]) -> str:
    """The value, or nothing: the sheet would refuse a wrong key, which is only a finding."""
    return value if test(value) else ""


def proposals(header: Header, licence: str, per: str = "exercise") -> dict[str, Any]:
    """First values of what the document does not say; a publisher's later edit always stays."""
    year = header.fiscal_year
    return {
        "title": _title(header, per),
        "notes": _summary(header),
        "license_id": licence,
        "frequency": f"{_EU}/frequency/ANNUAL",
        "language": f"{_EU}/language/FRA",
        "theme": [f"{_EU}/data-theme/GOVE"],
        "conforms_to": [SCDL_URL],
        "temporal_coverage": [{"start": f"{year}-01-01", "end": f"{year}-12-31"}],
        "tags": [{"name": name} for name in ("budget", "finances publiques", "scdl")],
    }


def _title(header: Header, per: str) -> str:
    annex = header.budget_type == "annexe" and header.budget_name
    whose = f"{header.budget_name} – {header.name}" if annex else header.name
    kind = "Budget annexe" if annex else "Budget"
    if per == "document":
        return f"{document_title(header)} – {whose}"
    return f"{kind} – {whose}" if per == "budget" else f"{kind} {header.fiscal_year} – {whose}"


def _summary(header: Header) -> str:
    kind = "annexe " if header.budget_type == "annexe" else ""
    return (
        f"Documents du budget {kind}{header.fiscal_year} de « {header.name} » : lignes budgétaires "
        "au format SCDL (CSV), document TOTEM anonymisé (XML) et ses annexes (CSV)."
    )


def document_title(header: Header) -> str:
    """``Décision modificative n° 1 2022``; without a number, ``… du 22/11/2022``."""
    if header.stage is not Stage.DM:
        return f"{header.stage.title} {header.fiscal_year}"
    if not header.number and header.vote_date:
        year, month, day = header.vote_date[:10].split("-")
        return f"{header.stage.title} du {day}/{month}/{year}"
    number = f" n° {header.number}" if header.number else ""
    return f"{header.stage.title}{number} {header.fiscal_year}"


def title_of(slug: str) -> str:
    """The same from the document's identity: ``21670482500019-2022-dm-1``."""
    _siret, year, stage, number = [*slug.split("-", 3), "", "", ""][:4]
    found = Stage.__members__.get(stage.upper())
    if found is not Stage.DM or not number:
        return f"{found.title} {year}" if found else slug
    if day := re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", number):
        return f"{found.title} du {day[3]}/{day[2]}/{day[1]}"
    return f"{found.title} n° {number} {year}"


def document_resources(
    header: Header, report: Mapping[str, Any], provenance: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The resources of one document, without their files, in the order of their roles."""
    shared = {
        "document": header.slug,
        "stage": header.stage.name,
        "number": header.number,
        "voted_on": header.voted_on or "",
        "seal": report.get("seal", ""),
        "sealed_on": report.get("sealed_on", ""),
        "edited_on": header.edited_on,
        "masking_policy": report["masked"]["policy"],
        "masked_count": str(report["masked"]["count"]),
        "source_url": provenance.get("source_url") or "",
        "source_modified": provenance.get("source_modified") or "",
        "harvest_object_id": provenance.get("harvest_object_id") or "",
        "withdrawn_on": provenance.get("withdrawn_on") or "",
        "about": json.dumps(_about(header, report), ensure_ascii=False),
    }
    title = document_title(header)
    return [
        {
            **shared,
            **table_fields(report),
            "id": resource_id(header.slug, "scdl"),
            "name": f"{title} – lignes budgétaires (SCDL)",
        },
        {
            **shared,
            "id": resource_id(header.slug, "xml"),
            "name": f"{title} – document TOTEM anonymisé",
            "role": "xml",
            "format": "XML",
            "mimetype": "application/xml",
            "schema_name": "totem",
            "schema_version": header.schema_version,
            "quality": quality_of(report),
        },
        {
            **shared,
            "id": resource_id(header.slug, "annexe"),
            "name": f"{title} – annexes (CSV)",
            "description": ANNEXES,
            "role": "annexe",
            "format": "ZIP",
            "mimetype": "application/zip",
        },
        {
            **shared,
            "id": resource_id(header.slug, "subventions"),
            "name": f"{title} – subventions versées (SCDL)",
            "description": GRANTS,
            "role": "subventions",
            "format": "CSV",
            "mimetype": "text/csv",
            "schema_name": grants.SCHEMA,
            "schema_version": grants.VERSION,
        },
    ]


def _about(header: Header, report: Mapping[str, Any]) -> dict[str, Any]:
    is_table = report.get("kind") == "scdl"
    told = table_dataset_fields(header) if is_table else dataset_fields(header, "")
    return {name: told[name] for name in ABOUT if told.get(name)}


ANNEXES = (
    "Une table CSV par annexe du document, données personnelles masquées, et sa description "
    "(Table Schema)."
)


GRANTS = (
    "Qui reçoit quoi : les subventions de l'annexe du document, personnes physiques masquées, dans "
    "les colonnes du schéma national. Ce qu'un budget ne dit pas (date de la convention, "
    "conditions de versement…) reste vide."
)


def table_fields(report: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a resource that is an SCDL table, ours or made elsewhere, from its report."""
    return {
        "role": "scdl",
        "format": "CSV",
        "mimetype": "text/csv",
        "schema_name": SCDL_SCHEMA,
        "schema_version": SCDL_VERSION,
        "rows": str(report.get("rows", "")),
        "quality": quality_of(report),
        "findings": json.dumps(_grouped(report.get("findings", ())), ensure_ascii=False),
    }


def worst_quality(resources: Iterable[Mapping[str, Any]]) -> str:
    """The worst quality among the resources that have one, else nothing."""
    qualities = [item["quality"] for item in resources if item.get("quality") in QUALITIES]
    return max(qualities, key=QUALITIES.index, default="")


def _grouped(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Findings by code with their number: a report of any length stays a few kilobytes."""
    groups: dict[str, dict[str, Any]] = {}
    for finding in findings:
        group = groups.setdefault(
            finding["code"],
            {key: finding.get(key, "") for key in ("code", "severity", "message", "remedy")}
            | {"place": str(finding.get("place", "")), "count": 0},
        )
        group["count"] += finding.get("times", 1)
    return list(groups.values())


def recomputed(resources: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Fields of the dataset that follow from its documents, whichever of them came or went last.

    What they say of the budget is said by the last one voted; a table made elsewhere says less
    than a document, and never prevails over one. Published before each kept what it says, a
    document leaves the dataset as it is. Without any document nothing is known of its
    :data:`OF_DOCUMENTS_ALONE`, stages, vote and quality.
    """
    resources = list(resources)
    documents = [resource for resource in resources if resource.get("document")]
    present = {resource["stage"] for resource in documents if resource.get("stage")}
    votes = [resource["voted_on"] for resource in documents if resource.get("voted_on")]
    policies = [item.get("masking_policy") for item in documents]
    policies = [policy for policy in policies if policy in POLICIES]
    years = [item["document"].split("-")[1] for item in documents]
    return {
        **_said(documents),
        **({"fiscal_year": max(years)} if years else {}),
        **({"masking_policy": max(policies, key=POLICIES.index)} if policies else {}),
        "stages": [stage.name for stage in Stage if stage.name in present],
        "voted_on": max(votes, default=""),
        "quality": worst_quality(resources),
    }


def _said(documents: list[Mapping[str, Any]]) -> dict[str, Any]:
    if not documents:
        return dict.fromkeys(OF_DOCUMENTS_ALONE, "")
    said: dict[str, Any] = {}
    with_xml = {item["document"] for item in documents if item.get("role") == "xml"}
    for item in sorted(documents, key=lambda item: (item["document"] in with_xml, *_rank(item))):
        said |= about(item)
    return dict.fromkeys(OF_DOCUMENTS_ALONE, "") | said if said else {}


def about(resource: Mapping[str, Any]) -> dict[str, Any]:
    """What the document of this resource says of its budget (:data:`ABOUT`); empty when unknown."""
    try:
        found = json.loads(resource.get("about") or "{}")
    except ValueError:
        return {}
    return {name: found[name] for name in ABOUT if name in found} if isinstance(found, dict) else {}


def _rank(resource: Mapping[str, Any]) -> tuple[Any, ...]:
    """From the first document of a budget to the last: vote, then stage, then number."""
    slug = resource["document"]
    return (resource.get("voted_on") or "", _STAGES.get(resource.get("stage", ""), -1), slug)


_STAGES = {stage.name: rank for rank, stage in enumerate(Stage)}


def ordered(resources: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Documents by stage, number and role; the publisher's own resources last, in their order."""
    roles = {"scdl": 0, "xml": 1, "annexe": 2, "subventions": 3}

    def rank(resource: dict[str, Any]) -> tuple[Any, ...]:
        if not resource.get("document"):
            return (1,)
        return (
            0,
            _STAGES.get(resource.get("stage", ""), len(_STAGES)),
            (len(resource["document"]), resource["document"]),  # dm-2 before dm-10
            roles.get(resource.get("role", ""), len(roles)),
        )

    return sorted(resources, key=rank)
