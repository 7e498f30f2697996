"""What the national schema accepts: the judge of severities.

What it accepts is never an error here, but for damage that keeps the form (``C-TAB-006``): a rule
of this project alone is a warning.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).parents[2] / "schemas" / "scdl-budget.json"
"""The project's own Table Schema of the 22 columns, with the national constraints (0.8.3)."""


@lru_cache(maxsize=1)
def fields() -> Mapping[str, Mapping[str, Any]]:
    """Column -> its field in the schema."""
    read = json.loads(SCHEMA.read_text(encoding="utf-8"))["fields"]
    return {field["name"]: field for field in read}


def accepts(column: str, written: str) -> bool:
    """Whether a validator of the schema takes the cell as it is written."""
    field = fields()[column]
    limits = field.get("constraints", {})
    if not written:
        return not limits.get("required")
    if field["type"] == "number":
        return _is_number(written)
    if field["type"] == "year":
        is_year = bool(re.fullmatch("[0-9]{4}", written))
        return is_year and limits["minimum"] <= int(written) <= limits["maximum"]
    return (
        written in limits.get("enum", (written,))
        and bool(re.search(limits.get("pattern", ""), written))
        and limits.get("minLength", 0) <= len(written) <= limits.get("maxLength", len(written))
    )


def _is_number(written: str) -> bool:
    try:
        Decimal(written)
    except InvalidOperation:
        return False
    return True
