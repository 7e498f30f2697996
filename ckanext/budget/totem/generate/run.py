"""Writes generated documents in a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ckanext.budget.totem.generate import faulty
from ckanext.budget.totem.generate.compose import document, planted_names
from ckanext.budget.totem.generate.scenarios import Spec, plan, sized


def write(spec: Spec, folder: Path) -> Path:
    """One document as a file of ``folder``, whole or absent."""
    path = folder / spec.file_name
    draft = path.with_suffix(".part")
    with draft.open("wb") as out:
        for block in document(spec):
            out.write(block)
    draft.replace(path)
    return path


def specs(
    documents: int, seed: int, size: int | None = None, annex_share: float = 0.0
) -> list[Spec]:
    """What the documents are; each of about ``size`` bytes when given."""
    return list(sized(documents, seed, size, annex_share) if size else plan(documents, seed))


def each(wanted: Iterable[Spec], out_dir: Path) -> Iterator[Path]:
    """Writes documents one by one."""
    out_dir.mkdir(parents=True, exist_ok=True)
    for spec in wanted:
        yield write(spec, out_dir)


def generate(
    out_dir: Path | str,
    documents: int,
    seed: int,
    size: int | None = None,
    faults: Iterable[str] = (),
    annex_share: float = 0.0,
) -> list[Path]:
    """Writes ``documents`` documents in ``out_dir`` (each of about ``size`` bytes when given),
    then one document per fault code; same arguments, same bytes."""
    out_dir = Path(out_dir)
    wanted = specs(documents, seed, size, annex_share)
    return [*each(wanted, out_dir), *faulty.write(out_dir, faults, seed)]


def names_manifest(wanted: Iterable[Spec]) -> dict[str, list[dict[str, str]]]:
    """File name -> planted names (name, place, kind), JSON-ready."""
    return {
        spec.file_name: [planted._asdict() for planted in planted_names(spec)] for spec in wanted
    }
