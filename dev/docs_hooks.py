"""What mkdocs needs to build pages that are also read in the repository and in the portal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
GUIDES = ROOT / "ckanext" / "budget" / "pages" / "guides" / "fr"
GUIDE_LINK = re.compile(r"\]\(\.\./ckanext/budget/pages/guides/fr/([\w-]+\.md)")
OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+(?!images/|[\w-]+\.md)([^)]*)\)")
FOLDER = re.compile(r"\[([^\]]+)\]\((deploy)/?\)")  # service files: read in the repository
FILLED_IN = re.compile(r"\{[a-z_]+\}")  # pages of one portal, by its name and settings
PORTAL = re.compile(r"\[([^\]]+)\]\(/budgets[^)]*\)")


def on_files(files: Files, config: Any) -> Files:
    """The portal's guides are pages of the site too."""
    for path in sorted(GUIDES.glob("*.md")):
        content = path.read_text(encoding="utf-8")
        if not FILLED_IN.search(content):
            files.append(File.generated(config, f"guides/{path.name}", content=_titled(content)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links to the guides go to their pages; those to files that the site has not become words."""
    text = GUIDE_LINK.sub(r"](guides/\1", markdown)
    text = FOLDER.sub(r"\1 (`docs/\2/`)", PORTAL.sub(r"\1", text))
    return text if "/" in page.file.src_uri else OUTSIDE.sub(r"\1 (`\2`)", text)


def _titled(text: str) -> str:
    """The first line of a guide is its title."""
    return text if text.startswith("#") else f"# {text}"
