"""The JSON configuration of a harvest source: read, checked against its JSON Schema, completed.

The schema is ``schemas/harvest_config.json``. Its ``x-attendu`` texts say in French what is
expected where the JSON Schema keyword alone would not help the reader.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from . import extensions


class ConfigError(ValueError):
    """A configuration that cannot be used; ``problems`` are French sentences, one per fault."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@cache
def config_schema() -> dict[str, Any]:
    """The JSON Schema of a source configuration."""
    text = files("ckanext.budget").joinpath("schemas/harvest_config.json").read_bytes()
    schema: dict[str, Any] = json.loads(text)
    schema["properties"]["kind"]["enum"] += extensions.load()
    return schema


NAMESPACE = "totem"
"""The only key of a configuration as stored: ckanext-harvest copies the keys of a configuration
over the fields of the source's dataset, ``organization`` among them."""


def validate_config(text: str | None) -> dict[str, Any]:
    """The configuration written in ``text`` (JSON), with the default of every absent field.

    As typed, or as :func:`stored_config`. An empty text is an empty configuration. Raises
    ConfigError.
    """
    config = typed_config(text)
    problems = list(dict.fromkeys(_problems(config)))
    if problems:
        raise ConfigError(problems)
    defaults = {
        name: field["default"]
        for name, field in config_schema()["properties"].items()
        if "default" in field
    }
    complete: dict[str, Any] = json.loads(json.dumps({**defaults, **config}))
    return complete


def typed_config(text: str | None) -> Any:
    """What was typed, without the namespace it is stored in. Raises ConfigError: no JSON."""
    config = _parsed(text or "")
    is_stored = isinstance(config, dict) and list(config) == [NAMESPACE]
    return config[NAMESPACE] if is_stored else config


def stored_config(text: str | None) -> str:
    """The configuration as it is stored; empty stays empty. Raises ConfigError."""
    config = typed_config(text)
    return json.dumps({NAMESPACE: config}, ensure_ascii=False) if config else ""


def shown_config(text: str | None) -> str:
    """A stored configuration as its publisher typed it; what is no JSON as it is."""
    try:
        config = typed_config(text)
    except ConfigError:
        return text or ""
    return json.dumps(config, ensure_ascii=False, indent=2) if config else ""


def _parsed(text: str) -> Any:
    if not text.strip():
        return {}
    try:
        return json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = f"ligne {error.lineno}, colonne {error.colno}"
        message = (
            f"La configuration n'est pas du JSON valide ({place}) : vérifiez à cet endroit "
            "les guillemets, les virgules et les accolades."
        )
        raise ConfigError([message]) from None
    except RecursionError:
        raise ConfigError(["La configuration est trop imbriquée : simplifiez-la."]) from None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigError([f"« {_short(twice)} » est donné deux fois : n'en gardez qu'un."])
    return values


def _no_constant(name: str) -> Any:
    raise ConfigError([f"La valeur {name} n'est pas permise : donnez un nombre."])


def _problems(config: Any) -> Iterator[str]:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(config_schema())
    for error in sorted(validator.iter_errors(config), key=lambda e: [str(p) for p in e.path]):
        yield from _sentences(error)


def _sentences(error: Any) -> Iterator[str]:
    if error.validator == "additionalProperties" and isinstance(error.schema, Mapping):
        yield from _unknown_keys(error)
        return
    where = _where(error.absolute_path)
    expected = error.schema.get("x-attendu")
    say = _MESSAGES.get(error.validator)
    remedy = expected or (say(error.validator_value) if say else "une autre valeur")
    shown = "cette valeur" if error.schema.get("x-secret") else f"« {_short(error.instance)} »"
    yield f"{where} : {shown} ne convient pas, donnez {remedy}."


def _unknown_keys(error: Any) -> Iterator[str]:
    known = list(error.schema.get("properties", {}))
    choice = f"parmi {_choice(known)}"
    path = ".".join(map(str, error.absolute_path))
    where = f"dans « {path} » " if path else ""
    for name in error.instance:
        if name in known:
            continue
        close = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
        remedy = f"vouliez-vous écrire « {close[0]} » ?" if close else f"choisissez {choice}."
        yield f"Le champ « {_short(name)} » {where}est inconnu : {remedy}"


def _where(path: Any) -> str:
    parts = [f"n° {part + 1}" if isinstance(part, int) else str(part) for part in path]
    return f"Champ « {' › '.join(_short(part) for part in parts)} »" if parts else "Configuration"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= 60 else text[:59] + "…"


def _choice(values: list[Any]) -> str:
    return ", ".join(f"« {value} »" for value in values)


_TYPES = {
    "object": "un objet entre accolades { }",
    "array": "une liste entre crochets [ ]",
    "string": "un texte entre guillemets",
    "integer": "un nombre entier",
    "number": "un nombre",
    "boolean": "true ou false",
}

_MESSAGES: dict[str, Callable[[Any], str]] = {
    "type": lambda kind: _TYPES[kind],
    "enum": lambda values: f"l'une de ces valeurs : {_choice(values)}",
    "minimum": lambda least: f"un nombre d'au moins {least}",
    "maximum": lambda most: f"un nombre d'au plus {most}",
    "uniqueItems": lambda _: "une liste sans répétition",
}
