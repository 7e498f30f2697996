"""Names and tokens planted in the addresses of a source are read by nobody who may not edit it.

One table of the places of an address × everything that a reader without account gets, with the
activity stream (its data made public) and the log at INFO.
"""

from __future__ import annotations

import io
import json
import logging
import re
import zipfile
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk

from ..test_public_bytes import Reader

PLANTED = {
    "query of the source": "quatreplanches-source",
    "name of a file": "quatreplanches-nom",
    "folder of a file": "quatreplanches-dossier",
    "query of a file": "quatreplanches-signature",
    "fragment of a file": "quatreplanches-fragment",
    "user of a file": "quatreplanches-identifiant",
    "password of a file": "quatreplanches-motdepasse",
    "name in a list": "quatreplanches-titre",
    "name of an archive": "quatreplanches-archive",
    "name in an archive": "quatreplanches-interne",
    "missing file": "quatreplanches-absent",
    "unusable file": "quatreplanches-inutilisable",
}
ACTIONS = ("harvest_job_list", "harvest_job_show", "harvest_job_report", "harvest_object_list",
           "harvest_source_show", "harvest_source_search",
           "package_activity_list", "activity_show", "activity_data_show", "user_activity_list",
           "organization_activity_list", "recently_changed_packages_activity_list",
           "resource_search")  # fmt: skip
PAGES = ("/harvest/{id}", "/harvest/source/{id}", "/harvest/about/{id}", "/harvest/{id}/job",
         "/harvest/{id}/job/{job}", "/harvest/{id}/job/last", "/harvest/admin/{id}",
         "/harvest/activity/{id}", "/dataset/activity/{id}", "/dataset/{id}/history/{activity}",
         "/harvest/edit/{id}", "/user/activity/{user}", "/organization/activity/collectivites",
         "/api/util/snippet/api_info.html", "/feeds/organization/collectivites.atom",
         "/budgets/controle", "/dataset/changes/{activity}")  # fmt: skip


@pytest.fixture
def plugins() -> str:
    return (
        "budget budget_view totem_harvester harvest scheming_datasets dcat datastore "
        "datatables_view activity"
    )


def addresses(portal: Any, url: str, make_document: Any) -> str:
    """A list that leads to a document for each place; the address of the list."""
    p = PLANTED
    rank = iter(range(2010, 2030))

    def file(path: str) -> str:
        target = portal.source / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(make_document(year=next(rank)))
        return f"{url}{path}"

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr(f"{p['name in an archive']}.xml", make_document(year=next(rank)))
    (portal.source / f"{p['name of an archive']}.zip").write_bytes(archive.getvalue())
    (portal.source / f"{p['unusable file']}.xml").write_bytes(b"<html>404</html>")
    (portal.source / "cut.xml").write_bytes(make_document()[:-50])
    user = f"{p['user of a file']}:{p['password of a file']}@"
    items = [
        file(f"{p['name of a file']}.xml"),
        file(f"{p['folder of a file']}/a.xml"),
        file("b.xml") + f"?sig={p['query of a file']}",
        file("c.xml") + f"#{p['fragment of a file']}",
        file("d.xml").replace("://", f"://{user}"),
        f"{url}{p['name of an archive']}.zip",
        f"{url}{p['missing file']}.xml?token={p['query of a file']}",
        f"{url}{p['unusable file']}.xml",
        f"{url}cut.xml?sig={p['query of a file']}",
    ]
    documents = [{"url": item, "name": p["name in a list"]} for item in items]
    (portal.source / "list.json").write_text(json.dumps({"documents": documents}))
    return f"{url}list.json?commune={p['query of the source']}"


def test_what_an_address_holds_is_in_no_anonymous_answer(
    portal, app, web_folder, harvest, make_document, ckan_config, monkeypatch, caplog
):
    from ckanext.activity.model import Activity

    caplog.set_level(logging.INFO)
    monkeypatch.setitem(ckan_config, "ckan.auth.public_activity_stream_detail", True)
    source = addresses(portal, web_folder.url, make_document)
    report = harvest(url=source)
    assert report.stats.get("added", 0) >= 3, report
    assert any(PLANTED["missing file"] in str(value) for value in vars(report).values())

    reader = Reader(portal, app)
    package = portal.action("package_show", id="source")
    activities = [row.id for row in model.Session.query(Activity)]
    assert activities
    known = {"id": package["id"], "job": report.job["id"], "user": "admin"}
    for identifier in [*activities, package["id"], report.job["id"]]:
        for name in ACTIONS:
            reader.call(name, id=identifier, source_id=package["id"], include_data=True,
                        query="url:a")  # fmt: skip
    for path in PAGES:
        reader.get(path.format(**known, activity=activities[0]))
    log = caplog.text  # before the questions, which it tells
    for word in PLANTED.values():
        for question in (word, f"url:*{word}*", f"urls:*{word}*", f"extras_config:*{word}*"):
            reader.call("package_search", q=question, fl="name")
    fields = ["url", "urls", "text", "config", "extras_config"]
    reader.call("package_search", **{"facet.field": fields, "facet.limit": -1, "rows": 0})
    reader.read_all()
    # CKAN keeps there, where nobody searches, what it shows to those who may edit it
    whole = re.compile(rb'"(validated_)?data_dict": "(\\.|[^"\\])*"')
    read = [whole.sub(b"", piece) for piece in reader.seen]
    corpus = b"\n".join(read) + log.encode()
    found = {place for place, value in PLANTED.items() if value.encode() in corpus}
    assert found == set()
    # the search is not blind
    assert f"{web_folder.url}list.json".encode() in corpus
    editor = portal.member()
    shown = tk.get_action("harvest_source_show")({"user": editor["name"]}, {"id": package["id"]})
    assert PLANTED["query of the source"] in shown["url"]


def test_purge_hides_what_the_stream_kept_before(portal, cli):
    import sqlalchemy as sa

    from ckanext.budget.plugin.cli import budget

    word = PLANTED["query of the source"]
    config = json.dumps({"filters": {"include": f"{word}*.xml"}})
    portal.action(
        "harvest_source_create", name="source", title="source", url="https://example.org/",
        source_type="totem", config=config, owner_org=portal.organization["id"],
        frequency="MANUAL",
    )  # fmt: skip
    package = portal.action("package_show", id="source")
    package["url"] = f"https://example.org/list.json?commune={word}"
    package["config"] = config
    former = json.dumps({"package": package, "actor": "admin"})
    every = sa.text("SELECT data FROM activity WHERE object_id = :id")
    model.Session.execute(
        sa.text("UPDATE activity SET data = :data WHERE object_id = :id"),
        {"data": former, "id": package["id"]},
    )
    model.Session.commit()
    stored = [row.data for row in model.Session.execute(every, {"id": package["id"]})]
    assert stored and all(word in data for data in stored)
    lines = [cli.invoke(budget, ["purge"]).output for _ in range(2)]
    kept = [row.data for row in model.Session.execute(every, {"id": package["id"]})]
    assert len(kept) == len(stored)
    assert [data for data in kept if word in data] == []
    assert all(json.loads(data)["package"]["name"] == "source" for data in kept)
    assert f"{len(stored)} dépôt(s), dossier(s)" in lines[0], lines
    assert "0 dépôt(s), dossier(s)" in lines[1], lines
