"""How fast documents are converted, masked and published, beside lxml and yatotem2scdl.

    python benchmarks/convert.py [FILE|DIR ...] [--sizes 1,10,100,500] [--plans DIR] [--workers 1,2]

Rates are megabytes of XML a second, the best of several runs in one process. ``lxml`` is a bare
``etree.parse`` of the same bytes in the same run: the ratios, not the rates, compare machines.
``yatotem2scdl`` (PyPI) is measured when it is installed and ``--plans`` gives the official charts
of accounts that it reads. Memory is the peak of a process of its own. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

MB = 1e6


def best(action: Callable[[], object], seconds: float = 1.0, most: int = 9) -> float:
    """Seconds of the fastest run, in ``seconds`` of trying or ``most`` runs."""
    fastest, started = float("inf"), time.perf_counter()
    for _ in range(most):
        before = time.perf_counter()
        action()
        fastest = min(fastest, time.perf_counter() - before)
        if time.perf_counter() - started > seconds:
            break
    return fastest


def lxml_parse(path: Path) -> None:
    from lxml import etree

    etree.parse(str(path), etree.XMLParser(huge_tree=True))


def scdl(path: Path) -> None:
    from ckanext.budget.totem.scdl import write

    with open(path, "rb") as stream, open(os.devnull, "wb") as out:
        write(stream, out)


def anonymise(path: Path) -> None:
    from ckanext.budget.totem.privacy import Masker
    from ckanext.budget.totem.reader import Document

    masker = Masker()
    with open(path, "rb") as stream, open(os.devnull, "wb") as out:
        for segment in Document(stream):
            out.write(masker(segment))


def publish(path: Path) -> None:
    from ckanext.budget.totem.publish import publish as publish_one

    with tempfile.TemporaryDirectory() as folder:
        publish_one(path, Path(folder))


def yatotem(plans: Path) -> Callable[[Path], None] | None:
    """The peer's conversion of one file, or None when it is not installed."""
    try:
        from yatotem2scdl.conversion import ConvertisseurTotemBudget
    except ImportError:
        return None
    converter = ConvertisseurTotemBudget()
    return lambda path: converter.totem_budget_vers_scdl(path, plans, io.StringIO())


OURS = {"scdl": scdl, "anonymise": anonymise, "publish": publish}
IN_MEMORY_LIMIT = 150 * MB  # beyond, the peers' trees would need gigabytes


def _peak(action: Callable[[Path], None], path: Path, answer: multiprocessing.Queue) -> None:
    before = time.perf_counter()
    action(path)
    seconds = time.perf_counter() - before
    # Not getrusage: a child inherits its parent's peak there.
    status = Path("/proc/self/status").read_text()
    answer.put((seconds, int(status.partition("VmHWM:")[2].split()[0]) / 1024))


def apart(action: Callable[[Path], None], path: Path) -> tuple[float, float]:
    """(seconds, peak MiB) of one run in a fresh process."""
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=_peak, args=(action, path, answer))
    process.start()
    result = answer.get()
    process.join()
    return result


def measure(path: Path, peer: Callable[[Path], None] | None) -> dict[str, float]:
    """Rates (MB/s), ratios and peaks (MiB) of one file."""
    size = path.stat().st_size / MB
    row: dict[str, float] = {"MB": size}
    small = path.stat().st_size <= IN_MEMORY_LIMIT
    lxml = best(lambda: lxml_parse(path)) if small else float("nan")
    row["lxml MB/s"] = size / lxml
    for name, action in OURS.items():
        seconds = best(lambda action=action: action(path)) if size < 60 else apart(action, path)[0]
        row[f"{name} MB/s"] = size / seconds
        row[f"{name}/lxml"] = lxml / seconds
        row[f"{name} MiB"] = apart(action, path)[1]
    if peer and size < 20:
        seconds = best(lambda: peer(path), most=3)
        row["yatotem MB/s"] = size / seconds
        row["scdl/yatotem"] = row["scdl MB/s"] / row["yatotem MB/s"]
    return row


def documents(names: list[str]) -> Iterator[Path]:
    for name in names:
        path = Path(name)
        yield from sorted(path.glob("*.xml")) if path.is_dir() else [path]


def generated(size: int, folder: Path) -> Path:
    """A line-heavy document of about ``size`` MB."""
    from ckanext.budget.totem.cli import main

    target = folder / f"generated-{size}MB"
    output = sys.stdout
    sys.stdout = io.StringIO()
    try:
        main(
            [
                "generate",
                "-o",
                str(target),
                "--documents",
                "1",
                "--seed",
                "1",
                "--size",
                f"{size}MB",
            ]
        )
    finally:
        sys.stdout = output
    return next(target.glob("*.xml")).rename(folder / f"generated-{size}MB.xml")


def workers(paths: list[Path], counts: list[int]) -> None:
    """Documents a second of the ``publish`` command by number of processes."""
    from ckanext.budget.totem.cli import main

    first = None
    with tempfile.TemporaryDirectory() as folder:
        names = [str(path) for path in paths]
        for count in counts:
            out = Path(folder) / str(count)
            output, sys.stdout = sys.stdout, io.StringIO()
            before = time.perf_counter()
            main(["publish", *names, "-o", str(out), "--workers", str(count)])
            seconds = time.perf_counter() - before
            sys.stdout = output
            first = first or seconds
            print(f"{count} worker(s): {seconds:.2f} s, {first / seconds:.2f} x")


def show(rows: dict[str, dict[str, float]]) -> None:
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    width = max(map(len, rows)) + 2
    print("document".ljust(width) + "".join(name.rjust(max(9, len(name) + 2)) for name in columns))
    for name, row in rows.items():
        cells = (
            f"{row[c]:.2f}".rjust(max(9, len(c) + 2)) if c in row else "".rjust(max(9, len(c) + 2))
            for c in columns
        )
        print(name.ljust(width) + "".join(cells))
    ratios = [row["scdl/yatotem"] for row in rows.values() if "scdl/yatotem" in row]
    if ratios:
        print(f"scdl/yatotem: median {statistics.median(ratios):.1f}, least {min(ratios):.1f}")


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--sizes", default="1,10,100", help="generated sizes in MB, or nothing")
    parser.add_argument("--plans", type=Path, help="official charts of accounts, for the peer")
    parser.add_argument("--workers", default="1,2", help="or nothing")
    args = parser.parse_args()
    peer = yatotem(args.plans) if args.plans else None
    with tempfile.TemporaryDirectory() as folder:
        files = list(documents(args.paths))
        sizes = [generated(int(size), Path(folder)) for size in args.sizes.split(",") if size]
        show({path.stem: measure(path, peer) for path in [*files, *sizes]})
        many = Path(folder) / "many"
        many.mkdir()
        copies = [
            Path(shutil.copy(path, many / f"{number}-{path.name}"))
            for number in range(4)
            for path in [*files, *sizes]
            if path.stat().st_size < 20 * MB
        ]
        workers(copies, [int(count) for count in args.workers.split(",") if count])


if __name__ == "__main__":
    run()
