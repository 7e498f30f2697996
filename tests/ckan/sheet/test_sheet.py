"""The sheet as data: what a header fills, what the validators accept, what the index holds."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import ckanext.budget
from ckanext.budget import sheet
from ckanext.budget.sheet.fields import _grouped, title_of
from ckanext.budget.sheet.helpers import budget_documents

SCHEMA = yaml.safe_load(
    Path(ckanext.budget.__file__).with_name("schemas").joinpath("budget.yaml").read_text("utf-8")
)


def fields() -> list[tuple[str, dict]]:
    return [
        (f"{kind}/{field['field_name']}", field)
        for kind in ("dataset_fields", "resource_fields")
        for field in SCHEMA[kind]
    ]


@pytest.mark.parametrize(("name", "field"), fields(), ids=[name for name, _field in fields()])
def test_every_label_help_and_choice_is_bilingual(name, field):
    texts = [field["label"], field.get("help_text", "")]
    texts += [choice["label"] for choice in field.get("choices", ())]
    for text in texts:
        if isinstance(text, dict):
            assert set(text) == {"fr", "en"}
            assert all(text.values())
        else:
            assert text in ("", "SIRET", "SIREN", "URI"), "the same word in both languages only"


def test_fields_that_publication_writes_are_in_the_sheet(portal, make_document):
    portal.publish(make_document())
    dataset = portal.dataset("budget-21670482500019-2022")
    assert dataset.get("extras", []) == []
    known = {field["field_name"] for field in SCHEMA["resource_fields"]}
    core = (
        "cache_last_updated cache_url created datastore_active id last_modified metadata_modified "
        "mimetype mimetype_inner package_id position resource_type size state url_type"
    ).split()
    for resource in dataset["resources"]:
        assert set(resource) - known - set(core) == set()


@pytest.mark.parametrize(
    ("body_label", "name", "kind"),
    [
        ("Commune", "MAIRIE DE LA RÉGION", "commune"),
        ("EPCI", "Grand Essai", "epci"),
        ("", "Communauté de communes du Ried", "epci"),
        ("Département", "DEPARTEMENT DU BAS-RHIN", "departement"),
        ("Région", "Région Grand Est", "region"),
        ("", "SIVOM de la Vallée", "syndicat"),
        ("", "Syndicat mixte du SCoT d'Essai", "scot_petr"),
        ("CCAS", "CCAS de la commune d'Essai", "ccas_cias"),
        ("", "Parc naturel régional des Ballons", "pnr"),
        ("", "SDIS 67", "autre"),
    ],
)
def test_body_kind(body_label, name, kind):
    class Header:
        pass

    header = Header()
    header.body_label, header.name = body_label, name
    assert sheet.body_kind(header) == kind


def test_documents_are_ordered_by_stage_then_number():
    slugs = ["1-2022-ca", "1-2022-dm-10", "1-2022-dm-2", "1-2022-bp"]
    stages = ["CA", "DM", "DM", "BP"]
    resources = [
        {"document": slug, "stage": stage, "role": role}
        for slug, stage in zip(slugs, stages, strict=True)
        for role in ("annexe", "xml", "scdl")
    ]
    ordered = sheet.ordered([{"name": "note"}, *resources])
    expected = ["1-2022-bp", "1-2022-dm-2", "1-2022-dm-10", "1-2022-ca", None]
    assert [item.get("document") for item in ordered[::3]] == expected
    assert [item["role"] for item in ordered[:3]] == ["scdl", "xml", "annexe"]


def test_findings_are_grouped_by_code():
    finding = {"severity": "warning", "message": "m", "remedy": "r", "place": "ligne 3"}
    many = [{"code": "A", **finding}] * 5000 + [{"code": "B", **finding}]
    groups = _grouped(many)
    assert [(group["code"], group["count"]) for group in groups] == [("A", 5000), ("B", 1)]


def test_facets_by_stage_and_kind(portal, make_document):
    portal.publish(make_document())
    portal.publish(make_document(stage="09"))
    portal.publish(make_document(year=2023))
    found = portal.action(
        "package_search",
        fq="dataset_type:budget",
        **{"facet.field": ["vocab_stages", "body_kind", "fiscal_year"], "facet.mincount": 1},
    )
    facets = {
        name: {item["name"]: item["count"] for item in facet["items"]}
        for name, facet in found["search_facets"].items()
    }
    assert facets == {
        "vocab_stages": {"BP": 2, "CA": 1},
        "body_kind": {"commune": 2},
        "fiscal_year": {"2022": 1, "2023": 1},
    }
    labels = {item["display_name"] for item in found["search_facets"]["vocab_stages"]["items"]}
    assert labels <= {
        "Budget primitif",
        "Compte administratif",
        "Initial budget",
        "Administrative account",
    }


@pytest.mark.parametrize(
    ("slug", "title"),
    [
        ("21670482500019-2022-bp", "Budget primitif 2022"),
        ("21670482500019-2022-dm-1", "Décision modificative n° 1 2022"),
        ("21670482500019-2022-dm-20221122", "Décision modificative du 22/11/2022"),
        ("21670482500019-2022-bs-1", "Budget supplémentaire 2022"),
        ("21670482500019-2022-dm", "Décision modificative 2022"),
        ("autre chose", "autre chose"),
    ],
)
def test_a_document_is_named_by_its_identity(slug, title):
    assert title_of(slug) == title


def test_documents_are_shown_in_the_order_of_the_year():
    told = [
        ("ca", "CA", "2023-06-20"),
        ("dm-1", "DM", "2022-11-08"),
        ("bs", "BS", "2022-06-30"),
        ("bp", "BP", "2022-04-01"),
    ]
    resources = [
        {"document": slug, "stage": stage, "voted_on": day, "role": "scdl"}
        for slug, stage, day in told
    ]
    shown = [one["main"]["document"] for one in budget_documents(resources)]
    assert shown == ["bp", "bs", "dm-1", "ca"]
