"""A file that somebody sent: what it holds is read from its bytes alone, within the same limits."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from ckanext.budget.collect import Candidate, CollectError, Limits, UploadedFile, errors

DOCUMENT = b"<?xml version='1.0'?><DocumentBudgetaire/>"


def zipped(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def found_in(content: bytes, into: Path, name: str, limits: Limits | None = None) -> list[object]:
    """Bytes of each document, or the type of what forbids one."""
    sent, found = UploadedFile(io.BytesIO(content), name, limits), []
    try:
        for item in sent.list():
            try:
                if isinstance(item, CollectError):
                    raise item
                fetched = sent.fetch(item.locator, into)
                assert fetched.sha256 == hashlib.sha256(into.read_bytes()).hexdigest()
                found.append(into.read_bytes())
            except CollectError as error:
                found.append(type(error))
    except CollectError as error:
        found.append(type(error))
    return found


HUGE = b" " * (11 * 1024 * 1024)
INNER = zipped(**{"bp.xml": DOCUMENT})
CASES = {
    "document": (DOCUMENT, [DOCUMENT]),
    "gzip": (gzip.compress(DOCUMENT), [DOCUMENT]),
    "zip": (zipped(**{"a/bp.xml": DOCUMENT, "é.xml.gz": gzip.compress(DOCUMENT)}), [DOCUMENT] * 2),
    "nested": (zipped(**{"lot.zip": INNER}), [DOCUMENT]),
    "too deep": (zipped(**{"2.zip": zipped(**{"1.zip": INNER})}), [errors.LimitReached]),
    "nothing in it": (zipped(**{"lisez-moi.txt": b"x"}), []),
    "empty zip": (zipped(), []),
    "broken zip": (zipped(**{"a.xml": DOCUMENT})[:-30], [errors.BadArchive]),
    "bad path": (zipped(**{"../a.xml": DOCUMENT}), [errors.EntryRefused]),
    "bomb": (zipped(**{"a.xml": HUGE}), [errors.EntryRefused]),
    "gzip bomb": (gzip.compress(HUGE), [errors.TooLarge]),
    "empty": (b"", [errors.EmptyDocument]),
    "pdf": (b"%PDF-1.7", [errors.UnsupportedContent]),
    "twice compressed": (gzip.compress(gzip.compress(DOCUMENT)), [errors.UnsupportedContent]),
    "addresses": (b"https://example.org/bp.xml\n", [b"https://example.org/bp.xml\n"]),
}


@pytest.mark.parametrize("name", ["export", "export.xml", "lot.zip", "../é !/ x", "liste.txt"])
@pytest.mark.parametrize("case", CASES)
def test_the_bytes_decide_and_never_the_name(case: str, name: str, tmp_path: Path) -> None:
    content, expected = CASES[case]
    limits = Limits(max_nesting=1, max_document_bytes=12 * 1024 * 1024)
    assert found_in(content, tmp_path / "out", name, limits) == expected


def test_documents_have_names_and_a_limit(tmp_path: Path) -> None:
    sent = UploadedFile(io.BytesIO(zipped(**{"a/bp.xml": DOCUMENT})), "lot.zip")
    (item,) = sent.list()
    assert isinstance(item, Candidate) and (item.name, item.size) == ("a/bp.xml", len(DOCUMENT))
    small = UploadedFile(io.BytesIO(DOCUMENT), "bp.xml", Limits(max_document_bytes=9))
    with pytest.raises(errors.TooLarge, match=r"bp\.xml"):
        small.fetch("bp.xml", tmp_path / "out")
