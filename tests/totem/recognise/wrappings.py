"""Ways to wrap a document: containers, encodings, texts that quote it; for every door."""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import html
import io
import json
import lzma
import quopri
import re
import tarfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable
from email.message import EmailMessage

Wrap = Callable[[bytes], bytes]

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


def zipped(data: bytes, method: int = zipfile.ZIP_DEFLATED, name: str = "a.bin") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("note.txt", "une note")
        archive.writestr(name, data)
    return out.getvalue()


def tarred(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in (("big.bin", b"0" * 200_000), ("a.xml", data)):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def mailed(data: bytes, encoding: str) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "mairie@example.org", "Budget"
    message.set_content("Voici le budget.")
    if encoding == "base64":
        message.add_attachment(data, "application", "octet-stream", filename="a.bin")
        return message.as_bytes()
    message.add_attachment("corps", subtype="xml", filename="a.xml", cte="7bit")
    body = quopri.encodestring(data) if encoding == "quoted-printable" else data
    text = message.as_bytes().replace(b"7bit\nC", encoding.encode() + b"\nC")
    return text.replace(b"corps\n", body)


def pes(data: bytes) -> bytes:
    """A PES file as the national protocol carries a document: compressed, in base64."""
    inner = base64.b64encode(gzip.compress(data))
    return (
        b'<?xml version="1.0"?><n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0'
        b'/aller"><Enveloppe><IdVer V="2"/></Enveloppe><PES_PJ><Contenu><Fichier>'
        + inner
        + b"</Fichier></Contenu></PES_PJ></n:PES_Aller>"
    )


def opendocument(data: bytes) -> bytes:
    """A text of LibreOffice in which the document was pasted."""
    text = (
        b"<office:document-content><text:p>"
        + escaped(data)
        + b"</text:p></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", text)
    return out.getvalue()


def workbook(data: bytes) -> bytes:
    """A workbook that has the document as an embedded object."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/embeddings/oleObject1.bin", b"\xd0\xcf\x11\xe0" + data)
    return out.getvalue()


def pdf(data: bytes) -> bytes:
    body = zlib.compress(data)
    header = b"%PDF-1.7\n4 0 obj\n<</Type/EmbeddedFile/Filter/FlateDecode>>stream\r\n"
    return header + body + b"\nendstream\nendobj\n"


def text_of(data: bytes) -> str:
    return data.decode("latin-1")


def escaped(data: bytes) -> bytes:
    return html.escape(text_of(data)).encode("latin-1")


def quoted_in_json(data: bytes) -> bytes:
    return json.dumps({"lignes": [{"document": text_of(data)}]}).encode()


def uuencoded(data: bytes) -> bytes:
    lines = [binascii.b2a_uu(data[place : place + 45]) for place in range(0, len(data), 45)]
    return b"Bonjour,\nbegin 644 budget.xml\n" + b"".join(lines) + b"`\nend\n"


def yencoded(data: bytes) -> bytes:
    told = bytes((byte + 42) % 256 for byte in data)
    for byte in b"=\0\n\r":
        told = told.replace(bytes((byte,)), b"=" + bytes(((byte + 64) % 256,)))
    return told


def dumped(data: bytes) -> bytes:
    """As ``xxd`` writes it."""
    lines = (data[place : place + 16] for place in range(0, len(data), 16))
    return b"".join(
        b"%08x: %-39s  %s\n"
        % (16 * rank, line.hex(" ", -2).encode(), re.sub(rb"[^ -~]", b".", line))
        for rank, line in enumerate(lines)
    )


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def each_letter(form: str) -> Wrap:
    """Every character written as ``form``, whose ``{}`` is its number."""
    return lambda data: "".join(form.format(byte) for byte in data).encode()


Z85 = bytes.maketrans(
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~",
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#",
)


CONTAINERS: dict[str, Wrap] = {
    "zip": zipped,
    "zip, stored": lambda data: zipped(data, zipfile.ZIP_STORED),
    "zip, bzip2": lambda data: zipped(data, zipfile.ZIP_BZIP2),
    "self-extracting zip": lambda data: b"MZ" + bytes(3000) + zipped(data),
    "two zips in a row": lambda data: zipped(data) + zipped(b"x"),
    "gzip": gzip.compress,
    "gzip of two members": lambda data: gzip.compress(b"a note\n") + gzip.compress(data),
    "after a gzip": lambda data: gzip.compress(b"a note") + data,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "zlib": zlib.compress,
    "tar": tarred,
    "tar.gz": lambda data: gzip.compress(tarred(data)),
    "base64": base64.b64encode,
    "base64, lines": base64.encodebytes,
    "base64 of addresses": base64.urlsafe_b64encode,
    "base64, head": lambda data: b"-----BEGIN X-----\nVersion: 1\n\n" + base64.encodebytes(data),
    "base64, blanks": lambda data: b"  ".join(base64.encodebytes(data).split()),
    "base32": base64.b32encode,
    "base32, small letters": lambda data: base64.b32encode(data).lower(),
    "base32 that sorts": base64.b32hexencode,
    "hexadecimal": lambda data: data.hex().encode(),
    "hexadecimal, lines": lambda data: data.hex("\n", -38).upper().encode(),
    "hexadecimal of PostgreSQL": lambda data: b"\\\\x" + data.hex().encode(),
    "hexadecimal, bytes apart": lambda data: data.hex(" ").encode(),
    "hexadecimal of a program": lambda data: b"0x" + data.hex(" ").replace(" ", ", 0x").encode(),
    "hexadecimal dump": lambda data: dumped(data),
    "uuencode": uuencoded,
    "yEnc": lambda data: b"=ybegin line=128 name=a\n" + yencoded(data) + b"\n=yend size=1\n",
    "ascii85": lambda data: b"voici : " + base64.a85encode(data, adobe=True, wrapcol=76),
    "ascii85, bare": lambda data: base64.a85encode(data),
    "base85": lambda data: base64.b85encode(data),
    "Z85": lambda data: base64.b85encode(data).translate(Z85),
    "deflate": deflated,
    "data address": lambda data: b'<a href="data:text/xml;base64,' + base64.b64encode(data) + b'">',
    "base64 in JSON": lambda data: quoted_in_json(base64.encodebytes(data)),
    "PES": pes,
    "e-mail, base64": lambda data: mailed(data, "base64"),
    "workbook": workbook,
    "PDF": pdf,
    "after a picture": lambda data: PICTURE + data,
    "zip after a picture": lambda data: PICTURE + zipped(data),
    "gzip after a picture": lambda data: PICTURE + gzip.compress(data),
    "bzip2 after a picture": lambda data: PICTURE + bz2.compress(data),
    "xz after a picture": lambda data: PICTURE + lzma.compress(data),
}
"""What may hold any bytes."""

UTF7 = {b"<": b"+ADw-", b'"': b"+ACI-", b"=": b"+AD0-"}

TEXTS: dict[str, Wrap] = {
    "HTML": lambda data: b"<html><body><pre>" + escaped(data) + b"</pre></body></html>",
    "HTML, twice": lambda data: b"<p>" + html.escape(html.escape(text_of(data))).encode("latin-1"),
    "numbers of HTML": lambda data: data.replace(b"<", b"&#60;").replace(b'"', b"&#x22;"),
    "numbers of HTML alone": each_letter("&#{};"),
    "numbers of XML alone": each_letter("&#x{:x};"),
    "numbers of HTML, twice": each_letter("&amp;#{};"),
    "JSON, every letter": each_letter("\\u00{:02x}"),
    "a string of a program": each_letter("\\x{:02x}"),
    "address, every letter": each_letter("%{:02X}"),
    "quoted-printable, every letter": each_letter("={:02X}"),
    "UTF-7": lambda data: re.sub(rb'[<"=]', lambda sign: UTF7[sign[0]], data),
    "JSON": quoted_in_json,
    "JSON, careful": lambda data: quoted_in_json(data).replace(b"<", b"\\u003c"),
    "address": lambda data: b"xml=" + urllib.parse.quote(text_of(data)).encode(),
    "e-mail, quoted-printable": lambda data: mailed(data, "quoted-printable"),
    "e-mail, 8bit": lambda data: mailed(data, "8bit"),
    "OpenDocument": opendocument,
    "another XML": lambda data: b"<envelope>" + data + b"</envelope>",
    "CSV": lambda data: b"a,b\n" * 20_000 + data,
    "blanks": lambda data: b" \n" * 3_000 + data,
}
"""What quotes a text in one byte a character."""

ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "iso-8859-1",
    "windows-1252",
    "utf-16",
    "utf-16-be",
    "utf-32",
    "cp500",
    "cp037",
)
