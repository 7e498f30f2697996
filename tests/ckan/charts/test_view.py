"""The resource view: where it appears, what its page says without scripts, its settings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from ckanext.budget.charts.settings import TABS
from ckanext.budget.totem.summary.findings import MESSAGES

Charts = Any
Maker = Callable[..., bytes]


def views(charts: Charts, resource: dict[str, Any]) -> list[dict[str, Any]]:
    return charts.action("resource_view_list", id=resource["id"])


def budget_view(charts: Charts, resource: dict[str, Any]) -> dict[str, Any]:
    [view] = [item for item in views(charts, resource) if item["view_type"] == "budget_view"]
    return view


def page(charts: Charts, app: Any, resource: dict[str, Any]) -> str:
    package = charts.action("package_show", id=resource["package_id"])
    view = budget_view(charts, resource)
    address = f"/{package['type']}/{package['name']}/resource/{resource['id']}/view/{view['id']}"
    return app.get(address, status=200).get_data(as_text=True)


def options(html: str) -> dict[str, Any]:
    return json.loads(unescape(re.search(r"data-budget-view='([^']*)'", html)[1]))


def script(html: str, name: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', html, re.S)
    return json.loads(found[1]) if found else None


class TestWhere:
    """On SCDL resources, by itself, once."""

    def test_a_published_document_has_its_charts_first(
        self, charts: Charts, make_document: Maker
    ) -> None:
        resource = charts.publish(make_document())
        assert views(charts, resource)[0]["view_type"] == "budget_view"
        charts.publish(make_document(amount="2.00"))
        assert budget_view(charts, resource)

    def test_the_xml_has_none(self, charts: Charts, make_document: Maker) -> None:
        scdl = charts.publish(make_document())
        package = charts.action("package_show", id=scdl["package_id"])
        [xml] = [item for item in package["resources"] if item["role"] == "xml"]
        assert views(charts, xml) == []

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"name": "Budget SCDL 2022"}, True),
            ({"name": "Lignes", "schema": "scdl/budget"}, True),
            ({"name": "Lignes", "schema_name": "https://scdl.example/scdl/budget/0.8"}, True),
            ({"name": "Lignes"}, False),
            ({"name": "Budget SCDL 2022", "format": "PDF"}, False),
        ],
    )
    def test_a_csv_put_by_hand_has_charts_when_it_is_scdl(
        self, charts: Charts, fields: dict[str, str], expected: bool
    ) -> None:
        resource = charts.link("http://127.0.0.1:1/lines.csv", **fields)
        types = [view["view_type"] for view in views(charts, resource)]
        assert ("budget_view" in types) is expected

    def test_a_removed_view_stays_away(self, charts: Charts, make_document: Maker) -> None:
        resource = charts.publish(make_document())
        charts.summary(resource)
        charts.action("resource_view_delete", id=budget_view(charts, resource)["id"])
        charts.publish(make_document(amount="2.00"))
        assert "budget_view" not in [view["view_type"] for view in views(charts, resource)]

    def test_the_portal_may_do_without(
        self, charts: Charts, make_document: Maker, ckan_config: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setitem(ckan_config, "ckanext.budget.view.automatic", False)
        resource = charts.publish(make_document())
        assert "budget_view" not in [view["view_type"] for view in views(charts, resource)]


class TestPage:
    """What is there before any script."""

    def test_key_figures_are_those_of_the_summary(
        self, charts: Charts, app: Any, make_document: Maker
    ) -> None:
        resource = charts.publish(make_document(amount="1500.25"))
        html = page(charts, app, resource)
        shown = dict(re.findall(r'data-figure="(\w+)" data-value="(-?\d*)"', html))
        stored = {
            item["id"]: "" if item["value"] is None else str(item["value"])
            for item in charts.summary(resource)["figures"]
        }
        assert shown == stored and shown["staff_spending"] == "150025"
        assert "1\u202f500,25\xa0€" in html

    def test_the_tables_add_up(self, charts: Charts, app: Any, make_document: Maker) -> None:
        resource = charts.publish(make_document(amount="1500.25"))
        html = page(charts, app, resource)
        flows = html[html.index('id="flux"') : html.index('id="repartition"')]
        assert sum(map(int, re.findall(r'data-cents="(-?\d+)"', flows))) == 150025 + 2000

    def test_a_table_that_is_cut_says_so(
        self, charts: Charts, app: Any, make_document: Maker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ckanext.budget.charts import tables

        resource = charts.publish(make_document())
        assert "le fichier les a tous" not in page(charts, app, resource)
        monkeypatch.setattr(tables, "MAX_LINES", 1)
        assert "Les 1 premiers montants sur 2 ; le fichier les a tous." in page(
            charts, app, resource
        )

    def test_the_script_finds_its_options_summary_and_words(
        self, charts: Charts, app: Any, make_document: Maker
    ) -> None:
        resource = charts.publish(make_document())
        html = page(charts, app, resource)
        found = options(html)
        assert found["state"] == "ready" and found["lang"] == "fr"
        for name in ("summary_url", "history_url", "similar_url"):
            assert json.loads(app.get(found[name], status=200).data)["state"] == "ready"
        assert json.loads(app.get(found["lines_url"], status=200).data)["result"]["total"] == 2
        assert script(html, "budget-summary") == charts.summary(resource)
        words = script(html, "budget-texts")
        figures = {item["id"] for item in charts.summary(resource)["figures"]}
        assert set(words["figures"]) == figures
        assert set(words["findings"]) == set(MESSAGES)
        terms = {item["id"] for item in words["glossary"]}
        assert {item["term"] for item in words["figures"].values()} <= terms

    def test_it_speaks_french(self, charts: Charts, app: Any, make_document: Maker) -> None:
        html = page(charts, app, charts.publish(make_document()))
        assert "Épargne brute" in html and "<h2>Chiffres clés</h2>" in html
        assert 'lang="fr"' in html and options(html)["lang"] == "fr"

    @pytest.mark.parametrize("language", ["en"])
    def test_it_speaks_english(self, charts: Charts, app: Any, make_document: Maker) -> None:
        html = page(charts, app, charts.publish(make_document()))
        assert "Gross saving" in html and "Épargne brute" not in html
        assert 'lang="en"' in html and options(html)["lang"] == "en"

    def test_names_of_the_file_are_never_markup(self, charts: Charts, app: Any) -> None:
        hostile = "</script><script>alert(1)</script>"
        csv = (
            "BGT_NATDEC,BGT_ANNEE,BGT_SIRET,BGT_NOM,BGT_NATURE,BGT_NATURE_LABEL,BGT_SECTION,"
            "BGT_OPBUDG,BGT_CODRD,BGT_MTPREV\r\n"
            f"budget primitif,2022,1,{hostile},6413,{hostile}',fonctionnement,réel,dépense,1.00\r\n"
        )
        html = page(charts, app, charts.upload(csv.encode()))
        assert "<script>alert" not in html
        assert script(html, "budget-summary")["document"]["name"] == hostile

    def test_it_says_that_charts_are_being_prepared(
        self, charts: Charts, app: Any, ckan_config: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(ckan_config, "ckanext.budget.view.inline_bytes", 10)
        html = page(charts, app, charts.upload())
        assert options(html)["state"] == "computing"
        assert "en préparation" in html and script(html, "budget-summary") is None

    def test_it_says_why_there_are_no_charts(self, charts: Charts, app: Any) -> None:
        html = page(charts, app, charts.upload(b"a,b\n1,2\n"))
        assert options(html)["state"] == "failed"
        assert "n&#39;est pas un budget au format SCDL" in html

    def test_the_code_to_embed_is_this_page(
        self, charts: Charts, app: Any, make_document: Maker
    ) -> None:
        resource = charts.publish(make_document())
        html = page(charts, app, resource)
        code = unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", html, re.S)[1])
        address = re.search(r'src="([^"]+)"', code)[1]
        assert address == options(html)["embed_url"]
        assert budget_view(charts, resource)["id"] in address

    def test_a_private_budget_keeps_its_page(self, charts: Charts, app: Any) -> None:
        package = charts.dataset(private=True)
        resource = charts.upload(package=package)
        view = budget_view(charts, resource)
        app.get(
            f"/dataset/{package['name']}/resource/{resource['id']}/view/{view['id']}", status=404
        )


class TestSettings:
    """Of a view, else of the portal."""

    def tabs(self, charts: Charts, app: Any, resource: dict[str, Any]) -> list[str]:
        return options(page(charts, app, resource))["tabs"]

    def test_a_view_chooses_its_tabs_and_colours(
        self, charts: Charts, app: Any, make_document: Maker
    ) -> None:
        resource = charts.publish(make_document())
        view = budget_view(charts, resource)
        charts.action(
            "resource_view_update",
            **view | {
                "title": "Mon budget", "first_tab": "flux",
                "hidden_tabs": ["comparer", "evolution"], "palette": "mono",
            },
        )  # fmt: skip
        html = page(charts, app, resource)
        assert options(html)["tabs"] == [
            "flux", "essentiel", "repartition", "execution", "subventions", "ratios", "annexes",
            "tableau",
        ]  # fmt: skip
        assert options(html)["palette"] == "mono"
        assert "<h1>Mon budget</h1>" in html

    def test_the_form_saves_them(
        self, charts: Charts, app: Any, make_document: Maker, ckan_config: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setitem(ckan_config, "ckanext.budget.view.hidden_tabs", ["comparer"])
        resource = charts.publish(make_document())
        view = budget_view(charts, resource)
        package = charts.action("package_show", id=resource["package_id"])
        address = f"/budget/{package['name']}/resource/{resource['id']}/edit_view/{view['id']}"
        member = {"Authorization": charts.token()}
        form = app.get(address, headers=member, status=200).get_data(as_text=True)
        assert re.findall(r'value="(\w+)" checked', form) == ["comparer"]
        fields = {"title": "Mon budget", "first_tab": "tableau", "palette": "", "save": "Save",
                  "hidden_tabs": ["", "flux", "evolution"], "view_type": "budget_view"}  # fmt: skip
        app.post(address, data=fields, headers=member)
        assert self.tabs(charts, app, resource) == [
            "tableau", "essentiel", "repartition", "execution", "subventions", "ratios",
            "comparer", "annexes",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "view",
        [{"hidden_tabs": 5, "palette": "pink", "first_tab": ["a"]}, {"hidden_tabs": "flux rien"}],
    )
    def test_a_preview_bears_any_settings(
        self, charts: Charts, app: Any, make_document: Maker, view: dict[str, Any]
    ) -> None:
        resource = charts.publish(make_document())
        package = charts.action("package_show", id=resource["package_id"])
        settings = {"view_type": "budget_view", "resource_id": resource["id"], **view}
        html = app.get(
            f"/budget/{package['name']}/resource/{resource['id']}/view",
            query_string={"resource_view": json.dumps(settings)},
            status=200,
        ).get_data(as_text=True)
        found = options(html)
        assert found["preview"] and found["palette"] == "default" and "essentiel" in found["tabs"]

    def test_what_a_view_leaves_open_is_the_portal_s(
        self, charts: Charts, app: Any, make_document: Maker, ckan_config: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        resource = charts.publish(make_document())
        assert self.tabs(charts, app, resource)[0] == "essentiel"
        monkeypatch.setitem(ckan_config, "ckanext.budget.view.first_tab", "tableau")
        monkeypatch.setitem(ckan_config, "ckanext.budget.view.hidden_tabs", ["comparer"])
        found = self.tabs(charts, app, resource)
        assert found[0] == "tableau" and "comparer" not in found

    def test_a_view_may_show_what_the_portal_hides(
        self, charts: Charts, app: Any, make_document: Maker, ckan_config: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setitem(ckan_config, "ckanext.budget.view.hidden_tabs", ["comparer"])
        resource = charts.publish(make_document())
        view = budget_view(charts, resource)
        charts.action("resource_view_update", **view | {"hidden_tabs": [""]})
        assert "comparer" in self.tabs(charts, app, resource)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"first_tab": "nowhere"},
            {"palette": "pink"},
            {"hidden_tabs": ["nowhere"]},
            {"hidden_tabs": list(TABS)},
        ],
    )  # fmt: skip
    def test_impossible_settings_are_refused(
        self, charts: Charts, make_document: Maker, wrong: dict[str, Any]
    ) -> None:
        import ckan.plugins.toolkit as tk

        view = budget_view(charts, charts.publish(make_document()))
        with pytest.raises(tk.ValidationError) as caught:
            charts.action("resource_view_update", **view | wrong)
        assert set(caught.value.error_dict) == set(wrong)


def test_a_dataset_s_page_knows_which_charts_to_show(
    charts: Charts, app: Any, make_document: Maker
) -> None:
    import ckan.plugins.toolkit as tk

    charts.publish(make_document(stage="01"))
    account = charts.publish(make_document(stage="09"))
    package = charts.action("package_show", id=account["package_id"])
    found = tk.h.budget_main_view(package)
    assert found["resource"]["id"] == account["id"]
    assert found["url"].endswith(f"/view/{found['view']['id']}")
    html = app.get(f"/budget/{package['name']}", status=200).get_data(as_text=True)
    assert re.findall(r'<iframe src="([^"]+)"', html) == [found["url"]]
    assert tk.h.budget_main_view({"type": "budget", "resources": []}) is None
