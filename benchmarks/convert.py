"""How fast documents are converted, masked and published, beside lxml and yatotem2scdl.

    python benchmarks/convert.py [FILE|DIR ...] [--sizes 1,10,100] [--plans DIR] [--rounds 5]

One table: rates are megabytes of XML for a second of processor. ``lxml`` is a bare ``etree.parse``
of the same bytes; ``yatotem2scdl`` (PyPI) is measured when it is installed and ``--plans`` gives
the official charts of accounts that it reads. Each round runs every competitor once, one after the
other; a rate or a ratio is the median of the rounds: the ratios, not the rates, compare machines.
Memory is the peak of a process of its own. Then one worker against several, on the clock, and the
start of whole processes. ``--sizes 500`` is for memory: a document over 50 MB is run once, and over
150 MB without the peers, whose trees would need gigabytes. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path

MB = 1e6
Action = Callable[[Path], object]
LARGE = 150 * MB
# Beyond these sizes one run says enough of us, and the peer takes minutes.
ONCE, PEER_LIMIT = 50 * MB, 12 * MB


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


def yatotem(plans: Path) -> Action | None:
    """The peer's conversion of one file, or None when it is not installed."""
    try:
        from yatotem2scdl.conversion import ConvertisseurTotemBudget
    except ImportError:
        return None
    converter = ConvertisseurTotemBudget()
    return lambda path: converter.totem_budget_vers_scdl(path, plans, io.StringIO())


OURS: dict[str, Action] = {"scdl": scdl, "anonymise": anonymise, "publish": publish}


def seconds_of(action: Action, path: Path) -> float:
    """Seconds of processor of one run; the fastest of several when it is very short."""
    fastest, started = float("inf"), time.perf_counter()
    while True:
        before = time.process_time()
        action(path)
        fastest = min(fastest, time.process_time() - before)
        if time.perf_counter() - started > 0.1:
            return fastest


def _peak(action: Action, path: Path, answer: multiprocessing.Queue) -> None:
    action(path)
    # Not getrusage: a child inherits its parent's peak there.
    status = Path("/proc/self/status").read_text()
    answer.put(int(status.partition("VmHWM:")[2].split()[0]) / 1024)


def peak_of(action: Action, path: Path) -> float:
    """Peak memory (MiB) of one run in a fresh process."""
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=_peak, args=(action, path, answer))
    process.start()
    result = answer.get()
    process.join()
    return result


def rounds_of(path: Path, peer: Action | None, rounds: int) -> dict[str, list[float]]:
    """Seconds of each competitor, round by round."""
    size = path.stat().st_size
    actions: dict[str, Action] = {"lxml": lxml_parse} if size <= LARGE else {}
    actions |= OURS | ({"yatotem": peer} if peer and size <= PEER_LIMIT else {})
    found: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(1 if size > ONCE else rounds):
        for name, action in actions.items():
            found[name].append(seconds_of(action, path))
    return found


def ratio(found: dict[str, list[float]], slower: str, faster: str) -> float:
    """How many times as fast, median of the rounds."""
    return statistics.median(a / b for a, b in zip(found[slower], found[faster], strict=True))


def measure(path: Path, peer: Action | None, rounds: int) -> dict[str, float]:
    """Rates (MB/s), ratios and peaks (MiB) of one file."""
    size = path.stat().st_size / MB
    found = rounds_of(path, peer, rounds)
    row = {"MB": size}
    row |= {f"{name} MB/s": size / statistics.median(times) for name, times in found.items()}
    if "lxml" in found:
        row |= {f"{name}/lxml": ratio(found, "lxml", name) for name in OURS}
    if "yatotem" in found:
        row["scdl/yatotem"] = ratio(found, "yatotem", "scdl")
    return row | {f"{name} MiB": peak_of(action, path) for name, action in OURS.items()}


def documents(names: list[str]) -> Iterator[Path]:
    for name in names:
        path = Path(name)
        yield from sorted(path.glob("*.xml")) if path.is_dir() else [path]


def generated(size: int, share: float, folder: Path) -> Path:
    """A document of about ``size`` MB, ``share`` of it in annexes."""
    name = f"{'annexes' if share > 0.5 else 'lines'}-{size}MB"
    options = f"--documents 1 --size {size}MB --annex-share {share}"
    return generate(folder / name, options)[0].rename(folder / f"{name}.xml")


def generate(folder: Path, options: str) -> list[Path]:
    from ckanext.budget.totem.cli import main

    with redirect_stdout(io.StringIO()):
        main(["generate", "--seed", "1", *options.split(), "-o", str(folder)])
    return sorted(folder.glob("*.xml"))


def all_by_command(paths: list[Path], count: int) -> None:
    """``totem-budget publish --workers``."""
    from ckanext.budget.totem.cli import main

    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        main(["publish", *map(str, paths), "-o", folder, "--workers", str(count)])


def all_scdl(paths: list[Path], count: int) -> None:
    """A process for each worker, each converting its files."""
    with ProcessPoolExecutor(count) as pool:
        list(pool.map(scdl, paths, chunksize=4))


def workers(paths: list[Path], counts: list[int], rounds: int) -> None:
    """Several processes against the first count, on the clock."""
    for name, action in {"publish": all_by_command, "scdl": all_scdl}.items():
        times: dict[int, list[float]] = {count: [] for count in counts}
        for _ in range(rounds):
            for count in counts:
                before = time.perf_counter()
                action(paths, count)
                times[count].append(time.perf_counter() - before)
        for count in counts:
            pairs = zip(times[counts[0]], times[count], strict=True)
            gain = statistics.median(first / this for first, this in pairs)
            seconds = statistics.median(times[count])
            print(
                f"{name}, {len(paths)} documents, {count} worker(s): {seconds:.2f} s, {gain:.2f} x"
            )


def starts(path: Path) -> None:
    """Whole processes, on the clock."""
    command = [sys.executable, "-m", "ckanext.budget.totem.cli"]
    for arguments in (["--version"], ["scdl", str(path), "-o", os.devnull]):
        times = []
        for _ in range(9):
            before = time.perf_counter()
            subprocess.run([*command, *arguments], check=False, capture_output=True)
            times.append(time.perf_counter() - before)
        print(f"totem-budget {arguments[0]}: {statistics.median(times):.3f} s")


def show(rows: dict[str, dict[str, float]]) -> None:
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    width = max(map(len, rows)) + 2
    print("document".ljust(width) + "".join(name.rjust(len(name) + 2) for name in columns))
    for name, row in rows.items():
        cells = ((f"{row[c]:.2f}" if c in row else "").rjust(len(c) + 2) for c in columns)
        print(name.ljust(width) + "".join(cells), flush=True)
    for column in columns:
        found = [row[column] for row in rows.values() if column in row]
        if "/" in column and "MB/s" not in column:
            print(f"{column}: median {statistics.median(found):.2f}, least {min(found):.2f}")


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--sizes", default="1,10,100", help="generated sizes in MB, or nothing")
    parser.add_argument("--plans", type=Path, help="official charts of accounts, for the peer")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", default="1,2", help="or nothing")
    args = parser.parse_args()
    print("load at the start: {:.1f} {:.1f} {:.1f}".format(*os.getloadavg()))
    peer = yatotem(args.plans) if args.plans else None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = list(documents(args.paths))
        sizes = [int(size) for size in args.sizes.split(",") if size]
        files += [generated(size, 0.05, folder) for size in sizes]
        files += [generated(size, 0.8, folder) for size in sizes if 1 < size <= 10]
        show({path.stem: measure(path, peer, args.rounds) for path in files})
        if args.workers:
            counts = [int(count) for count in args.workers.split(",")]
            workers(generate(folder / "many", "--documents 60"), counts, min(args.rounds, 3))
        small = [path for path in files if path.stat().st_size <= PEER_LIMIT]
        if small:
            starts(min(small, key=lambda path: abs(path.stat().st_size - 140_000)))
    print("load at the end: {:.1f} {:.1f} {:.1f}".format(*os.getloadavg()))


if __name__ == "__main__":
    run()
