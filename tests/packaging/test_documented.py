"""What an administrator can set is documented, and what is documented exists."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def settings():
    """The generator of the page, which is a script of ``dev/``."""
    place = ROOT / "dev" / "document_settings.py"
    spec = importlib.util.spec_from_file_location("document_settings", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_settings_says_what_the_declarations_say():
    module = settings()
    written = module.PAGE.read_text(encoding="utf-8")
    assert written == module.page(), "run: python dev/document_settings.py"


def test_every_setting_that_the_code_reads_is_declared():
    declared = {option["key"] for option in settings().options()}
    sources = (ROOT / "ckanext" / "budget").rglob("*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    read = set(re.findall(r'config(?:\.get\(|\[)"(ckanext\.budget\.[a-z_.]+)"', text))
    assert read <= declared


def test_the_site_finds_the_guides_that_its_menu_names():
    """The hook of the site reads them where the portal has them."""
    hooks = (ROOT / "dev" / "docs_hooks.py").read_text(encoding="utf-8")
    parts = re.findall(r'"([\w-]+)"', re.search(r"GUIDES = ROOT / (.*)", hooks).group(1))
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"guides/([\w-]+\.md)", menu))
    assert named and named <= {path.name for path in ROOT.joinpath(*parts).glob("*.md")}
