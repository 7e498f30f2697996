"""The front door: when it is there, what it shows, and the portal's own words and colour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ckanext.budget.pages.front import theme
from ckanext.budget.pages.guides import texts


@pytest.fixture
def settings(portal: Any, ckan_config: Any, monkeypatch: Any) -> Any:
    """``settings(key, value)`` for one test."""
    return lambda key, value: monkeypatch.setitem(ckan_config, key, value)


def opened(config: Any) -> bool:
    theme.open_front_door(config)
    return theme.is_open()


@pytest.mark.parametrize(
    ("setting", "template", "stylesheet", "there"),
    [
        ("auto", "", "css/main", True),
        ("auto", "home/index.html", "css/main", False),
        ("auto", "footer.html", "css/main", False),
        ("auto", "package/read.html", "css/main", True),
        ("auto", "", "of-region/theme", False),
        ("on", "home/index.html", "of-region/theme", True),
        ("off", "", "css/main", False),
    ],
)
def test_a_portal_with_a_theme_keeps_it(
    setting: str, template: str, stylesheet: str, there: bool,
    settings: Any, ckan_config: Any, tmp_path: Path,
) -> None:  # fmt: skip
    paths = list(ckan_config["computed_template_paths"])
    if template:
        (tmp_path / template).parent.mkdir(exist_ok=True)
        (tmp_path / template).write_text("a theme's own")
        paths.insert(0, str(tmp_path))
    settings("computed_template_paths", paths)
    settings("ckanext.budget.front", setting)
    settings("ckan.theme", stylesheet)
    assert opened(ckan_config) is there


def test_templates_of_others_come_first(settings: Any, ckan_config: Any) -> None:
    """Only CKAN's own are below ours: whatever refines CKAN's pages refines these too."""
    settings("ckanext.budget.front", "on")
    theme.open_front_door(ckan_config)
    assert ckan_config["computed_template_paths"][-2] == str(theme.FOLDER)


@pytest.mark.parametrize(
    ("chosen", "used"),
    [
        ("#7A1F5C", "#7a1f5c"),
        ("#ffe600", theme.DEFAULT_COLOUR),
        ("red; } body { display: none", theme.DEFAULT_COLOUR),
        ("", theme.DEFAULT_COLOUR),
    ],
)
def test_a_colour_on_which_nothing_is_read_is_not_used(
    chosen: str, used: str, settings: Any, get: Any
) -> None:
    settings("ckanext.budget.colour", chosen)
    assert f"--budget-brand: {used};" in get("/")


def test_home_finds_a_commune_and_has_no_word_of_ckan(
    portal: Any, get: Any, make_document: Any
) -> None:
    portal.publish(make_document(year=2022))
    body = get("/fr/")
    assert "Trouvez votre commune" in body
    assert "Derniers budgets publiés" in body
    assert "420" not in body
    assert "Powered by" not in body
    assert "ckan.org" not in body


DEPOSIT = "/budgets/deposer"


class TestDeposit:
    """A publisher deposits first, wherever something may be added; nobody else is asked to."""

    @pytest.fixture
    def plugins(self) -> str:
        return "budget budget_validation scheming_datasets datastore"

    @pytest.mark.parametrize("address", ["/dataset/", "/dashboard/datasets", "/budget/", "/"])
    def test_first(self, address: str, get: Any, portal: Any) -> None:
        from ckan.tests import factories

        user = factories.UserWithToken()
        portal.action(
            "organization_member_create",
            id=portal.organization["id"],
            username=user["name"],
            role="editor",
        )
        body = get(f"/fr{address}", headers={"Authorization": user["token"]})
        main = body[body.index("</header>") :]
        assert DEPOSIT in main
        if "/dataset/new" in main:
            assert main.index(DEPOSIT) < main.index("/dataset/new")

    def test_not_for_readers(self, get: Any) -> None:
        assert DEPOSIT not in get("/fr/dataset/")
        assert DEPOSIT not in get("/fr/")


def test_home_of_an_empty_portal(get: Any) -> None:
    body = get("/fr/")
    assert "Trouvez votre commune" in body
    assert "En chiffres" not in body


@pytest.mark.parametrize("address", ["/about", *(f"/budgets/pages/{one}" for one in texts.PAGES)])
def test_texts_in_both_languages(address: str, get: Any) -> None:
    french, english = get(f"/fr{address}"), get(f"/en{address}")
    assert ' lang="fr"' in french
    assert french != english
    assert "{contact}" not in french + english
    assert "ckan.org" not in french + english


def test_the_portal_writes_its_own_texts(settings: Any, get: Any, tmp_path: Path) -> None:
    (tmp_path / "contact.md").write_text("# Écrire à la Région\n{contact}, {inconnu}\n")
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "contact.md").write_text("# Write to the region\n")
    settings("ckanext.budget.guides", str(tmp_path))
    settings("ckanext.budget.contact", "opendata@region.example")
    french = get("/fr/budgets/pages/contact")
    assert "Écrire à la Région" in french
    assert "mailto:opendata@region.example" in french
    assert "{inconnu}" in french
    assert "Write to the region" in get("/en/budgets/pages/contact")


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/fr/nulle-part", 404, "Cette page n'existe pas"),
        ("/fr/budgets/pages/inconnue", 404, "Cette page n'existe pas"),
        ("/fr/ckan-admin", 403, "Vous n'avez pas accès à cette page"),
    ],
)
def test_errors_in_plain_words(address: str, status: int, words: str, get: Any) -> None:
    assert words in get(address, status=status, follow_redirects=False)
