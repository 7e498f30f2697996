"""Parquet files joined by their row groups, byte for byte: rows that did not change are not read.

A Parquet file is pages, then a footer (a structure of Thrift's compact protocol) that tells where
the pages of each row group begin. Row groups of files that have the same columns are copied one
after the other, and the footer tells their new places. Everything else of it is kept as it was
written. Format: https://parquet.apache.org/docs/file-format/ and ``parquet.thrift`` there;
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

import struct
from pathlib import Path
from types import TracebackType
from typing import Any

MAGIC = b"PAR1"
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
Struct = dict[int, tuple[int, Any]]
"""Fields by id: type and value."""

# ids of parquet.thrift
_SCHEMA, _ROWS, _GROUPS = 2, 3, 4  # FileMetaData
_COLUMNS, _GROUP_ROWS, _GROUP_OFFSET, _ORDINAL = 1, 3, 5, 7  # RowGroup
_CHUNK_OFFSET, _META = 2, 3  # ColumnChunk
_SIZE, _PAGES = 7, (9, 10, 11)  # ColumnMetaData: compressed size; data, index, dictionary pages
_INDEXES, _BLOOM = (4, 5, 6, 7), (14, 15)
"""Of ColumnChunk and of ColumnMetaData: what lies outside the row groups is not carried over."""


class Footer:
    """What a file says of its row groups. Raises OSError, ValueError when it is no Parquet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as stream:
            stream.seek(-8, 2)
            size = int.from_bytes(stream.read(4), "little")
            if stream.read(4) != MAGIC:
                raise ValueError(f"{path.name} is no Parquet file")
            stream.seek(-8 - size, 2)
            self.fields = _Decoder(stream.read(size)).struct()
        self.groups: list[Struct] = self.fields[_GROUPS][1][1]


class Joined:
    """A file that takes row groups of others; complete once closed without error."""

    def __init__(self, target: Path) -> None:
        self._out = target.open("wb")
        self._out.write(MAGIC)
        self._fields: Struct = {}
        self._groups: list[Struct] = []

    @property
    def groups(self) -> int:
        """How many row groups there are so far."""
        return len(self._groups)

    def add(self, footer: Footer, first: int = 0, number: int | None = None) -> None:
        """Take ``number`` row groups (all) of another file of the same columns, once each."""
        self._fields = self._fields or footer.fields
        if footer.fields[_SCHEMA] != self._fields[_SCHEMA]:
            raise ValueError(f"{footer.path.name} has other columns")
        last = None if number is None else first + number
        with footer.path.open("rb") as stream:
            for group in footer.groups[first:last]:
                self._add(stream, group)

    def _add(self, stream: Any, group: Struct) -> None:
        columns: list[Struct] = group[_COLUMNS][1][1]
        metas: list[Struct] = [column[_META][1] for column in columns]
        starts = [min(meta[page][1] for page in _PAGES if page in meta) for meta in metas]
        start = min(starts)
        end = max(at + meta[_SIZE][1] for at, meta in zip(starts, metas, strict=True))
        shift = self._out.tell() - start
        stream.seek(start)
        self._out.write(stream.read(end - start))
        for column, meta in zip(columns, metas, strict=True):
            _shifted(column, (_CHUNK_OFFSET,), shift)
            _shifted(meta, _PAGES, shift)
            for fields, names in ((column, _INDEXES), (meta, _BLOOM)):
                for name in names:
                    fields.pop(name, None)
        _shifted(group, (_GROUP_OFFSET,), shift)
        if _ORDINAL in group:
            group[_ORDINAL] = (_I16, len(self._groups))
        self._groups.append(group)

    def __enter__(self) -> Joined:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        if kind is None and self._groups:
            rows = sum(group[_GROUP_ROWS][1] for group in self._groups)
            fields = self._fields | {_ROWS: (_I64, rows), _GROUPS: (_LIST, (_STRUCT, self._groups))}
            footer = _encoded(_STRUCT, fields)
            self._out.write(footer + len(footer).to_bytes(4, "little") + MAGIC)
        self._out.close()


def _shifted(fields: Struct, offsets: tuple[int, ...], shift: int) -> None:
    for name in offsets:
        if name in fields and fields[name][1]:  # zero: untold
            fields[name] = (_I64, fields[name][1] + shift)


class _Decoder:
    """Values of Thrift's compact protocol, in the order in which they lie."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def struct(self) -> Struct:
        found: Struct = {}
        name = 0
        while head := self._byte():
            kind = head & 15
            name = name + (head >> 4) if head >> 4 else self._zigzag()
            # a boolean field has its value in its type
            found[name] = (kind, None if kind <= _FALSE else self._value(kind))
        return found

    def _value(self, kind: int) -> Any:
        if kind in (_I16, _I32, _I64):
            return self._zigzag()
        if kind in (_TRUE, _FALSE, _BYTE):
            return self._byte()
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind == _STRUCT:
            return self.struct()
        if kind in (_LIST, _SET):
            head = self._byte()
            size = head >> 4 if head >> 4 < 15 else self._varint()
            return head & 15, [self._value(head & 15) for _ in range(size)]
        if kind == _DOUBLE:
            return struct.unpack("<d", self._bytes(8))[0]
        raise ValueError(f"type {kind} in the footer of a Parquet file")

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _bytes(self, size: int) -> bytes:
        self._at += size
        return self._data[self._at - size : self._at]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)


def _encoded(kind: int, value: Any) -> bytes:
    if kind in (_I16, _I32, _I64):
        return _varint(value << 1 if value >= 0 else ((-value) << 1) - 1)
    if kind in (_TRUE, _FALSE, _BYTE):
        return bytes([value])
    if kind == _BINARY:
        return _varint(len(value)) + bytes(value)
    if kind in (_LIST, _SET):
        of, items = value
        size = len(items)
        head = bytes([size << 4 | of]) if size < 15 else bytes([0xF0 | of]) + _varint(size)
        return head + b"".join(_encoded(of, item) for item in items)
    if kind == _DOUBLE:
        return struct.pack("<d", value)
    parts, before = [], 0
    for name, (of, item) in sorted(value.items()):
        step = name - before
        parts.append(
            bytes([step << 4 | of]) if 0 < step < 16 else bytes([of]) + _encoded(_I16, name)
        )
        if of > _FALSE:
            parts.append(_encoded(of, item))
        before = name
    return b"".join(parts) + b"\0"


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
