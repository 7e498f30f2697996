"""The portal's own charts of accounts, from its configuration."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from ckanext.budget.core import startup
from ckanext.budget.totem.nomenclature import load, use_folder
from ckanext.budget.totem.nomenclature.importer import import_plans

PLAN = (
    '<Nomenclature Norme="M57" Declinaison="M57_D" Exer="2040"><Nature><Comptes>'
    '<Compte Code="60" Libelle="Achats de 2040" DR="011"/></Comptes></Nature></Nomenclature>'
)


@pytest.fixture(autouse=True)
def log(monkeypatch):
    """alembic turns off the loggers that exist when it runs."""
    monkeypatch.setattr(logging.getLogger("ckanext.budget.core.startup"), "disabled", False)


@pytest.fixture
def folder(tmp_path: Path, ckan_config, monkeypatch):
    """The configured folder, with the plan of 2040; nothing is configured afterwards."""
    path = tmp_path / "plans/2040/M57/M57_D/planDeCompte.xml"
    path.parent.mkdir(parents=True)
    path.write_text(PLAN)
    import_plans(tmp_path / "plans", tmp_path / "tables")
    monkeypatch.setitem(ckan_config, "ckanext.budget.nomenclature_folder", str(tmp_path / "tables"))
    yield tmp_path / "tables"
    use_folder(None)


def test_the_plans_of_the_configured_folder_answer(folder):
    startup.use_plans()
    account = load("M57", "M57_D", 2040).nature("60")
    assert account and (account.label, account.origin) == ("Achats de 2040", "plan")


def test_a_damaged_folder_is_told_and_the_shipped_plans_answer(folder, caplog):
    (folder / "index.tsv").write_text("x\ny\n")
    with caplog.at_level(logging.ERROR):
        startup.use_plans()
    assert "nomenclature_folder is not used" in caplog.text
    assert load("M57", "M57_D", 2040).year == 2025


def test_a_folder_that_does_not_exist_is_told(tmp_path, ckan_config, monkeypatch, caplog):
    monkeypatch.setitem(ckan_config, "ckanext.budget.nomenclature_folder", str(tmp_path / "none"))
    startup.use_plans()
    use_folder(None)
    assert "does not exist" in caplog.text


@pytest.mark.parametrize(
    ("plugins", "told"),
    [
        ("budget totem_harvester harvest scheming_datasets dcat", []),
        ("harvest dcat budget scheming_datasets", ["harvest"]),
        ("scheming_datasets harvest budget", ["scheming_datasets", "harvest"]),
        ("datastore", []),
    ],
)
def test_a_wrong_order_of_plugins_is_told(caplog, plugins, told):
    startup.warn_of_order(plugins.split())
    assert [record.args[0] for record in caplog.records] == told
