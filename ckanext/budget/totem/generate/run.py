"""Writes generated documents in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ckanext.budget.totem.generate.compose import document
from ckanext.budget.totem.generate.scenarios import Spec, plan

__all__ = ["generate", "write"]


def write(spec: Spec, folder: Path) -> Path:
    """One document as a file of ``folder``."""
    path = folder / spec.file_name
    with path.open("wb") as out:
        for block in document(spec):
            out.write(block)
    return path


def each(out_dir: Path, documents: int, seed: int) -> Iterator[Path]:
    """Writes documents one by one."""
    out_dir.mkdir(parents=True, exist_ok=True)
    for spec in plan(documents, seed):
        yield write(spec, out_dir)


def generate(out_dir: Path | str, documents: int, seed: int) -> list[Path]:
    """Writes ``documents`` documents in ``out_dir``; same seed, same bytes."""
    return list(each(Path(out_dir), documents, seed))
