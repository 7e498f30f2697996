"""Nearly right files of an invented body, each with its right answer."""

from __future__ import annotations

from .kinds import CASES as KINDS
from .siblings import SIBLINGS

CASES = KINDS | SIBLINGS
