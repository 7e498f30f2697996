"""The metadata sheet as portable rules and as a printed table, both made from ``budget.yaml``.

``budget.yaml`` is the only source: the JSON Schema ``schemas/budget-sheet.json`` and the page
``docs/metadata.md`` are generated from it, and a test fails when they say something else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from ckanext.budget.config import PACKAGE
from ckanext.budget.sheet.agreement import disagreements
from ckanext.budget.totem.identifiers import is_siren, is_siret

SOURCE = PACKAGE / "schemas" / "budget.yaml"
GENERATED = PACKAGE / "schemas" / "budget-sheet.json"

_PATTERNS = {
    "budget_siret": r"^([0-9]{14})?$",
    "budget_siren": r"^([0-9]{9})?$",
    "budget_year": r"^[12][0-9]{3}$",
    "budget_whole_number": r"^[0-9]*$",
}
_LISTS = ("multiple_checkbox", "multiple_text", "multiple_select")
_KEYS = {"budget_siret": (14, is_siret), "budget_siren": (9, is_siren)}


@lru_cache(maxsize=1)
def sheet() -> dict[str, Any]:
    """The scheming schema as written."""
    import yaml

    return yaml.safe_load(SOURCE.read_text(encoding="utf-8"))


def as_json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a sheet as ``ckan budget sheet export`` writes it."""
    source = sheet()
    properties = _properties(source["dataset_fields"])
    properties["resources"] = {
        "type": "array",
        "title": "Fichiers",
        "items": _object(source["resource_fields"]),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Fiche d'un budget local",
        "description": "Produit à partir de schemas/budget.yaml : ne pas modifier à la main.",
        "type": "object",
        "properties": properties,
        "required": [
            field["field_name"] for field in source["dataset_fields"] if field.get("required")
        ],
        "additionalProperties": False,
    }


def _object(fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": _properties(fields),
        "additionalProperties": False,
    }


def _properties(fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {field["field_name"]: _property(field) for field in fields}


def _property(field: Mapping[str, Any]) -> dict[str, Any]:
    described = {
        "title": _text(field.get("label"), "fr"),
        "description": _text(field.get("help_text"), "fr"),
        "examples": [field["form_placeholder"]] if field.get("form_placeholder") else None,
    }
    return {key: value for key, value in described.items() if value} | _kind(field)


def _kind(field: Mapping[str, Any]) -> dict[str, Any]:
    if "repeating_subfields" in field:
        limit = {"maxItems": 1} if field.get("repeating_once") else {}
        return {"type": "array", "items": _object(field["repeating_subfields"]), **limit}
    values = [choice["value"] for choice in field.get("choices", ())]
    if field.get("preset") in _LISTS:
        item = {"type": "string", "enum": values} if values else {"type": "string"}
        return {"type": "array", "items": item}
    if values:
        return {"enum": values if field.get("required") else ["", *values]}
    if field.get("preset") == "date":
        return {"type": "string", "pattern": r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"}
    pattern = next((_PATTERNS[name] for name in _validators(field) if name in _PATTERNS), None)
    length = {"minLength": 1} if field.get("required") else {}
    return {"type": "string", **({"pattern": pattern} if pattern else length)}


def _validators(field: Mapping[str, Any]) -> list[str]:
    return str(field.get("validators", "")).split()


def _text(value: Any, language: str) -> str:
    if isinstance(value, Mapping):
        return str(value.get(language) or "").strip()
    return str(value or "").strip()


def json_schema_text() -> str:
    """The file ``schemas/budget-sheet.json``."""
    return json.dumps(as_json_schema(), ensure_ascii=False, indent=1) + "\n"


# --- a sheet -------------------------------------------------------------------------------------


def exported(package: Mapping[str, Any]) -> dict[str, Any]:
    """The sheet of a dataset: its fields that say something, and those of its files."""
    source = sheet()
    found = _filled(package, source["dataset_fields"])
    if package.get("tags"):
        found["tag_string"] = ", ".join(tag["name"] for tag in package["tags"])
    found["resources"] = [
        _filled(resource, source["resource_fields"]) for resource in package.get("resources", ())
    ]
    return found


def _filled(item: Mapping[str, Any], fields: list[dict[str, Any]]) -> dict[str, Any]:
    names = [field["field_name"] for field in fields]
    return {name: item[name] for name in names if item.get(name)}


def problems(data: Any) -> list[dict[str, str]]:
    """What is wrong with a sheet: ``field`` (``contact/0/email``) and ``message``, in order."""
    import jsonschema

    validator = jsonschema.Draft202012Validator(as_json_schema())
    errors = sorted(validator.iter_errors(data), key=lambda error: list(map(str, error.path)))
    found = [
        {"field": "/".join(map(str, error.path)), "message": _sentence(error)} for error in errors
    ]
    if isinstance(data, Mapping):
        found += _wrong_keys(data)
        told = disagreements(data)
        found += [{"field": name, "message": sentence} for name, sentence in told.items()]
    return found


def _wrong_keys(data: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for field in sheet()["dataset_fields"]:
        value = str(data.get(field["field_name"]) or "")
        for name in _validators(field):
            length, is_right = _KEYS.get(name, (0, bool))
            if (
                length
                and len(value) == length
                and value.isascii()
                and value.isdigit()
                and not is_right(value)
            ):
                yield {
                    "field": field["field_name"],
                    "message": "La clé de ce numéro est fausse : vérifiez ses chiffres.",
                }


def _sentence(error: Any) -> str:
    missing = error.message.split("'")[1] if error.validator == "required" else ""
    sentences = {
        "required": f"Un champ obligatoire est absent : {missing}.",
        "enum": "Valeur hors de la liste : voyez docs/metadata.md.",
        "pattern": "Le format de cette valeur n'est pas celui attendu.",
        "type": "Cette valeur n'est pas du type attendu.",
        "minLength": "Cette valeur est obligatoire.",
        "maxItems": "Une seule valeur est attendue.",
        "additionalProperties": "Un champ inconnu est présent : vérifiez les noms des champs.",
    }
    return sentences.get(error.validator, "Cette valeur n'est pas valable.")


# --- the printed table ---------------------------------------------------------------------------

_INTRODUCTION = """# The metadata sheet of a budget

<!-- Generated from ckanext/budget/schemas/budget.yaml by: ckan budget sheet document docs -->

One dataset is one budget (SIRET) for one exercise. Fields marked `*` are required. What the TOTEM
document says is filled in when it is published; the rest has a proposal or may stay empty.
`ckan budget sheet export NAME` writes a sheet as JSON, `ckan budget sheet validate FILE` and the
action `budget_sheet_validate` check one, with the same rules:
[budget-sheet.json](../ckanext/budget/schemas/budget-sheet.json).
"""


def as_table() -> str:
    """The page ``docs/metadata.md``."""
    source = sheet()
    parts = [_INTRODUCTION, *_sections("Dataset", source["dataset_fields"])]
    parts += _sections("Files", source["resource_fields"])
    return "\n".join(parts).rstrip("\n") + "\n"


def _sections(title: str, fields: list[dict[str, Any]]) -> Iterator[str]:
    yield f"## {title}\n\n{_HEAD}" if not fields[0].get("start_form_page") else f"## {title}\n"
    for field in fields:
        page = field.get("start_form_page")
        if page:
            yield f"\n### {_text(page['title'], 'en')}\n\n{_HEAD}"
        yield _row(field)
        for part in field.get("repeating_subfields", ()):
            yield _row(part, f"{field['field_name']}.")
    yield ""


_HEAD = (
    "| Field | Libellé | Label | Values | Example | Aide |\n| --- | --- | --- | --- | --- | --- |"
)


def _row(field: Mapping[str, Any], prefix: str = "") -> str:
    star = " *" if field.get("required") else ""
    cells = (
        f"`{prefix}{field['field_name']}`{star}",
        _text(field.get("label"), "fr") or _text(field.get("label"), "en"),
        _text(field.get("label"), "en") or str(field.get("label", "")),
        _values(field),
        str(field.get("form_placeholder", "")),
        _text(field.get("help_text"), "fr"),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _values(field: Mapping[str, Any]) -> str:
    choices = [f"`{choice['value']}`" for choice in field.get("choices", ())]
    if choices:
        return ", ".join(choices)
    names = {
        "budget_siret": "14 digits with a valid key",
        "budget_siren": "9 digits with a valid key",
        "budget_year": "4 digits",
        "budget_whole_number": "whole number",
        "email_validator": "e-mail address",
    }
    found = [names[name] for name in _validators(field) if name in names]
    if field.get("preset") == "date":
        found.append("AAAA-MM-JJ")
    return ", ".join(found) or ("list" if field.get("preset") in _LISTS else "text")
