"""The published CSV in the DataStore."""

from __future__ import annotations

from pathlib import Path

import pytest
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.budget.publication import datastore
from ckanext.budget.sheet.identity import resource_id
from ckanext.budget.totem.columns import BY_NAME, COLUMNS

TABLE = resource_id("21670482500019-2022-bp", "scdl")


def load(path: Path) -> int:
    with datastore.Replacement() as rows:
        return rows.load(TABLE, path)


def test_types_labels_and_values(portal, make_document):
    portal.publish(make_document(amount="1500.25"))
    answer = portal.rows(TABLE, sort="_id", include_total=True)
    types = {field["id"]: field["type"] for field in answer["fields"]}
    assert list(types)[1:] == list(COLUMNS)
    assert {types[name] for name in COLUMNS if name.startswith("BGT_MT")} == {"numeric"}
    assert types["BGT_CREDOUV"] == "numeric"
    assert types["BGT_ANNEE"] == "int4"
    assert {types[name] for name in ("BGT_SIRET", "BGT_NATURE", "BGT_FONCTION")} == {"text"}
    staff, carried = answer["records"]
    assert answer["total"] == 2
    assert (carried["BGT_NATURE"], carried["BGT_CONTNAT"]) == ("001", "001")
    assert (staff["BGT_NATURE"], staff["BGT_FONCTION"]) == ("6413", "020")
    assert float(staff["BGT_MTPREV"]) == 1500.25
    assert staff["BGT_MTREAL"] is None
    assert staff["BGT_ANNEE"] == 2022
    labels = {field["id"]: field.get("info", {}).get("label") for field in answer["fields"]}
    assert {name: labels[name] for name in COLUMNS} == {
        name: column.title for name, column in BY_NAME.items()
    }


def test_full_text_search_finds_the_rows(portal, make_document):
    portal.publish(make_document())
    assert portal.rows(TABLE, q="6413")["total"] == 1


def test_rows_are_replaced_not_added(portal, make_document):
    for amount in ("1.00", "2.00", "3.00"):
        portal.publish(make_document(amount=amount))
    assert portal.rows(TABLE)["total"] == 2


def test_failed_load_keeps_the_former_rows(portal, make_document, tmp_path: Path):
    portal.publish(make_document())
    broken = tmp_path / "broken.csv"
    broken.write_text(",".join(COLUMNS) + "\r\n" + "x," * 21 + "y\r\n", encoding="utf-8")
    with pytest.raises(Exception, match="integer"):
        load(broken)
    assert portal.rows(TABLE)["total"] == 2


def test_rows_are_seen_with_the_dataset_that_shows_them(portal, make_document, tmp_path: Path):
    """Until then readers see the former ones, without waiting; and for ever after a failure."""
    portal.publish(make_document())
    one = tmp_path / "one.csv"
    one.write_text(",".join(COLUMNS) + "\r\n" + "," * 21 + "\r\n", encoding="utf-8")
    with pytest.raises(ZeroDivisionError), datastore.Replacement() as rows:
        assert rows.load(TABLE, one) == 1
        assert portal.rows(TABLE)["total"] == 2
        raise ZeroDivisionError
    assert portal.rows(TABLE)["total"] == 2
    with datastore.Replacement() as rows:
        rows.load(TABLE, one)
        model.Session.commit()
        assert portal.rows(TABLE)["total"] == 1
    assert [row["_id"] for row in portal.rows(TABLE)["records"]] == [1]


def test_a_failed_first_load_leaves_no_table(portal, make_document, tmp_path: Path):
    portal.publish(make_document())
    datastore.drop(TABLE)
    csv = tmp_path / "one.csv"
    csv.write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(ZeroDivisionError), datastore.Replacement() as rows:
        rows.load(TABLE, csv)
        raise ZeroDivisionError
    with pytest.raises(tk.ObjectNotFound):
        portal.rows(TABLE)


def test_table_with_other_columns_is_made_again(portal, make_document, tmp_path: Path):
    other = tmp_path / "other.csv"
    other.write_text("ancien,colonne\n1,2\n", encoding="utf-8")
    assert load(other) == 1
    portal.publish(make_document())
    assert [field["id"] for field in portal.rows(TABLE)["fields"]][1:] == list(COLUMNS)


def test_text_in_quotes_and_accents_are_kept(portal, make_document):
    portal.publish(make_document(name="L'Épée « à l'est », &quot;dite&quot; vieille"))
    [row, _other] = portal.rows(TABLE, sort="_id")["records"]
    assert row["BGT_NOM"] == "L'Épée « à l'est », \"dite\" vieille"


def test_datastore_may_be_turned_off(portal, make_document, monkeypatch, ckan_config):
    datastore.drop(TABLE)
    monkeypatch.setitem(ckan_config, "ckanext.budget.datastore", False)
    portal.publish(make_document())
    dataset = portal.dataset("budget-21670482500019-2022")
    assert not any(resource.get("datastore_active") for resource in dataset["resources"])
