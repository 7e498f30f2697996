"""Write docs/configuration.md from the declarations of the settings.

    python dev/document_settings.py

A test fails when the page says something else (tests/packaging/test_documented.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "configuration.md"
DECLARATIONS = ("config_declaration.yaml", "view_config.yaml")

HEAD = """# Settings

<!-- Generated from ckanext/budget/plugin/*.yaml by: python dev/document_settings.py -->

Each goes in the portal's configuration file (`ckan.ini`). `ckan config declaration budget
budget_view` prints them with their defaults.

| Setting | Default | Meaning |
| --- | --- | --- |
"""


def options() -> Iterator[dict[str, Any]]:
    """Every declared setting: ``key``, ``default``, ``example``, ``description``."""
    for name in DECLARATIONS:
        text = (ROOT / "ckanext" / "budget" / "plugin" / name).read_text(encoding="utf-8")
        for group in yaml.safe_load(text)["groups"]:
            yield from group["options"]


def page() -> str:
    """The page as it should be."""
    return HEAD + "".join(map(_row, options()))


def _row(option: dict[str, Any]) -> str:
    default = option.get("default", "")
    shown = (
        f"`{str(default).lower() if isinstance(default, bool) else default}`"
        if default != ""
        else ""
    )
    meaning = " ".join(option["description"].split()).replace("|", "\\|")
    example = f" Example: `{option['example']}`." if option.get("example") not in (None, "") else ""
    return f"| `{option['key']}` | {shown} | {meaning}{example} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
