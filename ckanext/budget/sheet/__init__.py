"""What the metadata sheet of a budget dataset holds, and who may write what."""

from __future__ import annotations

from ckanext.budget.sheet.fields import (
    ANNEXES,
    CHECKED,
    HASH_ALGORITHM,
    TABLE_LIMITS,
    about,
    body_kind,
    dataset_fields,
    document_resources,
    document_title,
    ordered,
    proposals,
    quality_of,
    recomputed,
    siren_of,
    table_dataset_fields,
    table_fields,
    title_of,
    worst_quality,
)
