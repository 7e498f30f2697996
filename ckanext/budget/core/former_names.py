"""Former places of the functions that background jobs call.

A job in the queue names its function by its module. Those left there by version 0.1 name rooms that
have moved since; they finish all the same. To be removed with version 0.4.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

FORMER = {
    "ckanext.budget.control": "ckanext.budget.quality",
    "ckanext.budget.deposit": "ckanext.budget.uploads.deposit",
    "ckanext.budget.summaries": "ckanext.budget.charts",
}


def understand() -> None:
    """From now on, importing a former name gives what is in the new place."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder, Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not _new_name(fullname):
            return None
        return ModuleSpec(fullname, self, is_package=fullname in FORMER)

    def exec_module(self, module: ModuleType) -> None:
        """The same functions under the former name: the real module is imported once."""
        real = import_module(_new_name(module.__name__))
        own = {"__name__", "__spec__", "__loader__", "__package__", "__path__"}
        vars(module).update({name: it for name, it in vars(real).items() if name not in own})


def _new_name(name: str) -> str:
    for former, new in FORMER.items():
        if name == former or name.startswith(f"{former}."):
            return new + name[len(former) :]
    return ""
