"""What files are to each other gives one answer at every door: sent again, told apart by their
vote, of a body with a new number, in an envelope.

With ``BUDGET_CASES``, the real cases too. What is said of the version set aside:
``tests/ckan/publication/test_version_order.py``.
"""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ckan.plugins import toolkit as tk

from ckanext.budget.totem.identifiers import is_siret

from ..conftest import small_document
from ..uploaded import upload

REAL = Path(os.environ.get("BUDGET_CASES", "/nonexistent")) / "totem"
pytestmark = pytest.mark.validation


class Group(NamedTuple):
    """``files``; how many ``budgets`` and ``tables`` they make; amounts ``online`` and ``gone``."""

    files: tuple[bytes, ...]
    budgets: int
    tables: int
    online: tuple[bytes, ...]
    gone: tuple[bytes, ...] = ()


def _sealed(amount: str, day: str) -> bytes:
    seal = f'<Scellement md5="00" sha1="00" date="{day}T10:00:00"/><EnTeteDocB'
    return small_document(amount=amount).replace(b"<EnTeteDocB", seal.encode(), 1)


def _enclosed(document: bytes, name: str = "99_BU-089-BP2022.xml") -> bytes:
    """As @ctes sends it: an order beside the document, in an archive."""
    target = io.BytesIO()
    order = b'<?xml version="1.0"?><actes:Actes xmlns:actes="http://www.interieur.gouv.fr/ACTES"/>'
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for title, data in (("089-BP2022.xml", order), (name, document)):
            item = tarfile.TarInfo(title)
            item.size = len(data)
            archive.addfile(item, io.BytesIO(data))
    return target.getvalue()


SIRET = "21670482500019"
NEW_NIC = next(number for nic in range(20, 99_999) if is_siret(number := f"{SIRET[:9]}{nic:05d}"))
OWN = {
    "sent-again": Group(
        (_sealed("111.11", "2022-04-07"), _sealed("222.22", "2022-06-07")),
        *(1, 1, (b"222.22",), (b"111.11",)),
    ),
    "changes-without-number": Group(
        tuple(
            small_document(stage="02", voted=day, amount=amount)
            for day, amount in (("2022-11-22", "111.11"), ("2022-12-13", "222.22"))
        ),
        *(1, 2, (b"111.11", b"222.22")),
    ),
    "new-nic": Group(
        (
            small_document(amount="111.11"),
            small_document(siret=NEW_NIC, year=2023, voted="2023-03-31", amount="222.22"),
        ),
        *(2, 2, (b"111.11", b"222.22")),
    ),
    "envelope": Group((_enclosed(small_document(amount="111.11")),), 1, 1, (b"111.11",)),
}
_REAL = {
    "x3": (("x3a-first-sending.xml", "x3b-corrected-resending-later-seal.xml"),
           (1, 1, (b"54321.00",), (b"12345.67",))),
    "x4": (("x4a-dm-without-number-november.xml", "x4b-dm-without-number-december.xml"),
           (1, 2, (b"12345.67", b"777.00"))),
    "x5": (("x5a-2022-old-siret.xml", "x5b-2023-new-nic-same-siren.xml"), (2, 2, (b"12345.67",))),
    "x6": (("x6-actes-envelope.tar.gz",), (1, 1, (b"12345.67",))),
}  # fmt: skip


def _groups() -> Iterator[tuple[str, Group]]:
    yield from OWN.items()
    for name, (files, answer) in _REAL.items() if REAL.is_dir() else ():
        yield name, Group(tuple((REAL / file).read_bytes() for file in files), *answer)


def _ways() -> Iterator[Any]:
    """Each group by each door: an archive is opened by the deposit, the API says so."""
    for name, group in _groups():
        for door in ("deposits", "one deposit") if _is_packed(group) else DOORS:
            for order in (1, -1)[: len(group.files)]:
                yield pytest.param(group, door, order, id=f"{name}-{door}-{order}")


def _is_packed(group: Group) -> bool:
    return any(_ending(data) != "xml" for data in group.files)


DOORS = ("harvest", "deposits", "one deposit", "api")


@pytest.fixture
def doors(portal: Any, harvest: Any) -> dict[str, Callable[[Sequence[bytes]], None]]:
    owner, user = portal.organization["id"], portal.member()["name"]

    def deposit(*files: Any) -> None:
        data = {"owner_org": owner, "upload": list(files), "publish": True}
        tk.get_action("budget_deposit")({"user": user}, data)

    def by_harvest(files: Sequence[bytes]) -> None:
        with zipfile.ZipFile(portal.source / "lot.zip", "w") as archive:
            for rank, data in enumerate(files):
                archive.writestr(f"{'zy'[rank]}.xml", data)
        harvest()

    def by_deposits(files: Sequence[bytes]) -> None:
        for data in files:
            deposit(upload(data, f"export.{_ending(data)}"))

    def by_one_deposit(files: Sequence[bytes]) -> None:
        deposit(*(upload(data, f"{at}.{_ending(data)}") for at, data in enumerate(files)))

    def by_api(files: Sequence[bytes]) -> None:
        for data in files:
            portal.action("budget_publish", owner_org=owner, upload=upload(data))

    return {
        "harvest": by_harvest,
        "deposits": by_deposits,
        "one deposit": by_one_deposit,
        "api": by_api,
    }


def _ending(data: bytes) -> str:
    return "tar.gz" if data.startswith(b"\x1f\x8b") else "xml"


@pytest.mark.parametrize(("group", "door", "order"), _ways())
def test_what_is_on_line_does_not_depend_on_the_door(
    portal: Any, doors: Any, group: Group, door: str, order: int
) -> None:
    doors[door](group.files[::order])
    budgets = portal.budgets()
    tables = [
        r for name in budgets for r in portal.dataset(name)["resources"] if r["role"] == "scdl"
    ]
    assert (len(budgets), len(tables)) == (group.budgets, group.tables)
    assert len({(table["package_id"], table["name"]) for table in tables}) == group.tables
    written = b"".join(data for data in portal.files().values() if data.startswith(b"BGT_"))
    assert all(amount in written for amount in group.online)
    assert not any(amount in written for amount in group.gone)


def test_the_api_and_the_form_say_who_opens_an_envelope(portal: Any, doors: Any) -> None:
    packed = OWN["envelope"].files
    with pytest.raises(tk.ValidationError) as caught:
        doors["api"](packed)
    assert "/budgets/deposer" in str(caught.value.error_dict)
    portal.publish(small_document())
    (dataset,) = portal.budgets()
    with pytest.raises(tk.ValidationError) as caught:
        portal.action("resource_create", package_id=dataset, upload=upload(packed[0], "a.tar.gz"))
    assert "/budgets/deposer" in str(caught.value.error_dict)


@pytest.mark.skipif(not REAL.is_dir(), reason="set BUDGET_CASES to the real cases")
def test_every_real_document_is_asked_somewhere() -> None:
    from .test_documents import _REAL as ALONE

    grouped = {file for files, _ in _REAL.values() for file in files}
    assert {path.name for path in REAL.iterdir()} == grouped | set(ALONE)
