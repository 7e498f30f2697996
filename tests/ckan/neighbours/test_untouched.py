"""What belongs to others stays theirs: catalogue, profile, facets, pages of other harvesters."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.budget.core import signals
from ckanext.budget.dcat import hooks
from ckanext.budget.plugin import CKAN_FACETS

from . import other

OTHER = """[ckan.plugins]
other = {module}:OtherPlugin
"""


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The other plugin is found as an installed one is, and stays so: CKAN looks for it again when
    the plugins of the next test are loaded."""
    folder = tmp_path_factory.mktemp("installed") / "other-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1\n")
    (folder / "entry_points.txt").write_text(OTHER.format(module=other.__name__))
    sys.path.append(str(folder.parent))


@pytest.fixture(params=["before", "after"])
def plugins(request: pytest.FixtureRequest, installed: None) -> str:
    """The other plugin stands on either side of ours."""
    ours = "budget totem_harvester harvest scheming_datasets dcat datastore"
    return f"other {ours}" if request.param == "before" else f"{ours} other"


def facets(kind: str) -> list[str]:
    import ckan.plugins as p

    found: dict[str, str] = dict.fromkeys(CKAN_FACETS, "")
    for plugin in p.PluginImplementations(p.IFacets):
        found = plugin.dataset_facets(found, kind)
    return list(found)


def test_facets_of_others_stay_in_their_order(portal: Any) -> None:
    theirs = ["vocab_theme", "frequency"]
    assert [name for name in facets("budget") if name in theirs] == theirs
    assert facets("budget")[0] in ("body_kind", "vocab_theme")
    assert "quality" in facets("budget") and not set(CKAN_FACETS) & set(facets("budget"))
    assert facets("dataset") == [*CKAN_FACETS, *theirs]


@pytest.mark.parametrize("profile", ["", "euro_dcat_ap_2", "euro_dcat_ap_3", "schemaorg"])
def test_the_catalogue_answers_with_any_profile(
    profile: str, portal: Any, app: Any, make_document: Any
) -> None:
    """Plain datasets have no schema on this portal: scheming is here for budgets alone."""
    plain = factories.Dataset(owner_org=portal.organization["id"], title="Arbres")
    portal.publish(make_document())
    asked = f"?profiles={profile}" if profile else ""
    page = app.get(f"/catalog.ttl{asked}", status=200).body
    assert "Arbres" in page
    assert app.get(f"/dataset/{plain['name']}.ttl{asked}", status=200)


def test_a_written_choice_of_profile_stays(tmp_path: Path) -> None:
    ini = tmp_path / "portal.ini"
    option = "ckanext.dcat.rdf.profiles"
    for written, proposed in (
        ("", hooks.PROFILE),
        (f"{option} = euro_dcat_ap_3", "euro_dcat_ap_3"),
    ):
        ini.write_text(f"[app:main]\nuse = egg:ckan\n{written}\n")
        config = {"__file__": str(ini), option: "euro_dcat_ap_3"}
        hooks.propose_profile(config)
        assert config[option] == proposed


def test_a_listener_hears_and_may_fail(
    portal: Any, make_document: Any, caplog: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(signals.log, "disabled", False)  # by alembic, when it runs
    other.HEARD.clear()
    outcome = portal.publish(make_document())
    portal.publish(make_document())  # the same bytes: nothing happened
    assert [("heard", outcome.package_id, outcome.document)] == other.HEARD
    assert "listener of budget_published: ValueError" in caplog.text
    other.HEARD.clear()
    tk.get_action("budget_document_withdraw")(
        portal.context(),
        {"package_id": outcome.package_id, "document": outcome.document, "reason": "x"},
    )
    assert [("heard", outcome.package_id, outcome.document)] == other.HEARD
