"""Tables of budget lines, however a publisher wrote them: read, explained, repaired.

>>> with open("budget.csv", "rb") as stream:                    # doctest: +SKIP
...     table = Table(stream)
...     for line, cells in table:                               # 22 cells, as the schema wants
...         ...
...     facts = list(told(table.log))                           # what deviated, causes first

``repair(stream, out)`` writes the table as SCDL; ``identities(stream)`` tells whose each row is,
``survey(stream)`` in the same reading what deviated and which accounts there are.
"""

from __future__ import annotations

from ckanext.budget.totem.tables.errors import MissingReader, NotScdl, TooManyColumns
from ckanext.budget.totem.tables.identity import (
    Identities,
    Rows,
    Survey,
    identities,
    strangers,
    survey,
)
from ckanext.budget.totem.tables.kinds import KINDS
from ckanext.budget.totem.tables.reader import Table, looks_like_table
from ckanext.budget.totem.tables.repair import Repaired, repair
from ckanext.budget.totem.tables.sentences import Told, told
from ckanext.budget.totem.tables.sheets import is_workbook
