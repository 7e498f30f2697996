"""Write the tables of docs/figures.md: ``BUDGET_SAMPLES=FOLDER python dev/figures_table.py``.

Definitions come from the tables of the library, values from the real documents of the folder,
computed by the library and beside what they print. Only what stands between the marks is replaced.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ckanext.budget.totem.summary.categories import categories
from ckanext.budget.totem.summary.document import summarise_totem
from ckanext.budget.totem.summary.figures import FIGURES, NOT_APPLICABLE
from ckanext.budget.totem.summary.ratios import RATIOS, READINGS
from ckanext.budget.totem.summary.told import written
from ckanext.budget.totem.summary.words import figure_words, ratio_words

PAGE = Path(__file__).parent.parent / "docs" / "figures.md"
SAMPLES = {
    "bp-2022-commune-m14": "Crach BP 2022",
    "bp-2022-lotissement-m14": "Crach, lotissement BP 2022",
    "bp-2022-transport-m43d": "Saint-Malo agglo, transport BP 2022",
    "ca-2016-commune-m14-sans-annexes": "Montreuil CA 2016",
    "ca-2017-commune-m14-anonymise": "Montreuil CA 2017",
    "cfu-2023-commune-m57a": "Mohon CFU 2023",
}
Payload = dict[str, Any]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def definitions() -> str:
    """One row a figure: key, name, formula, accounts, source."""
    words = figure_words()
    rows = (
        [f"`{figure.id}`", said.label, said.formula, said.accounts, said.source]
        for figure in FIGURES
        for said in (words[figure.id],)
    )
    return table(("Clé", "Chiffre", "Formule", "Comptes", "Définition et source"), rows)


def plain_categories() -> str:
    """One row a category."""
    rows = ([f"`{each.id}`", each.axis, each.label, each.meaning] for each in categories())
    return table(("Clé", "Axe", "Catégorie", "En une phrase"), rows)


def values(payloads: dict[str, Payload]) -> str:
    """One row a figure, one column a document."""
    words = figure_words()
    known = {
        name: {figure["id"]: figure for figure in payload["figures"]}
        for name, payload in payloads.items()
    }
    rows = (
        [words[figure.id].label, *(_value(known[name][figure.id]) for name in payloads)]
        for figure in FIGURES
    )
    return table(("Chiffre", *(SAMPLES[name] for name in payloads)), rows)


def _value(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return "sans objet" if figure["status"] == NOT_APPLICABLE else "non calculable"
    return written(figure["value"], figure["unit"])


def ratios(payloads: dict[str, Payload]) -> str:
    """One row a ratio and document that prints it: ours, theirs, the difference."""
    return table(
        ("Ratio", "Document", "Calculé", "Imprimé", "Moyenne imprimée", "Écart"),
        _ratio_rows(payloads),
    )


def _ratio_rows(payloads: dict[str, Payload]) -> Iterator[list[str]]:
    words = ratio_words()
    for place, ratio in enumerate(RATIOS):
        for name, payload in payloads.items():
            told = payload["legal_ratios"][place]
            if told["printed"] is None:
                continue
            shown = (written(told[key], ratio.unit) for key in ("value", "printed", "average"))
            label = f"{ratio.number or 'M57'}. {words[ratio.id].label}"
            why = " ; ".join(READINGS[reading] for reading in told["readings"])
            none = "sans objet : un budget annexe n'est rapporté à aucun habitant"
            same = none if told["value"] is None and payload["document"]["annex"] else "égal"
            yield [label, SAMPLES[name], *shown, why or same]


def formulas() -> str:
    """How each ratio is computed."""
    words = ratio_words()
    rows = (
        [str(ratio.number or "M57"), words[ratio.id].label, words[ratio.id].formula,
         f"`Val{ratio.code}`"]
        for ratio in RATIOS
    )  # fmt: skip
    return table(("N°", "Ratio", "Notre calcul", "Imprimé dans"), rows)


def blocks(folder: Path) -> dict[str, str]:
    """Every table of the page, by the name of its marks."""
    payloads = {}
    for name in SAMPLES:
        with open(folder / f"{name}.xml", "rb") as stream:
            payloads[name] = summarise_totem(stream)[1].payload
    return {
        "definitions": definitions(),
        "values": values(payloads),
        "formulas": formulas(),
        "ratios": ratios(payloads),
        "categories": plain_categories(),
    }


def filled(page: str, found: dict[str, str]) -> str:
    """The page with each table in its place."""
    for name, text in found.items():
        marks = f"<!-- {name} -->", f"<!-- /{name} -->"
        pattern = re.escape(marks[0]) + ".*?" + re.escape(marks[1])
        page = re.sub(pattern, lambda _: f"{marks[0]}\n\n{text}\n\n{marks[1]}", page, flags=re.S)  # noqa: B023
    return page


def main() -> int:
    """Rewrite the page; 2 when there is no folder of samples."""
    folder = os.environ.get("BUDGET_SAMPLES")
    if not folder:
        print("BUDGET_SAMPLES names no folder of documents", file=sys.stderr)
        return 2
    PAGE.write_text(filled(PAGE.read_text("utf-8"), blocks(Path(folder))), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
