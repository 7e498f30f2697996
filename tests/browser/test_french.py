"""A walk over every page that a budget portal shows, as each role: no word of English in French.

The words of CKAN, ckanext-harvest and ckanext-scheming are translated in our own catalogue
(``i18n/borrowed.pot``) where theirs leave them. What is looked at is what people read or hear:
texts, labels, titles, placeholders. Names of products, licences, formats and addresses belong to no
language.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api")

ENGLISH = frozenset(
    """
    the of and to is this that you your with for from are not has have been by please there will
    can was were if it its an only any no yes dataset datasets organization organizations resource
    view views edit add new delete remove save search upload link follow followers following
    manage member members user username name powered about profile settings log logged login
    logout register sign last updated created modified more less show hide read write select
    choose file files field fields license licenses order results result found activity stream
    dashboard trash title text private public state active draft sort type email password forgot
    reset request error errors warning imported harvest harvested source sources job jobs running
    finished started status back next previous cancel update clear preview download unknown value
    values custom key must required welcome home skip main content toggle navigation go close open
    loading group groups help example refresh stop reharvest frequency table none empty purge bulk
    make data explore visibility author maintainer additional info information share copy
    """.split()
)
ALSO_FRENCH = frozenset(
    "source sources type table public main text title error job info data or on an no if can"
    " message format page active information email".split()
)
NAMES = re.compile(
    r"""https?://\S+|[\w.-]+@[\w.-]+|\S*[\w.-]+:\d+\S*|\S+/\S*|<[a-z-]+>|[\w-]+\.(csv|xml|zip|json|md)\b
    |Licence\ Ouverte.*|Creative\ Commons[\w\ -]*|GNU\ Free\ Documentation\ License
    |Open\ Data\ Commons[\w\ ()]*|UK\ Open\ Government\ Licence[\w\ ()]*|open\ data|Data\ Commons
    |Table\ Schema|Data\ Package|Markdown|«[^»]*»|“[^”]*”""",
    re.VERBOSE | re.IGNORECASE,
)

HEARD = """() => {
  const found = new Set();
  const code = new Set(["SCRIPT", "STYLE", "CODE", "PRE", "NOSCRIPT", "TEXTAREA"]);
  const foreign = (node) => {
    for (let at = node; at; at = at.parentElement) {
      if (code.has(at.tagName)) return true;
      if (at !== document.documentElement && at.lang && !at.lang.startsWith("fr")) return true;
    }
    return false;
  };
  const say = (text) => text && text.trim() && found.add(text.trim().replace(/\\s+/g, " "));
  const walk = document.createTreeWalker(
    document.documentElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode()); ) {
    if (node.nodeType === Node.TEXT_NODE) {
      if (!foreign(node.parentElement)) say(node.data);
      continue;
    }
    if (node.matches(".select2-search__field")) continue; // its library has no French here
    const names = ["aria-label", "title", "placeholder", "alt", "data-bs-title"];
    for (const name of names) say(node.getAttribute(name));
    if (node.matches("input[type=submit], input[type=button]")) say(node.value);
  }
  return [...found];
}"""

ANYBODY = """
    / /about /budgets /budgets?vue=tableau /budgets?q=zzz /budgets/carte /budgets/publier
    /budgets/groupe /budgets/pages/contact /budgets/pages/accessibilite
    /budgets/pages/mentions-legales /budget/{budget} /budget/{budget}/resource/{table}
    /budget/groups/{budget} /budget /dataset /dataset/?q=zzz /organization
    /organization/{organization} /organization/about/{organization} /group /harvest
    /harvest/{source} /reunion /user/login /user/reset /nulle-part /ckan-admin
    """.split()
EDITOR = """
    /dashboard/datasets /dashboard/organizations /dashboard/groups /user/{me} /user/edit/{me}
    /user/{me}/api-tokens /budgets/deposer /budgets/controle /budget/new /dataset/new
    /reunion/new /budget/edit/{budget} /budget/resources/{budget} /budget/{budget}/resource/new
    /budget/{budget}/resource/{table}/edit /budget/{budget}/resource/{table}/views
    /budget/{budget} /budget/{budget}/resource/{table} /organization/{organization} /harvest
    /harvest/new /harvest/{source} /ckan-admin
    """.split()
ADMIN = (
    *EDITOR,
    *"""
    /organization/edit/{organization} /organization/members/{organization}
    /organization/member_new/{organization} /organization/bulk_process/{organization}
    /harvest/admin/{source} /harvest/edit/{source} /harvest/{source}/job
    /harvest/{source}/job/last
    """.split(),
)
SYSADMIN = (
    *ADMIN,
    *"""
    /ckan-admin/ /ckan-admin/config /ckan-admin/trash /organization/new /group/new
    """.split(),
)
PASSWORD = "un-mot-de-passe-long"


@pytest.fixture(scope="module")
def places(portal_url: str, budgets: list[dict]) -> dict[str, str]:
    """What the addresses of the pages name."""
    import requests

    budget = budgets[0]
    query = {"fq": "dataset_type:harvest", "rows": 1}
    address = f"{portal_url}/api/3/action/package_search"
    [source] = requests.get(address, params=query, timeout=60).json()["result"]["results"]
    return {
        "budget": budget["name"],
        "table": next(one["id"] for one in budget["resources"] if one.get("role") == "scdl"),
        "organization": budget["organization"]["name"],
        "source": source["name"],
    }


def logged_in(visit: Any, portal_url: str, name: str, password: str) -> Any:
    page = visit(base_url=portal_url).new_page()
    page.goto("/user/login")
    page.fill("#field-login", name)
    page.fill("#field-password", password)
    page.locator("form:has(#field-password) button[type=submit]").click()
    page.wait_for_selector(".account.authed")
    return page


@pytest.fixture(scope="module")
def person(
    visit: Any, portal_url: str, admin_password: str, places: dict[str, str]
) -> Iterator[Any]:
    """``person(role)``: a page of somebody with that role in the organisation of the budget."""
    boss = logged_in(visit, portal_url, "admin", admin_password)
    boss.me = "admin"
    made: list[str] = []

    def ask(action: str, **data: Any) -> Any:
        answer = boss.request.post(f"/api/3/action/{action}", data=data)
        assert answer.ok, answer.text()
        return answer.json()["result"]

    def somebody(role: str) -> Any:
        if role == "anonymous":
            return visit(base_url=portal_url).new_page()
        if role == "sysadmin":
            return boss
        name = f"lecture-{role}-{secrets.token_hex(4)}"
        fullname = {"editor": "Camille Roussel", "admin": "Dominique Lefort"}[role]
        email = f"{name}@example.org"
        ask("user_create", name=name, fullname=fullname, email=email, password=PASSWORD)
        made.append(name)
        ask("organization_member_create", id=places["organization"], username=name, role=role)
        page = logged_in(visit, portal_url, name, PASSWORD)
        page.me = name
        return page

    yield somebody
    for name in made:
        ask("user_delete", id=name)


def english(text: str) -> list[str]:
    """Words of it that are English; accents make a sentence French, function words excepted."""
    words = set(re.findall(r"[a-z]+", NAMES.sub(" ", text).lower()))
    return sorted(words & ENGLISH - ALSO_FRENCH)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Skip to main content", ["content", "skip", "to"]),
        ("Voir https://example.org/the/dataset", []),
        ("Licence Ouverte / Open Licence version 2.0", []),
        ("Source : Eurométropole", []),
    ],
)
def test_the_list_of_words_tells_one_language_from_the_other(text: str, found: list[str]) -> None:
    assert english(text) == found


@pytest.mark.parametrize(
    ("role", "pages"),
    [("anonymous", ANYBODY), ("editor", EDITOR), ("admin", ADMIN), ("sysadmin", SYSADMIN)],
)
def test_no_english(role: str, pages: list[str], person: Any, places: dict[str, str]) -> None:
    page = person(role)
    found: dict[str, str] = {}
    for path in pages:
        page.goto(path.format(me=getattr(page, "me", ""), **places))
        assert page.locator("html").get_attribute("lang") == "fr"
        for text in page.evaluate(HEARD):
            if english(text):
                found.setdefault(text, path)
    told = [f"{path}: {text!r} {english(text)}" for text, path in found.items()]
    assert not told, "\n".join(told)
