"""From a file down to everything that it holds: each content is scanned once, then opened."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ckanext.budget.totem.tables.sheets import holds_budget

from . import signs
from .compressed import begins, format_of
from .containers import (
    DAMAGED,
    Held,
    Zip,
    decompressed,
    guessed,
    is_tar,
    mailed,
    marked,
    pdf_streams,
    tarred,
)
from .model import Content, Exhausted, Kind, Leaf, Work
from .scan import BZIP2, EMBEDDED, GZIP, MARKS, PDF_STREAM, XZ, ZIP_END, ZIP_ENTRY, Scan
from .streams import part, size_of

_HEAD = 1 << 16
_TOTEM: tuple[Kind, ...] = ("totem", "annexes", "contains_totem")
_PDF_LOCKED = (b"/Encrypt", b"/EmbeddedFile")


def walk(content: Content, work: Work) -> Iterator[Leaf]:
    """Everything found in ``content``, itself last; a limit that is reached ends the list."""
    try:
        yield from _examined(content, work)
    except Exhausted as limit:
        yield Leaf("opaque", content, limit.reason)


def _examined(content: Content, work: Work) -> Iterator[Leaf]:
    content.stream.seek(0)
    head = content.stream.read(_HEAD)
    if content.levels > work.limits.depth:
        yield Leaf("opaque", content, "depth")
        return
    for magic, reason in signs.SEALED:
        if head.startswith(magic):
            yield Leaf("opaque", content, reason)  # type: ignore[arg-type]
            return
    yield from _Examination(content, work, head).leaves()


class _Examination:
    """One content: its scan, what it holds, and the verdict on itself."""

    def __init__(self, content: Content, work: Work, head: bytes) -> None:
        self.content, self.work, self.head = content, work, head
        self.compression = format_of(head)
        self.is_tar = not self.compression and is_tar(head)
        self.is_pdf = signs.PDF in head[:1024]
        self.is_mail = bool(signs.MAIL.match(head) and signs.MAIL_PART.search(head))
        self.scan = Scan(content, work, self._needles())
        self.office = ""
        self.zips: list[Zip] = []
        self.is_container = bool(self.compression) or self.is_tar or self.is_mail
        self.inner: set[Kind] = set()

    def _needles(self) -> tuple[bytes, ...]:
        if self.compression or self.is_tar:
            return ()
        pdf = (PDF_STREAM, *_PDF_LOCKED) if self.is_pdf else ()
        office = (signs.WORKBOOK, signs.PROTECTED) if self.head.startswith(signs.OLE) else ()
        return (*EMBEDDED, *MARKS, *pdf, *office)

    def leaves(self) -> Iterator[Leaf]:
        for item in chain(self.scan.regions(), self._held()):
            for leaf in [item] if isinstance(item, Leaf) else _examined(item, self.work):
                self.inner.add(leaf.kind)
                if not self.office:
                    yield leaf
                elif leaf.kind in (*_TOTEM, "opaque"):
                    yield self._of_office(leaf)
        yield from self._own()

    def _of_office(self, leaf: Leaf) -> Leaf:
        """A spreadsheet or a text is one file: nothing is taken out of it."""
        return leaf if leaf.kind == "opaque" else Leaf("contains_totem", self.content)

    def _held(self) -> Held:
        if self.compression:
            yield from decompressed(self.content, self.work, self.compression)
        elif self.is_tar:
            yield from tarred(self.content, self.work)
        else:
            yield from self._zips()
            yield from self._streams()
            yield from self._texts()
            if self.is_pdf:
                places = self.scan.places[PDF_STREAM]
                yield from pdf_streams(self.content, self.work, places)
            if self.is_mail:
                yield from mailed(self.content, self.work)

    # --- containers inside ------------------------------------------------------------------------

    def _zips(self) -> Held:
        """The zip that the file is, and those that begin further on or follow each other."""
        starts_as_zip = self.head.startswith((ZIP_ENTRY, ZIP_END))
        for end in reversed(self.scan.places[ZIP_END]):
            if self._covered(end):
                continue
            self.work.entry()
            try:
                archive = Zip(self.content, self.work, end)
            except DAMAGED:
                continue
            self.zips.append(archive)
            if starts_as_zip and len(self.zips) == 1:
                self.is_container, self.office = True, archive.office
            yield from archive.held()
        lost = (place for place in self.scan.places[ZIP_ENTRY] if not self._covered(place))
        if (starts_as_zip and not self.zips) or any(map(self._is_entry, lost)):
            yield Leaf("opaque", self.content, "damaged")  # it is cut, or hides something

    def _covered(self, place: int) -> bool:
        """Whether a zip that was opened holds the byte: it is looked at there."""
        return any(archive.covers(place) for archive in self.zips)

    def _is_entry(self, place: int) -> bool:
        """Whether the header makes sense: four bytes may come by chance."""
        header = self._bytes_at(place, 30)
        version, method = header[4:6], header[8:10]
        return version[1:] == b"\0" and version < b"\x40" and method in _ZIP_METHODS

    def _streams(self) -> Held:
        """Compressed or sealed files that begin further on."""
        size = size_of(self.content.stream)
        for place, kind in self._stream_places():
            if not self._covered(place) and begins(self._bytes_at(place, 1 << 12), kind):
                self.work.entry()
                stream = part(self.content.stream, place, size)
                rest = self.content.inner(stream, "suite du fichier")
                yield from decompressed(rest, self.work, kind)
        for magic in signs.SEALED_ANYWHERE:
            if not all(map(self._covered, self.scan.places[magic])):
                yield Leaf("opaque", self.content, "format")

    def _texts(self) -> Held:
        """What is written as text in ways that the scan does not read."""
        for needle in MARKS:
            for place in self.scan.places[needle]:
                if not self._covered(place):
                    yield from marked(self.content, self.work, needle, place)
        if not self.scan.signs.found:
            yield from guessed(self.content, self.work)

    def _stream_places(self) -> Iterator[tuple[int, str]]:
        places = self.scan.places
        yield from ((place, "gzip") for place in places[GZIP])
        yield from ((place - 4, "bzip2") for place in places[BZIP2] if place > 4)
        yield from ((place, "xz") for place in places[XZ])

    def _bytes_at(self, place: int, size: int) -> bytes:
        self.content.stream.seek(place)
        return self.content.stream.read(size)

    # --- itself -----------------------------------------------------------------------------------

    def _own(self) -> Iterator[Leaf]:
        """The verdict on the content itself, once what it holds is known."""
        kind = self._totem() or self._other()
        if kind == "contains_totem" and self.inner & set(_TOTEM):
            return  # the scan saw what was taken out since
        yield Leaf(kind, self.content)
        if self._is_locked():
            yield Leaf("opaque", self.content, "encrypted")

    def _totem(self) -> Kind | None:
        found = self.scan.signs
        if not found.found:
            return None
        first = signs.first_element(self.head.translate(None, b"\0"))
        if signs.ROOT.match(first):
            return "totem"
        direct = not found.root and signs.begins_with_piece(first)
        return "annexes" if direct else "contains_totem"

    def _other(self) -> Kind:
        text = self.head.translate(None, b"\0")
        is_workbook = self.office == "spreadsheet" or bool(self.scan.places.get(signs.WORKBOOK))
        tests: tuple[tuple[Kind, object], ...] = (
            ("empty", not self.head),
            ("scdl", is_workbook and holds_budget(self.content.stream)),
            ("spreadsheet", is_workbook),
            ("other", self.office),
            ("archive", self.is_container),
            ("pdf", self.is_pdf),
            ("pes", signs.PES.search(text)),
            # An HTML table called .xls: the reader of tables says what to do with it.
            ("scdl", signs.WEB_PAGE.search(text[:4096]) and signs.is_scdl(text)),
            ("web_page", signs.WEB_PAGE.search(text[:4096])),
            ("scdl", signs.is_scdl(text)),
        )
        return next((kind for kind, test in tests if test), "other")

    def _is_locked(self) -> bool:
        if self.is_pdf:
            return all(self.scan.places[sign] for sign in _PDF_LOCKED)
        return self.scan.locked or bool(self.scan.places.get(signs.PROTECTED))


_ZIP_METHODS = tuple(bytes((method, 0)) for method in (0, 8, 9, 12, 14, 93, 95, 98, 99))
