"""What nobody can type: the names and ids of published budgets, and the claims of trust.

A budget's address and ids are predictable, so that any process finds them; whoever made a dataset
under one of them first would stand in the way of the real one. Quality, masking, origin, stages
and digests are computed from the documents: readers trust them because no form writes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.budget.core.contexts import PUBLICATION
from ckanext.budget.core.errors import HeldByAnother
from ckanext.budget.core.tables import is_ready, territory_table
from ckanext.budget.publication import ownership
from ckanext.budget.sheet import recomputed
from ckanext.budget.sheet.identity import OPEN_DATASET, is_reserved

_RESERVED = re.compile(rf"budget-[0-9]{{14}}(-.*)?|{OPEN_DATASET}")
DATASET_CLAIMS = ("quality", "masking_policy", "origin", "stages", "voted_on", "norm_variant")
_SEVERAL = ("stages",)
FORMER_CLAIMS = ("source_sha256", "history")
"""Digests of raw bytes, that versions before 0.3 published: nobody writes them any more."""
RESOURCE_CLAIMS = (
    "document",
    "hash_algorithm",
    "seal",
    "sealed_on",
    "edited_on",
    "masking_policy",
    "masked_count",
    "rows",
    "quality",
    "findings",
    "source_modified",
    "withdrawn_on",
    "harvest_object_id",
    "about",
)
_SUMMED_UP = ("quality", "masking_policy", "stages", "voted_on", "norm_variant", "population")
"""Fields of the dataset that follow from its documents; a publisher may correct the others."""


@tk.chained_action
def package_create(original: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """As CKAN's. Raises ValidationError for a reserved name or id, or another's body."""
    if not context.get(PUBLICATION):
        data_dict = _checked(dict(data_dict), None)
    return original(context, data_dict)


@tk.chained_action
def package_update(original: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """As CKAN's; claims keep the value that the publication gave them."""
    if not context.get(PUBLICATION):
        package = model.Package.get(data_dict.get("id") or data_dict.get("name") or "")
        if package is not None:
            data_dict = _checked(dict(data_dict), package)
    return original(context, data_dict)


def _checked(data: dict[str, Any], package: model.Package | None) -> dict[str, Any]:
    """The data with the claims as they are stored. Raises ValidationError."""
    errors: dict[str, list[str]] = {}
    name = str(data.get("name") or "")
    if _RESERVED.fullmatch(name) and (package is None or package.name != name):
        errors["name"] = [tk._("This address is kept for published budgets: choose another")]
    known = {resource.id: resource for resource in package.resources_all} if package else {}
    ids = [data.get("id")] if package is None else []
    resources = [item for item in data.get("resources") or () if isinstance(item, dict)]
    ids += [item.get("id") for item in resources if item.get("id") not in known]
    if any(map(is_reserved, ids)):
        errors["id"] = [tk._("This id is kept for published budgets: leave it empty")]
    kind = package.type if package is not None else data.get("type")
    if kind == "budget":
        errors |= _of_another(data, package) | _of_documents(data, package) | _of_list(data)
        _keep(data, DATASET_CLAIMS, package.extras if package else {})
        if "resources" in data:
            data["resources"] = [_kept(item, known) for item in resources]
            data |= _summed_up(data["resources"], known)
    if errors:
        raise tk.ValidationError(errors)
    return data


def _summed_up(
    resources: list[dict[str, Any]], known: Mapping[str, model.Resource]
) -> dict[str, Any]:
    """What follows from the documents when one of them goes by any door of CKAN's own."""
    had = any((resource.extras or {}).get("document") for resource in known.values())
    if not had and not any(item.get("document") for item in resources):
        return {}
    found = recomputed(resources)
    return {name: found[name] for name in _SUMMED_UP if name in found}


def _of_another(data: Mapping[str, Any], package: model.Package | None) -> dict[str, list[str]]:
    siret = re.sub(r"\s", "", str(data.get("siret") or ""))
    owner = model.Group.get(data.get("owner_org") or (package.owner_org if package else "") or "")
    held = package.resources if package is not None else []
    documents = [item.id for item in held if (item.extras or {}).get("role") == "xml"]
    try:
        ownership.check_published(siret, documents, owner.id if owner else None)
    except HeldByAnother as error:
        return {"siret": [str(error)]}
    return {}


def _of_documents(data: Mapping[str, Any], package: model.Package | None) -> dict[str, list[str]]:
    """The budget and the year are those of the documents that the dataset holds."""
    slugs = [item.extras.get("document") for item in package.resources] if package else []
    held = [slug.split("-") for slug in slugs if slug]
    errors: dict[str, list[str]] = {}
    for place, field in enumerate(("siret", "fiscal_year")):
        values = sorted({parts[place] for parts in held})
        said = re.sub(r"\s", "", str(data.get(field) or ""))
        if values and said and said not in values:
            message = tk._("The documents of this dataset say {values}: deposit those of another")
            errors[field] = [message.format(values=", ".join(values))]
    return errors


def _of_list(data: Mapping[str, Any]) -> dict[str, list[str]]:
    """The commune of this SIREN, where the portal's list of territories has it, has one code."""
    siren = re.sub(r"\s", "", str(data.get("siret") or ""))[:9]
    code = str(data.get("insee_code") or "").strip().upper()
    if not (siren and code and is_ready()):
        return {}
    listed = sa.select(territory_table.c.code).where(
        territory_table.c.siren == siren, territory_table.c.kind == "commune"
    )
    known = model.Session.execute(listed).scalar()
    if known is None or known == code:
        return {}
    message = tk._("The commune of this SIRET has the INSEE code {code}").format(code=known)
    return {"insee_code": [message]}


def _kept(resource: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    stored = known.get(resource.get("id") or "")
    changed = {name: value for name, value in resource.items() if name not in FORMER_CLAIMS}
    _keep(changed, RESOURCE_CLAIMS, (stored.extras or {}) if stored is not None else {})
    return changed


def _keep(data: dict[str, Any], names: Iterable[str], stored: Mapping[str, Any]) -> None:
    for name in names:
        if name in data or stored.get(name):
            value = stored.get(name) or ""
            data[name] = json.loads(value or "[]") if name in _SEVERAL else value


ACTIONS: dict[str, Callable[..., Any]] = {
    "package_create": package_create,
    "package_update": package_update,
}
