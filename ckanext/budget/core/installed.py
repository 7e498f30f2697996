"""What an installation may lack: the scripts of the charts and map, the compiled catalogues.

Neither is committed: an installation from a clone that skipped them works, in English and without
charts. The administrator is told when the portal starts, rather than by the first reader.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

log = logging.getLogger(__name__)

PLUGIN = Path(__file__).parents[1] / "plugin"
REMEDY = (
    "install the wheel of a release, or build from a clone: `npm ci && npm run build` in "
    "frontend/, then `pip install .`"
)


def missing(plugin: Path = PLUGIN) -> list[str]:
    """One sentence for each part that is not there; empty when the installation is whole."""
    lacks = []
    assets = plugin / "assets"
    listed = re.findall(r"- (build/\S+)", (assets / "webassets.yml").read_text(encoding="utf-8"))
    if not all((assets / name).is_file() for name in listed):
        lacks.append("the scripts of the charts and the map are missing: pages show tables only")
    sources = sorted(plugin.glob("i18n/*/LC_MESSAGES/*.po"))
    languages = [path.parts[-3] for path in sources if not path.with_suffix(".mo").is_file()]
    if languages:
        lacks.append(
            f"the compiled catalogue is missing ({', '.join(languages)}): pages in English"
        )
    return lacks


def warn_of_missing(plugin: Path = PLUGIN) -> None:
    """Log one warning for each missing part, with the remedy."""
    for sentence in missing(plugin):
        log.warning("ckanext-budget: %s; %s", sentence, REMEDY)
