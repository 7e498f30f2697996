"""What a TOTEM document may hold: elements, types, lengths, codes and short French titles.

Facts read once from the official XSD (version 95) by ``importer`` and kept as tab-separated tables,
plus two hand-kept tables: ``supplement.tsv`` (elements that newer documents hold, better titles)
and ``supplement_codes.tsv`` (newer codes). Loaded lazily, standard library only.

>>> structure = load()
>>> structure.field("CONCOURS", "MtSubv").title
'Montant de la subvention'
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_HERE = Path(__file__).parent


class Field(NamedTuple):
    """One element of a container.

    ``kind``: ``text``, ``digits`` (text of 0-9), ``integer``, ``amount`` (decimal number),
    ``date`` (2024-12-31), ``datetime``, ``year``, ``month`` (2024-12), ``boolean`` (true, false, 1
    or 0), ``code`` (one of ``codes``), ``group`` (holds other elements, see ``target``) or
    ``empty`` (attributes only). The value is in the attribute ``V``.
    """

    container: str
    name: str
    title: str
    kind: str
    required: bool
    repeated: bool
    max_length: int | None
    min_length: int | None
    pattern: str
    digits: int | None
    """Greatest number of digits in all (``integer``, ``amount``)."""
    decimals: int | None
    attributes: tuple[str, ...]
    """Attributes other than ``V``, such as ``Code``."""
    target: str
    """Name of the element that a group opens: for ``DATA_CONCOURS``, the record ``CONCOURS``."""
    codes: dict[str, str]
    """Code -> French label, in the order of the XSD; empty when any value will do."""
    supplement: bool
    """True when the element is not in XSD version 95 (seen in newer or national documents)."""


class Structure:
    """The tables, by container; a container's fields are built the first time they are asked."""

    def __init__(
        self,
        rows: dict[str, dict[str, dict[str, str]]],
        codes: dict[tuple[str, str], dict[str, str]],
    ) -> None:
        self._rows = rows
        self._codes = codes
        self._built: dict[str, dict[str, Field]] = {}

    @property
    def containers(self) -> tuple[str, ...]:
        """Every container, header blocks first, then annexes, in the order of the XSD."""
        return tuple(self._rows)

    @property
    def annexes(self) -> tuple[str, ...]:
        """Names of the annexes without ``DATA_``, in the order of the XSD."""
        return tuple(name.removeprefix("DATA_") for name in self._rows["Annexes"])

    def annex(self, name: str) -> Field | None:
        """The annex itself: ``title``, and ``target`` = name of its record element."""
        return self.field("Annexes", "DATA_" + name)

    def fields(self, container: str) -> tuple[Field, ...]:
        """Fields of a container in the order of the XSD; empty when the container is unknown."""
        return tuple(self._container(container).values())

    def field(self, container: str, name: str) -> Field | None:
        """One field, or None when the XSD (and the supplement) does not know it."""
        return self._container(container).get(name)

    def _container(self, container: str) -> dict[str, Field]:
        built = self._built.get(container)
        if built is None:
            rows = self._rows.get(container, {})
            built = {name: self._field(row) for name, row in rows.items()}
            self._built[container] = built
        return built

    def _field(self, row: dict[str, str]) -> Field:
        key = (row["container"], row["name"])
        return Field(
            container=key[0],
            name=key[1],
            title=row["title"] or key[1],
            kind=row["kind"],
            required=row["min"] not in ("", "0"),
            repeated=row["max"] == "*",
            max_length=_int(row["max_length"]),
            min_length=_int(row["min_length"]),
            pattern=row["pattern"],
            digits=_int(row["digits"]),
            decimals=_int(row["decimals"]),
            attributes=tuple(row["attributes"].split(",")) if row["attributes"] else (),
            target=row["target"],
            codes=self._codes.get(key, {}),
            supplement=bool(row.get("supplement")),
        )


@lru_cache(maxsize=1)
def load() -> Structure:
    """The structure of TOTEM documents (cached: tables are read once per process)."""
    rows: dict[str, dict[str, dict[str, str]]] = {}
    for row in _read("fields.tsv"):
        rows.setdefault(row["container"], {})[row["name"]] = row
    for row in _read("supplement.tsv"):
        known = rows.setdefault(row["container"], {})
        if row["name"] in known:
            known[row["name"]].update((k, v) for k, v in row.items() if v)
        else:
            known[row["name"]] = row | {"supplement": "1"}
    codes: dict[tuple[str, str], dict[str, str]] = {}
    for name in ("codes.tsv", "supplement_codes.tsv"):
        for row in _read(name):
            codes.setdefault((row["container"], row["name"]), {})[row["code"]] = row["label"]
    return Structure(rows, codes)


def _read(name: str) -> list[dict[str, str]]:
    """Rows of a table as dicts by column name (plain tab-separated text, no quoting)."""
    header, *lines = (_HERE / name).read_text(encoding="utf-8").splitlines()
    columns = header.split("\t")
    return [dict(zip(columns, line.split("\t"), strict=True)) for line in lines]


def _int(text: str) -> int | None:
    return int(text) if text else None
