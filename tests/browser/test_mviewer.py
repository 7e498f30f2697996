"""mviewer's own code draws the portal's layer: ``BUDGET_MVIEWER`` names a checkout of mviewer."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import setting

DRAWN = """() => {
  const layer = mviewer.customLayers.budgets_commune_bp;
  return layer && layer.layer.getSource().getFeatures().length > 0;
}"""


@pytest.fixture
def mviewer() -> Iterator[str]:
    """Its address, on loopback."""
    folder = setting("BUDGET_MVIEWER")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_the_layer_is_drawn_with_nothing_to_edit(mviewer: str, visit: Any, portal_url: str) -> None:
    page = visit().new_page()
    page.goto(f"{mviewer}/?config={portal_url}/budgets/carte/mviewer.xml")
    page.wait_for_function(DRAWN)
    assert page.get_by_text("Non publié").first.is_visible()  # the legend, not a picture of a WMS
