"""A generated region: how fast the search page and the map answer with 20,000 budgets.

    python benchmarks/portal.py CKAN_INI [--datasets 20000] [--requests 40]

The row and the Solr document of a budget that the portal has already are copied in
bulk for every body of the shipped list, with believable gaps (about half of the communes publish,
recent exercises more than old ones). WRITES IN THE PORTAL OF THE INI: use a scratch one.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import statistics
import time
import uuid
from typing import Any

FIRST_YEAR, LAST_YEAR = 2018, 2024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ini")
    parser.add_argument("--datasets", type=int, default=20_000)
    parser.add_argument("--requests", type=int, default=40)
    arguments = parser.parse_args()
    from ckan.cli import CKANConfigLoader
    from ckan.config.middleware import make_app

    app = make_app(CKANConfigLoader(arguments.ini).get_config())
    with app._wsgi_app.test_request_context():
        planted = _plant(arguments.datasets)
    print(f"{planted} budgets in the portal")
    with app._wsgi_app.test_client() as client:
        _measure(client, arguments.requests)


def _plant(wanted: int) -> int:
    """Bring the portal to ``wanted`` budgets; how many there are."""
    from ckan import model

    there = model.Session.query(model.Package).filter_by(type="budget", state="active").count()
    if there < wanted:
        _copy(_model_budget(), list(_sheets(wanted - there)))
    return model.Session.query(model.Package).filter_by(type="budget", state="active").count()


def _sheets(number: int) -> Any:
    """Believable sheets: body, year, stages; the same on each run."""
    from ckanext.budget.pages.territories.reference import shipped

    chance = random.Random(8)
    bodies = [one for one in shipped() if one.siren]
    chance.shuffle(bodies)
    made = 0
    for body in bodies:
        first = FIRST_YEAR + chance.randrange(4)
        for year in range(first, LAST_YEAR + 1):
            if made == number:
                return
            if chance.random() < 0.85:
                made += 1
                yield _sheet(body, year, chance)


def _sheet(body: Any, year: int, chance: random.Random) -> dict[str, str]:
    stages = (
        ["BP"] if year == LAST_YEAR else chance.choice([["BP"], ["BP", "CA"], ["BP", "DM", "CA"]])
    )
    return {
        "title": f"Budget {year} – {body.name}",
        "name": f"budget-{body.siren}00013-{year}",
        "body_name": body.name,
        "body_kind": body.kind,
        "siren": body.siren,
        "siret": f"{body.siren}00013",
        "insee_code": body.code if body.kind == "commune" else "",
        "department": body.department,
        "population": str(body.population or ""),
        "budget_type": "principal",
        "fiscal_year": str(year),
        "stages": json.dumps(stages),
        "norm": "M57" if year > 2022 else chance.choice(["M14", "M57"]),
        "quality": chance.choice(["conforme", "conforme", "avertissements", "erreurs"]),
    }


def _model_budget() -> Any:
    """A budget that was published for real, tables included: the copies are as complete as it."""
    from ckan import model

    tables = model.Session.query(model.Resource.package_id).filter_by(state="active", format="CSV")
    published = model.Session.query(model.Package).filter_by(type="budget", state="active")
    found = published.filter(model.Package.id.in_(tables)).order_by(model.Package.name).first()
    if found is None:
        raise SystemExit("Publish a budget first (bin/demo does).")
    return found


def _copy(package: Any, sheets: list[dict[str, str]]) -> None:
    import ckan.plugins.toolkit as tk
    from ckan import model
    from ckan.lib.search.common import make_connection

    solr = make_connection()
    site = tk.config["ckan.site_id"]
    [document] = solr.search(f"id:{package.id}", fq=f"site_id:{site}", fl="*").docs
    shown = tk.get_action("package_show")({"ignore_auth": True}, {"id": package.id})
    row = {column.name: getattr(package, column.name) for column in model.package_table.columns}
    for start in range(0, len(sheets), 1000):
        rows, documents = [], []
        for sheet in sheets[start : start + 1000]:
            identifier = str(uuid.uuid5(uuid.NAMESPACE_URL, sheet["name"]))
            fields = {key: value for key, value in sheet.items() if key not in ("title", "name")}
            rows.append({
                **row, "id": identifier, "name": sheet["name"], "title": sheet["title"],
                "extras": {**row["extras"], **fields},
            })  # fmt: skip
            documents.append(_document(document, shown, identifier, sheet, site))
        model.Session.execute(model.package_table.insert(), rows)
        solr.add(documents, commit=False)
        model.Session.commit()
    solr.commit()


def _document(
    base: dict[str, Any], shown: dict[str, Any], identifier: str, sheet: dict[str, str], site: str
) -> dict[str, Any]:
    """The Solr document of a copy; fields that Solr does not give back are written again."""
    stages = json.loads(sheet["stages"])
    data = copy.deepcopy(shown) | {**sheet, "id": identifier, "stages": stages}
    kept = {
        key: f"{value:%Y-%m-%dT%H:%M:%SZ}" if hasattr(value, "strftime") else value
        for key, value in base.items()
        if not key.startswith(("_", "extras_"))
    }
    extras = {
        f"extras_{key}": value for key, value in sheet.items() if key not in ("name", "title")
    }
    return {
        **kept, **extras, **{key: value for key, value in sheet.items() if key != "stages"},
        "id": identifier, "index_id": f"{identifier}{site}", "site_id": site,
        "title_string": sheet["title"], "dataset_type": "budget", "state": "active",
        "entity_type": "package", "capacity": "public", "permission_labels": ["public"],
        "vocab_stages": stages,
        "data_dict": json.dumps(data), "validated_data_dict": json.dumps(data),
    }  # fmt: skip


PAGES = (
    "/budgets",
    "/budgets?exercice=2022",
    "/budgets?type=commune&departement=08&exercice=2021",
    "/budgets?collectivite=saint",
    "/budgets?etape=CA&norme=M57&vue=tableau",
    "/budgets/collectivites.json?q=saint",
    "/budgets/carte?exercice=2022&etape=BP",
    "/budgets/carte.geojson?exercice=2022&etape=BP&type=commune",
    "/budgets/carte/departements.geojson?exercice=2022&etape=CA&type=commune",
)


def _measure(client: Any, requests: int) -> None:
    for page in PAGES:
        times = []
        for _ in range(requests):
            start = time.perf_counter()
            answer = client.get(page)
            answer.get_data()
            times.append(1000 * (time.perf_counter() - start))
            assert answer.status_code == 200, (page, answer.status_code)
        ordered = sorted(times[1:])
        p95 = ordered[int(0.95 * (len(ordered) - 1))]
        print(f"{p95:7.0f} ms p95 {statistics.median(ordered):7.0f} ms median "
              f"{times[0]:7.0f} ms first  {page}")  # fmt: skip


if __name__ == "__main__":
    main()
