"""Pictures of organisations, groups, users and of the portal: no document hides behind one.

CKAN looks at the first 2 KB of a logo. The rest could be a TOTEM document, which everybody could
then download from the address of the picture.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib import uploader

from ckanext.budget.core import recognise
from ckanext.budget.core.compat import left_to_package_update
from ckanext.budget.core.storage import is_raw, is_upload

_ASKING: ContextVar[bool] = ContextVar("asking", default=False)
"""The uploader is being asked to CKAN and to other plugins: this one does not answer."""


class CheckedUploader:
    """The portal's own uploader (its disk, a cloud), after a look at the file."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def update_data_dict(
        self, data_dict: dict[str, Any], url_field: str, file_field: str, clear_field: str
    ) -> None:
        """As CKAN's. Raises ValidationError when the file holds a document."""
        upload = data_dict.get(file_field)
        if is_upload(upload):
            check_unmasked(upload, file_field)
        self._original.update_data_dict(data_dict, url_field, file_field, clear_field)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def check_unmasked(upload: Any, field: str) -> None:
    """No document goes where nothing masks it. Raises ValidationError on ``field``."""
    found = recognise.recognised(upload)
    if found.kind == "totem":
        message = tk._(
            "TOTEM documents name people: deposit them on the page /budgets/deposer, which masks "
            "them, or add them to a budget"
        )
        raise tk.ValidationError({field: [message]})
    if recognise.is_refused(found):
        raise tk.ValidationError({field: [recognise.told(found)]})


class UploaderMixin(p.SingletonPlugin):
    p.implements(p.IUploader)

    def get_uploader(self, upload_to: str, old_filename: str | None = None) -> Any:
        """The uploader that CKAN would have used, checked."""
        if _ASKING.get():
            return None
        token = _ASKING.set(True)
        try:
            return CheckedUploader(uploader.get_uploader(upload_to, old_filename))
        finally:
            _ASKING.reset(token)

    def get_resource_uploader(self, resource: dict[str, Any]) -> Any:
        """Files of resources have their own door, ``package_update``."""
        return left_to_package_update() if is_raw(resource) else None
