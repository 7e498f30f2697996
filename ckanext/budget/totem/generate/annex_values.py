"""Values of annex fields: by type for most, by record where the values must agree.

The structure table (from the XSD) says what each record may hold; ``words.tsv`` gives the texts;
``RECORDS`` the records whose fields depend on each other or hold names.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random

from ckanext.budget.totem.generate import header, lines
from ckanext.budget.totem.generate.lines import euros
from ckanext.budget.totem.generate.names import Planter
from ckanext.budget.totem.generate.scenarios import Spec
from ckanext.budget.totem.identifiers import complete, siret
from ckanext.budget.totem.structure import Field

HERE = Path(__file__).parent
CENTS = 100
Values = dict[str, str]
"""Values by field; an empty value leaves the field out."""


@dataclass
class Context:
    """What a record may depend on; ``rank``: of the record in its annex."""

    spec: Spec
    rng: Random
    planter: Planter
    rank: int = 0

    def draw(self, kind: str) -> str:
        """A text of ``words.tsv``."""
        return self.rng.choice(words()[kind])

    def amount(self, low: int, high: int) -> int:
        """Cents between two amounts in euros, small ones more often."""
        share = self.rng.random() ** 3
        return round((low + (high - low) * share) * CENTS)

    def day(self, years: int = 8) -> str:
        """A date of the last ``years`` years before the fiscal year ends."""
        last = date(self.spec.year, 11, 30)
        return (last - timedelta(days=self.rng.randrange(365 * years))).isoformat()

    def chance(self, share: float) -> bool:
        """True ``share`` of the time."""
        return self.rng.random() < share


@lru_cache(maxsize=1)
def words() -> dict[str, tuple[str, ...]]:
    """Texts by kind."""
    found: dict[str, list[str]] = {}
    with (HERE / "words.tsv").open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE):
            found.setdefault(row["field"], []).append(row["text"])
    return {kind: tuple(texts) for kind, texts in found.items()}


# Beginning of a field's name -> kind of text.
TEXTS = (
    ("LibOrgaPret", "bank"),
    ("LibOrgCoContr", "bank"),
    ("LibCredBail", "bank"),
    ("NomOrgaContr", "company"),
    ("LibBenef", "company"),
    ("NomOrg", "body"),
    ("RSOrg", "body"),
    ("LibOrg", "body"),
    ("LibEtab", "body"),
    ("LibBienAmort", "category"),
    ("LibBien", "asset"),
    ("NatBien", "asset"),
    ("LibRame", "asset"),
    ("EmploiGrade", "grade"),
    ("ObjSubv", "purpose"),
    ("LibAutori", "programme"),
    ("LibOper", "programme"),
    ("NatTrav", "programme"),
    ("ObjEmpr", "programme"),
    ("ActionFinanc", "training"),
    ("LibObserv", "observation"),
    ("LibNatProv", "risk"),
    ("LibObjProv", "risk"),
)


def _text(field: Field, context: Context) -> str:
    kind = next((kind for start, kind in TEXTS if field.name.startswith(start)), "other")
    if field.name.startswith(("Num", "Matricule", "IdUnique")):
        return f"{context.spec.year}{context.rng.randrange(10**5):05d}"
    if field.max_length is not None and field.max_length < 20:
        return str(context.rng.randrange(10 ** min(field.max_length, 4)))
    return context.draw(kind)[: field.max_length]


def _amount(field: Field, context: Context) -> str:
    """Money, or a rate when the XSD leaves it few digits, or years for a duration."""
    if field.name.startswith("Tx") or (field.digits or 99) <= 6:
        places = min(field.decimals or 0, 2)
        return f"{context.rng.randrange(6 * 10**places) / 10**places:.{places}f}"
    if field.name.startswith(("Duree", "Nbr", "Effectif")):
        return f"{context.rng.randint(1, 30)}.00"
    return euros(context.amount(0, 200_000))


MAKERS: dict[str, Callable[[Field, Context], str]] = {
    "text": _text,
    "digits": lambda field, context: f"{context.rng.randrange(10**4):04d}",
    "integer": lambda field, context: str(context.rng.randint(1, 30)),
    "amount": _amount,
    "date": lambda field, context: context.day(),
    "year": lambda field, context: str(context.spec.year - context.rng.randrange(15)),
    "boolean": lambda field, context: context.rng.choice(
        (context.spec.style.true, context.spec.style.false)
    ),
    "code": lambda field, context: context.rng.choice(list(field.codes)),
}


def value(field: Field, context: Context) -> str:
    """A value that the XSD allows."""
    if field.codes:
        return MAKERS["code"](field, context)
    if field.pattern.startswith("[0-9]") and "Siret" in field.name:
        return _company_siret(context)
    return MAKERS[field.kind](field, context)


def _company_siret(context: Context) -> str:
    return siret(complete(f"3{context.rng.randrange(10**7):07d}"))


def _article(context: Context, *prefixes: str, default: str) -> str:
    """A nature of the document's own lines."""
    own = [
        row.entry.nature
        for row in lines.rows(context.spec)
        if row.entry.nature.startswith(prefixes)
    ]
    return context.rng.choice(own) if own else default


def _grant(context: Context) -> Values:
    """CONCOURS: natural persons (P3 or, in a CFU, without code), associations, public bodies."""
    kind = (
        ""
        if context.spec.stage.name == "CFU"
        else context.rng.choice(("P1", "P1", "P1", "P2", "P3", "P3", "P4", "U1", "U4", "U5"))
    )
    person = kind == "P3" or (not kind and context.chance(0.4))
    common = {
        "CodArticle": _article(context, "657", "204", default="6574"),
        "CodInvFonc": "F",
        "CodNatJurBenefCA": kind,
        "MtSubv": euros(context.amount(50, 9000)),
    }
    if not person:
        name = context.draw("body" if kind.startswith("U") else "association")
        return {**common, "LibOrgaBenef": name, "Siret": _company_siret(context), "PopCommune": ""}
    name = context.planter.person("CONCOURS/LibOrgaBenef")
    purpose = "Aide à l'installation"
    if context.chance(0.1):
        purpose = f"Aide au logement de {context.planter.person('CONCOURS/ObjSubv')}"
    return {
        **common,
        "LibOrgaBenef": name,
        "ObjSubv": purpose,
        "Siret": "",
        "PopCommune": "",
        "LibPrestaNat": "",
        "DenomOuNumSubv": "",
    }


def _loan(context: Context) -> Values:
    """EMPRUNT: what is owed falls by the capital paid; some are guaranteed to third parties."""
    owed = context.amount(20_000, 3_000_000)
    paid = owed // context.rng.randint(4, 20)
    guaranteed = context.chance(0.15)
    name = context.draw("body")
    if guaranteed and context.chance(0.2):
        name = context.planter.person("EMPRUNT/NomBenefEmprGaranti", "weighed")
    return {
        "CodTypEmpr": "09" if guaranteed else "01",
        "CodArticle": "1641",
        "CodTyptxInit": context.rng.choice("FFFV"),
        "IndSousJacent": "1",
        "Structure": "A",
        "MtEmprOrig": euros(owed * 2),
        "MtCapitalRestDu_01_01": euros(owed),
        "MtCapitalExer": euros(paid),
        "MtCapitalRestDu_31_12": euros(owed - paid),
        "MtIntExer": euros(owed * 2 // 100),
        "NomBenefEmprGaranti": name if guaranteed else "",
        "CodTypEmprGaranti": "99" if guaranteed else "",
        "DureeRest": "12.50",
        "PartGarantie": "50.00" if guaranteed else "",
    }


def _asset(context: Context) -> Values:
    """PATRIMOINE: what comes in and what goes out, sometimes from or to a neighbour."""
    worth = context.amount(200, 90_000)
    label = context.draw("asset")
    if context.chance(0.06):
        label = f"Parcelle acquise de {context.planter.person('PATRIMOINE/LibBien', 'weighed')}"
    remark = ""
    if context.chance(0.04):
        remark = f"Voir {context.planter.person('PATRIMOINE/LibObserv', 'weighed')}"
    out = context.chance(0.25)
    flow = {
        "CodEntreeSorti": "S",
        "CodModalSorti": "01",
        "MtVNCBienSorti": euros(worth // 3),
        "MtPrixCessBienSorti": euros(worth // 2),
        "DtCessBienSorti": context.day(1),
        "CodModalAcqui": "",
    }
    into = {
        "CodEntreeSorti": "E",
        "CodModalAcqui": "01",
        "CodModalSorti": "",
        "MtVNCBienSorti": "",
        "MtPrixCessBienSorti": "",
        "DtCessBienSorti": "",
    }
    return {
        **(flow if out else into),
        "CodVariPatrim": "02" if out else "01",
        "LibBien": label[:100],
        "LibObserv": remark,
        "MtValAcquiBien": euros(worth),
        "MtCumulAmortBien": euros(worth // 4),
        "LibOrgPrisePartic": "",
        "CodTypTitre": "",
    }


def _staff(context: Context) -> Values:
    """PERSONNEL: tenured staff, then contract staff with their pay."""
    tenured = context.chance(0.75)
    posts = context.rng.randint(1, 1 + context.spec.budget.body.population // 3000)
    contract = {
        "NatureContrat": "CDD",
        "RemunAgent": euros(context.amount(18_000, 60_000)),
        "CodMotifContrAgent": "3-3-2°",
        "IndiceAgent": "431",
    }
    return {
        "CodTypAgent": "I" if tenured else "N",
        "EmploiGradeAgent": context.draw("grade"),
        "CodCatAgent": context.rng.choice("ABCC"),
        "EffectifBud": f"{posts}.00",
        "EffectifPourvu": f"{max(1, posts - 1)}.00",
        "CodSectAgentNonTitulaire": "",
        "LibelleNatureContrat": "",
        "LibMotifContrAgent": "",
        "MtPrev6215": "",
        **(dict.fromkeys(contract, "") if tenured else contract),
    }


def _third_party(context: Context) -> Values:
    """TIERS: works done for a third party, who may be a neighbour."""
    opened = context.amount(2_000, 150_000)
    done = opened // 2
    label = context.draw("programme")
    if context.chance(0.3):
        label = f"Travaux d'office chez {context.planter.person('TIERS/LibOper', 'weighed')}"
    number = f"{context.rank + 1:02d}"
    return {
        "CodOper": number,
        "LibOper": label[:100],
        "CodRD": "D",
        "CodOperR": "",
        "CodChapitre": f"4541{number}",
        "TypOpDep": "R",
        "MtCredOuv": euros(opened),
        "MtRealExer": euros(done),
        "MtRealCumulPrec": "0.00",
        "MtCumulReal": euros(done),
        "RAR": "0.00",
    }


def _votes(context: Context) -> Values:
    """SIGNATURE: the vote of the assembly."""
    rng, day = context.rng, header.vote_date(context.spec)
    members = rng.randint(11, 59)
    present = members - rng.randint(0, members // 4)
    against = rng.randint(0, present // 6)
    place = context.spec.budget.body.name[:80]
    return {
        "NbrMembExer": str(members),
        "NbrMembPresent": str(present),
        "NbrSuffExprime": str(present),
        "NbrVotePour": str(present - against),
        "NbrVoteContre": str(against),
        "NbrVoteAbstention": "0",
        "DtConvoc": (day - timedelta(days=8)).isoformat(),
        "DtPresent": day.isoformat(),
        "DtDelib": day.isoformat(),
        "LibPresentPar": _presented(context),
        "LibPresentLieu": place,
        "LibDelibPar": "l'assemblée délibérante",
        "LibDelibLieu": place,
        "LibReuniSession": "ordinaire",
        "DtfFin": day.isoformat(),
        "DtPub": day.isoformat(),
        "DtTransmPrefect": day.isoformat(),
        "LibFin": place,
    }


def _presented(context: Context) -> str:
    """Who presented the budget: most often a title, sometimes a name."""
    if context.chance(0.7):
        return context.rng.choice(("le maire", "la présidente", "le président"))
    return context.planter.elected("SIGNATURE/LibPresentPar", 0)


def _programme(context: Context) -> Values:
    """APCP: an authorisation and its yearly credits."""
    granted = context.amount(50_000, 20_000_000)
    return {
        "NumAutori": f"AP{context.spec.year}-{context.rank + 1:03d}",
        "LibAutori": context.draw("programme"),
        "MtAutoriVote": euros(granted),
        "MtAutoriPropose": euros(granted),
        "MtCPAnt": euros(granted // 4),
        "MtCPOuv": euros(granted // 2),
        "MtCPReal": euros(granted // 3),
        "Chapitre": context.rng.choice(("20", "204", "21", "23")),
    }


def _breakdown(context: Context) -> Values:
    """VENTILATION: the document's own lines, for one service."""
    row = context.rng.choice(lines.rows(context.spec))
    entry = row.entry
    amount = row.amounts.get("MtReal") or row.amounts.get("MtPrev") or 0
    return {
        "CodInvFonc": entry.section,
        "CodRD": entry.rd,
        "TypOpBudg": "O" if entry.order == "1" else "R",
        "CodChapitre": entry.chapter,
        "CodArticle": entry.nature,
        "LibCpte": context.draw("other"),
        "MtVentil": euros(abs(amount)),
        "NomService": context.draw("category"),
    }


def _named(place: str, field: str, share: float, prefix: str = "") -> Callable[[Context], Values]:
    """A record with a person in ``field``, ``share`` of the time."""

    def build(context: Context) -> Values:
        if not context.chance(share):
            return {}
        return {field: f"{prefix}{context.planter.person(f'{place}/{field}', 'weighed')}"[:100]}

    return build


def _sure(place: str, field: str) -> Callable[[Context], Values]:
    """A record that always holds a natural person in ``field``."""
    return lambda context: {field: context.planter.person(f"{place}/{field}")}


RECORDS: dict[str, Callable[[Context], Values]] = {
    "APCP": _programme,
    "AUTRE_ENGAGEMENT": _named("AUTRE_ENGAGEMENT", "NomOrgaBenef", 0.2),
    "CONCOURS": _grant,
    "DETTE": _named("DETTE", "LibTypDette", 0.5, "Rente viagère "),
    "EMPRUNT": _loan,
    "FOND_AIDES_ECO": _named("FOND_AIDES_ECO", "LibBenef", 0.3),
    "FOND_EUROPEEN": _named("FOND_EUROPEEN", "LibBenef", 0.3),
    "FORMATION": lambda context: {
        "NomElu": context.planter.elected("FORMATION/NomElu", context.rank)
    },
    "MEMBRESASA": _sure("MEMBRESASA", "Proprietaire"),
    "PATRIMOINE": _asset,
    "PERSONNEL": _staff,
    "PRET": _sure("PRET", "NomBenefPret"),
    "PROVISION": _named("PROVISION", "LibObjProv", 0.3, "Contentieux "),
    "RECETTE_AFFECTEE": _named("RECETTE_AFFECTEE", "LibRAffect", 0.3, "Legs "),
    "SERVICE_FERROVIAIRE_PATRIM": _sure("SERVICE_FERROVIAIRE_PATRIM", "LibProprietaire"),
    "SIGNATAIRE": lambda context: {
        "Signataire": context.planter.elected("SIGNATAIRE/Signataire", context.rank)
    },
    "SIGNATURE": _votes,
    "TIERS": _third_party,
    "VENTILATION": _breakdown,
}
