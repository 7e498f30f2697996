"""Search of budgets by filters: what is asked, how it is asked to Solr, what is shown.

Every filter is one value of one field; the number beside each choice is how many budgets there
would be with it and the other filters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.core.answers import page_number
from ckanext.budget.core.compat import extras
from ckanext.budget.core.formats import solr_quoted
from ckanext.budget.pages import bodies
from ckanext.budget.pages.territories.reference import department_names
from ckanext.budget.totem.model import alike

PAGE_SIZE = 20
_CHOICES = 300
_BATCH = 1000
_BODIES = 900
"""Bodies of one question: Solr takes 1,024 conditions."""


_LONGEST = 200
"""Characters of a question that are read."""


@dataclass(frozen=True)
class Filter:
    """``name`` in addresses (French, stable), field of Solr, label (to translate)."""

    name: str
    field: str
    label: str
    newest_first: bool = False


def _(text: str) -> str:
    """Mark for translation; the page translates."""
    return text


FILTERS = (
    Filter("type", "body_kind", _("Kind of body")),
    Filter("budget", "budget_type", _("Kind of budget")),
    Filter("exercice", "fiscal_year", _("Fiscal year"), newest_first=True),
    Filter("etape", "vocab_stages_alike", _("Stage")),
    Filter("departement", "department", _("Département")),
    Filter("norme", "norm", _("Accounting norm")),
    Filter("qualite", "quality", _("Quality")),
)

SORTS = {
    "pertinence": "score desc, fiscal_year desc, title_string asc",
    "recents": "metadata_modified desc",
    "exercice": "fiscal_year desc, title_string asc",
    "nom": "body_name asc, fiscal_year desc",
}

COLUMNS = (
    ("name", "jeu_de_donnees"),
    ("title", "titre"),
    ("body_name", "collectivite"),
    ("body_kind", "type"),
    ("siren", "siren"),
    ("siret", "siret"),
    ("insee_code", "code_insee"),
    ("department", "departement"),
    ("population", "population"),
    ("budget_type", "budget"),
    ("fiscal_year", "exercice"),
    ("stages", "etapes"),
    ("norm", "nomenclature"),
    ("quality", "qualite"),
    ("metadata_modified", "mis_a_jour"),
)
"""Field of the sheet and column of the CSV."""


@dataclass(frozen=True)
class Question:
    """What the address asks: chosen values by filter name, texts, order and page."""

    values: Mapping[str, str]
    text: str = ""
    body: str = ""
    sort: str = "exercice"
    view: str = "fiches"
    page: int = 1

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> Question:
        """From the address; what it does not understand counts for nothing."""
        values = {item.name: arguments.get(item.name, "").strip()[:_LONGEST] for item in FILTERS}
        values["etape"] = next(iter(alike([values["etape"]])))
        return cls(
            {name: value for name, value in values.items() if value},
            arguments.get("q", "").strip()[:_LONGEST],
            arguments.get("collectivite", "").strip()[:_LONGEST],
            arguments["tri"] if arguments.get("tri") in SORTS else "exercice",
            "tableau" if arguments.get("vue") == "tableau" else "fiches",
            page_number(arguments.get("page", "")),
        )

    def address(self, **changes: Any) -> str:
        """The shareable query string of this question with ``changes`` (None removes)."""
        known = {
            "q": self.text,
            "collectivite": self.body,
            **self.values,
            "tri": "" if self.sort == "exercice" else self.sort,
            "vue": "" if self.view == "fiches" else self.view,
            "page": "" if self.page == 1 else self.page,
        }
        known.update({"page": ""} if "page" not in changes else {}, **changes)
        return urlencode({name: value for name, value in known.items() if value})

    def query(self, without: str = "") -> dict[str, Any]:
        """Parameters of ``package_search``; ``without`` leaves a filter out."""
        filters = [
            f"{item.field}:{solr_quoted(self.values[item.name])}"
            for item in FILTERS
            if item.name in self.values and item.name != without
        ]
        if self.body:
            filters.append(_body_filter(self.body))
        return {
            "q": _asked(self.text),
            "fq_list": ["dataset_type:budget", *filters],
            "sort": SORTS[self.sort],
        }


def _asked(text: str) -> str:
    """What Solr is asked for a reader's words: each word or its beginning, or a body so called.

    Nothing of the text is taken for Solr's own language.
    """
    words = re.findall(r"\w+", text.lower())
    if not words:
        return "*:*"
    each = [f"({word} OR {word}*)" if len(word) > 2 else word for word in words]
    query = f"text:({' AND '.join(each)})"
    sirens = sorted({body.siren for body in bodies.meant(text, _BODIES) if body.siren})
    return f"{query} OR siren:({' OR '.join(sirens)})" if sirens else query


def _body_filter(text: str) -> str:
    """The bodies whose name or SIREN is meant; nothing when there is none."""
    found = bodies.meant(text, _BODIES)
    if not found:
        return "-*:*"
    sirens = sorted({body.siren for body in found if body.siren})
    names = [solr_quoted(body.name) for body in found if not body.siren]
    parts = [f"siren:({' OR '.join(sirens)})"] if sirens else []
    parts += [f"body_name:({' OR '.join(names)})"] if names else []
    return " OR ".join(parts)


@dataclass(frozen=True)
class Results:
    """A page of budgets, and ``choices`` by filter name: ``value``, ``label``, ``count``."""

    count: int
    packages: list[dict[str, Any]]
    choices: dict[str, list[dict[str, Any]]]

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // PAGE_SIZE))


def found(question: Question) -> Results:
    """Ask Solr: once, and once more for each filter in use, to count its other choices."""
    answer = _ask(
        question.query(),
        rows=PAGE_SIZE,
        start=(question.page - 1) * PAGE_SIZE,
        facets=[item.field for item in FILTERS if item.name not in question.values],
    )
    facets = dict(answer["search_facets"])
    for item in FILTERS:
        if item.name in question.values:
            others = _ask(question.query(without=item.name), rows=0, start=0, facets=[item.field])
            facets.update(others["search_facets"])
    choices = {item.name: _choices(item, facets.get(item.field, {})) for item in FILTERS}
    return Results(answer["count"], answer["results"], choices)


def _ask(query: Mapping[str, Any], rows: int, start: int, facets: list[str]) -> dict[str, Any]:
    return tk.get_action("package_search")(
        {},
        {
            **query,
            "rows": rows,
            "start": start,
            "facet": "true" if facets else "false",
            "facet.field": facets,
            "facet.limit": _CHOICES,
            "facet.mincount": 1,
        },
    )


def _choices(item: Filter, facet: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = [
        {"value": one["name"], "label": one["display_name"], "count": one["count"]}
        for one in facet.get("items", ())
        if one["name"]
    ]
    if item.name == "departement":
        names = department_names()
        for one in found:
            code = one["value"].removeprefix("0") if len(one["value"]) == 3 else one["value"]
            one["label"] = f"{code} – {names[code]}" if code in names else one["value"]
    return sorted(found, key=lambda one: one["label"], reverse=item.newest_first)


def rows(question: Question) -> Iterator[list[str]]:
    """Every budget of the result as a row, the first being the names of columns."""
    yield [title for _field, title in COLUMNS]
    start, count = 0, 1
    while start < count:
        query = {**question.query(), "rows": _BATCH, "start": start, "fl": ["id"]}
        answer = tk.get_action("package_search")({}, query)
        count = answer["count"]
        yield from _sheets([_identifier(item) for item in answer["results"]])
        start += _BATCH


def _identifier(item: Any) -> str:
    """``package_search`` with one field answers the field, or a dictionary of it."""
    return item["id"] if isinstance(item, dict) else item


def _sheets(identifiers: list[str]) -> Iterator[list[str]]:
    """Rows of these datasets, in this order, read at once from the database."""
    package = model.Package
    query = model.Session.query(
        package.id,
        package.name,
        package.title,
        package.metadata_modified,
        extras(package).label("extras"),
    ).filter(package.id.in_(identifiers))
    found = {row.id: row for row in query}
    for identifier in identifiers:
        if row := found.get(identifier):
            values = {**(row.extras or {}), "name": row.name, "title": row.title}
            values["metadata_modified"] = f"{row.metadata_modified:%Y-%m-%d}"
            yield [_cell(field, values.get(field)) for field, _title in COLUMNS]


def _cell(field: str, value: Any) -> str:
    """A value as text; those of a field that has several, one after the other."""
    if field in _SEVERAL and value:
        return "|".join(map(str, json.loads(value)))
    return str(value or "")


_SEVERAL = ("stages",)
