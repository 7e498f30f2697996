"""Damaged documents: the library's own errors, or a result, and never anything else.

``BUDGET_FUZZ_MINUTES`` makes the run longer than the short seeded one of CI.
"""

from __future__ import annotations

import io
import os
import random
import tempfile
import time
from pathlib import Path

import pytest

from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.publish import publish

generate = pytest.importorskip("ckanext.budget.totem.generate")

SECONDS = 60 * float(os.environ.get("BUDGET_FUZZ_MINUTES", "0"))
AT_LEAST = 400
"""The same inputs on every machine, unless somebody asks for a time."""
PIECES = [
    b"<", b">", b'"', b"'", b"&", b"&amp;", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x ?>",
    b"\x00", b"\xff", b"\xc3\xa9", b"<LigneBudget>", b"</LigneBudget>", b"<DATA_PRET>",
    b"</Budget>", b'<Nature V="6413"/>', b' V="', b'<MtReal V="1e400"/>', b'<MtReal V="-"/>',
    b"<Annexes>",
    b'<Exer V="9999"/>', b'<p:LigneBudget xmlns:p="u">', b" " * 300, b"\r\n",
    b'calculated="true"',
]  # fmt: skip


def damage(data: bytes, chance: random.Random) -> bytes:
    """A few edits: bytes cut, repeated, moved, replaced or inserted."""
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + int(chance.expovariate(0.02)))
        piece = chance.choice(PIECES)
        data = chance.choice(
            [
                data[:start] + data[end:],
                data[:start] + data[start:end] * 2 + data[end:],
                data[:start] + piece + data[start:],
                data[:start] + piece + data[end:],
                data.replace(data[start:end], piece, 2) if end - start > 3 else data,
            ]
        )
    return data


@pytest.mark.parametrize("seed", [1, 2])
def test_damaged_documents_never_crash(seed):
    chance = random.Random(f"{seed}-{SECONDS}")
    documents = [
        data
        for spec in generate.plan(30, seed)
        if len(data := b"".join(generate.document(spec))) < 120_000
    ]
    assert documents
    until, tries, refused = time.monotonic() + SECONDS / 2, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        while tries < AT_LEAST or time.monotonic() < until:
            data = damage(chance.choice(documents), chance)
            tries += 1
            try:
                publish(io.BytesIO(data), Path(folder))
            except TotemError as error:
                refused += 1
                assert "\n" not in str(error)
            except Exception:
                Path(tempfile.gettempdir(), f"fuzz-{seed}-{tries}.xml").write_bytes(data)
                raise
    assert 0 < refused < tries
