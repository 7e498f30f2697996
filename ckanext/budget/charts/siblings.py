"""The other files of a document: its masked XML, the archive of its annexes."""

from __future__ import annotations

from ckan import model

from ckanext.budget.charts.subject import Subject, subject_of


def of(resource_id: str, role: str) -> Subject | None:
    """The file of that role (``xml``, ``annexe``) of the same document, None when there is none."""
    own = model.Resource.get(resource_id)
    document = (own.extras or {}).get("document") if own else None
    if not document:
        return None
    for resource in model.Package.get(own.package_id).resources:
        told = resource.extras or {}
        if told.get("document") == document and told.get("role") == role:
            subject = subject_of(resource, {})
            return subject if subject.is_upload else None
    return None
