"""The CKAN side of the demonstration: account, organisation, harvest source, harvest, report.

Usage, inside the portal's environment::

    python dev/demo.py INI --from FOLDER_OR_URL --password-file FILE

Everything goes through CKAN's own actions. The documents go through the real queue: this script
creates the job, ``gather-consumer`` and ``fetch-consumer`` do the work in their own processes, and
``ckan harvester run`` (the cron command) closes the job.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ADMIN = "admin"
ORGANIZATION = "demo"
SOURCE_TYPE = "totem"
FINISHED = "Finished"
NOT_FINISHED = 1
LISTED = 100

# key of the job's statistics -> word of the report
COUNTS = {
    "added": "added",
    "updated": "updated",
    "not modified": "unchanged",
    "deleted": "deleted",
    "errored": "errors",
}


@contextmanager
def portal(ini: Path) -> Iterator[None]:
    """CKAN, loaded from its configuration, within one request."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    app = make_app(load_config(str(ini)))
    with app._wsgi_app.test_request_context():
        yield


def action(name: str, data: dict[str, Any], *, user: str = ADMIN) -> Any:
    """Call a CKAN action as the sysadmin."""
    import ckan.plugins.toolkit as tk

    return tk.get_action(name)({"user": user, "ignore_auth": True}, data)


def exists(name: str, data: dict[str, Any]) -> dict[str, Any] | None:
    """The result of a ``*_show`` action, or None when there is no such object."""
    import ckan.plugins.toolkit as tk

    try:
        return action(name, data)
    except tk.ObjectNotFound:
        return None


def site_user() -> str:
    """CKAN's internal user, who may create the first account."""
    import ckan.plugins.toolkit as tk

    return tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]


def ensure_sysadmin(password_file: Path) -> None:
    """The account ``admin`` with a random password, kept in a file that only its owner reads."""
    from ckan import model

    if model.User.get(ADMIN) is None:
        password = secrets.token_urlsafe(12)
        descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(password + "\n")
        account = {"name": ADMIN, "email": "admin@example.org", "password": password}
        action("user_create", account, user=site_user())
    account = model.User.get(ADMIN)
    if not account.sysadmin:
        account.sysadmin = True
        model.repo.commit_and_remove()


def ensure_organization() -> None:
    """The organisation that owns the demonstration's harvest sources."""
    if exists("organization_show", {"id": ORGANIZATION}) is None:
        title = "Collectivités de démonstration"
        action("organization_create", {"name": ORGANIZATION, "title": title})


def is_url(place: str) -> bool:
    """Whether the documents come from the web."""
    return bool(re.match(r"https?://", place))


def source_name(place: str) -> str:
    """A stable name for the source over this place: its last words and a short hash."""
    shown = place if is_url(place) else Path(place).name
    words = re.sub(r"[^a-z0-9]+", "-", shown.lower()).strip("-")[-40:].strip("-")
    return f"{words}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"


def known_source(place: str) -> str | None:
    """The id of the source that already harvests this place, if any."""
    sources = action("harvest_source_list", {"only_active": True})
    return next((source["id"] for source in sources if source["url"] == place), None)


def ensure_source(place: str) -> str:
    """The harvest source over a folder or a URL; its id."""
    source = {
        "name": source_name(place),
        "title": f"Documents budgétaires : {place if is_url(place) else Path(place).name}",
        "url": place,
        "source_type": SOURCE_TYPE,
        "owner_org": ORGANIZATION,
        "frequency": "MANUAL",
        "config": '{"organization": "source"}',
    }
    return known_source(place) or action("harvest_source_create", source)["id"]


def open_job(source: str) -> str:
    """The job of the source that is not finished, or a new one on the queue; its id."""
    jobs = action("harvest_job_list", {"source_id": source})
    waiting = [job["id"] for job in jobs if job["status"] != FINISHED]
    if waiting:
        return waiting[0]
    return action("harvest_job_create", {"source_id": source, "run": True})["id"]


def job_state(job: str) -> dict[str, Any]:
    """The job as the database has it now."""
    from ckan import model

    model.Session.rollback()
    model.Session.expire_all()
    return action("harvest_job_show", {"id": job})


def objects_done(job: str) -> tuple[int, int]:
    """How many documents of the job are done, of how many."""
    from ckan import model
    from ckanext.harvest.model import HarvestObject

    states = model.Session.query(HarvestObject.state).filter_by(harvest_job_id=job).all()
    return sum(state in ("COMPLETE", "ERROR") for (state,) in states), len(states)


def run_cron_command(ini: Path) -> None:
    """``ckan harvester run``: closes the jobs whose documents are all done."""
    command = [str(Path(sys.executable).parent / "ckan"), "-c", str(ini), "harvester", "run"]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)


def wait_for_job(ini: Path, job: str, minutes: float) -> dict[str, Any]:
    """Run the cron command until the job is finished; stop when no document ends any more."""
    last, moved = (-1, -1), time.monotonic()
    while True:
        state, now = job_state(job), objects_done(job)
        if state["status"] == FINISHED:
            return state
        if now != last:
            last, moved = now, time.monotonic()
            print(f"     {now[0]} of {now[1]} documents", flush=True)
        if time.monotonic() - moved > minutes * 60:
            return state
        if now[0] == now[1]:
            run_cron_command(ini)
        time.sleep(0.5)


def published(source: str) -> list[dict[str, Any]]:
    """The datasets that the source feeds, by title."""
    from ckan import model
    from ckanext.harvest.model import HarvestObject

    fed = model.Session.query(HarvestObject.package_id).filter(
        HarvestObject.harvest_source_id == source, HarvestObject.package_id.isnot(None)
    )
    datasets = [action("package_show", {"id": package}) for (package,) in fed.distinct()]
    alive = [dataset for dataset in datasets if dataset["state"] == "active"]
    return sorted(alive, key=lambda dataset: dataset["title"])


def report_datasets(source: str) -> None:
    """A title and a link per dataset, the first hundred of them."""
    import ckan.plugins.toolkit as tk

    site = tk.config["ckan.site_url"]
    datasets = published(source)
    print(f"\nPublished: {len(datasets)} datasets")
    for dataset in datasets[:LISTED]:
        print(f"  {dataset['title']} ({len(dataset['resources'])} files)")
        print(f"    {site}/budget/{dataset['name']}")
    if len(datasets) > LISTED:
        print(f"  … and {len(datasets) - LISTED} more: {site}/budget/")


def report_job(state: dict[str, Any]) -> None:
    """The counts of the harvest, then each error."""
    stats = state["stats"]
    print("\nHarvest: " + ", ".join(f"{stats.get(key, 0)} {word}" for key, word in COUNTS.items()))
    for summary in ("gather_error_summary", "object_error_summary"):
        for error in state.get(summary) or []:
            print(f"  error ({error['error_count']}): {error['message']}")


def build_dataset() -> None:
    """The open dataset of what is online, for its pages."""
    from ckanext.budget.opendata.build import build

    build()


def harvest(arguments: argparse.Namespace) -> int:
    """Prepare the portal, harvest the place, say what is online."""
    ensure_sysadmin(arguments.password_file)
    ensure_organization()
    source = ensure_source(arguments.place)
    state = wait_for_job(arguments.ini, open_job(source), arguments.minutes)
    report_datasets(source)
    report_job(state)
    build_dataset()
    return 0 if state["status"] == FINISHED else NOT_FINISHED


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ini", type=Path)
    parser.add_argument("--from", dest="place", required=True, help="folder or URL of documents")
    parser.add_argument("--password-file", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=10, help="patience without any progress")
    return parser.parse_args()


def main() -> int:
    """Exit code 0 when the harvest job is finished."""
    arguments = parse()
    with portal(arguments.ini):
        return harvest(arguments)


if __name__ == "__main__":
    sys.exit(main())
