"""Generated plans of accounts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

PLAN = """<?xml version='1.0' encoding='UTF-8'?>
<Nomenclature Norme="{norm}" Declinaison="{variant}" Exer="{year}">
  <Nature>
    <Chapitres>
      <Chapitre Code="011" Libelle="{chapter}" TypeChapitre="G" Section="F" Special="0"/>
    </Chapitres>
    <Comptes>
      <Compte Code="60" Libelle="Achats">
        <Compte Code="6011" Libelle="{label}" DR="011" DOES="" DOIS="" RR="" ROES="" ROIS=""/>
      </Compte>
    </Comptes>
  </Nature>
  <Fonction><Chapitres/><Comptes/><RefFonctionnelles/></Fonction>
</Nomenclature>
"""

MakePlan = Callable[..., bytes]


@pytest.fixture
def plan_of() -> MakePlan:
    """``plan_of(2031, "M57", "M57_D", label="Stocks")``: the bytes of a small plan."""

    def make(
        year: int,
        norm: str = "M57",
        variant: str = "M57_D",
        label: str = "Stocks",
        chapter="Charges",
    ) -> bytes:
        text = PLAN.format(year=year, norm=norm, variant=variant, label=label, chapter=chapter)
        return text.encode()

    return make


@pytest.fixture
def put_plan(tmp_path: Path, plan_of: MakePlan) -> Callable[..., Path]:
    """The same, in the folder that is returned."""

    def put(year: int, norm: str = "M57", variant: str = "M57_D", **words: str) -> Path:
        folder = tmp_path / "official"
        path = folder / str(year) / norm / variant / "planDeCompte.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(plan_of(year, norm, variant, **words))
        return folder

    return put
