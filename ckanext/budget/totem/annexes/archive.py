"""The annexes of a document in one zip: a dataset with four documents would have a hundred CSVs."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

from ckanext.budget.totem.annexes.export import AnnexFile
from ckanext.budget.totem.annexes.grants import COLUMNS, NAME


def grants_table(files: Iterable[AnnexFile], path: Path) -> None:
    """The grants of a document in a file of their own; only its columns without any."""
    found = next((file.csv for file in files if file.name == NAME), None)
    if found:
        shutil.copyfile(found, path)
    else:
        path.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")


def archive(files: Iterable[AnnexFile], path: Path) -> None:
    """Write a zip of every CSV, each followed by its Table Schema; raises ``OSError``.

    The same files give the same bytes: entries have neither the date nor the owner of the machine.
    """
    with zipfile.ZipFile(path, "w") as target:
        for source in (source for file in files for source in (file.csv, file.schema)):
            entry = zipfile.ZipInfo(source.name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.file_size = source.stat().st_size  # beyond 2 GiB the entry has another shape
            with source.open("rb") as content, target.open(entry, "w") as packed:
                shutil.copyfileobj(content, packed)
