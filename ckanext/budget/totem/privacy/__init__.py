"""Natural persons in a TOTEM document: what is masked, why, and the masking itself."""

from __future__ import annotations

from ckanext.budget.totem.privacy.asking import Asked, Confirmations
from ckanext.budget.totem.privacy.mask import Masker
from ckanext.budget.totem.privacy.policy import (
    GROUNDS,
    MASK,
    POLICIES,
    FieldRule,
    at_least,
    rules,
)
from ckanext.budget.totem.privacy.report import masking_report
