"""The Flask application for commands, which CKAN runs outside of its context."""

from __future__ import annotations

from typing import Any

import click
import flask


def flask_application() -> Any:
    """That of the command line, else the current one (a command called by a test)."""
    context = click.get_current_context(silent=True)
    found = context.meta.get("flask_app") if context else None
    return found or flask.current_app._get_current_object()
