"""What a file is, told by its bytes: every container × every encoding × what names people."""

from __future__ import annotations

import base64
import gzip
import io
import os
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ckanext.budget.totem.recognise import Limits, documents_in, recognise
from ckanext.budget.totem.recognise.sentences import KINDS, OPAQUE, sentence
from ckanext.budget.totem.structure import load

from .wrappings import CONTAINERS, ENCODINGS, PICTURE, TEXTS, mailed, pes, tarred, workbook, zipped

SPACE = 'xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire"'
GRANT = '<CONCOURS><LibOrgaBenef V="Mme Exemple"/></CONCOURS>'
DOCUMENT = f"<DocumentBudgetaire {SPACE}><Annexes>{GRANT}</Annexes></DocumentBudgetaire>"
CFU = '<cfu:CompteFinancierUnique xmlns:cfu="x"><Nom V="M. Exemple"/></cfu:CompteFinancierUnique>'
IMPORT = f"<data {SPACE}><DATA_CONCOURS>{GRANT}</DATA_CONCOURS></data>"
NAMED = {
    "document": DOCUMENT,
    "CFU": CFU,
    "import of annexes": IMPORT,
    "record": GRANT,
    "record, prefix": "<n:PRET xmlns:n=\"x\"><n:NomBenefPret V='M. Exemple'/></n:PRET>",
    "block": '<Budget><LigneBudget><Nature V="64"/></LigneBudget></Budget>',
}
"""What names people, or may."""


def verdict(data: bytes, **limits: float) -> tuple[str, str]:
    found = recognise(io.BytesIO(data), Limits(**limits))  # type: ignore[arg-type]
    return found.kind, found.reason


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", NAMED.values(), ids=NAMED)
def test_names_are_seen_in_every_encoding(text, encoding):
    expected = ("totem", "annexes", "contains_totem")
    assert verdict(text.encode(encoding))[0] in expected


@pytest.mark.parametrize("wrap", CONTAINERS.values(), ids=CONTAINERS)
@pytest.mark.parametrize("encoding", ("utf-8", "utf-16", "cp500"))
@pytest.mark.parametrize("text", (DOCUMENT, IMPORT), ids=("document", "annexes"))
def test_names_are_seen_in_every_container(text, encoding, wrap):
    assert verdict(wrap(text.encode(encoding))) == ("contains_totem", "")


@pytest.mark.parametrize("wrap", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("text", NAMED.values(), ids=NAMED)
def test_names_are_seen_in_every_text(text, wrap):
    kind, _reason = verdict(wrap(text.encode()))
    assert kind in ("contains_totem", "totem", "annexes")
    assert kind == "contains_totem" or wrap in (
        TEXTS["blanks"],
        TEXTS["numbers of HTML"],
        TEXTS["UTF-7"],
    )


WITHOUT_A_MARK = (
    *("zlib", "lzma", "deflate", "ascii85, bare", "base85", "Z85"),
    *("hexadecimal, bytes apart", "hexadecimal of a program", "hexadecimal dump"),
)
"""Formats that nothing tells from random bytes: known at the beginning of a file alone."""
NOT_AT_THE_BEGINNING = ("gzip of two members", "after a gzip", "workbook", "after a picture")


def is_told(outer: str, inner: str) -> bool:
    if (outer, inner) == ("after a picture", "PDF"):
        return False  # a PDF begins in the first kilobyte
    return not (outer in NOT_AT_THE_BEGINNING and inner in WITHOUT_A_MARK)


PAIRS = [(o, i) for o in CONTAINERS for i in CONTAINERS | TEXTS if is_told(o, i)]


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_names_are_seen_in_every_container_in_every_other(inner, outer):
    wraps = CONTAINERS | TEXTS
    data = wraps[outer](wraps[inner](DOCUMENT.encode()))
    assert verdict(data) == ("contains_totem", "")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([*CONTAINERS]), max_size=6),
    st.sampled_from([*TEXTS, ""]),
    st.sampled_from([*NAMED]),
)
def test_nothing_is_lost_in_any_nesting(containers, text, named):
    """Seen, or told to be too deep: never "other"."""
    pairs = zip(containers[1:], containers, strict=False)
    assume(all(is_told(outer, inner) for outer, inner in pairs))
    data = NAMED[named].encode()
    data = TEXTS[text](data) if text else data
    for name in containers:
        data = CONTAINERS[name](data)
    kind, reason = verdict(data)
    assert kind in ("totem", "annexes", "contains_totem") or reason == "depth"


@pytest.mark.parametrize("name", load().annexes)
def test_every_annex_is_known(name):
    record = load().annex(name).target
    for tag in (f"DATA_{name}", record):
        assert verdict(f'<{tag}><a V="1"/></{tag}>'.encode())[0] == "annexes"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BGT = b"BGT_NATDEC,BGT_ANNEE,BGT_SIRET\n"

ORDINARY = {
    "a picture": (PICTURE, "other"),
    "a text": (b"Le budget d'une commune, sans document.", "other"),
    "a schema": (b'<xs:element name="DocumentBudgetaire" type="T"/><a V="1"/>', "other"),
    "a name in prose": (b'Un DocumentBudgetaire a des LigneBudget ; V="1".', "other"),
    "other values": (b'<PES_Retour><Tiers V="1"/><data V="2"/></PES_Retour>', "other"),
    "a table": (b"a;b\n1;2\n", "other"),
    "digests": (b"".join(b"%064x;%0160x\n" % (n, n) for n in range(2000)), "other"),
    "prose without punctuation": (b"le budget de la commune " * 2000, "other"),
    "a zip": (zipped(zipped(b"a report")), "archive"),
    "a compressed table": (gzip.compress(b"a;b\n1;2\n"), "archive"),
    "a message": (mailed(b"<a/>", "base64"), "archive"),
    "a workbook": (workbook(BGT), "spreadsheet"),
    "an old workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"),
        "spreadsheet",
    ),
    "a PDF": (b"%PDF-1.7\n", "pdf"),
    "a PES": (b'<n:PES_Aller xmlns:n="x"><IdVer V="2"/></n:PES_Aller>', "pes"),
    "a page": (b"<!DOCTYPE html><html><body>Erreur 404</body></html>", "web_page"),
    "a table of the SCDL": (BGT, "scdl"),
    "the same in UTF-16": (BGT.decode().encode("utf-16"), "scdl"),
    "nothing": (b"", "empty"),
}


@pytest.mark.parametrize(("data", "kind"), ORDINARY.values(), ids=ORDINARY)
def test_ordinary_files_are_called_by_their_name(data, kind):
    assert verdict(data) == (kind, "")


BROTLI = base64.b64decode(
    "G6gAoI2T5ZpDMRY8/re5VDmu80OaWDPpsD2m6pQD9hYFRSld5Gx3PTgOv2MR0Rk5N04bbTmc+Ilfg3czojgtwwo9"
    "iG57XqFPanZqscib2q1R+BNuOuuKH5fpJbGXVlHhhoNKzk66WKFZbfBoAQt+LPsMTiYBIdFAXmQC"
)
"""``DOCUMENT`` as Node compresses it: the format has no mark, no length and no sum."""
UNSEEN = {
    "Brotli": BROTLI,
    "base64, a letter before": b"x" + base64.b64encode(DOCUMENT.encode()),
    "hexadecimal, a word before": b"texte" + DOCUMENT.encode().hex().encode(),
}
"""What nothing tells from other bytes, or would be read at sixteen places: docs/privacy.md says so.
Whoever sees one of these makes a row of ``CONTAINERS`` of it."""


@pytest.mark.parametrize("data", UNSEEN.values(), ids=UNSEEN)
def test_what_is_not_seen_is_known(data):
    assert verdict(data) == ("other", "")
    assert verdict(zipped(data)) == ("archive", "")


def test_random_bytes_are_nothing():
    assert verdict(PICTURE + os.urandom(3_000_000)) == ("other", "")


def test_the_stream_is_left_at_its_beginning():
    stream = io.BytesIO(zipped(DOCUMENT.encode()))
    recognise(stream)
    assert stream.tell() == 0


def test_a_place_never_quotes_the_names_that_the_file_gives():
    data = zipped(gzip.compress(DOCUMENT.encode()), name="Mme Exemple.xml")
    found = recognise(io.BytesIO(data))
    assert found.place == "archive zip, fichier 1 > fichier gzip"
    assert found.depth == 2


@pytest.mark.parametrize("kind", [*KINDS, *OPAQUE])
def test_every_refusal_is_one_sentence_with_the_next_step(kind):
    text = KINDS.get(kind) or OPAQUE[kind]
    assert text.endswith(".") and " : " in text and len(text) < 300


# --- documents taken out -------------------------------------------------------------------------


def taken(data: bytes, folder: Path) -> list[tuple[str, bytes]]:
    found = documents_in(io.BytesIO(data), folder)
    return [(item.recognised.kind, item.path.read_bytes() if item.path else b"") for item in found]


LOSSLESS = [
    name for name in CONTAINERS if name not in NOT_AT_THE_BEGINNING or name == "after a gzip"
]
"""The others put something else before it."""


@pytest.mark.parametrize("name", LOSSLESS)
def test_a_document_is_taken_out_byte_for_byte(name, tmp_path):
    data = DOCUMENT.encode("windows-1252")
    assert taken(CONTAINERS[name](data), tmp_path) == [("totem", data)]
    assert [path.name for path in tmp_path.iterdir()] == ["document-1.xml"]


@pytest.mark.parametrize("encoding", ("base64", "quoted-printable", "8bit"))
def test_a_document_is_taken_out_of_an_e_mail(encoding, tmp_path):
    data = DOCUMENT.replace("Mme", "Mme Zoé").replace("><", ">\n<").encode("windows-1252")
    [(kind, content)] = taken(mailed(data, encoding), tmp_path)
    assert (kind, content.strip()) == ("totem", data)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (workbook(DOCUMENT.encode()), "contains_totem"),
        (workbook(BGT), "spreadsheet"),
        (PICTURE + DOCUMENT.encode(), "contains_totem"),
        (TEXTS["JSON"](DOCUMENT.encode()), "contains_totem"),
        (zipped(b"a note"), "archive"),
        (zipped(IMPORT.encode()), "annexes"),
        (zipped(b"7z\xbc\xaf\x27\x1c"), "opaque"),
        (pes(b"<a/>"), "pes"),
        (b"%PDF-1.7", "pdf"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_document_comes_once_with_its_sentence(data, kind, tmp_path):
    [found] = documents_in(io.BytesIO(data), tmp_path)
    assert (found.recognised.kind, found.path) == (kind, None)
    assert found.sentence == sentence(found.recognised) != ""


def test_every_document_of_an_archive_comes_and_pictures_are_not_told(tmp_path):
    data = tarred(zipped(DOCUMENT.encode()))
    several = zipped(data, name="lot.tar")
    assert [kind for kind, _ in taken(several, tmp_path)] == ["totem"]
    assert [kind for kind, _ in taken(zipped(BGT), tmp_path)] == ["scdl"]


@pytest.fixture
def envelope() -> bytes:
    path = Path(os.environ.get("BUDGET_CASES", "")) / "totem" / "x6-actes-envelope.tar.gz"
    if not path.is_file():
        pytest.skip("BUDGET_CASES names no folder of cases")
    return path.read_bytes()


def test_the_national_envelope_is_unpacked_to_its_document(envelope, tmp_path):
    [(kind, content)] = taken(envelope, tmp_path)
    assert kind == "totem" and b"<DocumentBudgetaire" in content


@pytest.mark.parametrize("spaces", range(58))
def test_a_document_comes_out_of_an_e_mail_to_the_byte(tmp_path, spaces):
    """Whatever its length: padded or not, its last line full or not, before the boundary."""
    data = DOCUMENT.encode() + b" " * spaces
    found = list(documents_in(io.BytesIO(mailed(data, "base64")), tmp_path))
    assert [one.path.read_bytes() for one in found if one.path] == [data]
