"""Labels that another year's chart gave become those of the year once its chart arrives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ckanext.budget import quality
from ckanext.budget.quality.run import run
from ckanext.budget.totem.cli import main
from ckanext.budget.totem.nomenclature import use_folder

PLAN = """<?xml version='1.0' encoding='UTF-8'?>
<Nomenclature Norme="M57" Declinaison="M57_D" Exer="2031">
  <Nature>
    <Chapitres>
      <Chapitre Code="012" Libelle="Charges de personnel" TypeChapitre="G" Section="F" Special="0"/>
    </Chapitres>
    <Comptes>
      <Compte Code="64" Libelle="Charges de personnel">
        <Compte Code="6413" Libelle="Personnel, nouveau nom" DR="012" DOES="" DOIS=""
          RR="" ROES="" ROIS=""/>
      </Compte>
    </Comptes>
  </Nature>
  <Fonction><Chapitres/><Comptes/><RefFonctionnelles/></Fonction>
</Nomenclature>
"""


@pytest.fixture
def folder(tmp_path: Path) -> Any:
    """The portal's own folder of charts, empty."""
    made = tmp_path / "charts"
    made.mkdir()
    use_folder(made)
    yield made
    use_folder(None)


def table_online(portal: Any) -> str:
    (content,) = [data for data in portal.files().values() if data.startswith(b"BGT_")]
    return content.decode()


def test_control_corrects_published_labels_when_the_chart_arrives(
    portal, make_document, folder, tmp_path
):
    portal.publish(make_document(year=2031, voted="2031-03-31"))
    dataset = portal.budgets()[0]
    xml = next(r for r in portal.dataset(dataset)["resources"] if r["role"] == "xml")
    assert "T-NOM-005" in quality.latest(xml["id"])["codes"]
    assert "nouveau nom" not in table_online(portal)
    assert run().mended == 0
    official = tmp_path / "official" / "2031" / "M57" / "M57_D" / "planDeCompte.xml"
    official.parent.mkdir(parents=True)
    official.write_text(PLAN, encoding="utf-8")
    assert main(["nomenclature", "import", str(tmp_path / "official"), "-o", str(folder)]) == 0
    assert run().mended == 1
    assert "Personnel, nouveau nom" in table_online(portal)
    assert [r["id"] for r in portal.dataset(dataset)["resources"] if r["role"] == "xml"] == [
        xml["id"]
    ]
    assert run().mended == 0
