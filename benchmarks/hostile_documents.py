"""What hostile files cost, shape by shape: time in proportion to the size, bounded memory.

    python benchmarks/hostile_documents.py [--shapes NAME,…] [--doors publish,check] [--csv FILE]
    python benchmarks/hostile_documents.py --minutes 15 [--seed 1]

Each shape of ``totem.generate.shapes`` is read at 0.1, 0.4 and 1.6 MB by each command that reads
documents, by the two readers of SCDL tables, and by the collection of archives, in a process of
its own bounded in memory and processor. Shown: seconds of processor at each size, their two ratios
(four times the size: at most nine times the time) and the peak of memory. The second form makes
shapes by chance for so many minutes, looking for one that breaks a promise; such a file is kept in
the working folder, told by its seed. Exit code 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from ckanext.budget.collect import CollectError, source_for
from ckanext.budget.totem.checks import check_file
from ckanext.budget.totem.cli import main as command
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.generate import shapes
from ckanext.budget.totem.publish import publish
from ckanext.budget.totem.summary import summarise

SIZES = (100_000, 400_000, 1_600_000)
MOST_RATIO = 9.0
"""Four times the size: twice twice the size, each at most three times the time."""
FLOOR = 0.2
"""Seconds below which a ratio says nothing."""
MOST_MEMORY = 300.0
SECONDS, ADDRESS_SPACE = 120, 2 << 30
UNEXPECTED = "Erreur imprévue"


class Cost(NamedTuple):
    """Seconds of processor, peak in MB, and what the reader said."""

    seconds: float
    memory: float
    said: str


Door = Callable[[Path, Path], None]


def by_command(name: str) -> Door:
    def read(path: Path, folder: Path) -> None:
        words = (word.replace("{folder}", str(folder)) for word in shapes.COMMANDS[name])
        command([name, str(path), *words])

    return read


def summary(path: Path, folder: Path) -> None:
    try:
        _ = summarise(path.read_bytes()).body
    except TotemError as error:
        print(error, file=sys.stderr)


def collected(path: Path, folder: Path) -> None:
    """List the archive, and fetch the first documents that it offers."""
    try:
        with source_for(str(path), None, None, [path.parent]) as source:
            for number, item in enumerate(source.list()):
                if isinstance(item, CollectError):
                    print(item, file=sys.stderr)
                elif number < 3:
                    source.fetch(item.locator, folder / "fetched")
    except CollectError as error:
        print(error, file=sys.stderr)


def doors_of(kind: str) -> dict[str, Door]:
    if kind == "xml":
        return {name: by_command(name) for name in shapes.COMMANDS}
    if kind == "csv":
        return {"check": by_command("check"), "summary": summary}
    return {"collect": collected}


def all_shapes() -> Iterator[tuple[str, str, str, shapes.Shape]]:
    """Kind, name, end of the file's name, and the shape."""
    yield from (("xml", name, "xml", shape) for name, shape in shapes.DOCUMENTS.items())
    yield from (("csv", name, "csv", shape) for name, shape in shapes.TABLES.items())
    yield from (("archive", name, end, shape) for name, (end, shape) in shapes.ARCHIVES.items())


def cost(door: Door, path: Path) -> Cost:
    """What a door takes, in a child that cannot take more than the bounds."""
    with tempfile.TemporaryDirectory(dir=path.parent) as name, tempfile.TemporaryFile() as said:
        folder = Path(name)
        child = os.fork()
        if not child:
            _in_child(door, path, folder, said.fileno())
        _, status, used = os.wait4(child, 0)
        said.seek(0)
        text = said.read().decode("utf-8", "replace").strip()
    if status:
        text = f"stopped ({status}) {text}"
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text)


def _in_child(door: Door, path: Path, folder: Path, said: int) -> None:
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        os.dup2(said, 2)
        with contextlib.redirect_stdout(io.StringIO()):
            door(path, folder)
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


def broken(costs: list[Cost]) -> Iterator[str]:
    """The promises that these costs, by growing size, do not keep."""
    for small, large in pairwise(costs):
        if large.seconds > MOST_RATIO * max(small.seconds, FLOOR):
            yield f"{large.seconds / small.seconds:.1f} times the time for 4 times the size"
    if max(found.memory for found in costs) > MOST_MEMORY:
        yield f"{max(found.memory for found in costs):.0f} MB"
    for found in costs:
        if UNEXPECTED in found.said or found.said.startswith("stopped"):
            yield found.said[-200:]


def table(folder: Path, names: set[str], wanted: set[str], out: Path | None) -> list[str]:
    """One line for each shape and door; the promises broken."""
    problems = []
    lines = ["shape,door,s 0.1 MB,s 0.4 MB,s 1.6 MB,ratio,ratio,MB"]
    print(f"{'shape':27}{'door':10}" + "".join(f"{size / 1e6:>8} MB" for size in SIZES), end="")
    print("   ratios      MB")
    for kind, name, end, shape in all_shapes():
        if names and name not in names:
            continue
        paths = [folder / f"{name}-{size}.{end}" for size in SIZES]
        for path, size in zip(paths, SIZES, strict=True):
            path.write_bytes(shape(size))
        for door_name, door in doors_of(kind).items():
            if wanted and door_name not in wanted:
                continue
            costs = [cost(door, path) for path in paths]
            first, second, third = (found.seconds for found in costs)
            memory = max(found.memory for found in costs)
            ratios = second / max(first, 0.001), third / max(second, 0.001)
            print(
                f"{name:27}{door_name:10}{first:>9.3f} s{second:>9.3f} s{third:>9.3f} s"
                f"{ratios[0]:>7.1f}{ratios[1]:>6.1f}{memory:>8.0f}",
                flush=True,
            )
            cells = (first, second, third, *ratios, memory)
            lines.append(",".join([name, door_name, *(f"{cell:.3f}" for cell in cells)]))
            problems += [f"{name}, {door_name}: {problem}" for problem in broken(costs)]
        for path in paths:
            path.unlink()
    if out:
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return problems


PIECES = (
    "<a/>", "<a></a>", '<a V="1"/>', "<a V='/>'/>", "<BlocEditeur />", "<BlocBudget></BlocBudget>",
    "<LigneBudget></LigneBudget>", "<LigneBudget/>", "<p:LigneBudget></p:LigneBudget>",
    '<LigneBudget calculated="true"></LigneBudget>', '<Nature V="6413"/>', "<Nature V='6413'/>",
    '<MtReal V="9.00"/>', '<MtReal V="99999999999999999999"/>', '<Fonction V="%d"/>',
    '<Nature V="%d"/>', '<LigneBudget><Nature V="%d"/></LigneBudget>', "<Annexes></Annexes>",
    "<DATA_PRET></DATA_PRET>", "<PRET></PRET>", "<PRET/>", "<PRET><a><b/></a></PRET>",
    "<DATA_X%d/>", "<DATA_CONCOURS><CONCOURS/></DATA_CONCOURS>",
    '<NomBenefPret V="a"/>', "<!-- -->", "<![CDATA[ ]]>", "<?a ?>", "&amp;", "&#0000065;", " ",
    "\n", "a", "9", "a>", "Code Code=", "calculated=", '<CaracSup Code="Section" V="F"/>',
    '<Information Code="PopTot" V="1"/>', "<x%d/>", '<y xmlns:n%d="u"/>', '<y xmlns="u%d"></y>',
    '<z a%d="1"/>', "<X509Certificate>QQ==</X509Certificate>", "é", "<Siret V='1'/>",
    '<LigneComptable><Etat V="S%d"/></LigneComptable>',
)  # fmt: skip
WORDS = ("a", "9", " ", "0", "a ", "&amp;", "&#065;", "calculated=", "/>", "x>", "01 23 45 67 89 ")
ATTRIBUTES = (' a%d="1"', " a%d='>'", ' xmlns:n%d="u"', "  b%d = 'c'")
OPENINGS = ("<a>", "<y>", "<PRET>", "<LigneBudget>", "<p:a>", "<DATA_PRET>")
PLACES = ("document", "header", "bloc", "before", "line", "lines", "annexes", "after")
FRAMES = {
    PIECES: (
        "{}", "<a>{}</a>", "<LigneBudget>{}</LigneBudget>", "<DATA_PRET>{}</DATA_PRET>",
        "<DATA_PRET><PRET>{}</PRET></DATA_PRET>", "<LigneComptable>{}</LigneComptable>",
    ),
    WORDS: (
        '<a V="{}"/>', '<LigneBudget><Nature V="{}"/></LigneBudget>', "<!--{}-->", "<a>{}</a>",
        '<LigneBudget id="{}"></LigneBudget>', '<LigneBudget><MtReal V="{}"/></LigneBudget>',
        '<DATA_PRET><PRET><NomBenefPret V="{}"/></PRET></DATA_PRET>',
        '<Information Code="PopTot" V="{}"/>', '<LigneBudget><LibCpte V="{}"/></LigneBudget>',
    ),
    ATTRIBUTES: (
        "<a{}/>", "<LigneBudget{}></LigneBudget>", "<LigneBudget><Nature{}/></LigneBudget>",
        "<DATA_PRET{}></DATA_PRET>", "<DATA_PRET><PRET{}/></DATA_PRET>",
    ),
}  # fmt: skip
"""What is repeated, and what may be around it for the whole to be well-formed."""


def chance_shape(chance: random.Random) -> shapes.Shape:
    """A place, a frame and a few pieces again and again, most often well-formed."""
    place, seal = chance.choice(PLACES), chance.choice(("", shapes.SEAL))
    kind = chance.choices(list(FRAMES), (6, 2, 1))[0]
    frame = chance.choice(FRAMES[kind])
    pieces = "".join(chance.choices(kind, k=1 if kind is ATTRIBUTES else chance.randint(1, 4)))
    opening = chance.choice(OPENINGS) if kind is PIECES and chance.random() < 0.2 else ""

    def make(size: int) -> bytes:
        closing = f"</{opening[1:]}" if opening else ""
        count = size // len((opening + pieces + closing).encode()) + 1
        parts = ((opening + pieces) * count + closing * count).split("%d")
        numbered = "".join(f"{part}{number}" for number, part in enumerate(parts[:-1])) + parts[-1]
        return shapes.document(seal, **{place: frame.replace("{}", numbered)}).encode()

    return make


def fuzzed(folder: Path, minutes: float, seed: int) -> list[str]:
    """Shapes by chance until time is over; the promises broken."""
    problems, tried, until = [], 0, time.monotonic() + 60 * minutes
    ends: Counter[str] = Counter()
    doors = ("publish", "privacy", "info")
    while time.monotonic() < until:
        tried += 1
        name = f"{seed}-{tried}"
        shape = chance_shape(random.Random(name))
        door = by_command(doors[tried % len(doors)])
        costs = []
        for size in (20_000, 80_000, 320_000):
            path = folder / f"{name}.xml"
            path.write_bytes(shape(size))
            costs.append(cost(door, path))
            if "mal formé" in costs[-1].said:
                break
        is_refused = "REFUS" in costs[-1].said or "totem-budget :" in costs[-1].said
        words = costs[-1].said if is_refused else "read"
        ends["malformed" if "mal formé" in words else "refused" if is_refused else "read"] += 1
        found = [f"{name}: {problem}" for problem in broken(costs)]
        if found:
            print("\n".join(found), flush=True)
            shutil.copy(path, f"hostile-{name}.xml")
        problems += found
        path.unlink()
    told = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
    print(f"{tried} shapes by chance in {minutes:g} minutes, at the largest size: {told}")
    return problems


def run() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", default="", help="names, separated by commas")
    parser.add_argument("--doors", default="", help="names, separated by commas")
    parser.add_argument("--csv", type=Path, help="a file for the table")
    parser.add_argument("--minutes", type=float, default=0, help="of shapes by chance")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    _warm()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if args.minutes:
            problems = fuzzed(folder, args.minutes, args.seed)
        else:
            names, doors = (set(filter(None, x.split(","))) for x in (args.shapes, args.doors))
            problems = table(folder, names, doors, args.csv)
    print("\n".join(problems) or "every promise is kept")
    return bool(problems)


def _warm() -> None:
    """Load what every child needs, so that no child pays for it."""
    with tempfile.TemporaryDirectory() as name:
        publish(io.BytesIO(shapes.document().encode()), Path(name))
        path = Path(name) / "a.csv"
        path.write_text(f"{shapes.SCDL_HEADER}\r\n{shapes.SCDL_ROW}\r\n", encoding="utf-8")
        check_file(path)


if __name__ == "__main__":
    sys.exit(run())
