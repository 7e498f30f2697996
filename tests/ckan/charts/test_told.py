"""Whose document it is, at which stage, and what lies beside its lines: debt, ratios, annexes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

from ckanext.budget.charts import store

Charts = Any
Maker = Callable[..., bytes]

LOANS = b"""<Annexes><DATA_EMPRUNT>\
<EMPRUNT><CodTypEmpr V="01"/><MtCapitalRestDu_01_01 V="1000.00"/>\
<MtCapitalRestDu_31_12 V="900.00"/><MtCapitalExer V="100.00"/><DureeRest V="9.00"/></EMPRUNT>\
<EMPRUNT><CodTypEmpr V="09"/><MtCapitalRestDu_31_12 V="5000.00"/></EMPRUNT></DATA_EMPRUNT>"""
STAFF = b"<DATA_PERSONNEL>" + b"".join(
    b'<PERSONNEL><CodTypAgent V="I"/><EmploiGradeAgent V="AGENT"/><CodCatAgent V="%s"/>'
    b'<EffectifBud V="1.00"/><EffectifPourvu V="1.00"/></PERSONNEL>' % category
    for category in [b"C"] * 6 + [b"B"] * 3 + [b"A"] * 2
) + b"</DATA_PERSONNEL></Annexes>"  # fmt: skip


def with_loans(document: bytes) -> bytes:
    return document.replace(b"<Annexes>", LOANS)


def as_annex(document: bytes) -> bytes:
    document = document.replace(b'<CodTypBud V="P"/>', b'<CodTypBud V="A"/>')
    return document.replace(b'V="BUDGET PRINCIPAL"', b'V="LOTISSEMENT LE BOCENO"')


def page(charts: Charts, app: Any, resource: dict[str, Any], language: str = "") -> str:
    package = charts.action("package_show", id=resource["package_id"])
    [view] = [
        each for each in charts.action("resource_view_list", id=resource["id"])
        if each["view_type"] == "budget_view"
    ]  # fmt: skip
    place = f"{package['type']}/{package['name']}/resource/{resource['id']}/view/{view['id']}"
    return app.get(f"{language}/{place}", status=200).get_data(as_text=True)


def options(html: str) -> dict[str, Any]:
    return json.loads(unescape(re.search(r"data-budget-view='([^']*)'", html)[1]))


def plain(html: str) -> str:
    return re.sub(r"[\xa0\u202f]|&#160;", " ", html)


class TestWhose:
    """An annex budget speaks in its own name, and for no inhabitants."""

    def test_names_are_dressed_the_data_are_not(
        self, charts: Charts, app: Any, make_document: Maker
    ) -> None:
        resource = charts.publish(make_document(name="COMMUNE DE MOHON (M57)"))
        shown = options(page(charts, app, resource))
        assert shown["whose"] == "Mohon"
        assert shown["title"] == "Budget primitif 2022 – Mohon"
        assert charts.summary(resource)["document"]["name"] == "COMMUNE DE MOHON (M57)"

    def test_an_annex_budget(self, charts: Charts, app: Any, make_document: Maker) -> None:
        resource = charts.publish(as_annex(make_document(name="CRACH")))
        html = page(charts, app, resource)
        shown = options(html)
        assert shown["whose"] == "Lotissement le Boceno – Crach"
        assert shown["title"] == "Budget primitif 2022 – Lotissement le Boceno – Crach"
        assert "<h1>Budget primitif 2022 – Lotissement le Boceno – Crach</h1>" in html
        assert re.search(r"<title>[^<]*Lotissement le Boceno – Crach", html)
        summary = charts.summary(resource)
        assert summary["document"]["annex"] and summary["document"]["population"] is None
        assert all(figure["per_inhabitant"] is None for figure in summary["figures"])
        assert all(ratio["value"] is None for ratio in summary["legal_ratios"]
                   if ratio["unit"] == "EUR")  # fmt: skip
        answer = charts.action("budget_compare", id=resource["id"])
        assert (answer["reason"], answer["bodies"]) == ("alone", [])
        assert "par habitant" not in re.sub(r"<script.*?</script>", "", html, flags=re.S).split(
            'id="glossaire"'
        )[0].replace("ne sont pas rapportés aux habitants", "")


class TestStages:
    """Each stage has the page that fits."""

    def test_a_decision_tells_what_it_changes(
        self, charts: Charts, app: Any, make_document: Maker
    ) -> None:
        resource = charts.publish(make_document(stage="02", number="1", amount="15.00"))
        html = page(charts, app, resource)
        shown = options(html)
        assert not {"flux", "repartition", "execution", "comparer", "ratios"} & set(shown["tabs"])
        assert "data-figure=" not in html
        assert "modifie les recettes de 20 € et les dépenses de 15 €" in plain(html)
        assert "1\u202f400,00\xa0€" in html and "1\u202f415,00\xa0€" in html

    def test_one_that_only_moves_says_so(
        self, charts: Charts, app: Any, make_document: Maker
    ) -> None:
        document = make_document(stage="02", number="1", amount="1595.00")
        moved = document.replace(b'V="001"', b'V="6411"').replace(b'<CodRD V="R"/>',
                                                                  b'<CodRD V="D"/>')  # fmt: skip
        moved = moved.replace(b'<ContNat V="6411"/>', b'<ContNat V="011"/>')
        resource = charts.publish(moved.replace(b"20.00", b"-1595.00"))
        assert "déplace 1 595 €" in plain(page(charts, app, resource))

    def test_a_whole_budget_has_all_its_tabs(
        self, charts: Charts, app: Any, make_document: Maker
    ) -> None:
        resource = charts.publish(with_loans(make_document()))
        shown = set(options(page(charts, app, resource))["tabs"])
        assert {"flux", "execution", "dette", "ratios", "subventions", "annexes"} <= shown
        assert not {"personnel", "impots", "programmes", "bilan"} & shown


class TestBeside:
    """What no line tells is read in the masked document that is published beside the table."""

    def test_a_summary_made_again_keeps_its_debt(
        self, charts: Charts, make_document: Maker
    ) -> None:
        resource = charts.publish(with_loans(make_document()))
        before = charts.summary(resource)
        assert before["debt"]["closing"] == 90_000 and before["debt"]["guaranteed"] == 500_000
        store.forget([resource["id"]])  # as an upgrade does: the table is read again
        after = charts.summary(resource)
        assert after == before
        assert {"debt_outstanding": 90_000}.items() <= {
            figure["id"]: figure["value"] for figure in after["figures"]
        }.items()

    def test_a_table_without_its_document_does_not_invent(
        self, charts: Charts, app: Any, make_document: Maker
    ) -> None:
        resource = charts.publish(with_loans(make_document()))
        package = charts.action("package_show", id=resource["package_id"])
        [xml] = [each for each in package["resources"] if each["role"] == "xml"]
        charts.action("resource_delete", id=xml["id"])
        store.forget([resource["id"]])
        summary = charts.summary(resource)
        assert summary["debt"] is None
        html = page(charts, app, resource)
        assert "dette" not in options(html)["tabs"]
        assert 'data-figure="debt_outstanding" data-value=""' in html


class TestAnnexes:
    """What the archive of annexes tells, in words and without anybody's name."""

    def test_grants_and_staff(self, charts: Charts, app: Any, make_document: Maker) -> None:
        document = make_document().replace(b"</Annexes>", STAFF)
        resource = charts.publish(document)
        parts = app.get(f"/fr/budgets/annexes/{resource['id']}.json").json["parts"]
        assert parts["grants"]["rows"] == [
            ["Nom masqué (vie privée)", "Personnes physiques", "", 15_000]
        ]
        assert parts["grants"]["sentence"].startswith("Subventions dans l'annexe : 1, pour 150")
        assert parts["staff"]["rows"] == [
            ["Catégorie C", 600, 600],
            ["Petits groupes, additionnés", 500, 500],
        ]
        assert [row[0] for row in parts["contents"]["rows"]] == [
            "Concours attribués à des tiers en nature ou en subvention",
            "Etat du personnel",
            "Subventions versées",
        ]

    def test_a_document_without_annexes(
        self, charts: Charts, app: Any, make_document: Maker
    ) -> None:
        resource = charts.publish(make_document(annexes=False))
        assert charts.action("budget_annexes", id=resource["id"])["parts"] == {}
        assert "annexes" not in options(page(charts, app, resource))["tabs"]

    def test_a_new_version_has_its_own(self, charts: Charts, make_document: Maker) -> None:
        resource = charts.publish(make_document())
        charts.publish(make_document().replace(b'"150.00"', b'"175.00"'))
        parts = charts.action("budget_annexes", id=resource["id"])["parts"]
        assert parts["grants"]["rows"][0][-1] == 17_500
