"""The configuration of a source: what is accepted, and what is said of the rest."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.budget.collect import KINDS, ConfigError, Filters, Limits, rank_of, validate_config
from ckanext.budget.collect.config import config_schema

FULL = {
    "kind": "index",
    "organization": {"217401234": "ville-exemple"},
    "filters": {
        "include": ["*.xml"],
        "exclude": "old/*",
        "fiscal_year": {"from": 2020, "to": 2022},
        "stage": ["BP", "CA"],
        "siren": "217401234",
        "body_kind": ["commune", "epci"],
    },
    "query": {"tag": "totem"},
    "recursive": True,
    "max_depth": 2,
    "max_documents": 100,
    "rate": 0.5,
    "timeout": 60,
    "policy": "standard",
    "withdrawn": "delete",
    "dataset_per": "budget",
    "protect": ["title"],
    "auth": "prefecture",
    "precedence": 5,
    "priority": ["CA 2021", "BP 2022"],
}


def problems(config):
    with pytest.raises(ConfigError) as caught:
        validate_config(config if isinstance(config, str) else json.dumps(config))
    return caught.value.problems


@pytest.mark.parametrize("text", [None, "", "  \n", "{}"])
def test_nothing_is_a_configuration(text):
    config = validate_config(text)
    assert "policy" not in config, "the portal's own policy applies"
    assert config["withdrawn"] == "keep"
    assert config["kind"] == "auto"


def test_everything_is_accepted_and_kept():
    assert validate_config(json.dumps(FULL)) == FULL


def test_defaults_are_not_shared():
    validate_config("")["protect"].append("title")
    assert validate_config("")["protect"] == []


def test_the_schema_knows_every_kind():
    assert set(config_schema()["properties"]["kind"]["enum"]) == set(KINDS)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"kin": "zip"}, ["« kin »", "« kind »"]),
        ({"Policy": "strict"}, ["« policy »"]),
        ({"xyz": 1}, ["« xyz »", "« organization »"]),
        ({"filters": {"annee": 2022}}, ["« annee »", "« filters »", "« fiscal_year »"]),
        ({"filters": {"fiscal_years": 2022}}, ["vouliez-vous", "« fiscal_year »"]),
        ({"allow_private_addresses": True}, ["« allow_private_addresses »", "inconnu"]),
        ({"kind": "gopher"}, ["« kind »", "« gopher »", "« zip »"]),
        ({"rate": 0}, ["« rate »", "0.01"]),
        ({"rate": True}, ["« rate »", "un nombre"]),
        ({"timeout": 1e9}, ["« timeout »", "3600"]),
        ({"max_depth": "2"}, ["nombre entier"]),
        ({"protect": ["a", "a"]}, ["« protect »"]),
        ({"protect": ["a b"]}, ["« protect › n° 1 »"]),
        ({"organization": {"123": "x"}}, ["« organization »", "9 chiffres"]),
        ({"filters": {"siren": 217401234}}, ["« filters › siren »", "guillemets"]),
        ({"filters": {"stage": "bp"}}, ["BP, DM, BS, CA, CFU"]),
        ([], ["un objet entre accolades"]),
        ('{"a": 1,}', ["ligne 1, colonne"]),
        ("[" * 100_000, ["imbriquée"]),
        ('{"rate": 1, "rate": 2}', ["« rate » est donné deux fois"]),
        ('{"rate": NaN}', ["NaN"]),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(config, words):
    (problem,) = problems(config)
    assert all(word in problem for word in words)
    assert "\n" not in problem
    assert problem.endswith((".", "?"))


def test_every_fault_is_told():
    assert len(problems({"kind": 1, "rate": -1, "zzz": 1, "yyy": 2})) == 4


def test_a_secret_in_the_place_of_a_name_is_not_repeated():
    for value in ("My S3cret!", {"user": "ann", "password": "S3cret!"}):
        assert "S3cret!" not in problems({"auth": value})[0]


@given(st.text(max_size=60))
def test_any_text_is_accepted_or_explained(text):
    try:
        assert isinstance(validate_config(text), dict)
    except ConfigError as error:
        assert error.problems


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*FULL, "other"]), values, max_size=4))
def test_any_configuration_is_accepted_or_explained(config):
    try:
        assert set(validate_config(json.dumps(config))) >= set(config)
    except ConfigError as error:
        assert all(problem.strip() for problem in error.problems)


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("2021/ville-CA.xml", 0),
        ("ca2021.xml", 0),
        ("2022/bp_ville.xml", 1),
        ("2021/cantal.xml", 2),
        ("2022/DM1.xml", 2),
    ],
)
def test_what_is_urgent_comes_first(name, rank):
    assert rank_of(name, ["CA 2021", "BP 2022"]) == rank
    assert rank_of(name, None) == 0


def test_a_source_does_not_widen_the_guards():
    narrowed = Limits().narrowed(validate_config(json.dumps({**FULL, "max_depth": 20})))
    assert narrowed.max_depth == Limits().max_depth
    assert (narrowed.rate, narrowed.total_timeout, narrowed.max_documents) == (0.5, 60, 100)
    assert narrowed.max_document_bytes == Limits().max_document_bytes


def test_filters_by_header():
    filters = Filters.from_config(FULL)
    good = {"siret": "21740123400010", "fiscal_year": 2021, "stage": "BP", "body_kind": "epci"}
    assert filters.refusal(**good) is None
    for change, word in [
        ({"fiscal_year": 2019}, "exercice"),
        ({"stage": "DM"}, "étape"),
        ({"siret": "99999999900010"}, "SIREN"),
        ({"body_kind": "region"}, "collectivité"),
    ]:
        assert word in filters.refusal(**{**good, **change})


@pytest.mark.parametrize(
    ("value", "kept"),
    [(2022, [2022]), ([2020, 2022], [2020, 2022]), ({"from": 2021}, [2021, 2022]), (None, None)],
)
def test_fiscal_years(value, kept):
    filters = Filters.from_config({"filters": {"fiscal_year": value}})
    years = [2019, 2020, 2021, 2022]
    found = [year for year in years if not filters.refusal(siret="", fiscal_year=year, stage="BP")]
    assert found == (years if kept is None else kept)
