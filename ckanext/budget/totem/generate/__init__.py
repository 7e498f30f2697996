"""Synthetic TOTEM documents: realistic, balanced, reproducible, with planted names.

``generate(out_dir, documents, seed)`` writes files; ``plan(documents, seed)`` gives what each
document is; ``document(spec)`` streams one as bytes.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Spec": "scenarios",
    "document": "compose",
    "generate": "run",
    "plan": "scenarios",
    "planted_names": "compose",
}


def __getattr__(name: str) -> Any:
    """Loads the generator when it is asked for, so that the command starts fast."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
