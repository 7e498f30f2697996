"""Where documents come from: a web folder, a list of addresses, a zip, a local folder.

Knows nothing of CKAN nor of TOTEM. Typical use, in two processes::

    with source_for("https://example.org/budgets/", config) as source:
        for item in source.list():          # gather
            ...                             # a Candidate, or a CollectError for one entry

    with source_for("https://example.org/budgets/", config) as source:
        source.fetch(locator, Path("document.xml"))   # fetch, from the stored locator
"""

from __future__ import annotations

from .config import (
    NAMESPACE,
    ConfigError,
    shown_config,
    stored_config,
    typed_config,
    validate_config,
)
from .errors import CollectError, public_address, shown
from .factory import check_address, source_for
from .filters import Filters, rank_of
from .http import USER_AGENT, Credential, Network, Pace, share_pace
from .model import Candidate, Fetched, Known, Limits, Listed, NotModified
from .source import KINDS, Source, register
from .uploaded import UploadedFile
