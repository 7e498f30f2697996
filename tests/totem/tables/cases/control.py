"""The control: a valid, balanced budget of seven lines, as the project itself writes it."""

from __future__ import annotations

import csv
import io

from ckanext.budget.totem.scdl import COLUMNS

WHOSE = ("budget primitif", "2021", "21930048000015", "VALLÉE-DE-L'ÉTANG")
_LINES = (
    "011|Charges à caractère général|60621|Combustibles|||fonctionnement|réel|dépense|4210.50",
    "012|Charges de personnel et frais assimilés|64111|Rémunération principale|||"
    "fonctionnement|réel|dépense|50320.25",
    "023|Virement à la section d'investissement|023|Virement à la section d'investissement|||"
    "fonctionnement|ordre|dépense|7000.00",
    "73|Impôts et taxes|73111|Impôts directs locaux|||fonctionnement|réel|recette|54530.75",
    "002|Résultat de fonctionnement reporté|002|Résultat de fonctionnement reporté|||"
    "fonctionnement|réel|recette|7000.00",
    "021|Virement de la section de fonctionnement|021|Virement de la section de fonctionnement|||"
    "investissement|ordre|recette|7000.00",
    "21|Immobilisations corporelles|2188|Autres immobilisations corporelles|020|"
    "Administration générale|investissement|réel|dépense|7000.00",
)

Table = list[list[str]]


def rows() -> Table:
    """The seven rows, 22 cells each; what was voted the year before is a little less."""
    made = []
    for line in _LINES:
        chapter, chapter_label, nature, label, code, function, *words, amount = line.split("|")
        before = f"{float(amount) * 0.9:.2f}"
        amounts = ["", before, "", amount, amount, amount, ""]
        codes = [chapter, chapter_label, nature, label, code, function, ""]
        made.append([*WHOSE, *codes, *words, *amounts, "non spécialisé"])
    return made


def text(table: Table | None = None, columns: tuple[str, ...] = COLUMNS, **options: str) -> str:
    """A CSV: commas and CRLF unless told otherwise (``delimiter=``, ``lineterminator=``)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, **{"lineterminator": "\r\n", **options})
    writer.writerow(columns)
    writer.writerows(rows() if table is None else table)
    return out.getvalue()


GOOD = text().encode("utf-8")
