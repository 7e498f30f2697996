"""``totem-budget generate``: the command line of the generator."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from ckanext.budget.totem.arguments import Subparsers
from ckanext.budget.totem.errors import TotemError


def _size(text: str) -> int:
    from ckanext.budget.totem.generate.sizes import parse_size

    try:
        return parse_size(text)
    except ValueError:
        raise argparse.ArgumentTypeError("taille attendue : 500MB, 20M, 1GB…") from None


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share < 1:
        raise argparse.ArgumentTypeError("part attendue : un nombre de 0 à 0,99")
    return share


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-o", "--output", metavar="DIR", type=Path, help="dossier où écrire les documents")
    add(
        "--documents",
        metavar="N",
        type=int,
        help="nombre de documents sains (12 par défaut ; 0 par défaut avec --faults)",
    )
    add(
        "--seed",
        metavar="S",
        type=int,
        default=1,
        help="graine : la même graine donne les mêmes octets (1 par défaut)",
    )
    add(
        "--size",
        metavar="TAILLE",
        type=_size,
        help="taille approximative de chaque document (500MB) ; grands documents non scellés",
    )
    add(
        "--annex-share",
        metavar="PART",
        type=_share,
        default=0.0,
        help="avec --size, part des annexes dans le document (0.3)",
    )
    add(
        "--faults",
        metavar="CODES",
        help="défauts à fabriquer, un document par défaut : "
        "codes séparés par des virgules, ou « all »",
    )
    add("--list-faults", action="store_true", help="affiche les défauts connus et s'arrête")
    add(
        "--names",
        metavar="JSON",
        type=Path,
        help="écrit dans ce fichier la liste des noms de personnes semés, par document",
    )


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "generate", help="fabrique des documents TOTEM synthétiques, réalistes et reproductibles"
    )
    _add_arguments(parser)
    parser.set_defaults(run=run)


def _list_faults() -> int:
    from ckanext.budget.totem.generate.faulty import summaries

    for code, summary in summaries().items():
        print(f"{code:<26}{summary}")
    return 0


def _shown(paths: Iterable[Path], total: int) -> Iterator[Path]:
    """A progress bar on a terminal."""
    from tqdm import tqdm

    return iter(tqdm(paths, total=total, unit="doc", disable=None, leave=False))


def _write(options: argparse.Namespace, codes: list[str]) -> None:
    from ckanext.budget.totem.generate import run as work

    number = options.documents if options.documents is not None else 0 if codes else 12
    specs = work.specs(number, options.seed, options.size, options.annex_share)
    for path in _shown(work.each(specs, options.output), number):
        print(path)
    for path in _shown(work.faulty.write(options.output, codes, options.seed), len(codes)):
        print(path)
    if options.names:
        text = json.dumps(work.names_manifest(specs), ensure_ascii=False, indent=1)
        options.names.write_text(text + "\n", encoding="utf-8")


def run(options: argparse.Namespace) -> int:
    """Write the documents and print their names. Raises ``TotemError``."""
    if options.list_faults:
        return _list_faults()
    if options.output is None:
        raise TotemError("Dites où écrire les documents avec -o DIR.")
    from ckanext.budget.totem.generate.faulty import codes

    _write(options, codes(options.faults) if options.faults else [])
    return 0
