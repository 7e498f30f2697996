"""One dataset of all budgets: complete to the cent, masked, incremental, never half."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ckanext.budget.opendata import build as building
from ckanext.budget.opendata import engine, lines, schema, store, tables
from ckanext.budget.opendata.errors import EngineMissing
from ckanext.budget.opendata.sources import Source
from ckanext.budget.publication.datasets import call
from ckanext.budget.totem.amounts import cents
from ckanext.budget.totem.columns import AMOUNTS

from ..conftest import SECRET
from ..planted import planted_document

COMMUNES = ("21670482500019", "21700567700000")


@pytest.fixture
def published(portal: Any, make_document: Any) -> list[Any]:
    """Two communes, two exercises, a budget and an account of each."""
    return [
        portal.publish(make_document(siret=siret, year=year, stage=stage, amount=amount))
        for siret in COMMUNES
        for year in (2021, 2022)
        for stage, amount in (("01", "1500.25"), ("09", "0.1"))
    ]


def scdl_files(portal: Any) -> list[tuple[dict[str, Any], str]]:
    from ckanext.budget.core.storage import path_of

    found = []
    for name in portal.budgets():
        for resource in portal.dataset(name)["resources"]:
            if resource["role"] == "scdl":
                found.append((resource, path_of(resource["id"]).read_text(encoding="utf-8-sig")))
    return found


def test_sums_are_those_of_the_published_files(
    portal: Any, published: Any, built: Any, files: Any
) -> None:
    assert built().read == len(published)
    rows = [row for _r, text in scdl_files(portal) for row in csv.DictReader(io.StringIO(text))]
    for name in AMOUNTS:
        expected = sum(cents(row[name]) or 0 for row in rows)
        [(total, count)] = files.ask("lignes", f"SELECT sum({name}), count(*)")
        assert (total or Decimal(0)) * 100 == expected, name
        assert count == len(rows)


def test_lines_are_typed_sorted_and_told(published: Any, built: Any, files: Any) -> None:
    built()
    assert {name for name in files.names() if name.startswith("lignes")} == {
        f"lignes/exercice={year}/etape={stage}/lignes.parquet"
        for year in (2021, 2022)
        for stage in ("BP", "CA")
    }
    for table in schema.tables():
        told = {column.name: column.type for column in schema.columns(table)}
        assert files.types(table) == told, table
    documents = files.ask("lignes/exercice=2021/etape=BP", "SELECT document")
    assert documents == sorted(documents)
    [row] = files.ask(
        "lignes/exercice=2022/etape=BP",
        "SELECT ANY_VALUE(collectivite), ANY_VALUE(code_insee), ANY_VALUE(population), "
        "ANY_VALUE(nomenclature), list(DISTINCT mouvement ORDER BY mouvement), "
        "list(DISTINCT categorie ORDER BY categorie)",
    )
    assert row == (
        "COMMUNE D'ESSAI", "67482", 1234, "M57", ["reel", "reporte"], ["former_years", "staff"],
    )  # fmt: skip


def test_the_csv_says_the_same(published: Any, built: Any, files: Any) -> None:
    built()
    text = gzip.decompress((files.folder / "csv/lignes-2022.csv.gz").read_bytes()).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    [(count, total)] = files.ask("lignes/exercice=2022", "SELECT count(*), sum(BGT_MTPREV)")
    assert len(rows) == count
    assert sum(Decimal(row["BGT_MTPREV"] or 0) for row in rows) == total


def test_the_other_tables(published: Any, built: Any, files: Any) -> None:
    built()
    bodies = files.ask("collectivites", "SELECT siren, premier_exercice, documents ORDER BY 1")
    assert bodies[0] == (
        "216704825", 2021, 4,
    )  # fmt: skip
    assert sorted(files.ask("documents", "SELECT reference, count(*) GROUP BY 1")) == [
        ("execute", 4),
        ("vote", 4),
    ]
    assert files.ask("subventions", "SELECT DISTINCT montant, siren ORDER BY 2")[0][0] == Decimal(
        150
    )
    assert files.ask("indicateurs", "SELECT count(*)")[0][0] > 0
    totals = files.ask("totaux", "SELECT sum(vote), sum(lignes)")
    assert totals == files.ask("lignes", "SELECT sum(BGT_MTPREV), count(*)")


def test_a_body_that_changed_its_nic_has_one_main_budget(
    portal: Any, make_document: Any, built: Any, files: Any
) -> None:
    former, current = "21670482500019", "21670482500027"
    portal.publish(make_document(siret=former, year=2022, voted="2022-01-10"))
    portal.publish(make_document(siret=current, year=2022, voted="2022-03-10"))
    built()
    assert files.ask("documents", "SELECT siret, reference ORDER BY 1") == [
        (former, None),
        (current, "vote"),
    ]


def test_no_planted_name_is_in_any_file(
    portal: Any, make_document: Any, built: Any, files: Any
) -> None:
    planted = planted_document(make_document(), "271")
    portal.publish(planted.content)
    built()
    texts = [
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in files.folder.rglob("*")
        if path.is_file()
    ]
    everything = b"\n".join(texts)
    assert b"COMMUNE D'ESSAI" in everything
    assert not [place for place, name in planted.names.items() if name.encode() in everything]
    assert SECRET.encode() not in everything


def test_only_what_changed_is_made_again(
    portal: Any, published: Any, built: Any, files: Any, make_document: Any
) -> None:
    built()
    before = {name: (files.folder / name).stat().st_ino for name in files.names()}
    assert not built().changed
    portal.publish(make_document(siret=COMMUNES[0], year=2022, amount="99.99"))
    again = built()
    assert (again.changed, again.read, again.withdrawn) == (True, 1, 0)
    after = {name: (files.folder / name).stat().st_ino for name in files.names()}
    lines = {name for name in after if name.startswith(("lignes", "totaux"))}
    assert {name for name in lines if before[name] != after[name]} == {
        "lignes/exercice=2022/etape=BP/lignes.parquet",
        "totaux/exercice=2022/totaux.parquet",
    }
    [(total,)] = files.ask("lignes/exercice=2022/etape=BP", "SELECT sum(BGT_MTPREV)")
    assert total == Decimal("99.99") + Decimal("1500.25") + 2 * Decimal("20.00")
    documents = files.ask("lignes/exercice=2022/etape=BP", "SELECT document")
    assert documents == sorted(documents), "a new document takes its place"
    incremental = files.ask("lignes", "SELECT sum(BGT_MTPREV), count(*)")
    assert built(everything=True).read == len(published)
    assert files.ask("lignes", "SELECT sum(BGT_MTPREV), count(*)") == incremental


@pytest.mark.parametrize("size", [1, 2, 32])
def test_groups_of_any_size_make_the_same_files(
    size: int,
    portal: Any,
    published: Any,
    built: Any,
    files: Any,
    make_document: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is copied and what is made again say together what a build from nothing says."""
    monkeypatch.setattr(lines, "GROUP", size)
    made = []
    make = lines._make

    def counted(connection: Any, group: list[Source], work: Any) -> Any:
        made.append(group)
        return make(connection, group, work)

    monkeypatch.setattr(lines, "_make", counted)
    built()
    assert sum(map(len, made)) == len(published)
    made.clear()
    third = "21560046100010"
    portal.publish(make_document(siret=third, year=2022, stage="01"))
    portal.publish(make_document(siret=COMMUNES[0], year=2022, stage="01", amount="99.99"))
    hide(portal, f"budget-{COMMUNES[1]}-2021")
    built()
    if size == 1:
        assert sorted(one.document for [one] in made) == [
            f"{third}-2022-bp", f"{COMMUNES[0]}-2022-bp",
        ]  # fmt: skip

    def everything() -> list[Any]:
        text = b"".join(
            gzip.decompress(path.read_bytes()) for path in sorted(files.folder.glob("csv/*.gz"))
        )
        return [text, *(files.ask(table, "SELECT * ORDER BY ALL") for table in schema.tables())]

    copied = everything()
    built(everything=True)
    assert everything() == copied


def test_a_group_keeps_its_documents_when_others_come(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [
        Source(*[""] * len(Source._fields))._replace(resource=str(n), document=f"{n:014}-2022-bp")
        for n in range(1000)
    ]
    before = {lines._key(group) for group in lines.groups_of(sources)}
    after = {lines._key(group) for group in lines.groups_of(sources[:500] + sources[501:])}
    assert len(before) > 10
    assert len(before - after) == len(after - before) == 1


def hide(portal: Any, name: str) -> None:
    portal.action("package_patch", id=name, private=True)


def delete(portal: Any, name: str) -> None:
    portal.action("package_delete", id=name)


@pytest.mark.parametrize("leave", [hide, delete])
def test_what_is_no_longer_public_leaves(
    leave: Callable[[Any, str], None], portal: Any, published: Any, built: Any, files: Any
) -> None:
    built()
    former = files.folder
    leave(portal, f"budget-{COMMUNES[0]}-2022")
    assert built().withdrawn == 2
    assert not former.exists(), "nor does the former build stay"
    assert (COMMUNES[0][:9], 2022) not in files.ask("lignes", "SELECT siren, exercice")
    for table in ("documents", "indicateurs", "subventions"):
        assert (COMMUNES[0][:9], 2022) not in files.ask(table, "SELECT siren, exercice"), table
    leave(portal, f"budget-{COMMUNES[1]}-2022")
    built()
    assert not [name for name in files.names() if "2022" in name], "an exercise that is empty"


def test_a_withdrawn_document_leaves(portal: Any, published: Any, built: Any, files: Any) -> None:
    built()
    package = portal.dataset(f"budget-{COMMUNES[0]}-2022")
    for resource in package["resources"]:
        if resource["stage"] == "BP":
            resource["withdrawn_on"] = "2026-01-01"
    call("package_update", portal.context(), package)
    built()
    kept = files.ask("documents", "SELECT siren, exercice, etape")
    assert (COMMUNES[0][:9], 2022, "BP") not in kept
    assert (COMMUNES[0][:9], 2022, "CA") in kept


def test_a_failure_leaves_the_former_build(
    portal: Any, published: Any, built: Any, files: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    built()
    former, total = files.folder, files.ask("lignes", "SELECT sum(BGT_MTPREV)")
    delete(portal, f"budget-{COMMUNES[0]}-2022")

    def fail(*_args: Any) -> None:
        raise OSError("no room left")

    monkeypatch.setattr(tables, "write_totals", fail)
    with pytest.raises(OSError, match="no room"):
        built()
    assert files.folder == former
    assert files.ask("lignes", "SELECT sum(BGT_MTPREV)") == total
    monkeypatch.undo()
    assert [p.name for p in former.parent.iterdir() if p.name.startswith(".")] == []


def test_a_table_made_elsewhere_is_read_as_it_is(
    portal: Any, published: Any, built: Any, files: Any
) -> None:
    """Other order of columns, decimal commas: what the check of tables reads, the dataset reads."""
    from ckanext.budget.core.storage import path_of

    resource, text = scdl_files(portal)[0]
    rows = list(csv.DictReader(io.StringIO(text)))
    for row in rows:
        row["BGT_MTPREV"] = row["BGT_MTPREV"].replace(".", ",")
    out = io.StringIO()
    writer = csv.DictWriter(out, sorted(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path_of(resource["id"]).write_text(out.getvalue(), encoding="utf-8")
    assert built().left_out == []
    found = files.ask("lignes", f"SELECT sum(BGT_MTPREV) FILTER (ressource = '{resource['id']}')")
    assert found[0][0] * 100 == sum(cents(row["BGT_MTPREV"]) or 0 for row in rows)


def test_what_cannot_be_read_is_left_out_and_told(
    portal: Any, published: Any, built: Any, files: Any
) -> None:
    from ckanext.budget.core.storage import path_of

    bad = [resource for resource, _text in scdl_files(portal)[:2]]
    text = path_of(bad[0]["id"]).read_text(encoding="utf-8-sig")
    path_of(bad[0]["id"]).write_text(text.replace("20.00", "vingt"), encoding="utf-8")
    path_of(bad[1]["id"]).unlink()
    told = {source.resource: reason for source, reason in built().left_out}
    assert set(told) == {resource["id"] for resource in bad}
    assert "nombres" in told[bad[0]["id"]]
    assert files.ask("documents", "SELECT count(*)") == [(len(published) - 2,)]
    path_of(bad[0]["id"]).write_text(text, encoding="utf-8")
    assert built().read == 2, "they are read again by the next build"
    assert files.ask("documents", "SELECT count(*)") == [(len(published) - 1,)]


def test_an_empty_portal_has_an_empty_dataset(portal: Any, built: Any, files: Any) -> None:
    assert built().changed
    assert not [name for name in files.names() if name.startswith("lignes")]
    assert not built().changed


def test_checksums_and_schemas_describe_every_file(published: Any, built: Any, files: Any) -> None:
    from ckanext.budget.totem.files import sha256_of

    built()
    manifest = json.loads((files.folder / store.MANIFEST).read_text())
    assert {item["path"] for item in manifest["resources"]} >= files.names()
    for item in manifest["resources"]:
        path = files.folder / item["path"]
        assert item["hash"] == f"sha256:{sha256_of(path)}"
        assert item["bytes"] == path.stat().st_size
    sums = (files.folder / "SHA256SUMS").read_text().splitlines()
    assert len(sums) == len(manifest["resources"])


def test_without_duckdb_one_sentence(
    portal: Any, monkeypatch: pytest.MonkeyPatch, built: Any
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(EngineMissing, match=r"ckanext-budget\[data\]"):
        built()


def test_another_version_makes_everything_again(
    published: Any, built: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    built()
    monkeypatch.setattr(building, "VERSION", building.VERSION + 1)
    assert built().read == len(published)


def test_the_reader_reads_its_folder_and_nothing_else(
    published: Any, built: Any, files: Any, tmp_path: Any
) -> None:
    import duckdb

    built()
    (tmp_path / "secret.csv").write_text("a\n1\n")
    views = {"documents": f"SELECT * FROM '{files.folder}/documents/documents.parquet'"}
    connection = engine.reader(files.folder, views)
    assert engine.ask(connection, "SELECT count(*) FROM documents", 10)[1] == [(8,)]
    for sql in (
        f"SELECT * FROM '{tmp_path}/secret.csv'",
        f"COPY documents TO '{tmp_path}/out.csv'",
        "SET memory_limit = '10GB'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ):
        with pytest.raises(duckdb.Error):
            engine.ask(connection, sql, 1)
