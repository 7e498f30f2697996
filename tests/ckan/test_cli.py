"""The ``ckan budget`` commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def run(cli: Any, portal: Any) -> Any:
    """``run("publish", …)`` runs ``ckan budget publish …``."""
    from ckanext.budget.plugin.cli import budget

    def invoke(*arguments: str | Path) -> Any:
        return cli.invoke(budget, [str(argument) for argument in arguments])

    return invoke


def test_publish_files_and_folders(portal, run, make_document):
    folder = portal.source / "lot"
    folder.mkdir()
    (folder / "bp.xml").write_bytes(make_document())
    one = portal.source / "ca.xml"
    one.write_bytes(make_document(stage="09"))
    first = run("publish", folder, one, "--org", "collectivites")
    assert first.exit_code == 0, first.output
    assert first.output.count(": publié (21670482500019-2022-") == 2
    again = run("publish", folder, one, "--org", "collectivites")
    assert again.output.count(": inchangé (") == 2
    forced = run("publish", one, "--org", "collectivites", "--force")
    assert "mis à jour" in forced.output


def test_one_bad_file_does_not_stop_the_others(portal, run, make_document):
    (portal.source / "a-mauvais.xml").write_bytes(b"<a/>")
    (portal.source / "b-bon.xml").write_bytes(make_document())
    done = run("publish", portal.source, "--org", "collectivites")
    assert done.exit_code == 1
    assert "a-mauvais.xml : " in done.output
    assert "b-bon.xml : publié" in done.output
    assert "Traceback" not in done.output


def test_unknown_organisation(run, portal, make_document):
    path = portal.source / "bp.xml"
    path.write_bytes(make_document())
    done = run("publish", path, "--org", "inconnue")
    assert done.exit_code == 1
    assert "inconnue" in done.output
    assert portal.budgets() == []
