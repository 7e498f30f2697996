"""Summaries on the portal: stored once per file, served to whoever may see the resource."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

Charts = Any
SIRET = "21670482500019"

Maker = Callable[..., bytes]


def test_a_published_document_has_its_summary(charts: Charts, make_document: Maker) -> None:
    resource = charts.publish(make_document(amount="1500.25"))
    summary = charts.summary(resource)
    assert summary["state"] == "ready" and summary["rows"] == 2
    assert summary["document"]["norm"] == "M57"
    assert summary["document"]["population"] == 1234
    assert charts.figure(resource, "staff_spending") == 150025


def test_nobody_needs_to_open_a_publication_for_its_summary_to_be_its_own(
    charts: Charts, make_document: Maker
) -> None:
    from ckanext.budget.charts import store

    resource = charts.publish(make_document(amount="1500.25"))
    [row] = store.figures_of([resource["id"]]).values()
    assert row["figures"]["staff_spending"] == 150025


def test_the_file_of_a_publication_is_not_read_again(
    charts: Charts, make_document: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    charts.forbid_computing(monkeypatch)
    first = charts.publish(make_document(amount="1500.25"))
    assert charts.figure(first, "staff_spending") == 150025
    charts.publish(make_document(amount="20.00"))
    assert charts.figure(first, "staff_spending") == 2000


def test_it_is_computed_once(
    charts: Charts, make_document: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = charts.publish(make_document())
    charts.forbid_computing(monkeypatch)
    assert charts.summary(resource) == charts.summary(resource)
    assert charts.count("budget_summary") == 1


def test_a_new_version_has_a_new_summary(charts: Charts, make_document: Maker) -> None:
    first = charts.publish(make_document(amount="10.00"))
    assert charts.figure(first, "operating_expenditure") == 1000
    second = charts.publish(make_document(amount="20.00"))
    assert first["id"] == second["id"]
    assert charts.figure(second, "operating_expenditure") == 2000


def test_figures_have_the_population_of_their_own_document(
    charts: Charts, make_document: Maker
) -> None:
    resource = charts.publish(make_document(amount="1234.00"))
    charts.action("package_patch", id=resource["package_id"], population="10")
    summary = charts.summary(resource)
    assert summary["document"]["population"] == 1234
    [staff] = [item for item in summary["figures"] if item["id"] == "staff_spending"]
    assert staff["per_inhabitant"] == 100


def test_a_csv_put_by_hand_is_summarised_at_once(charts: Charts) -> None:
    resource = charts.upload()
    assert charts.figure(resource, "operating_expenditure") == 1050
    assert charts.summary(resource)["document"]["norm_origin"] in ("guessed", "")


def test_a_csv_that_is_no_budget_says_so(charts: Charts) -> None:
    resource = charts.upload(b"a,b\n1,2\n")
    answer = charts.summary(resource)
    assert answer["state"] == "failed" and "SCDL" in answer["message"]


def test_a_large_file_is_left_to_a_job(
    charts: Charts, ckan_config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ckan_config, "ckanext.budget.view.inline_bytes", 10)
    resource = charts.upload()
    assert charts.summary(resource)["state"] == "computing"
    assert charts.summary(resource)["state"] == "computing"
    assert charts.jobs() == 1
    assert charts.summary(resource)["state"] == "ready"


def test_a_link_is_fetched_by_a_job(charts: Charts, site: Any, budget_csv: bytes) -> None:
    address, files = site
    files["/budget.csv"] = budget_csv
    resource = charts.link(f"{address}/budget.csv")
    assert charts.summary(resource)["state"] == "computing"
    assert charts.jobs() == 1
    assert charts.figure(resource, "operating_expenditure") == 1050


def test_a_dead_link_is_explained_and_tried_again_later(
    charts: Charts, site: Any, budget_csv: bytes
) -> None:
    address, files = site
    resource = charts.link(f"{address}/gone.csv")
    charts.summary(resource)
    charts.jobs()
    answer = charts.summary(resource)
    assert answer["state"] == "failed" and answer["message"]
    assert charts.jobs() == 0
    files["/gone.csv"] = budget_csv
    charts.age("2 hours")
    assert charts.summary(resource)["state"] == "computing"
    charts.jobs()
    assert charts.summary(resource)["state"] == "ready"


def test_a_link_to_a_private_network_is_refused(
    charts: Charts, site: Any, ckan_config: Any, monkeypatch: pytest.MonkeyPatch, budget_csv: bytes
) -> None:
    monkeypatch.setitem(ckan_config, "ckanext.budget.private_networks", "")
    address, files = site
    files["/budget.csv"] = budget_csv
    resource = charts.link(f"{address}/budget.csv")
    charts.summary(resource)
    charts.jobs()
    assert charts.summary(resource)["state"] == "failed"


def test_an_old_link_is_read_again_while_the_former_summary_is_shown(
    charts: Charts, site: Any, budget_csv: bytes
) -> None:
    address, files = site
    files["/budget.csv"] = budget_csv
    resource = charts.link(f"{address}/budget.csv")
    charts.summary(resource)
    charts.jobs()
    files["/budget.csv"] = budget_csv.replace(b"10.50", b"99.00")
    charts.age("3 days")
    assert charts.figure(resource, "operating_expenditure") == 1050
    assert charts.jobs() == 1
    assert charts.figure(resource, "operating_expenditure") == 9900


def test_a_private_dataset_keeps_its_summary(charts: Charts, app: Any) -> None:
    from ckan.tests import helpers

    package = charts.dataset(private=True)
    resource = charts.upload(package=package)
    import ckan.plugins.toolkit as tk

    for name in ("budget_summary", "budget_series", "budget_compare"):
        with pytest.raises(tk.NotAuthorized):
            helpers.call_action(
                name, {"user": "", "ignore_auth": False, "auth_user_obj": None}, id=resource["id"]
            )
    for page in ("resume", "evolution", "comparaison"):
        app.get(f"/budgets/{page}/{resource['id']}.json", status=403)
    assert charts.summary(resource)["state"] == "ready"


def test_unknown_resources_are_not_found(charts: Charts, app: Any) -> None:
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ObjectNotFound):
        charts.action("budget_summary", id="no-such-resource")
    app.get("/budgets/resume/no-such-resource.json", status=404)


class TestRoute:
    """What browsers and proxies get."""

    @pytest.fixture
    def path(self, charts: Charts, make_document: Maker) -> str:
        return f"/budgets/resume/{charts.publish(make_document())['id']}.json"

    def test_it_is_compressed_for_who_asks(self, path: str, app: Any) -> None:
        plain = app.get(path)
        packed = app.get(path, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert json.loads(gzip.decompress(packed.data)) == json.loads(plain.data)
        assert "Accept-Encoding" in packed.headers["Vary"]

    @pytest.mark.parametrize("encoding", ["gzip", "identity"])
    def test_the_etag_spares_the_body(self, path: str, app: Any, encoding: str) -> None:
        headers = {"Accept-Encoding": encoding}
        etag = app.get(path, headers=headers).headers["ETag"]
        for _ in range(2):
            again = app.get(path, headers=headers | {"If-None-Match": etag}, status=304)
            assert not again.data and again.headers["ETag"] == etag

    def test_a_new_version_has_another_etag(
        self, charts: Charts, path: str, app: Any, make_document: Maker
    ) -> None:
        before = app.get(path).headers["ETag"]
        charts.publish(make_document(amount="77.00"))
        assert app.get(path).headers["ETag"] != before

    def test_memory_answers_and_forgets_at_the_change_itself(
        self, charts: Charts, path: str, app: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ckanext.budget.charts import anonymous_cache, blueprint

        monkeypatch.setattr(anonymous_cache, "CHECK_SECONDS", 0)
        headers = {"Accept-Encoding": "gzip"}
        first = app.get(path, headers=headers)
        with monkeypatch.context() as patch:
            patch.setattr(blueprint, "known_of", None)
            assert app.get(path, headers=headers, status=200).data == first.data
        package = charts.action("resource_show", id=path[-41:-5])["package_id"]
        charts.action("package_patch", id=package, private=True)
        app.get(path, headers=headers, status=403)

    def test_so_does_the_api(
        self, charts: Charts, path: str, app: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ckanext.budget.charts import actions as access
        from ckanext.budget.charts import anonymous_cache

        monkeypatch.setattr(anonymous_cache, "CHECK_SECONDS", 0)
        headers = {"Accept-Encoding": "gzip"}
        address = f"/api/3/action/budget_summary?id={path[-41:-5]}"
        first = app.get(address, headers=headers).json
        with monkeypatch.context() as patch:
            patch.setattr(access, "known_of", None)
            again = app.get(address, headers=headers, status=200)
        assert json.loads(gzip.decompress(again.data)) == first and first["success"]
        package = charts.action("resource_show", id=path[-41:-5])["package_id"]
        charts.action("package_patch", id=package, private=True)
        app.get(address, headers=headers, status=403)

    def test_computing_is_told_with_a_delay(
        self, charts: Charts, app: Any, ckan_config: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(ckan_config, "ckanext.budget.view.inline_bytes", 10)
        resource = charts.upload()
        answer = app.get(f"/budgets/resume/{resource['id']}.json", status=202)
        assert json.loads(answer.data)["state"] == "computing"
        assert int(answer.headers["Retry-After"]) > 0


class TestSeries:
    """The same budget over time."""

    def test_documents_are_in_order_and_complete(
        self, charts: Charts, make_document: Maker
    ) -> None:
        for options in (
            {"year": 2023, "stage": "01", "amount": "30.00"},
            {"year": 2022, "stage": "09", "amount": "25.00"},
            {"year": 2022, "stage": "02", "number": "1", "amount": "5.00"},
            {"year": 2022, "stage": "01", "amount": "20.00"},
        ):
            resource = charts.publish(make_document(**options))
        found = charts.action("budget_series", id=resource["id"])
        assert [(item["year"], item["stage"]) for item in found["documents"]] == [
            (2022, "BP"), (2022, "DM"), (2022, "CA"), (2023, "BP"),
        ]  # fmt: skip
        assert found["pending"] == 0 and found["siret"] == SIRET
        amounts = [item["figures"]["operating_expenditure"] for item in found["documents"]]
        assert amounts == [2000, 500, 2500, 3000]
        assert ["F", "D", "0", "012", 2000] in found["documents"][0]["chapters"]

    def test_other_budgets_are_left_out(self, charts: Charts, make_document: Maker) -> None:
        charts.publish(make_document(siret="21560046100010"))
        resource = charts.publish(make_document())
        found = charts.action("budget_series", id=resource["id"])
        assert [item["resource_id"] for item in found["documents"]] == [resource["id"]]

    def test_a_change_of_nic_keeps_the_history(self, charts: Charts, make_document: Maker) -> None:
        moved = "21670482500027"
        for year, siret in ((2020, SIRET), (2021, SIRET), (2022, moved)):
            resource = charts.publish(make_document(year=year, siret=siret))
        # Of the same body too, and nothing tells that it is the same budget.
        beside = charts.publish(make_document(year=2021, siret="21670482500035"))
        found = charts.action("budget_series", id=resource["id"])
        assert [item["year"] for item in found["documents"]] == [2020, 2022]
        charts.action(
            "package_delete", id=charts.action("resource_show", id=beside["id"])["package_id"]
        )
        found = charts.action("budget_series", id=resource["id"])
        assert [item["year"] for item in found["documents"]] == [2020, 2021, 2022]

    def test_a_csv_outside_of_a_budget_dataset_is_alone(self, charts: Charts) -> None:
        resource = charts.upload()
        found = charts.action("budget_series", id=resource["id"])
        assert [item["resource_id"] for item in found["documents"]] == [resource["id"]]


class TestComparison:
    """Like bodies, per inhabitant."""

    def test_bodies_of_the_same_kind_and_size(self, charts: Charts, make_document: Maker) -> None:
        own = charts.publish(make_document(amount="1234.00"))
        for siret, amount in (("21560046100010", "2468.00"), ("21560134500014", "3702.00")):
            charts.publish(make_document(siret=siret, name=f"COMMUNE {siret}", amount=amount))
        large = make_document(siret="21930048000015", name="GRANDE VILLE", amount="1.00")
        charts.publish(large.replace(b'V="1 234"', b'V="105608"'))
        found = charts.action("budget_compare", id=own["id"])
        assert found["reason"] is None
        assert found["criteria"]["population_min"] == 500
        assert found["criteria"]["population_max"] == 1999
        assert sorted(body["siret"] for body in found["bodies"]) == [
            "21560046100010",
            "21560134500014",
        ]
        assert found["self"]["figures"]["staff_spending"] == 100
        assert sorted(body["figures"]["staff_spending"] for body in found["bodies"]) == [200, 300]
        assert found["median"]["staff_spending"] == 200

    def test_what_the_reader_may_not_see_is_not_compared(
        self, charts: Charts, make_document: Maker
    ) -> None:
        from ckan.tests import helpers

        own = charts.publish(make_document())
        hidden = charts.publish(make_document(siret="21560046100010", name="HIDDEN"))
        charts.action("package_patch", id=hidden["package_id"], private=True)
        anybody = {"user": "", "ignore_auth": False, "auth_user_obj": None}
        found = helpers.call_action("budget_compare", anybody, id=own["id"])
        assert found["reason"] == "alone" and "HIDDEN" not in json.dumps(found)
        assert len(charts.action("budget_compare", id=own["id"])["bodies"]) == 1

    def test_the_nearest_are_kept_and_few_are_looked_at(
        self, charts: Charts, make_document: Maker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ckanext.budget.charts import peers

        monkeypatch.setattr(peers, "MAX_BODIES", 2)
        monkeypatch.setattr(peers, "_CANDIDATES", 3)
        own = charts.publish(make_document())
        others = {
            "21560046100010": "1 900",
            "21560134500014": "1 240",
            "21670300900011": "600",
            "21670218300015": "1 200",
        }
        for siret, population in others.items():
            document = make_document(siret=siret, name=f"COMMUNE {siret}")
            charts.publish(document.replace(b'V="1 234"', f'V="{population}"'.encode()))
        found = charts.action("budget_compare", id=own["id"])
        assert [body["population"] for body in found["bodies"]] == [1240, 1200]

    @pytest.mark.parametrize(
        ("options", "reason"), [({}, "alone"), ({"stage": "02", "number": "1"}, "partial-stage")]
    )
    def test_nothing_to_compare_has_a_reason(
        self, charts: Charts, make_document: Maker, options: dict[str, str], reason: str
    ) -> None:
        resource = charts.publish(make_document(**options))
        assert charts.action("budget_compare", id=resource["id"])["reason"] == reason

    def test_a_csv_outside_of_a_budget_dataset_is_not_compared(self, charts: Charts) -> None:
        resource = charts.upload()
        found = charts.action("budget_compare", id=resource["id"])
        assert found["reason"] == "not-a-budget-dataset"

    def test_without_population_it_is_not_compared(
        self, charts: Charts, make_document: Maker
    ) -> None:
        resource = charts.publish(make_document().replace(b'V="1 234"', b'V="0"'))
        assert charts.action("budget_compare", id=resource["id"])["reason"] == "no-population"


def test_a_deleted_resource_leaves_nothing(charts: Charts, make_document: Maker) -> None:
    resource = charts.publish(make_document())
    charts.summary(resource)
    assert charts.count("budget_summary") == charts.count("budget_summary_resource") == 1
    charts.action("resource_delete", id=resource["id"])
    assert charts.count("budget_summary") == charts.count("budget_summary_resource") == 0


def test_a_publication_survives_missing_tables(charts: Charts, make_document: Maker) -> None:
    from ckan import model

    with model.meta.engine.begin() as connection:
        for table in ("budget_summary", "budget_summary_resource"):
            connection.execute(sa.text(f"ALTER TABLE {table} RENAME TO {table}_away"))
    try:
        resource = charts.publish(make_document())
        assert charts.action("resource_show", id=resource["id"])["role"] == "scdl"
    finally:
        with model.meta.engine.begin() as connection:
            for table in ("budget_summary", "budget_summary_resource"):
                connection.execute(sa.text(f"ALTER TABLE {table}_away RENAME TO {table}"))
