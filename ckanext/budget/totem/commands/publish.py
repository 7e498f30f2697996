"""``totem-budget publish FILE|DIR… -o DIR``: everything that may be published, in bulk."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ckanext.budget.totem.annexes import grants
from ckanext.budget.totem.arguments import Subparsers, add_policy


class FileOutcome(NamedTuple):
    """What became of one file: where its results wait, its identity, or why it was refused."""

    source: str
    folder: str
    slug: str = ""
    rows: int = 0
    masked: int = 0
    seal: str = ""
    errors: int = 0
    annexes: int = 0
    refusal: str = ""


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "publish",
        help="CSV SCDL, XML anonymisé, annexes, subventions, rapport et résumé pour les graphiques "
        "de chaque document",
    )
    parser.add_argument(
        "sources", nargs="+", metavar="FICHIER|DOSSIER", help="documents TOTEM ou dossiers de .xml"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="DOSSIER",
        required=True,
        type=Path,
        help="dossier des fichiers écrits",
    )
    add_policy(parser)
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        default=os.cpu_count() or 1,
        help="processus en parallèle (par défaut : un par cœur)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when all is published without error, 2 when nothing is, 1 in between."""
    sources = list(dict.fromkeys(_expand(args.sources, args.output.resolve())))
    if not sources:
        print("totem-budget : aucun fichier .xml dans ces dossiers.", file=sys.stderr)
        return 2
    args.output.mkdir(parents=True, exist_ok=True)
    outcomes = list(_progress(_outcomes(sources, args), len(sources)))
    _print_summary(outcomes)
    refused = sum(bool(outcome.refusal) for outcome in outcomes)
    if refused == len(outcomes):
        return 2
    return 1 if refused or any(outcome.errors for outcome in outcomes) else 0


def _expand(names: list[str], output: Path) -> Iterator[str]:
    """Folders become their .xml files; what was published before is not a source."""
    for name in names:
        path = Path(name)
        if path.is_dir():
            yield from sorted(
                str(found)
                for found in path.rglob("*")
                if found.suffix.lower() == ".xml" and output not in found.resolve().parents
            )
        else:
            yield name


def _outcomes(sources: list[str], args: argparse.Namespace) -> Iterator[FileOutcome]:
    """One outcome per file, in the order of the files; the first file of an identity wins."""
    first: dict[str, str] = {}
    with TemporaryDirectory(prefix=".totem-", dir=args.output) as private:
        for outcome in _each(sources, private, args):
            if outcome.slug and outcome.slug in first:
                sentence = f"même budget, exercice et étape que {first[outcome.slug]}."
                yield outcome._replace(refusal=sentence)
            elif outcome.slug:
                first[outcome.slug] = outcome.source
                for path in Path(outcome.folder).iterdir():
                    path.replace(args.output / path.name)
                if not outcome.annexes:
                    (args.output / f"{outcome.slug}.annexes.zip").unlink()
                yield outcome
            else:
                yield outcome
            rmtree(outcome.folder, ignore_errors=True)


def _each(sources: list[str], private: str, args: argparse.Namespace) -> Iterator[FileOutcome]:
    jobs = [
        (source, str(Path(private) / str(number)), args.policy)
        for number, source in enumerate(sources)
    ]
    workers = min(args.workers, len(sources))
    if workers <= 1:
        yield from map(publish_one, jobs)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(publish_one, jobs, chunksize=max(1, min(16, len(jobs) // workers // 4)))


def publish_one(job: tuple[str, str, str]) -> FileOutcome:
    """Publish one file; never raises for a bad file."""
    from ckanext.budget.totem.checks import tally
    from ckanext.budget.totem.errors import TotemError, os_sentence
    from ckanext.budget.totem.publish import publish

    source, folder, policy = job
    try:
        Path(folder).mkdir()
        published = publish(source, Path(folder), policy=policy)
        if not any(annex["name"] == grants.NAME for annex in published.report["annexes"]):
            published.grants.unlink()
    except TotemError as error:
        return FileOutcome(source, folder, refusal=str(error))
    except OSError as error:
        return FileOutcome(source, folder, refusal=os_sentence(error).removeprefix(f"{source} : "))
    report = published.report
    errors = tally(report["findings"]).by_severity["error"]
    return FileOutcome(
        source, folder, report["slug"], report["rows"], report["masked"]["count"], report["seal"],
        errors, len(report["annexes"]),
    )  # fmt: skip


def _progress(outcomes: Iterator[FileOutcome], total: int) -> Iterator[FileOutcome]:
    if not sys.stderr.isatty():
        return outcomes
    from tqdm import tqdm

    bar = tqdm(outcomes, total=total, unit="doc", desc="Publication", file=sys.stderr)
    return iter(bar)


_TITLES = ("document", "lignes", "masqués", "scellement", "erreurs")
_SEALS = {
    "valid": "valide",
    "broken": "rompu",
    "absent": "absent",
    "unverifiable": "invérifiable",
}


def _print_summary(outcomes: list[FileOutcome]) -> None:
    published = [outcome for outcome in outcomes if not outcome.refusal]
    refused = [outcome for outcome in outcomes if outcome.refusal]
    if published:
        _print_table([_TITLES, *map(_row, published)])
    for outcome in refused:
        print(f"REFUSÉ {outcome.source} : {outcome.refusal}", file=sys.stderr)
    print(f"{_counted(len(published), 'publié')}, {_counted(len(refused), 'refusé')}.")


def _row(outcome: FileOutcome) -> tuple[str, ...]:
    seal = _SEALS.get(outcome.seal, outcome.seal)
    return outcome.slug, str(outcome.rows), str(outcome.masked), seal, str(outcome.errors)


def _print_table(rows: list[tuple[str, ...]]) -> None:
    """Columns as wide as their cells; numbers, and the titles over them, to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numbers = [cell.isdigit() for cell in rows[1]]
    for row in rows:
        cells = zip(row, widths, numbers, strict=True)
        line = (cell.rjust(width) if right else cell.ljust(width) for cell, width, right in cells)
        print("  ".join(line).rstrip())


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number > 1)}"
