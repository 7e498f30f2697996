"""The official charts of accounts: labels, chapters and sections by norm, variant and year.

``load(norm, variant, year)`` gives a :class:`Plan` that answers about codes and tells where each
answer comes from. The tables are text files made by ``totem-budget nomenclature import``.
"""

from __future__ import annotations

from .facts import Account, Answer, Chapter, Function
from .plan import Plan, load
from .table import TABLES_DIR
from .variants import split_nomenclature
