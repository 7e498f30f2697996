"""The record that a data protection officer asks for: what a raw file holds about people.

Counts, elements and grounds, never a value. Both policies are applied in one pass.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from typing import Any, BinaryIO

from ckanext.budget.totem.errors import unquoted
from ckanext.budget.totem.limits import Budget
from ckanext.budget.totem.model import Header
from ckanext.budget.totem.page import facts, page, table
from ckanext.budget.totem.privacy.mask import Masker
from ckanext.budget.totem.privacy.policy import GROUNDS, MASK, POLICIES
from ckanext.budget.totem.privacy.report import masking_report
from ckanext.budget.totem.reader import Document

_ACTIONS = {
    "always": "masqué dans tous les cas",
    "natural": "masqué sauf si le bénéficiaire est une personne morale, par son code ou son nom",
    "person": "masqué en «\u00a0strict\u00a0» ; en «\u00a0standard\u00a0», "
    "si la ligne concerne une seule personne",
    "legal": "masqué sauf si c'est certainement le nom d'une personne morale",
    "body": "masqué en «\u00a0strict\u00a0» sauf si c'est certainement le nom d'une personne "
    "morale ; en «\u00a0standard\u00a0», si c'est celui d'une personne",
    "lender": "masqué si c'est le nom d'une personne et, aux comptes où une personne peut prêter, "
    "sauf si c'est certainement celui d'une personne morale",
    "somebody": "masqué s'il se lit comme le nom d'une personne",
    "known": "masqué sauf codes, et mots connus d'un grade ou d'une opération",
    "strict": "masqué en «\u00a0strict\u00a0», conservé en «\u00a0standard\u00a0»",
    "words": "masqué si ce n'est ni nombre, ni date, ni code court",
}


@dataclass(frozen=True)
class PersonalData:
    """One kind of personal value: where, how many, and what each policy does with it."""

    container: str
    element: str
    found: int
    masked_strict: int
    masked_standard: int
    action: str
    ground: str
    reason: str

    @property
    def place(self) -> str:
        """``PRET/NomBenefPret``; outside the annexes, the element alone."""
        return self.element if self.container == "*" else f"{self.container}/{self.element}"


@dataclass(frozen=True)
class Record:
    """The record of one document. No digest of the raw file: with it a guess can be tested."""

    header: Header
    values: tuple[PersonalData, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "header": self.header.as_dict(),
            "mask": MASK,
            "values": [
                asdict(value) | {"ground_text": GROUNDS[value.ground]} for value in self.values
            ],
        }

    def as_text(self) -> str:
        """For a terminal."""
        lines = [f"{self.header.name}, {self.header.stage.title} {self.header.fiscal_year}"]
        for value in self.values:
            lines.append(
                f"{value.place} : {value.found} trouvée{'s' * (value.found > 1)}, "
                f"masquées : {value.masked_strict} en strict, "
                f"{value.masked_standard} en standard\n"
                f"    {value.reason}. {_ACTIONS[value.action].capitalize()} ({value.ground})."
            )
        return "\n".join(lines if self.values else [*lines, "Aucune donnée personnelle trouvée."])

    def as_html(self) -> str:
        """A page to print and file."""
        title = f"Données personnelles : {self.header.name}, {self.header.fiscal_year}"
        rows = [
            (v.place, v.found, v.masked_strict, v.masked_standard,
             v.reason, _ACTIONS[v.action], v.ground)
            for v in self.values
        ]  # fmt: skip
        heads = ("Élément", "Trouvées", "Strict", "Standard", "Ce que c'est", "Décision",
                 "Fondement")  # fmt: skip
        caption = (
            f"{sum(v.found for v in self.values)} valeurs relatives à des personnes, "
            "et combien chaque politique en masque"
        )
        grounds = "".join(
            f"<dt>{key}</dt><dd>{escape(GROUNDS[key])}</dd>"
            for key in sorted({value.ground for value in self.values})
        )
        body = (
            f"<h1>{escape(title)}</h1>"
            + facts(
                (
                    ("Document", self.header.stage.title),
                    ("Budget", self.header.budget_name),
                    ("SIRET", self.header.siret),
                )
            )
            + (table(caption, heads, rows) if rows else "<p>Aucune donnée personnelle trouvée.</p>")
            + f"<h2>Texte de remplacement</h2><p>« {MASK} », 0 pour un nombre. Le scellement du "
            "fichier publié ne se vérifie donc plus : c'est voulu.</p>"
            f'<h2>Fondements</h2><dl class="legend">{grounds}</dl>'
        )
        return page(title, body)


def examine(stream: BinaryIO, budget: Budget | None = None) -> Record:
    """Read a raw document once, within ``budget``. Raises ``TotemError``."""
    document = Document(stream, budget)
    maskers = {policy: Masker(policy) for policy in POLICIES}
    with unquoted():
        for segment in document:
            for masker in maskers.values():
                masker(segment)
    standard = maskers["standard"].masked
    values = tuple(
        PersonalData(
            element["container"], element["element"], element["found"], element["masked"],
            standard[element["container"], element["element"]],
            element["action"], element["ground"], element["reason"],
        )
        for element in masking_report(maskers["strict"])["elements"]
    )  # fmt: skip
    return Record(document.header, values)
