"""The ``CompteFinancierUnique``: accounting document, then the budget document with subtotals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from ckanext.budget.totem.generate import header, lines
from ckanext.budget.totem.generate.chance import chance
from ckanext.budget.totem.generate.entries import Amounts, Entry, chart_of
from ckanext.budget.totem.generate.ledger import FiscalYear, fiscal_year, surplus, total
from ckanext.budget.totem.generate.lines import euros
from ckanext.budget.totem.generate.names import STAFF, Planter
from ckanext.budget.totem.generate.scenarios import Spec
from ckanext.budget.totem.generate.writer import Field, Writer, escape

NAMESPACE = "http://www.minefi.gouv.fr/cp/demat/doccfu"
ACCOUNTING = "http://www.minefi.gouv.fr/cp/demat/doccomptable"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
REPORT = "http://projets.admisource.gouv.fr/xemelios/namespaces#anomally"
PLAN_NAMES = {"M57_A": "M57 abrégée", "M57_D": "M57 développée", "M43": "M43"}

# Headings of the balance sheet and of the income statement: state, aggregate, label, share of the
# total in thousandths. Assets and liabilities both add up to the total.
STATEMENT = (
    ("BI_A", "A110", "Autres immobilisations incorporelles", 15),
    ("BI_A", "A120", "Terrains", 110),
    ("BI_A", "A125", "Constructions", 380),
    ("BI_A", "A130", "Réseaux et installations de voirie", 290),
    ("BI_A", "A185", "Immobilisations financières", 25),
    ("BI_A", "A305", "Créances", 30),
    ("BI_A", "A405", "Disponibilités", 150),
    ("BI_P", "P105", "Dotations", 240),
    ("BI_P", "P120", "Subventions d'investissement", 310),
    ("BI_P", "P130", "Réserves", 210),
    ("BI_P", "P150", "Résultat de l'exercice", 40),
    ("BI_P", "P305", "Dettes financières", 170),
    ("BI_P", "P405", "Dettes non financières", 30),
)
TOTALS = {"BI_A": "TOTAL GÉNÉRAL DE L'ACTIF", "BI_P": "TOTAL GÉNÉRAL DU PASSIF"}
INCOME = (
    ("D", ("011",), "Achats et charges externes"),
    ("D", ("012",), "Charges de personnel"),
    ("D", ("65", "014", "6586"), "Autres charges et interventions"),
    ("D", ("66",), "Charges financières"),
    ("R", ("70",), "Produits des services"),
    ("R", ("73", "731"), "Impôts et taxes"),
    ("R", ("74",), "Dotations, subventions et participations"),
    ("R", ("75", "76", "77", "013"), "Autres produits"),
)
SECTION_TOTALS = {
    ("D", "I"): "Total des dépenses de la section d'investissement",
    ("R", "I"): "Total des recettes de la section d'investissement",
    ("D", "F"): "Total des dépenses de la section de fonctionnement",
    ("R", "F"): "Total des recettes de la section de fonctionnement",
}
CARRIED_OVER = ("001", "002")
EXECUTION = (("EB_DI", "D", "I"), ("EB_RI", "R", "I"), ("EB_DF", "D", "F"), ("EB_RF", "R", "F"))


def open_root(writer: Writer) -> str:
    """Start tag of the document."""
    return (
        f'<doccfu:CompteFinancierUnique xmlns:doccfu="{NAMESPACE}" '
        f'xmlns:ds="{SIGNATURE}">{writer.newline}'
    )


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in values.items())


def _managers(spec: Spec, planter: Planter) -> Iterator[str]:
    """Accountants of the year, each over a part of it."""
    year = spec.year
    for first, last in ((f"{year}-07-01", f"{year + 1}-03-31"), (f"{year}-01-01", f"{year}-06-30")):
        name = planter.person("Gestion/@NomComptable", STAFF)
        yield _attributes(DateDebutGestion=first, DateFinGestion=last, NomComptable=name)


def _user(planter: Planter) -> str:
    """Login made of a name; the whole login is what must not remain."""
    name = planter.person("Edition/@Utilisateur", STAFF)
    login = ".".join(name.lower().split()[-2:])
    planter.planted[-1] = planter.planted[-1]._replace(name=login)
    return login


def _infos(spec: Spec, writer: Writer, planter: Planter) -> Iterator[str]:
    budget = spec.budget
    variant = budget.case.variant
    yield writer.leaf("Nomenclature", variant, 4)
    yield writer.leaf("Exercice", str(spec.year), 4)
    yield writer.empty(
        "Edition",
        4,
        _attributes(
            DateArrete=f"{spec.year}-12-31",
            DateEdition=f"{spec.year + 1}-03-14",
            TypeEdition="D",
            NomEdition="CG98",
            Utilisateur=_user(planter),
        ),
    )
    yield writer.empty(
        "Collectivite",
        4,
        _attributes(
            CodeBC="10000",
            Libelle=header.body_name(budget),
            PlanCpte=PLAN_NAMES.get(variant, variant),
            Population=str(budget.body.population),
            Siret=budget.siret,
            TypeBC="BA" if budget.is_annex else "BP",
            TypeColl=header.NATURE[budget.body.kind],
        ),
    )
    for attributes in _managers(spec, planter):
        yield writer.empty("Gestion", 4, attributes)
    yield writer.empty(
        "Tresorerie",
        4,
        _attributes(Codique="057001", Dpt=budget.body.department, LibellePoste="SGC SECTEUR 1"),
    )


def _scaled(parts: Iterable[int], whole: int) -> list[int]:
    """``whole`` cents split in thousandths; the last part takes the rounding."""
    shares = [whole * part // 1000 for part in parts]
    return [*shares[:-1], whole - sum(shares[:-1])]


def _balance_sheet(spec: Spec) -> Iterator[list[Field]]:
    whole = 12 * total(fiscal_year(spec.budget, spec.year).realised, "R", "F")
    for state in ("BI_A", "BI_P"):
        items = [row for row in STATEMENT if row[0] == state]
        amounts = _scaled((row[3] for row in items), whole)
        for (_, aggregate, label, _), amount in zip(items, amounts, strict=True):
            yield [
                ("Etat", state),
                ("Intitule1", label),
                ("MtBrut", euros(amount)),
                ("MtNet", euros(amount)),
                ("MtNet-1", euros(amount * 97 // 100)),
                ("Agregat", aggregate),
                ("Format", "AG"),
                ("ModeTraitement", "AGREGAT_BILAN"),
            ]
        yield [
            ("Etat", state),
            ("Intitule1", TOTALS[state]),
            ("MtNet", euros(whole)),
            ("Format", "GAGE"),
            ("ModeTraitement", "TOTALISATION"),
        ]


def _income(realised: Amounts) -> Iterator[list[Field]]:
    for rd, chapters, label in INCOME:
        amount = sum(v for key, v in realised.items() if key.rd == rd and key.chapter in chapters)
        yield [
            ("Etat", "CR"),
            ("Intitule1", label),
            ("MtNet", euros(amount)),
            ("MtNet-1", euros(amount * 98 // 100)),
            ("Variation", euros(amount - amount * 98 // 100)),
            ("Format", "AG"),
            ("ModeTraitement", "AGREGAT_CR"),
        ]
    yield [
        ("Etat", "CR"),
        ("Intitule1", "RÉSULTAT DE L'EXERCICE"),
        ("MtNet", euros(surplus(realised, "F"))),
        ("Format", "GAGE"),
        ("ModeTraitement", "TOTALISATION"),
    ]


def _article(state: str, key: Entry, amount: str, label: str) -> list[Field]:
    return [
        ("Etat", state),
        ("Intitule1", key.nature),
        ("Intitule2", label[:100]),
        ("Nature", key.nature),
        ("Chapitre", key.chapter),
        ("CodeRD", key.rd),
        ("Section", key.section),
        ("MtEmissions", amount),
        ("MtRealNettes", amount),
        ("Format", "AGE"),
        ("ModeTraitement", "DETAIL_CHAPITRE"),
    ]


def _carried_out(book: FiscalYear, rd: str, section: str) -> list[Entry]:
    """Lines that the accountant carried out: results of earlier years are forecasts to him."""
    return [
        key
        for key, amount in book.realised.items()
        if (key.rd, key.section) == (rd, section) and amount and key.chapter not in CARRIED_OVER
    ]


def _execution(book: FiscalYear, labels: dict[str, str]) -> Iterator[list[Field]]:
    """Budget execution by article, then its total, carried-over results in the forecast."""
    for state, rd, section in EXECUTION:
        own = _carried_out(book, rd, section)
        for key in own:
            yield _article(state, key, euros(book.realised[key]), labels.get(key.nature, ""))
        done = sum(book.realised[key] for key in own)
        forecast = total(book.credits, rd, section)
        yield [
            ("Etat", state),
            ("Intitule1", SECTION_TOTALS[rd, section]),
            ("MtPrevisions", euros(forecast)),
            ("MtEmissions", euros(done)),
            ("MtRealNettes", euros(done)),
            ("MtSoldePrevReal", euros(forecast - done)),
            ("Format", "GAGE"),
            ("ModeTraitement", "TOTALISATION"),
        ]


def _statements(spec: Spec) -> Iterator[list[Field]]:
    book = fiscal_year(spec.budget, spec.year)
    yield from _balance_sheet(spec)
    yield from _income(book.realised)
    yield from _execution(book, chart_of(spec.budget, spec.year).labels)


def accounting(spec: Spec, writer: Writer, planter: Planter) -> Iterator[str]:
    """``DocumentComptable``."""
    yield writer.open("DocumentComptable", 1, f' xmlns="{ACCOUNTING}"')
    yield writer.open("EnteteComptable", 2) + writer.open("Infos", 3)
    yield from _infos(spec, writer, planter)
    yield writer.close("Infos", 3) + writer.close("EnteteComptable", 2)
    yield writer.open("BudgetComptable", 2, _attributes(SIRET=spec.budget.siret))
    for rank, fields in enumerate(_statements(spec), 1):
        state, *others = fields
        yield writer.record("LigneComptable", 3, [state, ("NumOrdre", str(rank)), *others])
    yield writer.close("BudgetComptable", 2) + writer.close("DocumentComptable", 1)


def seal(spec: Spec, writer: Writer) -> str:
    """A seal by the rule of the CFU, which is unknown: a plausible one."""
    md5 = hashlib.md5(spec.file_name.encode(), usedforsecurity=False).hexdigest().upper()
    sha1 = hashlib.sha1(spec.file_name.encode(), usedforsecurity=False).hexdigest().upper()
    stamp = header.vote_date(spec).isoformat() + "T10:56:05"
    return writer.empty("Scellement", 1, f' md5="{md5}" sha1="{sha1}" date="{stamp}"')


SUMMED = ("MtBudgPrec", "MtRARPrec", "CredOuv", "MtReal", "MtRAR3112")


def _subtotal(rows: list[lines.Row], group: list[Field], end: list[Field]) -> list[Field]:
    sums = [(name, euros(sum(row.amounts.get(name, 0) for row in rows))) for name in SUMMED]
    return [*group, *sums, *end]


def _by_chapter(rows: tuple[lines.Row, ...]) -> Iterator[tuple[Entry, list[lines.Row]]]:
    """Lines of each chapter, side and kind, those with an equipment operation left out."""
    found: dict[tuple[str, str, str], list[lines.Row]] = {}
    for row in rows:
        found.setdefault((row.entry.chapter, row.entry.rd, row.entry.order), []).append(row)
    for same in found.values():
        if not any(row.entry.operation for row in same):
            yield same[0].entry, same


def calculated(spec: Spec) -> Iterator[list[Field]]:
    """The producer's subtotals, by chapter then by section (``calculated="true"``)."""
    rows = lines.rows(spec)
    for entry, same in _by_chapter(rows):
        yield _subtotal(
            same,
            [("ChapitreNature", entry.chapter), ("InfoOpe", "T"), ("CodRD", entry.rd)],
            [("OpBudg", entry.order)],
        )
    for group, rd, section in (
        ("GDEPTOTFONCA", "D", "F"),
        ("GRECTOTFONCA", "R", "F"),
        ("GDEPTOTINVCA", "D", "I"),
        ("GRECTOTINVCA", "R", "I"),
    ):
        same = [row for row in rows if (row.entry.rd, row.entry.section) == (rd, section)]
        yield _subtotal(same, [("Groupe", group)], [])


def report(spec: Spec, writer: Writer) -> Iterator[str]:
    """``DocumentRapport`` of the control tool."""
    yield writer.open("ano:DocumentRapport", 1, f' xmlns:ano="{REPORT}"')
    yield writer.empty("ano:DocId", 2, ' ano:V="DocumentBudgetaire"')
    yield writer.empty("ano:DateControle", 2, f' ano:V="{spec.year + 1}-3-7"')
    yield writer.close("ano:DocumentRapport", 1)


def signatures(spec: Spec, writer: Writer, planter: Planter) -> Iterator[str]:
    """Signatures: the certificate's subject names the person who signed."""
    rng = chance(spec.file_name, "signature")
    yield writer.open("Signatures", 1)
    for _ in range(2):
        name = planter.person("Signatures//X509SubjectName", STAFF)
        value = hashlib.sha512(rng.randbytes(64)).hexdigest()
        yield writer.open("ds:Signature", 2) + writer.open("ds:KeyInfo", 3)
        yield f"<ds:X509Data><ds:X509SubjectName>CN={escape(name)},C=FR</ds:X509SubjectName>"
        yield f"<ds:X509Certificate>{value}</ds:X509Certificate></ds:X509Data>{writer.newline}"
        yield writer.close("ds:KeyInfo", 3) + writer.close("ds:Signature", 2)
    yield writer.close("Signatures", 1)


def close_root() -> str:
    """End tag of the document."""
    return "</doccfu:CompteFinancierUnique>"
