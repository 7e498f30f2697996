"""Real tables through LibreOffice Calc, saved as Excel would in France, come back right.

Skipped where ``soffice`` is not installed (package ``libreoffice-calc``).
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from ckanext.budget.totem.checks.scdl import check_table
from ckanext.budget.totem.scdl import write
from ckanext.budget.totem.tables import repair

SAMPLES = sorted(Path(os.environ.get("BUDGET_SAMPLES", "/nonexistent")).glob("*.xml"))
SOFFICE = shutil.which("soffice")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAMPLES, reason="set BUDGET_SAMPLES to a folder of real documents"),
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice Calc is not installed"),
]

# Comma, quotes, UTF-8, from line 1, numbers recognised, English marks: a double click on our file.
OPENED = "CSV:44,34,76,1,,1033,false,true"
SAVED = {
    # semicolons, quotes, windows-1252, French marks, as shown
    "csv": "csv:Text - txt - csv (StarCalc):59,34,1,1,,1036,false,true",
    "xlsx": "xlsx",
    "ods": "ods",
}


def through_calc(data: bytes, folder: Path, kind: str) -> bytes:
    source, out = folder / "budget.csv", folder / "saved"
    source.write_bytes(data)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [str(SOFFICE), profile, "--headless", f"--infilter={OPENED}"]
    command += ["--convert-to", SAVED[kind], "--outdir", str(out), str(source)]
    environment = {**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    subprocess.run(command, check=True, capture_output=True, timeout=300, env=environment)
    return (out / f"budget.{kind}").read_bytes()


def values_of(data: bytes) -> list[list[str | Decimal]]:
    """The cells, amounts as numbers: a spreadsheet keeps no final zero."""
    rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
    next(rows)
    return [[Decimal(c) if c and 14 <= at < 21 else c for at, c in enumerate(row)] for row in rows]


@pytest.mark.parametrize("kind", SAVED)
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_round_trip(path: Path, kind: str, tmp_path: Path) -> None:
    made, out = io.BytesIO(), io.BytesIO()
    with path.open("rb") as stream:
        write(stream, made)
    saved = through_calc(made.getvalue(), tmp_path, kind)
    assert not check_table(io.BytesIO(saved)).is_valid
    done = repair(io.BytesIO(saved), out)
    assert done.refused == []
    assert values_of(out.getvalue()) == values_of(made.getvalue())
