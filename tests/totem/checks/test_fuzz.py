"""Damaged documents: a report or a documented error, never anything else (short seeded run)."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from ckanext.budget.totem.annexes import export, masked
from ckanext.budget.totem.checks import check
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.reader import Document

CLEAN = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<DocumentBudgetaire xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire">'
    b'<VersionSchema V="95"/><EnTeteDocBudgetaire><LibelleColl V="Ville"/></EnTeteDocBudgetaire>'
    b'<Budget><EnTeteBudget><IdEtab V="21930048000015"/><Nomenclature V="M57-M57_D"/>'
    b'</EnTeteBudget><BlocBudget><NatDec V="09"/><Exer V="2022"/></BlocBudget>'
    b'<LigneBudget><Nature V="6411"/><CodRD V="D"/><MtReal V="1.00"/><OpBudg V="0"/></LigneBudget>'
    b'<Annexes><DATA_CONCOURS><CONCOURS><LibOrgaBenef V="A"/><MtSubv V="1.00"/></CONCOURS>'
    b"</DATA_CONCOURS></Annexes></Budget></DocumentBudgetaire>"
)
PIECES = st.sampled_from(
    [
        b"<",
        b">",
        b'"',
        b"'",
        b"&",
        b"&#0;",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"\x00",
        b"\xff",
        b"<LigneBudget>",
        b"</LigneBudget>",
        b"</CONCOURS>",
        b"<DATA_X>",
        b"</DATA_CONCOURS>",
        b"9" * 40,
        b' calculated="true"',
        b'<MtReal V="1e9"/>',
        b"<X><Y V='1'/></X>",
        b" V=",
        b"x:",
        b"\n",
        b'<Exer V="2022"/>',
        b"<?pi?>",
        b"<!DOCTYPE a>",
    ]
) | st.binary(max_size=3)
EDITS = st.lists(st.tuples(st.integers(0, len(CLEAN)), st.integers(0, 12), PIECES), max_size=4)


def damaged(edits: list[tuple[int, int, bytes]]) -> bytes:
    data = CLEAN
    for at, removed, piece in edits:
        data = data[:at] + piece + data[at + removed :]
    return data


@seed(20240101)
@settings(max_examples=300, deadline=None, database=None)
@given(EDITS)
def test_damaged_documents(edits: list[tuple[int, int, bytes]]) -> None:
    data = damaged(edits)
    report = check(io.BytesIO(data))
    assert report.is_valid or report.findings
    with tempfile.TemporaryDirectory() as folder:
        try:
            document = Document(io.BytesIO(data))
            export(masked(document), document, Path(folder))
        except TotemError:
            assert list(Path(folder).iterdir()) == []
