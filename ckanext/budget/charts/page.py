"""What the view's page shows before any script runs, and what it tells the script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

import ckan.plugins.toolkit as tk
from babel.numbers import format_decimal, format_percent

from ckanext.budget.charts import annexes, tables, texts
from ckanext.budget.charts.actions import known_of, payload_of
from ckanext.budget.charts.hooks import DEFAULT_TITLES, VIEW_TYPE
from ckanext.budget.charts.settings import PALETTES, TABS, hidden_tabs, settings_of
from ckanext.budget.charts.subject import is_scdl
from ckanext.budget.core.formats import locale, whole_euros
from ckanext.budget.sheet import about
from ckanext.budget.totem.dressed import dressed

_BEST_STAGES = ("CFU", "CA", "BP", "BS", "DM")
_OF_WHOLE_BUDGETS = {"flux", "repartition", "execution", "comparer", "dette", "ratios"}


def page_of(data_dict: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the template needs; ``summary`` is None until it is ready."""
    resource, package = data_dict["resource"], data_dict["package"]
    view = data_dict["resource_view"]
    answer = _answer(resource.get("id"))
    summary = answer if answer["state"] == "ready" else None
    settings = settings_of(view)
    if summary:
        settings["tabs"] = _filled(settings["tabs"], summary, annexes.tables(resource["id"]))
    whose = _whose(about(resource) or package, summary)
    title = _title(view, resource, package, summary, whose)
    titles = texts.tabs()
    return {
        "state": answer["state"],
        "message": answer.get("message") or "",
        "summary": summary,
        "title": title,
        "tabs": [(tab, titles[tab]) for tab in settings["tabs"]],
        "texts": texts.texts(),
        "options": _options(settings, view, resource, package, answer)
        | {"title": title, "whose": whose},
        "change_sentence": _change_sentence(summary) if summary else "",
        **(tables.static_tables(summary) if summary else {}),
    }


def _answer(resource_id: str | None) -> dict[str, Any]:
    if not resource_id:
        return {"state": "failed", "message": tk._("Resource not found")}
    context: Any = {"user": tk.current_user.name, "auth_user_obj": tk.current_user}
    return payload_of(known_of(context, resource_id))


def _filled(tabs: Iterable[str], summary: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """The tabs that have something to say of the document. A vote that only changes a budget has
    neither the pictures nor the figures of a whole one."""
    is_change = summary["document"]["kind"] == "change"
    empty = annexes.TABS.keys() - annexes.tabs_of(found)
    empty |= _OF_WHOLE_BUDGETS if is_change else set()
    empty |= {"dette"} if summary["debt"] is None else set()
    empty |= {"ratios"} if not summary["legal_ratios"] else set()
    return [tab for tab in tabs if tab not in empty] or ["essentiel"]


def _change_sentence(summary: Mapping[str, Any]) -> str:
    """``Déplace 1 595 €…``, or what is added to receipts and expenditure; nothing of a budget."""
    changes = summary["changes"]
    if not changes:
        return ""
    if changes["moved"] is not None:
        return tk._(
            "This decision moves {amount} from one post to another, without changing the total."
        ).format(amount=whole_euros(changes["moved"]))
    return tk._("This decision changes receipts by {receipts} and expenditure by {spent}.").format(
        receipts=whole_euros(changes["receipts"]), spent=whole_euros(changes["expenditure"])
    )


def _whose(said: Mapping[str, Any], summary: Mapping[str, Any] | None) -> str:
    """Whose budget it is, for people: an annex budget speaks in its own name. ``said``: by the
    document, else by the dataset."""
    written = said.get("body_name") or (summary["document"]["name"] if summary else "")
    body, own = dressed(written), dressed(said.get("budget_name") or "")
    if said.get("budget_type") != "annexe":
        return body
    name = own if own and own != body else tk._("Annex budget")
    return f"{name} – {body}" if body else name


def _title(
    view: Mapping[str, Any],
    resource: Mapping[str, Any],
    package: Mapping[str, Any],
    summary: Any,
    whose: str,
) -> str:
    """The view's own title when a publisher chose one, else what the document is."""
    own = view.get("title")
    if own and own not in DEFAULT_TITLES.values():
        return str(own)
    if not summary:
        return resource.get("name") or package.get("title") or ""
    document = summary["document"]
    words = [texts.stages().get(document["stage"], "")]
    if document["kind"] == "change" and document["number"]:
        words.append(tk._("no. {number}").format(number=document["number"]))
    words.append(str(document["year"] or ""))
    titled = " ".join(word for word in words if word)
    return " – ".join(word for word in (titled, whose or package.get("title")) if word)


def _options(
    settings: Mapping[str, Any],
    view: Mapping[str, Any],
    resource: Mapping[str, Any],
    package: Mapping[str, Any],
    answer: Mapping[str, Any],
) -> dict[str, Any]:
    """What the script reads in ``data-budget-view``."""
    found = resource["id"]
    place = {"id": package["name"], "resource_id": found}
    kind = f"{package['type']}_resource"
    view_id = view.get("id")
    return {
        **settings,
        "lang": tk.h.lang().split("_")[0],
        "resource_id": found,
        "state": answer["state"],
        "message": answer.get("message") or "",
        "summary_url": tk.url_for("budget_view.summary", resource_id=found),
        "history_url": tk.url_for("budget_view.series", resource_id=found),
        "annexes_url": tk.url_for("budget_view.annexes", resource_id=found),
        "similar_url": tk.url_for("budget_view.comparison", resource_id=found),
        "lines_url": _lines_url(resource),
        "csv_url": resource.get("url") or "",
        "portal_url": tk.url_for(f"{kind}.read", **place, qualified=True),
        "embed_url": (
            tk.url_for(f"{kind}.view", **place, view_id=view_id, qualified=True) if view_id else ""
        ),
        "glossary_url": None,
        "preview": not view_id,
    }


def _lines_url(resource: Mapping[str, Any]) -> str | None:
    if not resource.get("datastore_active"):
        return None
    path = tk.url_for("api.action", ver=3, logic_function="datastore_search", locale="default")
    return f"{path}?resource_id={resource['id']}"


def budget_rate(basis_points: int | None) -> str:
    """``12,34 %``; a dash when unknown."""
    if basis_points is None:
        return "–"
    return format_percent(Decimal(basis_points) / 10_000, "#,##0.0#\u202f%", locale=locale())


def budget_whole(number: int | None) -> str:
    """``3 446``; a dash when unknown."""
    return "–" if number is None else format_decimal(number, locale=locale())


def budget_view_hidden(view: Mapping[str, Any]) -> list[str]:
    """Tabs that a view's form shows as hidden."""
    return hidden_tabs(view)


def budget_view_tabs() -> list[dict[str, str]]:
    """Choices of tabs for forms."""
    titles = texts.tabs()
    return [{"value": tab, "text": titles[tab]} for tab in TABS]


def budget_view_palettes() -> list[dict[str, str]]:
    """Choices of colours for forms."""
    names = (
        tk._("Default (safe for colour blindness)"),
        tk._("High contrast"),
        tk._("Shades of one colour"),
    )
    return [{"value": value, "text": text} for value, text in zip(PALETTES, names, strict=True)]


def budget_main_view(package: Mapping[str, Any]) -> dict[str, Any] | None:
    """The charts to show on a dataset's page: those of its latest account, else of its budget.

    ``resource``, ``view``, ``url`` (of the light page) and ``page`` (of the resource); None when it
    has none.
    """
    for resource in _best_first(package.get("resources") or ()):
        for view in tk.get_action("resource_view_list")({}, {"id": resource["id"]}):
            if view["view_type"] == VIEW_TYPE:
                kind = f"{package['type']}_resource"
                place = {"id": package["name"], "resource_id": resource["id"]}
                return {
                    "resource": resource,
                    "view": view,
                    "url": tk.url_for(f"{kind}.view", **place, view_id=view["id"]),
                    "page": tk.url_for(f"{kind}.read", **place),
                }
    return None


def _best_first(resources: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    ranks = {stage: rank for rank, stage in enumerate(_BEST_STAGES)}
    scdl = [resource for resource in resources if is_scdl(resource)]
    return sorted(scdl, key=lambda resource: ranks.get(resource.get("stage") or "", len(ranks)))


HELPERS: dict[str, Callable[..., Any]] = {
    helper.__name__: helper
    for helper in (
        budget_main_view,
        budget_rate,
        budget_view_hidden,
        budget_view_palettes,
        budget_view_tabs,
        budget_whole,
    )
}
"""Those of templates, by name."""
