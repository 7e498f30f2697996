"""How long an address and a field of a form may be: one limit for every page and API.

A page of filters repeats its address in each of its links, sixty times and more: 15 parameters of
45,000 characters made 41 MB and took twelve seconds. The answer is a sentence without the portal's
header, whose links would repeat the address too.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response, jsonify, render_template_string, request

LONGEST_ADDRESS = 8190
"""Bytes of a path and its query: what Apache takes; nginx and gunicorn take less."""

LONGEST_FIELD = 20_000
"""Characters of a field of our forms."""

_FORMS = "/budgets"
_DATA = (".json", ".geojson")

_PAGE = """<!doctype html>
<html lang="{{ lang }}"><head><meta charset="utf-8"><title>{{ sentence }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="font: 1.1rem/1.5 sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem">
<p>{{ sentence }}</p><p><a href="{{ back }}">{{ all }}</a></p></body></html>
"""


def limit(app: Any) -> Any:
    """The application, which answers what is too long before it reads it."""
    app.before_request(refused)
    return app


def refused() -> Response | None:
    """The answer to a request that is too long; None for the others."""
    length = len(request.environ.get("QUERY_STRING", "")) + len(request.path)
    if length > LONGEST_ADDRESS:
        sentence = tk._(
            "This address is too long ({length} characters, {most} at most): remove filters, or "
            "ask with fewer words"
        )
        return _told(414, sentence, length, LONGEST_ADDRESS)
    if request.method == "POST" and request.path.startswith(_FORMS):
        length = max((len(value) for _, value in request.form.items(multi=True)), default=0)
        if length > LONGEST_FIELD:
            sentence = tk._(
                "A field of the form is too long ({length} characters, {most} at most): shorten "
                "what you wrote, then send it again"
            )
            return _told(413, sentence, length, LONGEST_FIELD)
    return None


def _told(status: int, sentence: str, length: int, most: int) -> Response:
    sentence = sentence.format(length=length, most=most)
    if request.path.startswith("/api/") or request.path.endswith(_DATA):
        answer = jsonify(success=False, error={"__type": "Request Error", "message": sentence})
    else:
        back = tk.url_for("budget_portal.index")
        values = {
            "sentence": sentence,
            "back": back,
            "lang": tk.h.lang(),
            "all": tk._("All budgets"),
        }
        answer = Response(render_template_string(_PAGE, **values), mimetype="text/html")
    answer.status_code = status
    return answer
