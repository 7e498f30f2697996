"""Natural persons: nothing of them is left, nothing else is touched."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from ckanext.budget.totem.privacy import MASK, Masker, masking_report, rules
from ckanext.budget.totem.privacy.mask import _Container
from ckanext.budget.totem.privacy.policy import known_fields
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.structure import load

NAME = "Jeanne Quelquun"


def mask(data: bytes, policy: str = "strict") -> tuple[bytes, Masker]:
    masker = Masker(policy)
    return b"".join(map(masker, Document(io.BytesIO(data)))), masker


def annex(name: str, inner: str) -> str:
    record = {"MEMBRESASA": "MEMBREASA"}.get(name, name)
    return f"<DATA_{name}><{record}>{inner}</{record}></DATA_{name}>"


def planted() -> list[tuple[str, str, str]]:
    """(annex, element, action) for each rule of the table about an annex."""
    annexes = load().annexes
    found = []
    for rule in rules():
        for name in annexes if rule.container == "*" else [rule.container]:
            if name in annexes and rule.element in known_fields(name):
                found.append((name, rule.element, rule.action))
    return found


@pytest.mark.parametrize(("name", "element", "action"), planted())
def test_each_element_of_the_table_is_masked(document, name, element, action):
    value = NAME if known_fields(name)[element].kind != "amount" else "45678.90"
    data = document(annexes=annex(name, f'<{element} V="{value}"/>'))
    strict, masker = mask(data)
    assert value.encode() not in strict
    assert masker.masked[(name, element)] == 1
    standard, _ = mask(data, "standard")
    assert (value.encode() in standard) == (action == "strict")


def test_grants_to_legal_persons_stay_and_to_natural_persons_go(document):
    grants = "".join(
        f'<CONCOURS><CodNatJurBenefCA V="{code}"/><LibOrgaBenef V="{NAME} {code}"/>'
        f'<ObjSubv V="{NAME}"/><MtSubv V="150"/></CONCOURS>'
        for code in ("P1", "P2", "P3", "")
    )
    out, masker = mask(document(annexes=f"<DATA_CONCOURS>{grants}</DATA_CONCOURS>"))
    assert re.findall(rb'LibOrgaBenef V="([^"]*)"', out) == [
        b"Jeanne Quelquun P1", b"Jeanne Quelquun P2", MASK.encode(), MASK.encode()
    ]  # fmt: skip
    assert masker.masked["CONCOURS", "ObjSubv"] == 2
    assert masker.seen["CONCOURS", "LibOrgaBenef"] == 4
    assert all(masker.masked.values())


@pytest.mark.parametrize(
    "hiding",
    [
        f"<Inconnu V='{NAME}'/>",
        f"<Inconnu V='1' Nom=\"{NAME}\"/>",
        f'<MtICNE V="1" auteur="{NAME}"/>',
        f"<MtICNE V='1'>{NAME}</MtICNE>",
        f"<x:Y xmlns:x='urn:x' x:V='{NAME}'/>",
        f"<MtICNE V='1'/> a > {NAME} > b ",
        f"<!-- {NAME} --><MtICNE V='1'/>",
        f"<![CDATA[{NAME}]]>",
        f"<?auteur {NAME}?>",
        f"<NomBenefPret\n\tV\n=\n'{NAME}'\n/>",
        f"<NomBenefPret Autre='>' V=\"{NAME}\"/>",
        "<Inconnu V='06 12 34 56 78'/>",
        "<Inconnu V='tél. 1 : 06-12-34-56-78'/>",
        "<Inconnu V='2 85 05 78 006 084 36 06 12'/>",
        # A ">" of a text, next to a tag, looks like the end of one.
        f"<MtICNE V='1'/>{NAME} ><MtICNE V='2'/>",
        f'<MtICNE V="1"/>{NAME} ><MtICNE V="2"/>',
        f'<!--> <LigneBudget> {NAME} --><MtICNE V="1"/>',
        f'<!---> <LigneBudget> {NAME} --><MtICNE V="1"/>',
        f"<?a?><?xml-stylesheet {NAME}?>",
        # Names of elements and attributes may hold any letter.
        f'<Élu V="{NAME}"/>',
        f'<é:MtICNE xmlns:é="urn:x" V="{NAME}"/>',
        f'<MtICNEé V="{NAME}"/>',
        f'<MtICNE V="1" prénom="{NAME}"/>',
        f'<MtICNE V="1" é:a="{NAME}" xmlns:é="urn:x"/>',
        # What is known keeps what its type can hold, and nothing else.
        f'<Annexes V="{NAME}"/>',
        f'<PRET V="{NAME}"/>',
        f'<LigneBudget id="1" V="{NAME}"/>',
        f'<MtICNE V="1" id="{NAME}"/>',
        f'<MtICNE V="1" Code="{NAME}"/>',
        f'<MtICNE V="1" generator="{NAME}"/>',
        f'<MtICNE V="1" date="{NAME}"/>',
        f'<MtICNE V="1" Libelle="{NAME}"/>',
        f'<MtICNE V="1" xmlns:x="urn:{NAME}"/>',
        f'<NatVot V="{NAME}"/>',
        f'<NomBenefPret Code="x V=" V="{NAME}"/>',
        f'<NomBenefPret Code=\'x V="1"\' V="{NAME}"/>',
        "<Inconnu V='&#74;eanne'/><Inconnu V=\"&#x4a;eanne\">&#74;eanne &#x4A;</Inconnu>",
    ],
)
@pytest.mark.parametrize("place", ["annex", "before", "line", "annexes"])
def test_no_hiding_place(document, line, hiding, place):
    where = {
        "annex": {"annexes": annex("PRET", hiding)},
        "annexes": {"annexes": hiding},
        "before": {"before": hiding},
        "line": {"lines": line().replace("</LigneBudget>", hiding + "</LigneBudget>")},
    }[place]
    for policy in ("strict", "standard"):
        out, _ = mask(document(**where), policy)
        assert b"Jeanne" not in out and b"06 12" not in out
        etree.fromstring(out)


@pytest.mark.parametrize(
    "codes",
    [
        '<CodNatJurBenefCA V="P1"/><CodNatJurBenefCA V="P3"/>',
        '<CodNatJurBenefCA V="P3"/><CodNatJurBenefCA V="P1"/>',
        '<CodNatJurBenefCA V="P1"/><CodNatJurBenefCA V=""/>',
        '<CodNatJurBenefCA V="p3"/>',
        '<CodNatJurBenefCA V=" P3 "/>',
        '<CodNatJurBenefCA V="&#80;3"/>',
        "<CodNatJurBenefCA Code=' V=\"P1\"' V='P3'/>",
        "<CodNatJurBenefCA/>",
        '<CONCOURS><CodNatJurBenefCA V="P1"/></CONCOURS>',
        '</CONCOURS><CONCOURS><CodNatJurBenefCA V="P1"/></CONCOURS><CONCOURS>',
        "</CONCOURS><CONCOURS /><CONCOURS>",
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_a_grant_is_to_a_legal_person_when_it_says_so_plainly(document, codes, after):
    name = f'<LibOrgaBenef V="{NAME}"/>'
    grant = codes + name if after else name + codes
    out, _ = mask(document(annexes=annex("CONCOURS", grant)), "standard")
    assert b"Jeanne" not in out


@pytest.mark.parametrize("name", ["CONCOURS", "PERSONNEL", "PRET"])
def test_what_is_around_the_records_is_masked_too(document, line, name):
    stray = f'<Inconnu V="{NAME}"/>'
    around = f"<DATA_{name}>{stray}<{name}><Champ_Editeur V='a'/></{name}>{stray}</DATA_{name}>"
    out, _ = mask(document(line() + stray + line(), around))
    assert b"Jeanne" not in out


@pytest.mark.parametrize("element", ["MtICNE", "DtDelib"])
def test_a_name_in_a_number_or_a_date_is_masked_and_not_made_a_number(document, element):
    data = document(annexes=annex("PRET", f'<{element} V="{NAME}"/><{element} V="12"/>'))
    out, _ = mask(data)
    assert f'<{element} V="{MASK}"/><{element} V="12"/>'.encode() in out
    assert mask(out)[0] == out


def test_general_information_keeps_its_figures(document):
    before = "".join(f'<Information Code="X" V="{v}"/>' for v in (NAME, "12,5 %", "2023-01-01"))
    assert re.findall(rb'"X" V="([^"]*)', mask(document(before=before))[0]) == [
        MASK.encode(), b"12,5 %", b"2023-01-01"
    ]  # fmt: skip
    assert NAME.encode() in mask(document(before=before), "standard")[0]


@pytest.mark.parametrize("text", ["« Jeanne »", "«Jeanne»", "Jeanneû", "ïJeanne¿"])
def test_masked_text_is_still_well_formed(document, text):
    out, _ = mask(document(before=text))
    assert b"Jeanne" not in out
    etree.fromstring(out)


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-15", "windows-1252"])
def test_no_name_passes_between_chunks(document, line, encoding):
    """Larger than several chunks, names at every kind of place near each limit."""
    records = "".join(
        f'<PRET><NomBenefPret V="{NAME} é {"x" * (n % 61)}"/><MtICNE V="{n}"/>'
        f"{NAME} ><!--{NAME}--><é V='{NAME}'/><?x {NAME}?></PRET>\n"
        for n in range(6000)
    )
    data = document(line() * 100, f"<DATA_PRET>{records}</DATA_PRET>{NAME}", encoding=encoding)
    assert len(data) > 3 * (1 << 18)
    out, _ = mask(data)
    assert b"Jeanne" not in out
    etree.fromstring(out)
    assert mask(out)[0] == out


def test_endless_invented_names_cost_little(document):
    invented = "".join(
        f'<DATA_X{n % 100}><Y{n} V="{NAME}"/></DATA_X{n % 100}>' for n in range(20_000)
    )
    out, masker = mask(document(annexes=invented + annex("PRET", invented)))
    assert b"Jeanne" not in out
    assert len(masker.seen) < 2000 and sum(masker.masked.values()) == 40_000


def test_signatures_of_a_cfu_are_masked(document):
    inner = document().split(b"?>", 1)[1]
    data = (
        b'<c:CompteFinancierUnique xmlns:c="http://www.minefi.gouv.fr/cp/demat/doccfu">'
        b'<Infos><Edition Utilisateur="jeanne.q" NomEdition="CG98"/>'
        b'<Gestion DateDebutGestion="2023-01-01" NomComptable="Jeanne Quelquun"/></Infos>'
        + inner
        + b'<ds:Signature xmlns:ds="urn:ds"><ds:X509Certificate>MIIJeanne\n+/=</ds:X509Certificate>'
        b"<ds:X509SubjectName>CN=Jeanne Quelquun</ds:X509SubjectName>"
        b"<ds:X509SerialNumber>998877</ds:X509SerialNumber></ds:Signature>"
        b"</c:CompteFinancierUnique>"
    )
    out, masker = mask(data)
    for trace in (b"jeanne", b"Jeanne", b"998877"):
        assert trace not in out
    assert b"CG98" in out and b"2023-01-01" in out
    assert masker.masked["Gestion", "@NomComptable"] == 1


VALUES = st.text(
    st.characters(codec="iso-8859-1", exclude_characters="\x00<&\"'", exclude_categories=("Cc",)),
    max_size=30,
)
RECORD = st.dictionaries(
    st.sampled_from(["NomBenefPret", "MtICNE", "DtDelib", "Champ_Editeur", "Autre", "CodTypPret"]),
    VALUES,
    max_size=6,
)


@given(records=st.lists(RECORD, max_size=5), policy=st.sampled_from(["strict", "standard"]))
@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_only_masked_values_change_and_twice_is_once(document, records, policy):
    inner = "".join(
        "<PRET>" + "".join(f'<{k} V="{v}"/>' for k, v in record.items()) + "</PRET>"
        for record in records
    )
    data = document(annexes=f"<DATA_PRET>{inner}</DATA_PRET>", encoding="ISO-8859-1")
    once, masker = mask(data, policy)
    assert once.count(MASK.encode()) >= sum(masker.masked.values())
    again, masker = mask(once, policy)
    assert again == once and not masker.masked
    holes = [re.escape(part) for part in re.split(re.escape(MASK).encode(), once)]
    assert re.fullmatch(rb"[^\"]*".join(holes), data)


LAYOUTS = [
    '<{e} V="{v}"/>',
    "<{e} V='{v}'/>",
    '<{e} Code="{v}" V="{v}"/>',
    '<{e} V="{v}" Code="C"/>',
    "<{e}/>",
    "<{e}>{v}</{e}>",
    '<{e} V="{v}" id="{v}"/>\n',
    '<x:{e} xmlns:x="urn:x" V="{v}" />',
    '<{e} calculated="true" generator="{v}">{v} > </{e} >',
    '<Autre a="{v}"/><{e} V="{v}"/>{v}',
    "<LigneBudget><OpeCpteTiers V='1'/><{e} V=\"{v}\"/></LigneBudget>",
    '<CONCOURS><CodNatJurBenefCA V="P1"/><{e} V="{v}"/></CONCOURS>',
    '<ds:X509SerialNumber xmlns:ds="urn:ds">{v}</ds:X509SerialNumber>{v}',
]


def odd_documents(draw: st.DrawFn) -> dict[str, str]:
    """Records, lines and headers of known elements, in any layout, with odd things between."""
    name = draw(st.sampled_from(["CONCOURS", "PERSONNEL", "PRET", "PATRIMOINE", "SOMMAIRE", "X"]))
    elements = [*known_fields(name), *known_fields("LigneBudget"), "Information", "CONCOURS", "Y"]
    value = st.sampled_from(
        ["", " ", "P1", "P3", "0", "12.50", "2023-01-01", "true", NAME, "é", "0612345678", "&#65;"]
    )
    layout = st.sampled_from(LAYOUTS)

    def inner() -> str:
        count = draw(st.integers(0, 6))
        return "".join(
            draw(layout).format(e=draw(st.sampled_from(elements)), v=draw(value))
            for _ in range(count)
        )

    record = {"MEMBRESASA": "MEMBREASA"}.get(name, name)
    records = "".join(f"<{record}>{inner()}</{record}>" for _ in range(draw(st.integers(0, 3))))
    lines = f"<LigneBudget>{inner()}</LigneBudget>" + inner()
    return {"annexes": f"<DATA_{name}>{inner()}{records}</DATA_{name}>", "lines": lines,
            "before": inner()}  # fmt: skip


@given(parts=st.composite(odd_documents)(), policy=st.sampled_from(["strict", "standard"]))
@settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_not_looked_at_would_have_been_kept(document, parts, policy):
    """The tags that are told harmless at first sight, and every tag read one by one: the same."""
    data = document(**parts)
    quick, quick_masker = mask(data, policy)
    with pytest.MonkeyPatch.context() as patch:
        closing = re.compile(rb"(</[^<>]*>)")
        patch.setattr(_Container, "sure_tag", property(lambda self: closing))
        slow, slow_masker = mask(data, policy)
    assert quick == slow
    assert quick_masker.masked == slow_masker.masked
    assert mask(quick, policy)[0] == quick
    etree.fromstring(quick)


def test_masks_respect_the_schema():
    from ckanext.budget.totem.privacy.policy import mask_for

    for rule in rules():
        for container in load().containers if rule.container == "*" else [rule.container]:
            field = known_fields(container).get(rule.element)
            if field is None:
                continue
            value = mask_for(field)
            assert not field.max_length or len(value) <= field.max_length
            assert not field.pattern or re.fullmatch(field.pattern, value)
            assert field.kind not in ("amount", "integer") or value == "0"


def test_the_report_counts_and_never_quotes(document):
    _, masker = mask(document(annexes=annex("PRET", f'<NomBenefPret V="{NAME}"/>')))
    report = masking_report(masker)
    assert report["count"] == 1 and report["policy"] == "strict"
    assert report["elements"][0]["ground"] == "L312-1-2"
    assert NAME not in str(report)


def test_unknown_policy_is_an_error():
    with pytest.raises(ValueError):
        Masker("laxiste")


def test_real_documents_keep_no_name(sample):
    data = sample.read_bytes()
    out, _ = mask(data)
    assert mask(out)[0] == out
    tree = etree.fromstring(data)
    names = {
        element.get("V")
        for tag in ("Signataire", "NomElu", "NomBenefPret")
        for element in tree.iter("{*}" + tag)
    } | {value for element in tree.iter("{*}Gestion") for value in [element.get("NomComptable")]}
    text = etree.tostring(etree.fromstring(out), encoding="unicode")
    for name in filter(None, names):
        assert name not in text
    assert "PERSONNE EXEMPLE" not in text and "agent.exemple" not in text


def test_labels_of_lines_go_and_codes_of_lines_stay(document, line):
    section = line("6413", LibCpte=NAME).replace(
        "</LigneBudget>",
        f'<CaracSup Code="Section" V="F"/><CaracSup Code="Libre" V="{NAME}"/></LigneBudget>',
    )
    strict, _ = mask(document(section))
    assert NAME.encode() not in strict and b'Code="Section" V="F"' in strict
    standard, _ = mask(document(section), "standard")
    assert standard.count(NAME.encode()) == 2
