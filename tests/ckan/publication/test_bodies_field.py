"""The SIRENs that an organisation publishes for, a field of CKAN's own form and actions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from ckanext.budget.publication import ownership
from ckanext.budget.publication.bodies_field import FIELD
from ckanext.budget.publication.body_proposals import proposals

SIREN, OTHER = "216704825", "243500782"


@pytest.fixture
def commune(portal: Any) -> dict[str, Any]:
    """An organisation that holds a body."""
    made = portal.action("organization_create", name="commune", **{FIELD: f"216 704 825, {SIREN}"})
    assert made[FIELD] == [SIREN]
    return made


@pytest.fixture
def admin(portal: Any, commune: dict[str, Any]) -> dict[str, Any]:
    """The administrator of that organisation, who has no right on the portal."""
    return portal.member(commune, role="admin")


def as_user(user: dict[str, Any], name: str, /, **data: Any) -> Any:
    """Call the action as CKAN does for this account."""
    return tk.get_action(name)({"user": user["name"]}, data)


def test_everybody_reads_it(commune: dict[str, Any]) -> None:
    shown = tk.get_action("organization_show")({"user": ""}, {"id": "commune"})
    assert shown[FIELD] == [SIREN]


def test_the_administrator_of_the_portal_gives_and_takes(portal: Any, commune: Any) -> None:
    portal.action("organization_patch", id="commune", **{FIELD: [OTHER, SIREN]})
    assert ownership.held_by(commune["id"]) == [SIREN, OTHER]
    portal.action("organization_patch", id="commune", title="Autre titre")
    assert ownership.held_by(commune["id"]) == [SIREN, OTHER]
    portal.action("organization_update", id="commune", name="commune")
    assert ownership.held_by(commune["id"]) == [SIREN, OTHER]
    portal.action("organization_patch", id="commune", **{FIELD: ""})
    assert ownership.listed() == []


@pytest.mark.parametrize("value", [[], "", OTHER, [SIREN, OTHER], "tout"])
@pytest.mark.parametrize("name", ["organization_patch", "organization_update"])
def test_nobody_else_changes_it(commune: Any, admin: Any, name: str, value: Any) -> None:
    with pytest.raises(tk.ValidationError) as refusal:
        as_user(admin, name, id="commune", name="commune", **{FIELD: value})
    assert list(refusal.value.error_dict) == [FIELD]
    assert ownership.held_by(commune["id"]) == [SIREN]


@pytest.mark.parametrize("more", [{}, {FIELD: [SIREN]}, {FIELD: "216 704 825"}])
@pytest.mark.parametrize("name", ["organization_patch", "organization_update"])
def test_its_administrator_edits_the_rest(
    commune: Any, admin: Any, name: str, more: dict[str, Any]
) -> None:
    as_user(admin, name, id="commune", name="commune", title="La commune", **more)
    assert ownership.held_by(commune["id"]) == [SIREN]


def test_nobody_makes_an_organisation_that_holds_a_body(
    portal: Any, ckan_config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ckan_config, "ckan.auth.user_create_organizations", True)
    user = portal.member()
    with pytest.raises(tk.ValidationError):
        as_user(user, "organization_create", name="voleur", **{FIELD: SIREN})
    assert ownership.listed() == [] and "voleur" not in portal.action("organization_list")
    as_user(user, "organization_create", name="honnete", **{FIELD: ""})


@pytest.mark.parametrize("name", ["organization_patch", "organization_update"])
def test_who_may_not_edit_learns_nothing(portal: Any, commune: Any, name: str) -> None:
    for user in ({"name": ""}, portal.member()):
        with pytest.raises(tk.NotAuthorized):
            as_user(user, name, id="commune", name="commune", **{FIELD: OTHER})


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("12345678", "9 digits"),
        ("216704826", "wrong key"),
        ("٢١٦٧٠٤٨٢٥", "9 digits"),
        (f"{SIREN}, 1", "1 : A SIREN has 9 digits"),
        ({"a": 1}, "9 digits"),
    ],
)
def test_a_wrong_number_is_one_sentence(portal: Any, value: Any, words: str) -> None:
    with pytest.raises(tk.ValidationError) as refusal:
        portal.action("organization_create", name="autre", **{FIELD: value})
    [said] = refusal.value.error_dict[FIELD]
    assert words in said
    assert "autre" not in portal.action("organization_list")


def test_no_body_is_taken_from_another_by_mistake(portal: Any, commune: Any) -> None:
    portal.action("organization_patch", id="commune", title="La Commune")
    with pytest.raises(tk.ValidationError) as refusal:
        portal.action("organization_patch", id="collectivites", **{FIELD: f"{OTHER},{SIREN}"})
    [said] = refusal.value.error_dict[FIELD]
    assert "La Commune" in said and SIREN in said
    assert ownership.listed() == [(SIREN, "commune")]


def test_a_refused_organisation_changes_nothing(portal: Any, commune: Any) -> None:
    with pytest.raises(tk.ValidationError):
        portal.action("organization_patch", id="commune", name="", **{FIELD: OTHER})
    assert ownership.listed() == [(SIREN, "commune")]


def test_the_form_and_the_page(portal: Any, app: Any, commune: Any, admin: Any) -> None:
    from ckan.tests import factories

    def get(path: str, token: str = "", **data: str) -> str:
        from flask import g

        g.pop("_login_user", None)  # the request of the fixtures remembers who came before
        headers = {"Authorization": token} if token else {}
        ask = app.post if data else app.get
        return ask(path, headers=headers, **({"data": data} if data else {})).get_data(as_text=True)

    sysadmin = factories.SysadminWithToken()["token"]
    box = 'name="budget_sirens" value="'
    assert f"{box}{SIREN}" in get("/organization/edit/commune", sysadmin)
    assert box in get("/organization/new", sysadmin)
    theirs = get("/organization/edit/commune", admin["token"])
    assert SIREN in theirs and 'name="budget_sirens"' not in theirs
    assert SIREN in get("/organization/about/commune")
    edit, values = "/organization/edit/commune", {"name": "commune", "save": ""}
    refused = get(edit, sysadmin, title="x", budget_sirens="12", **values)
    assert f"{box}12" in refused and "12 : A SIREN has 9 digits" in refused
    get(edit, admin["token"], title="La mienne", **values)
    shown = portal.action("organization_show", id="commune")
    assert (shown["title"], shown[FIELD]) == ("La mienne", [SIREN])


def test_a_typed_extra_field_makes_nobody_the_body(
    portal: Any, harvest: Any, make_document: Any
) -> None:
    """An administrator writes what he wants among the extra fields of his organisation."""
    from ckan.tests import factories

    other = factories.Organization(name="voisine")
    extras = [{"key": "siren", "value": SIREN}]
    as_user(portal.member(other, "admin"), "organization_patch", id="voisine", extras=extras)
    (portal.source / "a.xml").write_bytes(make_document())
    assert harvest('{"organization": "create"}').stats == {"added": 1}
    owner = portal.dataset("budget-21670482500019-2022")["organization"]
    assert owner["name"] != "voisine"
    assert ownership.listed() == [(SIREN, owner["name"])]


LIST = """type;code;nom;siren
commune;67482;Essai;216704825
commune;57000;Saint-Homonyme;215700014
commune;88000;Saint-Homonyme;218800019
departement;51;Marne;225100015
epci;243500782;CC d'Essai;243500782
commune;88001;Clé-Fausse;218800011
"""


def test_organisations_are_recognised_in_the_list(portal: Any, cli: Any, tmp_path: Any) -> None:
    from ckan.tests import factories

    from ckanext.budget.plugin.cli import budget

    (tmp_path / "liste.csv").write_text(LIST, encoding="utf-8")
    assert not cli.invoke(budget, ["territories", "import", str(tmp_path / "liste.csv")]).exit_code
    for name, title in {
        "essai": "COMMUNE D'ESSAI (M57)",
        "homonyme": "Commune de Saint-Homonyme",
        "marne": "Département de la Marne",
        "marne-bis": "Marne",
        "cc": "Communauté de communes d'Essai",
        "ailleurs": "Commune d'Ailleurs",
        "fausse": "Commune de Clé-Fausse",
    }.items():
        factories.Organization(name=name, title=title)
    factories.Organization(
        name="numero", title="Autre", extras=[{"key": "siren", "value": "218 800 019"}]
    )
    found = {one.organization.name: (len(one.bodies), one.is_sure) for one in proposals()}
    assert found == {
        "essai": (1, True),
        "homonyme": (2, False),
        "marne": (1, False),
        "marne-bis": (1, False),
        "cc": (1, True),
        "numero": (1, True),
    }
    told = cli.invoke(budget, ["bodies", "propose"]).output
    assert "216704825 Essai (67482), par son nom." in told and "--apply" in told
    assert ownership.listed() == []
    told = cli.invoke(budget, ["bodies", "propose", "--apply"]).output
    assert "3 organisation(s) laissée(s), 3 collectivité(s) confiée(s)." in told
    given = [("216704825", "essai"), ("218800019", "numero"), ("243500782", "cc")]
    assert ownership.listed() == given
    assert {one.organization.name for one in proposals()} == {"homonyme", "marne", "marne-bis"}
