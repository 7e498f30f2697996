"""Numbers as the pages write them, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.budget.core import formats


@pytest.mark.parametrize(
    ("language", "hundredths", "told"),
    [
        ("fr", None, "–"),
        ("fr", 110, "1,1 an"),
        ("fr", 199, "1,99 an"),
        ("fr", 200, "2,0 ans"),
        ("fr", -350, "-3,5 ans"),
        ("en", 100, "1.0 year"),
        ("en", 110, "1.1 years"),
    ],
)
def test_years_agree_with_their_number(
    portal: Any, app: Any, language: str, hundredths: int | None, told: str
) -> None:
    said = {"CKAN_LANG": language, "CKAN_CURRENT_URL": "/"}
    with app.flask_app.test_request_context("/", environ_overrides=said):
        assert formats.years_told(hundredths) == told


def test_what_is_nearly_zero_has_no_sign(portal: Any) -> None:
    told = [formats.percent(points).replace("\u202f", " ") for points in (-4, 0, 4, -40)]
    assert told[:3] == ["0 %", "0 %", "0 %"]
    assert told[3] in ("-0,4 %", "-0.4 %")
