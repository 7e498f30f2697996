"""Every rule both ways: silent on a right document, heard on the fault it is about."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ckanext.budget.totem.checks import Report, checker, facts, headers, rules
from ckanext.budget.totem.checks.model import CAP
from ckanext.budget.totem.checks.wrong import WRONG
from ckanext.budget.totem.xmlstream import CFU_NS

FIRST_LINE = '<LigneBudget><Nature V="6411"/>'
VOTED_AFTER = ('"2017-03-28"', '"2018-03-28"')
TO_CA = ('NatDec V="01"', 'NatDec V="09"', "MtPrev", "MtReal", *VOTED_AFTER)
ACCOUNT = '<NatDec V="01"/><Exer V="2017"/>'
GROUP = (
    '<LigneBudget calculated="true"><CodRD V="D"/><MtReal V="{}"/><OpBudg V="0"/>'
    '<Groupe V="GDEPTOTFONCA"/></LigneBudget><Annexes>'
)

LOAN = (
    '<DATA_EMPRUNT><EMPRUNT><CodTypEmpr V="01"/><MtCapitalExer V="10.00"/>'
    '<MtCapitalRestDu_01_01 V="90.00"/><MtCapitalRestDu_31_12 V="90.00"/></EMPRUNT></DATA_EMPRUNT>'
)

#: code -> (severity, place expected in the finding, changes old, new, old, new…)
FAULTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "T-DOC-001": ("error", "", ("</DocumentBudgetaire>", "")),
    "T-STR-010": (
        "error",
        "LigneBudget/Mtprev",
        ('<MtPrev V="900.00"/>', '<Mtprev V="900.00"/>'),
    ),
    "T-STR-001": (
        "warning",
        "ligne 18, LigneBudget/Inconnu",
        (FIRST_LINE, FIRST_LINE + '<Inconnu V="x"/>'),
    ),
    "T-STR-002": (
        "error",
        "ligne 18, LigneBudget",
        ('<CodRD V="D"/><MtPrev V="900.00"/>', '<MtPrev V="900.00"/>'),
    ),
    "T-STR-003": (
        "warning",
        "ligne 18, LigneBudget/Nature",
        (FIRST_LINE, FIRST_LINE + '<Nature V="6411"/>'),
    ),
    "T-STR-004": ("error", "ligne 19, LigneBudget/MtPrev", ('"900.00"', '"900,00"')),
    "T-STR-005": ("warning", "CONCOURS/LibOrgaBenef", ('"Club"', f'"{"x" * 101}"')),
    "T-STR-006": (
        "error",
        "LigneBudget/OpBudg",
        ('"900.00"/><OpBudg V="0"/>', '"900.00"/><OpBudg V="T"/>'),
    ),
    "T-STR-007": (
        "info",
        "ligne 18, LigneBudget/Nature",
        (FIRST_LINE + '<Fonction V="020"/>', '<LigneBudget><Fonction V="020"/><Nature V="6411"/>'),
    ),
    "T-STR-008": ("info", "CONCOURS/CodNatJurBenefCA", ('"P1"', '""')),
    "T-STR-009": (
        "info",
        "DATA_INCONNUE",
        ("<Annexes>", '<Annexes><DATA_INCONNUE><X><Y V="1"/></X></DATA_INCONNUE>'),
    ),
    "T-IDE-001": (
        "error",
        "EnTeteBudget/IdEtab",
        ('<IdEtab V="21930048000015"/>', '<IdEtab V="21930048000016"/>'),
    ),
    "T-IDE-002": (
        "warning",
        "EnTeteDocBudgetaire/IdColl",
        ('<IdColl V="21930048000015"/>', '<IdColl V="219300481"/>'),
    ),
    "T-IDE-003": (
        "warning",
        "EnTeteBudget/IdEtab",
        ('<IdColl V="21930048000015"/>', '<IdColl V="21560046100010"/>'),
    ),
    "T-IDE-004": ("error", "BlocBudget/Exer", ('Exer V="2017"', 'Exer V="1917"')),
    "T-IDE-005": ("warning", "BlocBudget/DteDec", ('"2017-03-28"', '"2007-03-28"')),
    "T-IDE-006": (
        "warning",
        "BlocBudget/ProjetBudget",
        ('ProjetBudget V="false"', 'ProjetBudget V="1"', "MtPrev", "MtPropNouv"),
    ),
    "T-IDE-007": ("warning", "BlocBudget/NumDec", ('NatDec V="01"', 'NatDec V="02"')),
    "T-IDE-008": ("warning", "BlocBudget/IdEtabPal", ('CodTypBud V="P"', 'CodTypBud V="A"')),
    "T-IDE-009": (
        "error",
        "EnTeteDocBudgetaire/LibelleColl",
        ('LibelleColl V="Ville d\'essai"', 'LibelleColl V=""'),
    ),
    "T-IDE-010": (
        "info",
        "CONCOURS/Siret",
        ('<MtSubv V="150.00"/>', '<MtSubv V="150.00"/><Siret V="21560046100011"/>'),
    ),
    "T-NOM-001": ("warning", "EnTeteBudget/Nomenclature", ("M14-M14_COM_SUP3500", "M999-M999_X")),
    "T-NOM-002": ("warning", "ligne 18, LigneBudget/Nature", ('"6411"', '"99"')),
    "T-NOM-003": (
        "warning",
        "ligne 18, LigneBudget/Fonction",
        ('"6411"/><Fonction V="020"/>', '"6411"/><Fonction V="X"/>'),
    ),
    "T-NOM-004": ("warning", "ligne 18, LigneBudget/ContNat", ('"012"', '"99"')),
    "T-NOM-005": (
        "info",
        "EnTeteBudget/Nomenclature",
        (ACCOUNT, ACCOUNT.replace("2017", "2099"), '"2017-03-28"', '"2099-03-28"'),
    ),
    "T-NOM-006": ("info", "ligne 18, LigneBudget/Nature", ('"6411"', '"64119999"')),
    "T-NOM-007": (
        "error",
        "ligne 18, LigneBudget",
        ('"6411"/><Fonction V="020"/><ContNat V="012"/>', '"99"/>'),
    ),
    "T-ARI-001": (
        "error",
        "LigneBudget/MtPrev",
        (
            '<Nature V="28188"/>',
            '<Nature V="28188"/>',
            '"100.00"/><OpBudg V="1"/><TypOpBudg V="2"/></LigneBudget>\n<LigneBudget>'
            '<Nature V="73111"/>',
            '"90.00"/><OpBudg V="1"/><TypOpBudg V="2"/></LigneBudget>\n<LigneBudget>'
            '<Nature V="73111"/>',
        ),
    ),
    "T-ARI-002": ("error", "LigneBudget/MtPrev", ('TypOpBudg V="2"', 'TypOpBudg V="1"')),
    "T-ARI-003": ("warning", "LigneBudget/MtPrev", ('"900.00"', '"900.01"')),
    "T-ARI-004": ("warning", "LigneBudget/MtReal", (*TO_CA, "<Annexes>", GROUP.format("999.99"))),
    "T-ARI-005": (
        "warning",
        "LigneBudget/MtReal",
        (*TO_CA, '<MtReal V="900.00"/>', '<CredOuv V="800"/><MtReal V="900.00"/>'),
    ),
    "T-ARI-006": (
        "info",
        "InformationsGenerales/Information",
        (
            'V="1000"/>',
            'V="1000"/><Information Code="NbResSec" V="250"/>'
            '<Information Code="ValDepRFonc" V="0,72"/>',
        ),
    ),
    "T-ARI-007": ("info", "EMPRUNT/MtCapitalRestDu_31_12", ("<Annexes>", "<Annexes>" + LOAN)),
    "T-CPL-001": ("info", "SOMMAIRE/CodeAnnexe", ('"IV-B1.7"', '"IV-A4"')),
    "T-PRI-001": (
        "error",
        "CONCOURS/LibOrgaBenef",
        ('"P1"', '"P3"', '"Budget principal"', '"Occultation Article L311-7 CRPA"'),
    ),
    "T-PRI-002": ("info", "", ('"P1"', '"P3"')),
    "T-SEA-001": (
        "warning",
        "Scellement",
        (
            "<EnTeteDocBudgetaire>",
            '<Scellement date="2022-04-04T10:00:00" md5="00" sha1="00"/><EnTeteDocBudgetaire>',
        ),
    ),
}
LINES = ("<LigneBudget>", '<LigneBudget calculated="true">')
SPECIAL = {"T-DOC-002", "T-CPL-002", "T-SEA-002", "T-CFU-001", "T-CFU-002"}
STATEMENT = (
    '<LigneComptable><Etat V="{}"/><Intitule1 V="TOTAL"/><{} V="{}"/>'
    '<ModeTraitement V="TOTALISATION"/></LigneComptable>'
)
ACCOUNTS = "".join(
    STATEMENT.format(*values)
    for values in (
        ("BI_A", "MtNet", "12.00"),
        ("BI_A", "MtNet", "50.00"),
        ("BI_P", "MtNet", "50.00"),
        ("EB_DF", "MtRealNettes", "1000.00"),
        ("EB_RF", "MtRealNettes", "1000.00"),
        ("EB_DI", "MtRealNettes", "100.00"),
        ("EB_RI", "MtRealNettes", "100.00"),
        ("NOUVEAU", "MtRealNettes", "7.00"),
    )
)
CARRIED = (
    '<LigneBudget><Nature V="002"/><ContNat V="002"/><CodRD V="R"/><MtReal V="33.00"/>'
    '<OpBudg V="0"/></LigneBudget><Annexes>'
)


def test_the_clean_document_only_lacks_a_seal(report_of: Callable[..., Report]) -> None:
    report = report_of()
    assert [finding.code for finding in report.findings] == ["T-SEA-002"]
    assert report.is_valid and report.rows == 5 and report.seal == "absent"


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_is_found_where_it_is(code: str, report_of: Callable[..., Report]) -> None:
    severity, place, changes = FAULTS[code]
    found = [finding for finding in report_of(*changes).findings if finding.code == code]
    assert found and found[0].severity == severity
    assert place in found[0].place
    assert found[0].message and found[0].remedy


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("T-DOC-002", LINES),
        ("T-CPL-002", ("<Annexes>", "<!--", "</Annexes>", "-->")),
    ],
)
def test_faults_of_the_whole_document(
    code: str, changes: tuple[str, ...], report_of: Callable[..., Report]
) -> None:
    assert code in {finding.code for finding in report_of(*changes).findings}


def as_cfu(clean: str) -> str:
    declaration, _, document = clean.partition("\n")
    accounts = (
        '<DocumentComptable xmlns="http://www.minefi.gouv.fr/cp/demat/doccomptable">'
        f"<BudgetComptable>{ACCOUNTS}</BudgetComptable></DocumentComptable>"
    )
    return (
        f'{declaration}\n<c:CompteFinancierUnique xmlns:c="{CFU_NS}">{accounts}'
        f"{document}</c:CompteFinancierUnique>"
    )


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("", "", ""),
        ("T-CFU-001", 'BI_P"/><Intitule1 V="TOTAL"/><MtNet V="50.00"', 'BI_P"/><MtNet V="49.99"'),
        (
            "T-CFU-002",
            'EB_DI"/><Intitule1 V="TOTAL"/><MtRealNettes V="100.00"',
            'EB_DI"/><MtRealNettes V="99.00"',
        ),
    ],
)
def test_the_two_sides_of_a_cfu(
    code: str, old: str, new: str, clean: str, report_of: Callable[..., Report]
) -> None:
    changes = (*TO_CA, 'NatDec V="09"', 'NatDec V="10"', "<Annexes>", CARRIED)
    report = report_of(*changes, *([old, new] if code else []), text=as_cfu(clean))
    found = {finding.code for finding in report.findings}
    assert found == ({code, "T-SEA-002"} if code else {"T-SEA-002"})
    assert report.header is not None and report.header.is_cfu


def test_memory_is_bounded_whatever_the_codes(
    monkeypatch: pytest.MonkeyPatch, report_of: Callable[..., Report]
) -> None:
    for module in (checker, facts):
        monkeypatch.setattr(module, "MAX_KEPT", 3)
    line = '<LigneBudget><Nature V="60{}"/><ContNat V="011"/><CodRD V="{}"/>{}</LigneBudget>'
    amount = '<MtPrev V="1.00"/><OpBudg V="0"/>'
    lines = "".join(line.format(n, side, amount) for n in range(50) for side in "DR")
    report = report_of("<Annexes>", lines + "<Annexes>")
    assert "T-ARI-003" not in {finding.code for finding in report.findings}
    assert report.rows == 105


def test_names_without_end_are_not_all_kept(
    monkeypatch: pytest.MonkeyPatch, report_of: Callable[..., Report]
) -> None:
    for module in (checker, facts):
        monkeypatch.setattr(module, "MAX_KEPT", 3)
    monkeypatch.setattr(headers, "MAX_ELEMENTS", 3)
    blocks = "".join(f"<DATA_X{n}/>" for n in range(50))
    found = [f.code for f in report_of("<Annexes>", f"<Annexes>{blocks}").findings]
    assert 1 <= found.count("T-STR-009") <= 3


def test_an_amount_without_end_is_told_as_such(report_of: Callable[..., Report]) -> None:
    codes = {f.code for f in report_of('"900.00"', f'"{"9" * 5000}"').findings}
    assert "T-STR-004" in codes and "T-DOC-001" not in codes


def test_a_decimal_comma_counts_as_in_the_published_csv(report_of: Callable[..., Report]) -> None:
    codes = {f.code for f in report_of('"900.00"', '"900,00"').findings}
    assert "T-STR-004" in codes and "T-ARI-003" not in codes


def test_a_repeated_fact_is_one_finding_with_its_number(report_of: Callable[..., Report]) -> None:
    line = '<LigneBudget><Nature V="6411"/><CodRD V="Z"/><OpBudg V="0"/></LigneBudget>\n'
    report = report_of("<Annexes>", line * 50 + "<Annexes>")
    (found,) = (f for f in report.findings if f.code == "T-STR-006")
    assert "(50 lignes, de " in found.message and found.times == 1


def test_no_repeated_error_hides_another(report_of: Callable[..., Report]) -> None:
    line = '<LigneBudget><Nature V="6411"/><CodRD V="{}"/><MtPrev V="{}"/></LigneBudget>\n'
    lines = line.format("Z", "1.00") * 1000 + line.format("D", "douze")
    found = {f.code for f in report_of("<Annexes>", lines + "<Annexes>").findings}
    assert {"T-STR-004", "T-STR-006"} <= found


def test_every_rule_of_totem_documents_is_tested() -> None:
    codes = {rule.code for rule in rules() if rule.scope != "table"}
    assert codes == set(FAULTS) | SPECIAL


@pytest.mark.parametrize(
    "changes",
    [
        # La Poste's establishments follow another key; written as budget and body alike.
        ("21930048000015", "35600000049837"),
        # booleans of both spellings
        ('ArtSpe V="false"', 'ArtSpe V="0"'),
        # amounts: sign, no decimals, zeros
        ('"900.00"', '"+900"', '"150.00"', '"-0150.000"'),
        # single quotes and an explicit end tag are the same XML
        ('<Nature V="6411"/>', "<Nature V='6411'></Nature>"),
        # an order line without its type is read from its chapter
        ('<TypOpBudg V="2"/>', ""),
        # a line without chapter takes it from the chart of accounts
        ('<ContNat V="012"/>', ""),
        # SIREN of the body instead of a SIRET
        ('<IdColl V="21930048000015"/>', '<IdColl V="219300480"/>'),
        # an empty optional text
        ('"Budget principal"', '""'),
        # accounts of an execution that stay within credits
        (
            *TO_CA,
            '<MtReal V="900.00"/>',
            '<CredOuv V="900"/><MtReal V="900.00"/>',
            '<MtReal V="100.00"/><OpBudg V="0"/>',
            '<CredOuv V="100"/><MtReal V="100"/><OpBudg V="0"/>',
            "<Annexes>",
            GROUP.format("1000.00"),
        ),
    ],
)
def test_what_is_right_stays_silent(
    changes: tuple[str, ...], report_of: Callable[..., Report]
) -> None:
    codes = {finding.code for finding in report_of(*changes).findings}
    assert codes - {"T-STR-007"} == {"T-SEA-002"}


def test_a_surplus_is_only_told(report_of: Callable[..., Report]) -> None:
    (finding,) = [f for f in report_of('"900.00"', '"800.00"').findings if "ARI" in f.code]
    assert (finding.code, finding.severity) == ("T-ARI-003", "info")
    assert "100,00 €" in finding.message


def test_elements_of_newer_schemas_are_only_told(report_of: Callable[..., Report]) -> None:
    changes = ('VersionSchema V="95"', 'VersionSchema V="120"', *FAULTS["T-STR-001"][2])
    found = [f.severity for f in report_of(*changes).findings if f.code == "T-STR-001"]
    assert found == ["info"]


def test_execution_balances_are_warnings(report_of: Callable[..., Report]) -> None:
    changes = (*TO_CA, 'TypOpBudg V="2"', 'TypOpBudg V="1"')
    found = [f.severity for f in report_of(*changes).findings if f.code == "T-ARI-002"]
    assert found == ["warning", "warning"]


def test_no_finding_quotes_a_value(report_of: Callable[..., Report]) -> None:
    secret = "Camille Durand"
    changes = (
        '"P1"',
        f'"{secret}"',
        '"Club"',
        f'"{secret * 10}"',
        '"150.00"',
        f'"{secret}"',
        '"6411"',
        f'"{secret}"',
        '"900.00"',
        f'"{secret}"',
        '"6574"',
        f'"{secret}"',
        '"2017-03-28"',
        f'"{secret}"',
        '"IV-B1.7"',
        f'"{secret}"',
        '"012"',
        f'"{secret}"',
        "Commune",
        secret,
    )
    report = report_of(*changes)
    assert len(report.findings) > 5
    assert secret not in str(report.as_dict()["findings"])


def test_facts_of_a_rule_are_capped_and_counted(report_of: Callable[..., Report]) -> None:
    record = '<CONCOURS><LibOrgaBenef V="Club"/><Autre{} V="x"/></CONCOURS>'
    records = "".join(map(record.format, range(CAP + 30)))
    changes = ("</DATA_CONCOURS>", records + "</DATA_CONCOURS>")
    found = [f for f in report_of(*changes).findings if f.code == "T-STR-001"]
    assert len(found) == CAP + 1 and found[-1].message == "Et 30 autres constats du même genre."


def test_findings_begin_with_the_gravest(report_of: Callable[..., Report]) -> None:
    order = [f.severity for f in report_of('"900.00"', '"900,00"', '"P1"', '"Z"').findings]
    assert order == sorted(order, key=["error", "warning", "info"].index)
    assert len(set(order)) == 3


@pytest.mark.parametrize(
    ("stage", "voted", "severity"),
    [
        ("01", "2016-12-15", ""), ("01", "2017-03-28", ""), ("01", "2017-07-01", "info"),
        ("01", "2018-01-05", "warning"), ("01", "2016-02-01", "warning"),
        ("02", "2017-10-02", ""), ("02", "2018-01-21", ""), ("02", "2018-03-01", "warning"),
        ("03", "2017-06-20", ""), ("03", "2016-06-20", "warning"),
        ("09", "2018-06-30", ""), ("09", "2017-12-31", "warning"), ("09", "2021-01-01", "warning"),
        ("10", "2018-01-01", ""), ("10", "2017-01-01", "warning"),
    ],
)  # fmt: skip
def test_a_vote_is_dated_by_its_stage(
    stage: str, voted: str, severity: str, report_of: Callable[..., Report]
) -> None:
    changes = ('NatDec V="01"', f'NatDec V="{stage}"', '"2017-03-28"', f'"{voted}"')
    report = report_of(*changes)
    found = [f.severity for f in report.findings if f.code == "T-IDE-005"]
    assert found == ([severity] if severity else [])
    assert report.header is not None
    assert report.header.voted_on == (None if severity == "warning" else voted)


@pytest.mark.parametrize(
    ("voted_by_operation", "lines", "places"),
    [
        # a chapter pays for what another one of the same operation did not spend
        ("true", (("21", "10", "150.00", "100.00"), ("23", "10", "50.00", "100.00")), []),
        ("false", (("21", "10", "150.00", "100.00"), ("23", "10", "50.00", "100.00")),
         ["Chapitre 21"]),
        ("true", (("21", "10", "150.00", "100.00"), ("21", "20", "10.00", "100.00")),
         ["Opération 10"]),
        ("true", (("21", "", "150.00", "100.00"), ("23", "10", "50.00", "100.00")),
         ["Chapitre 21"]),
    ],
)  # fmt: skip
def test_credits_bind_what_was_voted(
    voted_by_operation: str,
    lines: tuple[tuple[str, ...], ...],
    places: list[str],
    report_of: Callable[..., Report],
) -> None:
    line = (
        '<LigneBudget><Nature V="{0}88"/>{1}<ContNat V="{0}"/><ArtSpe V="false"/><CodRD V="D"/>'
        '<CredOuv V="{3}"/><MtReal V="{2}"/><OpBudg V="0"/></LigneBudget>'
    )
    written = "".join(
        line.format(chapter, f'<Operation V="{operation}"/>' if operation else "", spent, opened)
        for chapter, operation, spent, opened in lines
    )
    vote = f'<OpeEquip V="{voted_by_operation}"/><BudgPrec V="1"/>'
    cleared = ('<MtReal V="900.00"/>', '<CredOuv V="900"/><MtReal V="900.00"/>',
               '"2188"/><Fonction V="020"/><ContNat V="21"/>', '"2188"/><ContNat V="20"/>',
               '<MtReal V="100.00"/><OpBudg V="0"/>',
               '<CredOuv V="100"/><MtReal V="100.00"/><OpBudg V="0"/>')  # fmt: skip
    changes = (*TO_CA, *cleared, '<BudgPrec V="1"/>', vote, "<Annexes>", written + "<Annexes>")
    found = [f.message for f in report_of(*changes).findings if f.code == "T-ARI-005"]
    assert [message.partition(" :")[0] for message in found] == places


@pytest.mark.parametrize(
    "mask", ["Nom anonymisé", "NOM ANONYMISE", "XXXXXX", "****", "nom masqué", "Occultation art. 6"]
)
def test_a_seal_broken_by_another_masking_is_told_as_such(
    mask: str, report_of: Callable[..., Report]
) -> None:
    seal = FAULTS["T-SEA-001"][2]
    (finding,) = [f for f in report_of(*seal, '"Club"', f'"{mask}"').findings
                  if f.code == "T-SEA-001"]  # fmt: skip
    assert finding.severity == "info" and "masqués" in finding.message


@pytest.mark.parametrize("code", ["T-STR-001", "T-STR-003", "T-STR-005", "T-STR-006", "T-STR-004"])
def test_what_a_newer_schema_may_allow_is_only_told(
    code: str, report_of: Callable[..., Report]
) -> None:
    changes = {
        "T-STR-004": ('DteStr V="2022-04-04"', 'DteStr V="4 avril"'),
        "T-STR-006": ('CodNatJurBenefCA V="P1"', 'CodNatJurBenefCA V="P9"'),
    }.get(code, FAULTS[code][2])
    newer = ('VersionSchema V="95"', 'VersionSchema V="120"')
    assert {f.severity for f in report_of(*changes).findings if f.code == code} == {"warning"}
    assert {f.severity for f in report_of(*newer, *changes).findings if f.code == code} == {"info"}


def test_a_difference_that_nothing_explains_is_a_warning(report_of: Callable[..., Report]) -> None:
    printed = 'V="1000"/><Information Code="ValDepRFonc" V="7,77"/>'
    (finding,) = [f for f in report_of('V="1000"/>', printed).findings if f.code == "T-ARI-006"]
    assert finding.severity == "warning" and "Ratio 1" in finding.message


def test_findings_are_named_by_what_is_wrong() -> None:
    assert {rule.code for rule in rules()} <= set(WRONG)
    assert WRONG["T-SEA-001"] == "Scellement rompu"


@pytest.mark.parametrize(
    ("old", "new", "severity"),
    [
        ('<MtPrev V="900.00"/>', '<MtPrev v="900.00"/>', "error"),
        ('<MtPrev V="900.00"/>', '<MtPrev Valeur="900.00"/>', "error"),
        ('<MtPrev V="900.00"/>', "<MtPrev>900.00</MtPrev>", "error"),
        ('<LibelleColl V="Ville d\'essai"/>', "<LibelleColl>Ville d'essai</LibelleColl>", "error"),
        ('<MtSubv V="150.00"/>', "<MtSubv>150.00</MtSubv>", "warning"),
        ('<Nature V="6411"/>', '<Nature v="6411"/>', "error"),
        ('<LibelleColl V="Ville d\'essai"/>', '<LibelleColl v="Ville d\'essai"/>', "error"),
        ('<LibellePoste V="SGC"/>', '<LibellePoste v="SGC"/>', "warning"),
        ('<MtSubv V="150.00"/>', '<MtSubv v="150.00"/>', "warning"),
    ],
)
def test_a_value_in_another_attribute_is_not_read(
    report_of: Callable[..., Report], old: str, new: str, severity: str
) -> None:
    """The same loss as an element in other capitals: told once, by the same rule."""
    findings = [item for item in report_of(old, new).findings if "STR" in item.code]
    assert [(item.code, item.severity) for item in findings] == [("T-STR-010", severity)]
    assert "n'est pas dans l'attribut V" in findings[0].message
