"""Where the tables are: those shipped with the library, and a folder that survives its upgrades.

The folder is named by the environment variable ``BUDGET_NOMENCLATURE``, or by the portal's setting
``ckanext.budget.nomenclature_folder`` (:func:`use_folder`). It holds tables as ``totem-budget
nomenclature import`` and ``update`` write them. For a year and variant that both have, it wins.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

VARIABLE = "BUDGET_NOMENCLATURE"
TABLES_DIR = Path(__file__).parent / "tables"
INDEX = "index.tsv"

_chosen: list[Path] = []  # empty, or the folder that the portal chose


class Layer(NamedTuple):
    """A folder of tables; ``stamp`` changes whenever an import has renewed it."""

    folder: Path
    stamp: tuple[int, int]


Layers = tuple[Layer, ...]

SHIPPED: Layers = (Layer(TABLES_DIR, (0, 0)),)


def use_folder(folder: str | Path | None) -> None:
    """Choose the folder of extra plans for this process; None or empty: the variable's."""
    _chosen[:] = [Path(folder)] if folder else []


def extra_folder() -> Path | None:
    """The folder of extra plans, whether it exists yet or not; None when none is configured."""
    if _chosen:
        return _chosen[0]
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def layers() -> Layers:
    """The folders that answer now, the one that wins last. A process that lives long sees a plan
    that another one has imported: everything cached is cached by these."""
    folder = extra_folder()
    try:
        found = (folder / INDEX).stat() if folder else None
    except OSError:  # not filled yet, or not readable: the shipped tables answer
        found = None
    if folder is None or found is None:
        return SHIPPED
    return (*SHIPPED, Layer(folder, (found.st_mtime_ns, found.st_ino)))
