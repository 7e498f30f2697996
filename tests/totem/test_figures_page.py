"""docs/figures.md says what the library says."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "figures.md"


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("figures_table", ROOT / "dev/figures_table.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_definitions_are_those_of_the_library(writer: ModuleType) -> None:
    page = PAGE.read_text("utf-8")
    told = {
        "definitions": writer.definitions(),
        "formulas": writer.formulas(),
        "categories": writer.plain_categories(),
    }
    assert writer.filled(page, told) == page


@pytest.mark.skipif("BUDGET_SAMPLES" not in os.environ, reason="BUDGET_SAMPLES names no folder")
def test_values_are_those_of_the_documents(writer: ModuleType) -> None:
    page = PAGE.read_text("utf-8")
    assert writer.filled(page, writer.blocks(Path(os.environ["BUDGET_SAMPLES"]))) == page
