"""A udata with its licences, one account and its key, served on loopback until it is ended.

    serve.py PORT MONGO_PORT REDIS_PORT KEY_FILE

Run by ``dev/udata/run`` with the interpreter of udata's own environment.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
from pathlib import Path
from typing import Any

LICENCES = {
    "notspecified": ("License Not Specified", None),
    "lov2": (
        "Licence Ouverte / Open Licence version 2.0",
        "https://www.etalab.gouv.fr/wp-content/uploads/2017/04/ETALAB-Licence-Ouverte-v2.0.pdf",
    ),
    "fr-lo": (
        "Licence Ouverte / Open Licence",
        "https://www.etalab.gouv.fr/wp-content/uploads/2014/05/Licence_Ouverte.pdf",
    ),
    "odc-odbl": (
        "Open Data Commons Open Database License (ODbL)",
        "http://opendatacommons.org/licenses/odbl/summary/",
    ),
}
"""Those of data.gouv.fr that budgets may have."""


def main(port: int, mongo: int, redis: int, key_file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = _udata(port, mongo, redis, Path(folder))
        with app.app_context():
            key = _fill()
        key_file.write_text(json.dumps({"url": f"http://127.0.0.1:{port}", "key": key}))
        from werkzeug.serving import run_simple

        run_simple("127.0.0.1", port, app, threaded=True)


def _udata(port: int, mongo: int, redis: int, folder: Path) -> Any:
    settings = {
        "SERVER_NAME": f"127.0.0.1:{port}",
        "CDATA_BASE_URL": f"http://127.0.0.1:{port}",
        "PREFERRED_URL_SCHEME": "http",
        "MONGODB_HOST": f"mongodb://127.0.0.1:{mongo}/udata",
        "CELERY_BROKER_URL": f"redis://127.0.0.1:{redis}/10",
        "CELERY_RESULT_BACKEND": f"redis://127.0.0.1:{redis}/10",
        "CELERY_TASK_ALWAYS_EAGER": True,
        "CACHE_TYPE": "flask_caching.backends.NullCache",
        "SEND_MAIL": False,
        "FS_ROOT": str(folder / "files"),
        "SECRET_KEY": secrets.token_hex(32),
        "API_TOKEN_SECRET": secrets.token_hex(32),
    }
    path = folder / "udata.cfg"
    path.write_text("".join(f"{name} = {value!r}\n" for name, value in settings.items()))
    os.environ["UDATA_SETTINGS"] = str(path)
    from udata.app import create_app, standalone

    return standalone(create_app())


def _fill() -> str:
    """What the API needs before its first request; the key of an account."""
    from udata.core.api_token.models import ApiToken
    from udata.core.dataset.models import License
    from udata.core.user.models import User

    for identifier, (title, url) in LICENCES.items():
        License(id=identifier, title=title, url=url).save()
    user = User(first_name="Banc", last_name="Essai", email="essai@example.org", active=True)
    _token, key = ApiToken.generate(user.save(), name="essai")
    return key


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), Path(sys.argv[4]))
