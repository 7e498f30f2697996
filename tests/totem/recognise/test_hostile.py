"""Files made to exhaust who looks into them: an answer within the limits, never "nothing found"."""

from __future__ import annotations

import base64
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.budget.totem.recognise import Limits, recognise
from ckanext.budget.totem.recognise.model import Content, Work
from ckanext.budget.totem.recognise.walk import walk

from .wrappings import CONTAINERS, PICTURE, mailed, pdf, tarred, zipped

LIMITS = Limits(unpacked=2 << 20, depth=4, entries=200)
ZEROS = bytes(3 << 20)


def many(number: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for rank in range(number):
            archive.writestr(f"{rank}.txt", b"")
    return out.getvalue()


def overlapping() -> bytes:
    """Two entries of the directory that lead to the same bytes."""
    data = bytearray(zipped(b"x" * 100, zipfile.ZIP_STORED))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    return bytes(data)


def encrypted() -> bytes:
    data = bytearray(zipped(b"x"))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(mark) + place] |= 1
    return bytes(data)


def nested(wrap: Callable[[bytes], bytes], levels: int = 7) -> bytes:
    data = b"<a/>"
    for _ in range(levels):
        data = wrap(data)
    return data


def deep_message() -> bytes:
    parts = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(5000)
    )
    return b"MIME-Version: 1.0\n" + parts


def without_directory() -> bytes:
    """Entries that no directory tells, before a sound zip."""
    whole = zipped(b"a secret")
    return whole[: whole.index(b"PK\x01\x02")] + zipped(b"a note")


def forged_header() -> bytes:
    """A tar whose extended header says that it is huge."""
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = tarfile.XHDTYPE, 1 << 30
    return entry.tobuf(tarfile.USTAR_FORMAT) + bytes(1 << 16)


def protected_workbook() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")


OPAQUE = {
    "bomb of gzip": (gzip.compress(ZEROS), "size"),
    "bomb of xz": (lzma.compress(ZEROS), "size"),
    "bomb of zip": (zipped(ZEROS), "size"),
    "bomb in a PDF": (pdf(ZEROS), "size"),
    "bomb in a bomb": (gzip.compress(zipped(gzip.compress(ZEROS))), "size"),
    "bomb in base64": (base64.b64encode(gzip.compress(ZEROS)), "size"),
    "bomb after a picture": (PICTURE + gzip.compress(ZEROS), "size"),
    "members of gzip": (gzip.compress(b"") * 5000, "entries"),
    "entries": (many(300), "entries"),
    "directory of many": (many(3000), "damaged"),
    "gzip in gzip": (nested(gzip.compress), "depth"),
    "zip in zip": (nested(zipped), "depth"),
    "large tar in tar": (nested(tarred), "size"),
    "base64 in base64": (nested(lambda data: base64.b64encode(data + bytes(90))), "depth"),
    "message in message": (deep_message(), "depth"),
    "entries on each other": (overlapping(), "damaged"),
    "entries without a directory": (without_directory(), "damaged"),
    "extended header": (forged_header(), "damaged"),
    "password": (encrypted(), "encrypted"),
    "password of a workbook": (protected_workbook(), "encrypted"),
    "cut zip": (zipped(b"a" * 99)[:-30], "damaged"),
    "cut gzip": (gzip.compress(random.Random(1).randbytes(9000))[:5000], "damaged"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(30), "format"),
    "self-extracting rar": (b"MZ" + bytes(3000) + b"Rar!\x1a\x07\x01\0", "format"),
    "7z in a message": (mailed(b"7z\xbc\xaf\x27\x1c" + bytes(300), "base64"), "format"),
    "PGP": (b"From: a@b.c\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA", "encrypted"),
    "PDF with a password": (b"%PDF-1.7 <</Encrypt 1 0 R>> <</EmbeddedFiles 2 0 R>>", "encrypted"),
}


@pytest.mark.parametrize(("data", "reason"), OPAQUE.values(), ids=OPAQUE)
def test_what_cannot_be_looked_into_is_said(data, reason):
    found = recognise(io.BytesIO(data), LIMITS)
    assert (found.kind, found.reason) == ("opaque", reason)


@pytest.mark.parametrize("wrap", CONTAINERS.values(), ids=CONTAINERS)
def test_no_more_comes_out_than_the_limits_say(wrap):
    work = Work(LIMITS)
    for _ in walk(Content(io.BytesIO(wrap(wrap(ZEROS)))), work):
        pass
    assert work.unpacked <= LIMITS.unpacked + (1 << 19)


def test_time_has_a_limit():
    found = recognise(io.BytesIO(b"a"), Limits(seconds=-1))
    assert (found.kind, found.reason) == ("opaque", "time")


def test_a_document_is_seen_though_the_rest_is_damaged():
    whole = gzip.compress(b"<DocumentBudgetaire/>" + random.Random(1).randbytes(90_000))
    assert recognise(io.BytesIO(whole[:-3000])).kind == "contains_totem"


SHAPES: dict[str, Callable[[int], bytes]] = {
    "openings": lambda n: b"<" * n,
    "prefixes": lambda n: b"<a:" * (n // 3),
    "values": lambda n: b' V="' * (n // 4),
    "entities": lambda n: b"&amp;" * (n // 5),
    "one entity": lambda n: b"&" + b"amp;" * (n // 4),
    "percents": lambda n: b"%25" * (n // 3),
    "tokens": lambda n: (b"A" * 130 + b";") * (n // 131),
    "one token": lambda n: b"A" * n,
    "tokens by lines": lambda n: (b"A" * 76 + b"\n") * (n // 77),
    "ends of zip": lambda n: b"PK\x05\x06" * (n // 4),
    "entries of zip": lambda n: b"PK\x03\x04" * (n // 4),
    "gzips": lambda n: b"\x1f\x8b\x08\0" * (n // 4),
    "streams of PDF": lambda n: b"%PDF-" + b"stream" * (n // 6),
    "boundaries": lambda n: b"MIME-Version: 1\nContent-Type: a; boundary=a\n" + b"\n--a" * (n // 4),
    "comments": lambda n: b"<!--" * (n // 4),
    "blanks": lambda n: b" V" + b" " * n,
    "colons": lambda n: b":TIERS " * (n // 7),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_every_shape_has_an_answer(shape):
    """A quadratic search in one of them would not end before the suite's own limit."""
    assert recognise(io.BytesIO(shape(1_000_000)), Limits(seconds=3600)).kind


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([*CONTAINERS]), st.integers(0, 2**32), st.integers(1, 8))
def test_damage_never_raises(name, seed, number):
    chance = random.Random(seed)
    data = bytearray(CONTAINERS[name](b"<DocumentBudgetaire/>" + bytes(range(256))))
    for _ in range(number):
        data[chance.randrange(len(data))] = chance.randrange(256)
    cut = chance.choice((len(data), chance.randrange(len(data))))
    assert recognise(io.BytesIO(bytes(data[:cut])), LIMITS).kind
