"""The `budget_view` plugin: charts of an SCDL budget, as a resource view. Needs `budget`."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import yaml

from ckanext.budget.charts import hooks, page, store
from ckanext.budget.charts.actions import ACTIONS, AUTH
from ckanext.budget.charts.anonymous_cache import AnonymousCache
from ckanext.budget.charts.blueprint import blueprint
from ckanext.budget.charts.settings import VALIDATORS, view_schema
from ckanext.budget.charts.subject import is_scdl
from ckanext.budget.config import PLUGIN
from ckanext.budget.core import workdir

ASSETS = PLUGIN / "assets"


class _Configuration(p.SingletonPlugin):
    p.implements(p.IConfigDeclaration)
    p.implements(p.IConfigurable)
    p.implements(p.IConfigurer)

    def declare_config_options(self, declaration: Any, key: Any) -> None:
        text = (PLUGIN / "view_config.yaml").read_text(encoding="utf-8")
        declaration.load_dict(yaml.safe_load(text))

    def update_config(self, config: Any) -> None:
        if (ASSETS / "webassets.yml").exists():
            tk.add_resource("../plugin/assets", "ckanext-budget")

    def configure(self, config: Any) -> None:
        """Templates, translations and tables are those of the `budget` plugin."""
        if not p.plugin_loaded("budget"):
            raise RuntimeError("ckanext-budget: budget_view needs budget before it in ckan.plugins")
        workdir.SWEEPERS["charts"] = store.sweep


class _Views(p.SingletonPlugin):
    p.implements(p.IResourceView, inherit=True)
    p.implements(p.ITemplateHelpers)

    def info(self) -> dict[str, Any]:
        return {
            "name": hooks.VIEW_TYPE,
            "title": tk._("Budget charts"),
            "default_title": tk._("Budget charts"),
            "icon": "chart-pie",
            "schema": view_schema(),
            "iframed": True,
            "filterable": False,
            "preview_enabled": True,
        }

    def can_view(self, data_dict: dict[str, Any]) -> bool:
        """On SCDL budgets in CSV only."""
        return is_scdl(data_dict["resource"])

    def setup_template_variables(self, context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
        return {"budget_page": page.page_of(data_dict)}

    def view_template(self, context: Any, data_dict: dict[str, Any]) -> str:
        return "budget_view/view.html"

    def form_template(self, context: Any, data_dict: dict[str, Any]) -> str:
        return "budget_view/form.html"

    def get_helpers(self) -> dict[str, Any]:
        return dict(page.HELPERS)


class _Followers(p.SingletonPlugin):
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.IResourceController, inherit=True)

    def after_dataset_create(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        hooks.follow(pkg_dict)

    def after_dataset_update(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        hooks.follow(pkg_dict)

    def before_resource_delete(self, context: Any, resource: Any, resources: Any) -> None:
        hooks.forget(resource["id"])


class _Speed(p.SingletonPlugin):
    p.implements(p.IMiddleware, inherit=True)

    def make_middleware(self, app: Any, config: Any) -> Any:
        """See :mod:`ckanext.budget.charts.anonymous_cache`."""
        seconds = tk.config.get("ckanext.budget.view.cache_seconds")
        app.wsgi_app = AnonymousCache(app.wsgi_app, seconds, store.stamp)
        return app


class _Logic(p.SingletonPlugin):
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IValidators)
    p.implements(p.IBlueprint)

    def get_actions(self) -> dict[str, Any]:
        return dict(ACTIONS)

    def get_auth_functions(self) -> dict[str, Any]:
        return dict(AUTH)

    def get_validators(self) -> dict[str, Any]:
        return dict(VALIDATORS)

    def get_blueprint(self) -> Any:
        return blueprint


class BudgetViewPlugin(_Configuration, _Views, _Followers, _Speed, _Logic):
    """Charts that people understand, on every SCDL budget of the portal."""
