"""The page of the data protection officer, and its five steps, tried."""

from __future__ import annotations

import html
import re
from typing import Any

import flask_babel
import pytest
from ckan import model

from ckanext.budget.core.storage import path_of
from ckanext.budget.quality import masked

from ..test_privacy import database_text, solr_text

NAME = "ZÉPHYRINE QUATREPLANCHES"
SLUG = "21670482500019-2022-bp"


def read(app: Any, address: str) -> str:
    """A page as its own reader has it: the language of the test's request is forgotten."""
    flask_babel.refresh()
    return html.unescape(app.get(address, status=200).body)


def cells(page: str, title: str) -> list[str]:
    """The numbers of a row of the table."""
    row = re.search(rf"<th[^>]*>{title}</th>(.*?)</tr>", page, re.S)
    assert row, title
    return re.findall(r'text-end"[^>]*>([^<]*)<', row[1])


def test_the_figures_are_those_of_the_public_documents(portal, app, make_document, ckan_config):
    portal.publish(make_document(year=2021))
    portal.publish(make_document(year=2022, beneficiary="ASSOCIATION DES AMIS"))
    hidden = portal.publish(make_document(year=2023))
    portal.action("package_patch", id=hidden.package_id, private=True)
    page = read(app, "/fr/budgets/vie-privee")
    assert cells(page, "Bénéficiaires de subventions, d'aides et de prêts") == ["2", "0"]
    told = masked.figures()
    assert (told.documents, told.all_documents) == (2, 2)
    assert "politique de ce portail est «\u00a0stricte\u00a0»" in page
    assert "Un nom est en ligne" in page and "article 28 du RGPD" in page
    english = read(app, "/en/budgets/vie-privee")
    assert "A name is on line: what to do" in english and "“strict”" in english


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("ckanext.budget.masking_policy", "standard", "«\u00a0standard\u00a0»"),
        ("ckanext.budget.privacy_contact", "dpo@region.example", "mailto:dpo@region.example"),
        ("ckanext.budget.contact", "https://r.example/ecrire", 'href="https://r.example/ecrire"'),
        ("ckanext.budget.purge_days", 12, "effacé après 12 jours"),
        ("ckanext.budget.deposit_days", 7, "masqué : 7 jours"),
    ],
)
def test_the_page_follows_the_settings(
    portal, app, ckan_config, monkeypatch, setting, value, words
):
    monkeypatch.setitem(ckan_config, setting, value)
    assert words in read(app, "/fr/budgets/vie-privee")


def test_the_whole_matrix_is_one_link_away(portal, app):
    page = read(app, "/fr/budgets/vie-privee")
    assert "/budgets/vie-privee/matrice" in page
    matrix = app.get("/fr/budgets/vie-privee/matrice", status=200).body
    assert matrix.count("<tr>") == 577 + 1
    assert "CONCOURS/LibOrgaBenef" in matrix


def test_every_page_about_budgets_leads_to_it(portal, app):
    for address in ("/budgets", "/budgets/publier", "/budgets/groupe", "/budgets/glossaire"):
        assert "/budgets/vie-privee" in app.get(address, status=200).body


def everywhere(portal: Any) -> str:
    from ckanext.datastore.backend.postgres import get_write_engine

    files = "".join(data.decode("utf-8", "replace") for data in portal.files().values())
    engines = model.Session.get_bind(), get_write_engine()
    return files + solr_text() + "".join(map(database_text, engines))


def test_a_name_is_on_line_five_steps(portal, app, make_document, cli, ckan_config, monkeypatch):
    """The name is the body's, where no rule looks: the document is withdrawn, erased, corrected."""
    from ckanext.budget.plugin.cli import budget
    from ckanext.budget.totem.privacy.dpo import examine

    wrong = make_document(name=NAME)
    done = portal.publish(wrong)
    portal.publish(make_document(year=2020))  # the index is never empty
    [scdl, *_] = portal.dataset(done.package_id)["resources"]
    address = f"/dataset/{done.package_id}/resource/{scdl['id']}/download/x.csv"
    assert NAME in everywhere(portal), "the test must see what it looks for"
    assert NAME in app.get(address, status=200).body

    # 1. off line at once: no page, no file, no search
    portal.action("package_delete", id=done.package_id)
    for page in (address, f"/budget/{done.package_id}"):
        answer = app.get(page, expect_errors=True)
        assert answer.status_code in (403, 404) and NAME not in answer.body
    assert NAME not in app.get("/api/3/action/package_search?q=*:*").body

    # 2. erased
    monkeypatch.setitem(ckan_config, "ckanext.budget.purge_days", 0)
    told = cli.invoke(budget, ["purge"])
    assert told.exit_code == 0 and "1 jeu(x) de données" in told.output, told.output
    assert path_of(scdl["id"]) is None or not path_of(scdl["id"]).exists()
    assert NAME not in everywhere(portal)

    # 3. catalogues that harvest the portal read it no more
    assert NAME not in app.get("/catalog.xml", expect_errors=True).body

    # 4. published again, corrected, under the strict policy
    again = portal.publish(make_document(), policy="strict")
    assert again.package_id == done.package_id
    assert NAME not in everywhere(portal)

    # 5. the record for the register counts, and quotes nothing
    import io

    record = examine(io.BytesIO(make_document()))
    assert sum(value.found for value in record.values) and NAME not in record.as_text()
