"""Generated documents shared by the generator's tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lxml import etree

from ckanext.budget.totem.generate import Spec, document, plan, planted_names
from ckanext.budget.totem.generate.names import Planted

SEED = 20241107
NAMESPACES = {"t": "http://www.minefi.gouv.fr/cp/demat/docbudgetaire"}


@pytest.fixture(scope="session")
def specs() -> list[Spec]:
    return list(plan(60, SEED))


@pytest.fixture(scope="session")
def made(specs: list[Spec]) -> dict[Spec, bytes]:
    """Sixty documents."""
    return {spec: b"".join(document(spec)) for spec in specs}


@pytest.fixture(scope="session")
def trees(made: dict[Spec, bytes]) -> dict[Spec, etree._Element]:
    """The same, parsed."""
    return {spec: etree.fromstring(content) for spec, content in made.items()}


@pytest.fixture(scope="session")
def planted(specs: list[Spec]) -> dict[Spec, list[Planted]]:
    """Names planted in each."""
    return {spec: planted_names(spec) for spec in specs}


@pytest.fixture(scope="session")
def xsd() -> etree.XMLSchema:
    """The official XSD, from the directory that the environment variable BUDGET_XSD names."""
    place = os.environ.get("BUDGET_XSD")
    if not place:
        pytest.skip("BUDGET_XSD is not set")
    found = next(Path(place).rglob("DocumentBudgetaire.xsd"))
    return etree.XMLSchema(etree.parse(found))


def cents(text: str) -> int:
    """An amount as written -> cents, without floats."""
    whole, _, rest = text.lstrip("-").partition(".")
    value = int(whole) * 100 + int(rest.ljust(2, "0") or 0)
    return -value if text.startswith("-") else value


def lines_of(tree: etree._Element) -> list[dict[str, str]]:
    """Budget lines, subtotals left out: element name (``CaracSup@Section``) -> V."""
    found = []
    for line in tree.iterfind(".//t:LigneBudget", NAMESPACES):
        if line.get("calculated") != "true":
            found.append(
                {
                    etree.QName(item).localname
                    + (f"@{item.get('Code')}" if item.get("Code") else ""): item.get("V")
                    for item in line
                }
            )
    return found


def value(tree: etree._Element, path: str) -> str | None:
    """``V`` of the first element at ``path``."""
    item = tree.find(".//" + "/".join(f"t:{name}" for name in path.split("/")), NAMESPACES)
    return None if item is None else item.get("V")
