"""One fault per rule of the checks: how a sound document is spoilt.

``FAULTS`` maps the code of a rule to what makes one document break it, and that one as far as
possible. A fault changes the text of the document before it is sealed, or its lines, or both, so
that the seal stays valid and the sums stay balanced where the rule does not speak of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ckanext.budget.totem.generate.compose import SEAL
from ckanext.budget.totem.generate.lines import Row
from ckanext.budget.totem.generate.scenarios import Spec
from ckanext.budget.totem.identifiers import complete, siret

Text = Callable[[str, Spec], str]
Lines = Callable[[Sequence[Row]], list[Row]]

VOTED = ("MtPropNouv", "MtPrev", "CredOuv")
EXTRA = 123_400


class FaultMissed(LookupError):
    """The document does not hold what the fault would spoil."""


@dataclass(frozen=True)
class Fault:
    """text, rows: the change; stage, variant, annex_budget, annexes, sealed, year: the document
    that is spoilt (``spec``); shifted: the fiscal year is moved by so many years."""

    summary: str
    text: Text | None = None
    rows: Lines | None = None
    stage: str = "BP"
    variant: str = "M14_COM_SUP3500"
    annex_budget: bool = False
    annexes: str = "all"
    sealed: bool = True
    year: int | None = None


# -- changes of text


def _once(pattern: str, new: str | Callable[[re.Match[str]], str]) -> Text:
    """Replaces the first match of a regular expression."""

    def change(text: str, spec: Spec) -> str:
        result, number = re.subn(pattern, new, text, count=1, flags=re.DOTALL)
        if not number:
            raise FaultMissed(pattern)
        return result

    return change


def _all(pattern: str, new: str) -> Text:
    """Replaces every match."""

    def change(text: str, spec: Spec) -> str:
        result, number = re.subn(pattern, new, text, flags=re.DOTALL)
        if not number:
            raise FaultMissed(pattern)
        return result

    return change


def _value(name: str, new: str) -> Text:
    """Gives the first element ``name`` the value ``new``."""
    return _once(rf'(<{name} V=")[^"]*', rf"\g<1>{new}")


def _without(name: str) -> Text:
    """Removes the first element ``name``."""
    return _once(rf"\s*<{name} [^>]*>", "")


def _before(mark: str, new: str) -> Text:
    """Adds text before the first ``mark``."""
    return _once(f"(?={re.escape(mark)})", new.replace("\\", r"\\"))


def _both(*changes: Text) -> Text:
    def change(text: str, spec: Spec) -> str:
        for one in changes:
            text = one(text, spec)
        return text

    return change


def _wrong_key(name: str) -> Text:
    """Changes the Luhn key of the first SIRET in ``name``."""

    def spoil(found: re.Match[str]) -> str:
        return f"{found[1]}{(int(found[2]) + 1) % 10}"

    return _once(rf'(<{name} V="\d{{13}})(\d)', spoil)


def _swap(first: str, second: str) -> Text:
    """Exchanges two neighbours."""
    return _once(rf"(<{first} [^>]*>)(\s*)(<{second} [^>]*>)", r"\3\2\1")


def _stranger(text: str, spec: Spec) -> str:
    """``IdColl`` of another body, with a valid key."""
    return _value("IdColl", siret(complete("21999999")))(text, spec)


def _years_later(text: str, spec: Spec) -> str:
    return _value("DteDec", f"{spec.year + 6}-03-12")(text, spec)


def _ancient(text: str, spec: Spec) -> str:
    """Fiscal year and vote in 1990."""
    text = _value("Exer", "1990")(text, spec)
    return _all(r'(<DteDec(?:Ex)? V=")\d{4}', r"\g<1>1990")(text, spec)


MASK = "Occultation Article L311-7 CRPA"


def _seal_of_another(text: str, spec: Spec) -> str:
    """A seal that belongs to something else: well-formed, wrong."""
    wrong = ' md5="' + "0" * 32 + '" sha1="' + "0" * 40 + '" date="2022-04-06T17:46:59"'
    return text.replace(SEAL, f"<Scellement{wrong}/>", 1)


# -- changes of lines


def _real(row: Row, rd: str, section: str) -> bool:
    entry = row.entry
    return (
        (entry.rd, entry.section, entry.order) == (rd, section, "0")
        and entry.nature.isdigit()
        and len(entry.nature) > 3
    )


def _order(row: Row, rd: str, chapter: str) -> bool:
    return (row.entry.rd, row.entry.chapter) == (rd, chapter)


def _add(
    rows: Sequence[Row], wanted: Callable[[Row], bool], change: int, names: Sequence[str] = VOTED
) -> list[Row]:
    """Adds ``change`` cents to the amounts of the largest line that is ``wanted``."""
    found = [row for row in rows if wanted(row) and row.amounts.get(names[0], 0) > 0]
    if not found:
        raise FaultMissed("line")
    chosen = max(found, key=lambda row: row.amounts[names[0]])
    amounts = {
        name: amount + change if name in names else amount
        for name, amount in chosen.amounts.items()
    }
    return [Row(row.entry, amounts) if row is chosen else row for row in rows]


def _order_between(rows: Sequence[Row]) -> list[Row]:
    """An order expense without its receipt, paid for by a real expense less."""
    rows = _add(rows, lambda row: _order(row, "D", "042"), EXTRA)
    return _add(rows, lambda row: _real(row, "D", "F"), -EXTRA)


def _order_inside(rows: Sequence[Row]) -> list[Row]:
    rows = _add(rows, lambda row: _order(row, "D", "041"), EXTRA)
    return _add(rows, lambda row: _real(row, "D", "I"), -EXTRA)


def _unbalanced(rows: Sequence[Row]) -> list[Row]:
    return _add(rows, lambda row: _real(row, "D", "F"), EXTRA)


def _overspent(rows: Sequence[Row]) -> list[Row]:
    """A chapter spends far more than its credits."""
    top = sum(row.amounts.get("CredOuv", 0) for row in rows)
    return _add(rows, lambda row: _real(row, "D", "F"), top, ("MtReal",))


def _nature(code: str, chapter: str | None = None) -> Lines:
    """Another nature on the first real expense of operation."""

    def change(rows: Sequence[Row]) -> list[Row]:
        rank = next(i for i, row in enumerate(rows) if _real(row, "D", "F"))
        entry = rows[rank].entry
        kept = entry.chapter if chapter is None else chapter
        spoilt = Row(entry._replace(nature=code, chapter=kept), rows[rank].amounts)
        return [*rows[:rank], spoilt, *rows[rank + 1 :]]

    return change


def _function(code: str) -> Lines:
    def change(rows: Sequence[Row]) -> list[Row]:
        rank = next(i for i, row in enumerate(rows) if _real(row, "D", "F"))
        spoilt = Row(rows[rank].entry._replace(function=code), rows[rank].amounts)
        return [*rows[:rank], spoilt, *rows[rank + 1 :]]

    return change


def _statement(state: str, amount: str) -> Text:
    """Another total of a statement of the accountant."""
    return _once(
        rf'(<Etat V="{state}"/>(?:(?!</LigneComptable>).)*?<{amount} V=")\d+'
        r"(?=(?:(?!</LigneComptable>).)*TOTALISATION)",
        r"\g<1>1",
    )


LINE = r"\s*<LigneBudget[ >].*?</LigneBudget>"
UNKNOWN_ANNEX = '<DATA_INCONNUE><INCONNUE><Champ V="1"/></INCONNUE></DATA_INCONNUE>'

FAULTS: dict[str, Fault] = {
    "T-DOC-001": Fault("document tronqué", _once(r".{400}$", ""), sealed=False),
    "T-DOC-002": Fault("aucune ligne de budget", _all(LINE, "")),
    "T-STR-001": Fault(
        "élément inconnu dans une ligne", _before("<CodRD ", '<ElementInconnu V="1"/>')
    ),
    "T-STR-002": Fault("élément obligatoire absent", _without("BudgPrec")),
    "T-STR-003": Fault("élément répété", _once(r"(<CodRD [^>]*>)", r"\1\1")),
    "T-STR-004": Fault("date mal écrite", _value("DteStr", "31/12/2022")),
    "T-STR-005": Fault("texte trop long", _value("LibelleEtab", "BUDGET PRINCIPAL " * 7)),
    "T-STR-006": Fault("code hors de la liste", _value("NatVote", "XxYy")),
    "T-STR-007": Fault("éléments dans un autre ordre", _swap("BudgPrec", "ReprRes")),
    "T-STR-008": Fault("valeur vide", _value("TypProv", "")),
    "T-STR-009": Fault("annexe inconnue", _before("</Annexes>", UNKNOWN_ANNEX)),
    "T-STR-010": Fault("élément en d'autres majuscules", _once("<DteStr ", "<dteStr ")),
    "T-IDE-001": Fault("clé du SIRET du budget fausse", _wrong_key("IdEtab")),
    "T-IDE-002": Fault("clé du SIRET de la collectivité fausse", _wrong_key("IdColl")),
    "T-IDE-003": Fault("budget et collectivité de SIREN différents", _stranger),
    "T-IDE-004": Fault("exercice invraisemblable", _ancient),
    "T-IDE-005": Fault("vote loin de l'exercice", _years_later),
    "T-IDE-006": Fault("projet de budget", _value("ProjetBudget", "true")),
    "T-IDE-007": Fault("décision modificative sans numéro", _without("NumDec"), stage="DM"),
    "T-IDE-008": Fault(
        "budget annexe sans budget principal",
        _both(_without("IdEtabPal"), _without("LibelleEtabPal")),
        variant="M49_D",
        annex_budget=True,
    ),
    "T-IDE-009": Fault("nom de la collectivité vide", _value("LibelleColl", "")),
    "T-IDE-010": Fault(
        "clé du SIRET d'un bénéficiaire fausse",
        _once(r'(<CONCOURS>(?:(?!</CONCOURS>).)*?<Siret V=")\d{14}', r"\g<1>12345678901234"),
    ),
    "T-NOM-001": Fault("norme inconnue", _value("Nomenclature", "M99-M99_X")),
    "T-NOM-002": Fault("compte inconnu", rows=_nature("99999")),
    "T-NOM-003": Fault("fonction inconnue", rows=_function("ZZ")),
    "T-NOM-004": Fault("chapitre inconnu", _once(r'(<ContNat V=")011', r"\g<1>888")),
    "T-NOM-005": Fault("pas de plan de comptes de l'année", variant="M57_A", year=2026),
    "T-NOM-006": Fault("compte d'un autre plan", rows=_nature("60611999")),
    "T-NOM-007": Fault("ligne sans chapitre ni section", rows=_nature("99999", "")),
    "T-ARI-001": Fault("opération d'ordre entre sections à un seul côté", rows=_order_between),
    "T-ARI-002": Fault("opération d'ordre dans une section à un seul côté", rows=_order_inside),
    "T-ARI-003": Fault("section votée en déséquilibre", rows=_unbalanced),
    "T-ARI-004": Fault(
        "total de l'éditeur faux",
        _once(r'(<Groupe V="GDEPTOTFONCA"/>.*?<MtReal V=")\d+', r"\g<1>1"),
        stage="CFU",
        variant="M57_A",
    ),
    "T-ARI-005": Fault("dépenses au-delà des crédits", rows=_overspent, stage="CA"),
    "T-ARI-006": Fault("ratio imprimé faux", _once(r'(Code="ValRecRFonc" V=")[^"]*', r"\g<1>1,23")),
    "T-ARI-007": Fault(
        "même dette aux deux dates",
        _all(
            r'(MtCapitalRestDu_01_01 V="([^"]*)"(?:(?!</EMPRUNT>).)*?MtCapitalRestDu_31_12 V=")'
            r'[^"]*',
            r"\1\2",
        ),
    ),
    "T-CFU-001": Fault(
        "bilan en déséquilibre", _statement("BI_A", "MtNet"), stage="CFU", variant="M57_A"
    ),
    "T-CFU-002": Fault(
        "comptable et ordonnateur en désaccord",
        _statement("EB_DF", "MtRealNettes"),
        stage="CFU",
        variant="M57_A",
    ),
    "T-CPL-001": Fault(
        "annexe annoncée et absente", _both(_once(r"\s*<DATA_TIERS>.*?</DATA_TIERS>", ""))
    ),
    "T-CPL-002": Fault("aucune annexe", annexes="none"),
    "T-PRI-001": Fault(
        "masquage incomplet", _once(r'(<PRET>.*?<NomBenefPret V=")[^"]*', rf"\g<1>{MASK}")
    ),
    "T-PRI-002": Fault("données personnelles à masquer"),
    "T-SEA-001": Fault("scellement rompu", _seal_of_another),
    "T-SEA-002": Fault("document non scellé", sealed=False),
}
