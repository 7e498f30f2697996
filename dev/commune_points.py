"""Write a point of each commune, inside of it, in the shipped list of bodies.

    python dev/commune_points.py OUTLINES.geojson

The outlines are a GeoJSON in degrees (WGS 84) whose features have ``code`` or ``INSEE_COM``, as
those of IGN's Admin Express (Licence Ouverte). Points of communes that the file does not know stay
as they are. Facts alone are written: longitude and latitude, three decimals (about 100 metres).
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ckanext.budget.pages.territories import outlines, reference  # noqa: E402

LIST = reference.DATA / "grand-est.tsv"


def main(path: Path) -> int:
    """The number of communes that have a point, and of those that have none."""
    found = {one.code: outlines.inside(one.geometry) for one in outlines.read(path, "commune")}
    with LIST.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    for row in rows:
        if row["kind"] == "commune" and row["code"] in found:
            row["lon"], row["lat"] = (f"{value:.3f}" for value in found[row["code"]])
    with LIST.open("w", encoding="utf-8", newline="") as stream:
        columns = [*reference.COLUMNS, "lon", "lat"]
        writer = csv.DictWriter(stream, columns, delimiter="\t", lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)
    communes = [row for row in rows if row["kind"] == "commune"]
    without = sum(not row.get("lon") for row in communes)
    print(f"{len(communes) - without} communes with a point, {without} without")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
