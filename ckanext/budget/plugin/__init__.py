"""The `budget` plugin: dataset type, sheet, pages, actions. One mixin per CKAN interface."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.plugins import DefaultTranslation

from ckanext.budget import config as settings
from ckanext.budget.collect import share_pace
from ckanext.budget.core import access, compat, formats, former_names, request_limits, workdir
from ckanext.budget.core.pace import SharedPace
from ckanext.budget.core.startup import prepare
from ckanext.budget.datagouv import helpers as datagouv_helpers
from ckanext.budget.dcat.blueprint import blueprint as dcat_pages
from ckanext.budget.dcat.hooks import dcat_actions, describe_any_type, propose_profile
from ckanext.budget.harvest import source_form
from ckanext.budget.opendata.blueprint import blueprint as opendata_pages
from ckanext.budget.pages.body.blueprint import blueprint as body_pages
from ckanext.budget.pages.compare.blueprint import blueprint as compare_pages
from ckanext.budget.pages.front import helpers as front_helpers
from ckanext.budget.pages.front.blueprint import blueprint as front_pages
from ckanext.budget.pages.front.theme import open_front_door
from ckanext.budget.pages.guides.blueprint import blueprint as guide_pages
from ckanext.budget.pages.search import helpers as search_helpers
from ckanext.budget.pages.search.blueprint import blueprint as portal_pages
from ckanext.budget.pages.territories.blueprint import blueprint as territory_pages
from ckanext.budget.publication import actions as publication
from ckanext.budget.publication import (
    bodies_field,
    claims,
    datastore_guard,
    lost_tables,
    purge,
    republish,
)
from ckanext.budget.publication import helpers as publication_helpers
from ckanext.budget.publication.blueprint import blueprint as back_pages
from ckanext.budget.quality import run as control
from ckanext.budget.sheet import actions as sheet
from ckanext.budget.sheet import helpers, validators
from ckanext.budget.totem.model import alike

SCHEMA = "ckanext.budget:schemas/budget.yaml"

MULTIPLE = ("stages",)
"""Multi-valued fields of the sheet, indexed as ``vocab_<name>``."""

CKAN_FACETS = ("organization", "groups", "tags", "res_format", "license_id")
"""Of any dataset: those of budgets come in their place, those of other plugins stay."""

LICENCE = {
    "id": "lov2",
    "title": "Licence Ouverte / Open Licence version 2.0",
    "url": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
    "status": "active",
    "od_conformance": "approved",
    "osd_conformance": "not reviewed",
    "domain_content": True,
    "domain_data": True,
    "domain_software": False,
    "family": "",
    "maintainer": "Etalab",
    "is_generic": False,
}
"""The licence of French public data (décret 2017-638), which CKAN's own list lacks."""


class ConfigurerMixin(p.SingletonPlugin):
    p.implements(p.IConfigurer)

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_public_directory(config, "public")
        tk.add_resource("assets", "ckanext-budget")
        propose_profile(config)
        former_names.understand()


class ConfigurableMixin(p.SingletonPlugin):
    p.implements(p.IConfigurable)

    def configure(self, config: Any) -> None:
        """Refuse to start without the dataset type; add the open licence to the portal's list."""
        compat.require()
        if "budget" not in _dataset_types():
            raise RuntimeError(
                "ckanext-budget: add scheming_datasets to ckan.plugins, after budget, and "
                f"{SCHEMA} to scheming.dataset_schemas"
            )
        _add_licence()
        describe_any_type()
        share_pace(SharedPace())
        open_front_door(config)
        prepare()
        workdir.SWEEPERS["publication"] = purge.sweep
        control.MENDERS["publication"] = lost_tables.reload
        control.MENDERS["labels"] = republish.relabelled


def _dataset_types() -> list[str]:
    if not p.plugin_loaded("scheming_datasets"):
        return []
    return p.get_plugin("scheming_datasets").package_types()


def _add_licence() -> None:
    from ckan.model.license import License

    register = model.Package.get_license_register()
    if LICENCE["id"] not in list(register):
        register.licenses.append(License(dict(LICENCE)))


class HelpersMixin(p.SingletonPlugin):
    p.implements(p.ITemplateHelpers)

    def get_helpers(self) -> dict[str, Any]:
        rooms = (
            formats,
            helpers,
            datagouv_helpers,
            search_helpers,
            front_helpers,
            source_form,
            publication_helpers,
        )
        return {name: helper for room in rooms for name, helper in room.HELPERS.items()}


class ValidatorsMixin(p.SingletonPlugin):
    p.implements(p.IValidators)

    def get_validators(self) -> dict[str, Any]:
        return validators.VALIDATORS


class ActionsMixin(p.SingletonPlugin):
    p.implements(p.IActions)

    def get_actions(self) -> dict[str, Any]:
        ours = sheet.ACTIONS | publication.ACTIONS | claims.ACTIONS | dcat_actions()
        ours |= bodies_field.ACTIONS
        return ours | (datastore_guard.ACTIONS if p.plugin_loaded("datastore") else {})


class AuthMixin(p.SingletonPlugin):
    p.implements(p.IAuthFunctions)

    def get_auth_functions(self) -> dict[str, Any]:
        ours = publication.AUTH | {"budget_sheet_validate": _may_validate}
        ours |= access.for_accounts(*_FOR_ACCOUNTS)
        return ours | (datastore_guard.AUTH if p.plugin_loaded("datastore") else {})


_FOR_ACCOUNTS = [f"package_collaborator_{verb}" for verb in ("create", "delete", "list")]
_FOR_ACCOUNTS += ["member_create", "member_delete"]


def _may_validate(context: Any, _data_dict: dict[str, Any]) -> access.Answer:
    if access.is_editor(context):
        return access.ALLOWED
    return access.refused(tk._("Only those who publish may have a sheet checked: log in"))


class ClickMixin(p.SingletonPlugin):
    p.implements(p.IClick)

    def get_commands(self) -> list[Any]:
        from ckanext.budget.plugin.cli import budget

        return [budget]


class MiddlewareMixin(p.SingletonPlugin):
    p.implements(p.IMiddleware, inherit=True)

    def make_middleware(self, app: Any, _config: Any) -> Any:
        return request_limits.limit(app)


class PagesMixin(p.SingletonPlugin):
    p.implements(p.IBlueprint)

    def get_blueprint(self) -> list[Any]:
        rooms = (portal_pages, body_pages, compare_pages, territory_pages, guide_pages)
        dcat = [dcat_pages] if p.plugin_loaded("dcat") else []
        return [*rooms, front_pages, opendata_pages, back_pages, *dcat]


class PackageControllerMixin(p.SingletonPlugin):
    p.implements(p.IPackageController, inherit=True)

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """Multi-valued fields as lists: Solr's only multi-valued strings are ``vocab_*``."""
        if pkg_dict.get("dataset_type", pkg_dict.get("type")) != "budget":
            return pkg_dict
        sheet = json.loads(pkg_dict["validated_data_dict"])
        for name in MULTIPLE:
            pkg_dict[f"vocab_{name}"] = sheet.get(name) or []
        pkg_dict["vocab_stages_alike"] = alike(sheet.get("stages") or [])
        return compat.indexable(pkg_dict)

    def after_dataset_search(self, search_results: Any, _search_params: Any) -> Any:
        """Facets of coded fields say the label of each choice."""
        for facet, items in (search_results.get("search_facets") or {}).items():
            labels = helpers.facet_labels(facet) if items["items"] else {}
            for item in items["items"]:
                item["display_name"] = labels.get(item["name"], item["display_name"])
        return search_results


class FacetsMixin(p.SingletonPlugin):
    p.implements(p.IFacets, inherit=True)

    def dataset_facets(self, facets_dict: Any, package_type: str) -> Any:
        if package_type != "budget":
            return facets_dict
        others = {name: facets_dict[name] for name in facets_dict if name not in CKAN_FACETS}
        ours = {
            "body_kind": tk._("Kind of body"),
            "budget_type": tk._("Kind of budget"),
            "fiscal_year": tk._("Fiscal year"),
            "body_name": tk._("Public body"),
            "vocab_stages_alike": tk._("Stage"),
            "norm": tk._("Accounting norm"),
            "quality": tk._("Quality"),
        }
        facets_dict.clear()  # the plugins that come next may have kept this very dictionary
        facets_dict.update(ours | others)
        return facets_dict


class TranslationMixin(p.SingletonPlugin, DefaultTranslation):
    p.implements(p.ITranslation)

    def i18n_directory(self) -> str:
        """Beside the plugin, where CKAN looks in the package above."""
        return str(settings.PLUGIN / "i18n")


@tk.blanket.config_declarations(str(settings.PLUGIN / "config_declaration.yaml"))
class BudgetPlugin(
    ConfigurerMixin,
    ConfigurableMixin,
    HelpersMixin,
    ValidatorsMixin,
    ActionsMixin,
    AuthMixin,
    ClickMixin,
    MiddlewareMixin,
    PagesMixin,
    PackageControllerMixin,
    FacetsMixin,
    TranslationMixin,
    datastore_guard.LoadersMixin,
):
    """Local budgets: dataset type `budget`, metadata sheet, publication of TOTEM documents."""
