"""Cards of /budgets: figures that subtract of a whole budget, what a vote changes of a DM or BS."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

LINE = """<LigneBudget><Nature V="{nature}"/><Fonction V="020"/><ContNat V="{chapter}"/>\
<ArtSpe V="false"/><CodRD V="{side}"/><MtPropNouv V="{amount}"/><MtPrev V="{amount}"/>\
<OpBudg V="0"/></LigneBudget>"""


@pytest.fixture
def plugins() -> str:
    return "budget budget_view totem_harvester harvest scheming_datasets datastore datatables_view"


def changed(content: bytes, *lines: tuple[str, str, str, str]) -> bytes:
    """The same document with these lines (account, chapter, side, amount) alone."""
    text = content.decode()
    start, end = text.index("<LigneBudget>"), text.index("<Annexes>")
    rows = (
        LINE.format(nature=nature, chapter=chapter, side=side, amount=amount)
        for nature, chapter, side, amount in lines
    )
    return (text[:start] + "".join(rows) + text[end:]).encode()


def cards(app: Any) -> list[Any]:
    """Every card as a tree, in a context of its own: that of ``portal`` remembers its language."""
    with app.flask_app.app_context():
        tree = html.fromstring(app.get("/fr/budgets", status=200).body)
    return tree.xpath("//main//article[contains(@class, 'border')]")


def said(node: Any) -> str:
    text = " ".join(node.text_content().split())
    return text.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("stage", "number", "lines", "words"),
    [
        ("02", "1", [("6413", "012", "D", "1595"), ("60611", "011", "D", "-1595")],
         "Décision modificative n° 1 – déplace 1 595 € d’un poste à l’autre, sans changer le "
         "total"),
        ("02", "2", [("6413", "012", "D", "300"), ("7411", "74", "R", "300")],
         "Décision modificative n° 2 – recettes +300 €, dépenses +300 €"),
        ("03", "", [("60611", "011", "D", "-120"), ("7411", "74", "R", "-120")],
         "Budget supplémentaire – recettes -120 €, dépenses -120 €"),
    ],
)  # fmt: skip
def test_a_vote_that_changes_a_budget_tells_what_it_changes(
    stage: str, number: str, lines: Any, words: str, portal: Any, app: Any, make_document: Any
) -> None:
    document = make_document(stage=stage, number=number, annexes=False)
    portal.publish(changed(document, *lines))
    [card] = cards(app)
    [told] = card.xpath(".//*[@data-budget-change]")
    assert said(told) == words
    assert not card.xpath(".//*[@data-figure]"), "no figure of a whole budget"


def test_the_whole_budget_speaks_first_and_its_changes_follow(
    portal: Any, app: Any, make_document: Any
) -> None:
    portal.publish(make_document())
    change = make_document(stage="02", number="1", annexes=False)
    portal.publish(changed(change, ("6413", "012", "D", "5"), ("60611", "011", "D", "-5")))
    [card] = cards(app)
    assert len(card.xpath(".//*[@data-budget-change]")) == 1
    figures = {one.get("data-figure"): int(one.get("data-value"))
               for one in card.xpath(".//*[@data-figure]")}  # fmt: skip
    assert figures["real_operating_expenditure"] == 150025
    receipts, spent = figures["current_operating_revenue"], figures["real_operating_expenditure"]
    assert figures["gross_saving"] == receipts - spent


def test_an_account_tells_the_changes_already(portal: Any, app: Any, make_document: Any) -> None:
    change = make_document(stage="02", number="1", annexes=False)
    portal.publish(changed(change, ("6413", "012", "D", "5"), ("60611", "011", "D", "-5")))
    portal.publish(make_document(stage="10"))
    [card] = cards(app)
    assert not card.xpath(".//*[@data-budget-change]")
