"""The official charts of accounts: labels, chapters and sections by norm, variant and year.

``load(norm, variant, year)`` gives a :class:`Plan` that answers about codes and tells where each
answer comes from. The tables are text files made by ``totem-budget nomenclature import``: those of
the library, and those of a folder that its user keeps (:mod:`.folders`).
"""

from __future__ import annotations

from .facts import Account, Answer, Chapter, Function, Relabelled, plan_of
from .folders import TABLES_DIR, extra_folder, use_folder
from .guess import guess_plan
from .plan import Plan, load
from .table import PlansError, fingerprint, read_index
from .variants import split_nomenclature
