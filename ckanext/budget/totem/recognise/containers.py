"""What a container holds, one content at a time: zip, tar, compressed, e-mail, PDF.

Every opener answers contents (whatever was read before the damage included) and leaves for what
cannot be read. Nothing is written under a name that the file gives.
"""

from __future__ import annotations

import email
import email.message
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from bisect import bisect
from collections.abc import Iterable, Iterator
from email import policy
from typing import BinaryIO, cast

from . import signs
from .compressed import Inflated, is_zlib
from .decoders import GUESSED, MARKED, Decode
from .model import Content, Leaf, Limits, Reason, Work
from .plain import is_text
from .scan import is_dull
from .streams import CHUNK, BoundedReads, Spool, part, size_of

Held = Iterator[Content | Leaf]

DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,  # RecursionError and NotImplementedError too
    ValueError,
    LookupError,
    OverflowError,
)
"""What the standard library raises on a container that is damaged or forged."""

_ENTRY_BYTES = 300
"""Of the directory of a zip, for one entry: beyond, it is not read."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_ENCRYPTED = 0x1
_TAR_READ = 1 << 14
"""Greatest read in a tar: an extended header is shorter."""
_MAIL = 64 << 20
_PARTS = 200
_PDF_HEAD = 4096


def salvaged(content: Content, chunks: Iterable[bytes], label: str, name: str = "") -> Held:
    """What ``chunks`` hold, up to their end or to the damage, which is told after it."""
    spool = Spool()
    damaged = False
    try:
        for chunk in chunks:
            spool.write(chunk)
    except DAMAGED:
        damaged = True
    inner = content.inner(spool.read(), label, name)
    if spool.size or not damaged:
        yield inner
    if damaged:
        yield Leaf("opaque", inner, "damaged")


def _taken(stream: BinaryIO, work: Work, size: int = CHUNK) -> Iterator[bytes]:
    while chunk := stream.read(size):
        work.took(len(chunk))
        yield chunk


# --- compressed ----------------------------------------------------------------------------------

_LABELS = {"gzip": "fichier gzip", "zlib": "flux zlib", "bzip2": "fichier bzip2"}


def decompressed(content: Content, work: Work, kind: str) -> Held:
    """The one content of a compressed file, then whatever follows it."""
    content.stream.seek(0)
    inflated = Inflated(content.stream, kind, work)
    yield from salvaged(content, inflated, _LABELS.get(kind, f"fichier {kind}"))
    if inflated.end is not None:
        rest = part(content.stream, inflated.end, size_of(content.stream))
        yield content.inner(rest, "suite du fichier")


# --- text that says bytes ------------------------------------------------------------------------


def marked(content: Content, work: Work, needle: bytes, place: int) -> Held:
    """What a text that begins by the mark at ``place`` says; nothing when it is no such text."""
    name, mark = next(item for item in MARKED.items() if item[1].needle == needle)
    content.stream.seek(place)
    whole = mark.whole.match(content.stream.read(_SAMPLE))
    if whole:
        start = place + whole.end()
        yield from _said(content, work, mark.decode, start, f"partie en {name}")


def guessed(content: Content, work: Work) -> Held:
    """What a content without any mark says, in each way that makes sense of its beginning."""
    for name, decode in GUESSED.items():
        yield from _said(content, work, decode, 0, f"contenu en {name}")


def _said(content: Content, work: Work, decode: Decode, start: int, label: str) -> Held:
    """Up to its end or to what is not of the format: prose may begin as such a text does."""
    content.stream.seek(start)
    sample = content.stream.read(_SAMPLE)
    if _makes_sense(_up_to_damage(decode(io.BytesIO(sample), Work(Limits())))):
        work.entry()
        spool, whole = Spool(), part(content.stream, start, size_of(content.stream))
        for piece in _up_to_damage(decode(whole, work)):
            work.took(len(piece))
            spool.write(piece)
        yield content.inner(spool.read(), label)


_SAMPLE = 700
"""Characters that tell whether a guess is right: the header of a tar is in them."""
_LEAST = 48


def _makes_sense(decoded: Iterable[bytes]) -> bool:
    head = b"".join(decoded)[:_SAMPLE]
    return len(head) >= _LEAST and (is_text(head) or _is_file(head))


def _up_to_damage(pieces: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    except DAMAGED:
        return


# --- zip -----------------------------------------------------------------------------------------


class Zip:
    """The zip whose directory ends at ``end`` (place of its last record) in ``content``."""

    def __init__(self, content: Content, work: Work, end: int) -> None:
        """Raises one of DAMAGED when there is no such zip, Exhausted when it is too long."""
        self._content, self._work = content, work
        limit = work.limits.entries * _ENTRY_BYTES
        content.stream.seek(end + 20)
        comment = int.from_bytes(content.stream.read(2), "little")
        end = min(end + 22 + comment, size_of(content.stream))
        bounded = BoundedReads(part(content.stream, 0, end), limit)
        self.archive = zipfile.ZipFile(cast(BinaryIO, bounded))
        self.entries = sorted(self.archive.infolist(), key=lambda entry: entry.header_offset)
        self.ranges = [(e.header_offset, e.header_offset + self._length(e)) for e in self.entries]
        self.ranges.append((self.archive.start_dir, end))

    def _length(self, entry: zipfile.ZipInfo) -> int:
        self._content.stream.seek(entry.header_offset + 26)
        names = struct.unpack("<HH", self._content.stream.read(4))
        return 30 + int(sum(names)) + entry.compress_size

    @property
    def overlaps(self) -> bool:
        """Entries share bytes: only a bomb is made so."""
        pairs = zip(self.ranges, self.ranges[1:], strict=False)
        return any(before[1] > after[0] for before, after in pairs)

    def covers(self, place: int) -> bool:
        """Whether an entry or the directory holds the byte at ``place``."""
        rank = bisect(self.ranges, place, key=lambda each: each[0])
        return rank > 0 and place < self.ranges[rank - 1][1]

    @property
    def office(self) -> str:
        """``spreadsheet`` or ``other`` (a text, slides) for a file of an office suite."""
        names = set(self.archive.namelist())
        if "[Content_Types].xml" in names:
            return "spreadsheet" if any(name.startswith("xl/") for name in names) else "other"
        if "mimetype" in names and "content.xml" in names:
            try:
                kind = self.archive.open("mimetype").read(100)
            except DAMAGED:
                return ""
            return "spreadsheet" if b"opendocument.spreadsheet" in kind else "other"
        return ""

    def held(self) -> Held:
        """The contents of the entries."""
        if self.overlaps:
            yield Leaf("opaque", self._content, "damaged")
            return
        for rank, entry in enumerate(sorted(self.entries, key=lambda e: e.filename), 1):
            if not entry.is_dir() or entry.file_size:
                self._work.entry()
                yield from self._entry(entry, f"archive zip, fichier {rank}")

    def _entry(self, entry: zipfile.ZipInfo, label: str) -> Held:
        reason: Reason = "encrypted" if entry.flag_bits & _ENCRYPTED else "format"
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
            yield Leaf("opaque", self._content, reason)
            return
        try:
            stream = self.archive.open(entry)
        except DAMAGED:
            yield Leaf("opaque", self._content, "damaged")
            return
        with stream:
            chunks = _taken(cast(BinaryIO, stream), self._work)
            yield from salvaged(self._content, chunks, label, entry.filename)


# --- tar -----------------------------------------------------------------------------------------


def is_tar(head: bytes) -> bool:
    """Whether the first 512 bytes are the header of a tar, its checksum right."""
    try:
        tarfile.TarInfo.frombuf(head[:512], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True


def tarred(content: Content, work: Work) -> Held:
    """The files of a tar."""
    content.stream.seek(0)
    bounded = BoundedReads(content.stream, _TAR_READ)
    try:
        with tarfile.open(fileobj=bounded, mode="r:") as archive:  # type: ignore[call-overload]
            for rank, member in enumerate(archive, 1):
                work.entry()
                stream = archive.extractfile(member) if member.isreg() else None
                if stream is not None:
                    label = f"archive tar, fichier {rank}"
                    chunks = _taken(stream, work, _TAR_READ)
                    yield from salvaged(content, chunks, label, member.name)
    except DAMAGED:
        yield Leaf("opaque", content, "damaged")


# --- e-mail --------------------------------------------------------------------------------------


def mailed(content: Content, work: Work) -> Held:
    """The parts of an e-mail but those in base64, which the scan sees wherever they are."""
    size = size_of(content.stream)
    content.stream.seek(0)
    data = content.stream.read(_MAIL)
    if size > _MAIL or data.lower().count(b"boundary=") > _PARTS:
        yield Leaf("opaque", content, "size" if size > _MAIL else "depth")
        return
    try:
        message = email.message_from_bytes(data, policy=policy.compat32)
        parts = [item for item in message.walk() if not item.is_multipart()]
        bodies = [(item.get_filename() or "", _body(item)) for item in parts]
    except DAMAGED:
        yield Leaf("opaque", content, "damaged")
        return
    for rank, (name, body) in enumerate(bodies, 1):
        work.entry()
        yield from salvaged(content, body, f"message, pièce {rank}", name)


def _body(item: email.message.Message) -> list[bytes]:
    if str(item.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        return []
    body = item.get_payload(decode=True)
    return [body] if isinstance(body, bytes) else []


# --- PDF -----------------------------------------------------------------------------------------


def pdf_streams(content: Content, work: Work, places: Iterable[int]) -> Held:
    """The files attached to a PDF, and its compressed streams that begin as a file does.

    Pages, fonts and pictures, which are of the PDF itself, begin otherwise.
    """
    for rank, place in enumerate(places, 1):
        content.stream.seek(place)
        data = content.stream.read(_PDF_HEAD).removeprefix(b"stream").lstrip(b"\r\n")
        start = content.stream.tell() - len(data)
        if not is_zlib(data):
            continue
        try:
            head = zlib.decompressobj().decompress(data, _PDF_HEAD)
        except zlib.error:
            continue
        work.took(len(head))
        content.stream.seek(max(0, place - _PDF_HEAD))
        before = content.stream.read(min(place, _PDF_HEAD)).rpartition(b"endobj")[2]
        if b"/EmbeddedFile" in before or _is_file(head):
            content.stream.seek(start)
            inflated = Inflated(content.stream, "zlib", work)
            yield from salvaged(content, inflated, f"PDF, pièce {rank}")


def _is_file(head: bytes) -> bool:
    return head.startswith(_FILES) or is_tar(head) or not is_dull(head)


_FILES = (b"MZ", b"\x7fELF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", signs.OLE)
"""Programs and pictures, which may carry an archive after them."""
