"""Profile ``budget_dcat_ap_3``: DCAT-AP 3 of ckanext-dcat, with what a budget's sheet knows.

Datasets of other types are written as the general profile does. What the sheet does not know is
not invented: the check of this package tells it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckanext.dcat.profiles import EuropeanDCATAP3Profile
from ckanext.dcat.profiles.base import (
    DCAT,
    DCT,
    FOAF,
    OWL,
    RDF,
    RDFS,
    SKOS,
    SPDX,
    VCARD,
    CleanedURIRef,
)
from ckanext.dcat.utils import catalog_uri, dataset_uri, resource_uri
from rdflib import XSD, BNode, Literal, URIRef

from ckanext.budget.dcat import authorities

SCHEMAS = "https://schema.data.gouv.fr/"
SCDL = f"{SCHEMAS}scdl/budget/"
SPDX_SHA256 = URIRef("http://spdx.org/rdf/terms#checksumAlgorithm_sha256")


class BudgetDcatProfile(EuropeanDCATAP3Profile):
    """Complete descriptions of budgets for national and European harvesters."""

    def __init__(self, graph: Any, dataset_type: str = "dataset", **options: Any) -> None:
        """With our own sheet where the portal has none for ``dataset_type``.

        ckanext-dcat 2.4 fails on every page when scheming has no schema for plain datasets.
        """
        known = tk.get_action("scheming_dataset_schema_list")({}, {})
        kind = dataset_type if dataset_type in known else "budget"
        super().__init__(graph, dataset_type=kind, **options)

    def graph_from_catalog(self, catalog_dict: Any, catalog_ref: Any) -> None:
        """The catalogue with its publisher and its language by URI (both mandatory or advised)."""
        super().graph_from_catalog(catalog_dict, catalog_ref)
        language = authorities.LANGUAGES.get(tk.config.get("ckan.locale_default"))
        if language:
            self.g.remove((catalog_ref, DCT.language, None))
            self._typed(catalog_ref, DCT.language, language, DCT.LinguisticSystem)
        if not self.g.value(catalog_ref, DCT.description):
            self.g.add((catalog_ref, DCT.description, Literal(tk.config.get("ckan.site_title"))))
        publisher = URIRef(f"{catalog_uri().rstrip('/')}/about")
        self.g.add((publisher, RDF.type, FOAF.Agent))
        self.g.add((publisher, FOAF.name, Literal(tk.config.get("ckan.site_title"))))
        self.g.add((catalog_ref, DCT.publisher, publisher))

    def graph_from_dataset(self, dataset_dict: Any, dataset_ref: Any) -> None:
        super().graph_from_dataset(dataset_dict, dataset_ref)
        if dataset_dict.get("type") != "budget":
            return
        self._identity(dataset_dict, dataset_ref)
        self._publisher(dataset_dict, dataset_ref)
        self._contact(dataset_dict, dataset_ref)
        self._coverage(dataset_dict, dataset_ref)
        self._standard(dataset_dict, dataset_ref)
        licence = _licence_uri(dataset_dict)
        if licence:
            self._typed(dataset_ref, DCT.license, licence, DCT.LicenseDocument)
        for resource in dataset_dict.get("resources", ()):
            self._distribution(resource, dataset_dict, licence)

    def _typed(self, subject: Any, predicate: Any, uri: str, kind: Any) -> URIRef:
        node = CleanedURIRef(uri)
        self.g.add((node, RDF.type, kind))
        self.g.add((subject, predicate, node))
        return node

    def _identity(self, sheet: Mapping[str, Any], ref: Any) -> None:
        """A stable URL as identifier: udata takes it for identity across harvest sources."""
        self.g.remove((ref, DCT.identifier, None))
        self.g.add((ref, DCT.identifier, Literal(dataset_uri(sheet))))
        page = tk.url_for("budget.read", id=sheet["name"], _external=True, locale="default")
        self.g.remove((ref, DCAT.landingPage, None))
        self._typed(ref, DCAT.landingPage, page, FOAF.Document)
        self._typed(ref, DCT.accessRights, authorities.PUBLIC, DCT.RightsStatement)

    def _publisher(self, sheet: Mapping[str, Any], ref: Any) -> None:
        """The body whose budget it is, by its SIRET; not the organisation that publishes for it."""
        for agent in list(self.g.objects(ref, DCT.publisher)):
            self.g.remove((agent, None, None))
        self.g.remove((ref, DCT.publisher, None))
        siret = sheet.get("main_budget_siret") or sheet.get("siret") or ""
        agent = BNode(f"body{siret}" if siret else None)
        self.g.add((ref, DCT.publisher, agent))
        self.g.add((agent, RDF.type, FOAF.Agent))
        self.g.add((agent, FOAF.name, Literal(sheet.get("body_name") or sheet.get("title"))))
        if siret:
            self.g.add((agent, DCT.identifier, Literal(siret)))
        kind = URIRef(authorities.body_type(sheet.get("body_kind", "")))
        self.g.add((agent, DCT.type, kind))

    def _contact(self, sheet: Mapping[str, Any], ref: Any) -> None:
        """The service of the sheet; else the organisation and its page on the portal."""
        if any(any(item.values()) for item in sheet.get("contact") or ()):
            return
        for node in list(self.g.objects(ref, DCAT.contactPoint)):
            self.g.remove((node, None, None))
        self.g.remove((ref, DCAT.contactPoint, None))
        organization = sheet.get("organization") or {}
        if not organization.get("name"):
            return
        node = BNode()
        page = tk.url_for(
            "organization.read", id=organization["name"], _external=True, locale="default"
        )
        self.g.add((ref, DCAT.contactPoint, node))
        self.g.add((node, RDF.type, VCARD.Organization))
        self.g.add((node, VCARD.fn, Literal(organization.get("title") or organization["name"])))
        self.g.add((node, VCARD.hasURL, URIRef(page)))

    def _coverage(self, sheet: Mapping[str, Any], ref: Any) -> None:
        """The exercise, which is the calendar year; the territory by name, INSEE code and NUTS."""
        year = str(sheet.get("fiscal_year") or "")
        if not self.g.value(ref, DCT.temporal) and year.isascii() and year.isdigit():
            period = BNode()
            self.g.add((ref, DCT.temporal, period))
            self.g.add((period, RDF.type, DCT.PeriodOfTime))
            for predicate, day in ((DCAT.startDate, "01-01"), (DCAT.endDate, "12-31")):
                self.g.add((period, predicate, Literal(f"{year}-{day}", datatype=XSD.date)))
        kind = sheet.get("body_kind", "")
        area = authorities.nuts(_department(sheet), kind) or authorities.COUNTRY
        if not any(item.get("uri") for item in sheet.get("spatial_coverage") or ()):
            self._typed(ref, DCT.spatial, area, DCT.Location)
        if not sheet.get("spatial_coverage") and sheet.get("insee_code"):
            place = BNode()
            name = sheet.get("territory") or sheet.get("body_name") or sheet["insee_code"]
            self.g.add((ref, DCT.spatial, place))
            self.g.add((place, RDF.type, DCT.Location))
            self.g.add((place, SKOS.prefLabel, Literal(name)))
            self.g.add((place, DCT.identifier, Literal(sheet["insee_code"])))

    def _standard(self, sheet: Mapping[str, Any], ref: Any) -> None:
        """The schema of the tables, with a name for machines and for people."""
        if any(item.get("role") == "scdl" for item in sheet.get("resources", ())):
            node = self._typed(ref, DCT.conformsTo, SCDL, DCT.Standard)
            self.g.set((node, DCT.title, Literal("scdl/budget")))

    def _distribution(
        self, resource: Mapping[str, Any], sheet: Mapping[str, Any], licence: str
    ) -> None:
        ref = CleanedURIRef(resource_uri(resource))
        if licence and not self.g.value(ref, DCT.license):
            self._typed(ref, DCT.license, licence, DCT.LicenseDocument)
        self.g.set((ref, DCT.identifier, Literal(resource_uri(resource))))
        if resource.get("url"):
            self._typed(ref, DCAT.accessURL, resource["url"], RDFS.Resource)
            self._typed(ref, DCAT.downloadURL, resource["url"], RDFS.Resource)
        self._formats(resource, ref)
        if resource.get("role") in ("scdl", "subventions"):
            self._table_schema(resource, ref)
        for language in _languages(sheet):
            self._typed(ref, DCT.language, language, DCT.LinguisticSystem)

    def _formats(self, resource: Mapping[str, Any], ref: Any) -> None:
        """Formats by URI where the general profile writes words."""
        uris = (
            (DCAT.mediaType, authorities.media_type(resource.get("mimetype") or ""), DCT.MediaType),
            (
                DCT["format"],
                authorities.file_type(resource.get("format") or ""),
                DCT.MediaTypeOrExtent,
            ),
        )
        for predicate, uri, kind in uris:
            if uri:
                self.g.remove((ref, predicate, None))
                self._typed(ref, predicate, uri, kind)
        checksum = self.g.value(ref, SPDX.checksum)
        if checksum is not None and not self.g.value(checksum, SPDX.algorithm):
            self.g.add((checksum, SPDX.algorithm, SPDX_SHA256))

    def _table_schema(self, resource: Mapping[str, Any], ref: Any) -> None:
        """The version of SCDL that the table follows: one address per version."""
        version = resource.get("schema_version") or ""
        name = resource.get("schema_name") or "scdl/budget"
        place = f"{SCHEMAS}{name}/"
        address = f"{place}{version}/documentation.html" if version else place
        self.g.remove((ref, DCT.conformsTo, None))
        node = self._typed(ref, DCT.conformsTo, address, DCT.Standard)
        self.g.set((node, DCT.title, Literal(name)))
        if version:
            self.g.set((node, OWL.versionInfo, Literal(version)))


def _department(sheet: Mapping[str, Any]) -> str:
    """INSEE code of the département, that of the commune's code when the sheet has none."""
    commune = str(sheet.get("insee_code") or "")
    from_commune = commune[: 3 if commune.startswith("97") else 2] if len(commune) == 5 else ""
    return sheet.get("department") or from_commune


def _languages(sheet: Mapping[str, Any]) -> list[str]:
    language = sheet.get("language") or authorities.LANGUAGES["fr"]
    return [language] if isinstance(language, str) else list(language)


def _licence_uri(sheet: Mapping[str, Any]) -> str:
    """Address of the licence in the portal's register; empty when it has none."""
    identifier = sheet.get("license_id")
    known = model.Package.get_license_register().get(identifier) if identifier else None
    return (getattr(known, "url", "") if known else "") or sheet.get("license_url") or ""
