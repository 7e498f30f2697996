"""Plugin `budget_validation`: files of any form or action are checked and masked first.

One door: ``package_update``, which every other way in (form, ``resource_create``,
``resource_update``, ``resource_patch``, ``package_revise``, ``package_patch``) goes through, before
the storage sees anything. In a dataset of type `budget` a TOTEM document becomes its resources
there (anonymised XML, SCDL table, annexes), in the same transaction; in any other dataset it is
masked.

``package_create`` never stores files and ``file_create`` goes round the door: they say where to go.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from io import BytesIO
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from flask import has_request_context
from werkzeug.datastructures import FileStorage

from ckanext.budget.core import compat, recognise, workdir
from ckanext.budget.core.storage import SafeUpload, is_raw
from ckanext.budget.core.tables import is_ready
from ckanext.budget.core.workdir import private_directory
from ckanext.budget.publication.prepared import prepare
from ckanext.budget.quality import actions as control
from ckanext.budget.quality import store
from ckanext.budget.quality.blueprint import blueprint as control_pages
from ckanext.budget.uploads.deposit import actions as deposit
from ckanext.budget.uploads.deposit import background
from ckanext.budget.uploads.deposit import store as deposits
from ckanext.budget.uploads.deposit.blueprint import blueprint as deposit_pages
from ckanext.budget.uploads.deposit.proposal import looks_personal
from ckanext.budget.uploads.images import UploaderMixin, check_unmasked
from ckanext.budget.uploads.submission import Refused, Submission, checked, refusing


@tk.chained_action
def package_update(original: Any, context: Any, data_dict: Any) -> Any:
    """Check, mask and convert the uploaded files that nobody has looked at; then the action."""
    resources = data_dict.get("resources")
    package = model.Package.get(data_dict.get("id") or data_dict.get("name"))
    if package is None or not isinstance(resources, list) or not any(map(is_raw, resources)):
        if package is not None and package.type == "budget":
            _forget_agreements(resources)
        return original(context, data_dict)
    tk.check_access("package_update", tk.fresh_context(context), {"id": package.id})
    with compat.committing(context) as own, ExitStack() as files:
        if package.type == "budget":
            submission = Submission(package, own, data_dict)
            return submission.save(lambda changed: original(own, changed))
        return original(own, {**data_dict, "resources": _masked(resources, files)})


def _forget_agreements(resources: Any) -> None:
    """A box ticked without a file is not a field of the resource."""
    for resource in resources if isinstance(resources, list) else ():
        if isinstance(resource, dict):
            resource.pop("repair", None)


def _masked(resources: list[Any], files: ExitStack) -> list[Any]:
    """The resources of another dataset, no document left raw in them."""
    changed = list(resources)
    for position, resource in enumerate(resources):
        if is_raw(resource):
            with refusing(position, len(resources)):
                changed[position] = resource | _stored(resource, files)
    return changed


def _stored(resource: dict[str, Any], files: ExitStack) -> dict[str, Any]:
    """What changes in the resource: a file of another kind stays as it is."""
    upload = resource["upload"]
    found = recognise.recognised(upload)
    if recognise.is_refused(found):
        raise Refused(recognise.told(found))
    if found.kind != "totem":
        return {"upload": checked(upload)}
    folder = files.enter_context(private_directory())
    xml = prepare(upload.stream, folder).xml
    assert xml is not None
    stream = files.enter_context(xml.open("rb"))
    _tell(
        tk._(
            "This TOTEM document was anonymised. To have its table and its charts too, deposit it "
            "on the page /budgets/deposer"
        )
    )
    name = xml.name if resource.get("name") == upload.filename else resource.get("name")
    masked = SafeUpload(stream, filename=xml.name, content_type="application/xml")
    return {"upload": masked, "name": name or xml.name}


def _tell(message: str) -> None:
    """To whoever uses a form; programs read the answer."""
    if has_request_context() and not tk.request.path.startswith("/api/"):
        tk.h.flash_notice(message)


@tk.chained_action
def package_create(original: Any, context: Any, data_dict: Any) -> Any:
    """CKAN stores no file here: say it instead of failing on the attempt to save one."""
    if any(map(is_raw, data_dict.get("resources") or ())):
        message = tk._(
            "Files cannot come with a new dataset: create it first, then add each file to it, or "
            "deposit the documents on the page /budgets/deposer"
        )
        raise tk.ValidationError({"upload": [message]})
    return original(context, data_dict)


@tk.chained_action
def file_create(original: Any, context: Any, data_dict: Any) -> Any:
    """The file storage would keep a document as it is: no TOTEM document may go there."""
    upload = data_dict.get("upload")
    stream = BytesIO(upload) if isinstance(upload, bytes) else getattr(upload, "stream", upload)
    if hasattr(stream, "read"):
        check_unmasked(FileStorage(stream), "upload")
    return original(context, data_dict)


class ActionsMixin(p.SingletonPlugin):
    p.implements(p.IActions)

    def get_actions(self) -> dict[str, Any]:
        chained = {"package_update": package_update, "package_create": package_create}
        if compat.has_file_api():
            chained["file_create"] = file_create
        return chained | compat.ACTIONS | control.ACTIONS | deposit.ACTIONS


class AuthMixin(p.SingletonPlugin):
    p.implements(p.IAuthFunctions)

    def get_auth_functions(self) -> dict[str, Any]:
        return control.AUTH | deposit.AUTH


class PagesMixin(p.SingletonPlugin):
    p.implements(p.IBlueprint)
    p.implements(p.ITemplateHelpers)

    def get_blueprint(self) -> list[Any]:
        return [control_pages, deposit_pages]

    def get_helpers(self) -> dict[str, Any]:
        return {
            "budget_report": budget_report,
            "budget_pending": budget_pending,
            "budget_figure_labels": budget_figure_labels,
        }


class MiddlewareMixin(p.SingletonPlugin):
    p.implements(p.IMiddleware, inherit=True)

    def make_middleware(self, app: Any, _config: Any) -> Any:
        app.after_request(_without_scripts)
        return app


def _without_scripts(response: Any) -> Any:
    """An uploaded page runs nothing on the portal's origin, and is what its type says.

    CKAN serves uploaded files inline. A PDF may run nothing there, and no browser shows one in a
    sandbox.
    """
    endpoint = tk.request.endpoint or ""
    if endpoint.endswith(".download") or endpoint.endswith(".uploaded_file"):
        response.headers["X-Content-Type-Options"] = "nosniff"
        if response.mimetype != "application/pdf":
            response.headers["Content-Security-Policy"] = "sandbox"
    return response


class ConfigurerMixin(p.SingletonPlugin):
    p.implements(p.IConfigurer)

    def update_config(self, config: Any) -> None:
        tk.add_public_directory(config, "../plugin/public")


def budget_pending(resource_id: str) -> dict[str, str] | None:
    """``state`` and ``message`` of a large file on its way to the resource, until it is there."""
    item = deposits.of_resource(resource_id) if is_ready() else None
    if item is None or item.state == "published":
        return None
    return {"state": item.state, "message": item.message}


def budget_figure_labels() -> dict[str, str]:
    """Names of the key figures by id."""
    from ckanext.budget.charts.texts import figures

    return {identifier: text["label"] for identifier, text in figures().items()}


def budget_report(resource_id: str) -> dict[str, Any] | None:
    """The last verdict on a resource: ``level`` (error, warning, ok) and ``number`` of them."""
    found = store.latest(resource_id)
    if found is None:
        return None
    level = "error" if found["errors"] else "warning" if found["warnings"] else "ok"
    return {"level": level, "number": found["errors"] or found["warnings"]}


class PackageControllerMixin(p.SingletonPlugin):
    p.implements(p.IPackageController, inherit=True)

    def after_dataset_create(self, _context: Any, pkg_dict: dict[str, Any]) -> None:
        _warn_of_personal_contact(pkg_dict)

    def after_dataset_update(self, _context: Any, pkg_dict: dict[str, Any]) -> None:
        _warn_of_personal_contact(pkg_dict)


def _warn_of_personal_contact(package: dict[str, Any]) -> None:
    """Tell whoever saves the form that the contact looks like a person; it is saved anyway."""
    if package.get("type") != "budget" or not has_request_context():
        return
    typed = (value for name, value in tk.request.form.items() if _CONTACT.fullmatch(name))
    if any(map(looks_personal, typed)):
        tk.h.flash_notice(
            tk._("The contact looks like a person's address: prefer the mailbox of a service")
        )


_CONTACT = re.compile(r"contact-\d+-email")


class ConfigurableMixin(p.SingletonPlugin):
    p.implements(p.IConfigurable)

    def configure(self, config: Any) -> None:
        """Refuse to start without the plugin whose publication it uses."""
        if not p.plugin_loaded("budget"):
            raise RuntimeError("budget_validation: add budget to ckan.plugins, before it")
        if other := compat.foreign_uploader():
            raise RuntimeError(
                f"budget_validation: with CKAN 2.11, put it before {other} in ckan.plugins, which "
                "would store files before they are masked"
            )
        workdir.SWEEPERS["uploads"] = background.sweep


class BudgetValidationPlugin(
    ActionsMixin,
    AuthMixin,
    UploaderMixin,
    PagesMixin,
    PackageControllerMixin,
    MiddlewareMixin,
    ConfigurerMixin,
    ConfigurableMixin,
):
    """Nothing that names people reaches the storage, whichever way it was uploaded."""
