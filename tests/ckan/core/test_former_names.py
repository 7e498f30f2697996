"""Jobs that the former version left in the queue find their functions."""

from __future__ import annotations

from importlib import import_module

import pytest

from ckanext.budget.core import former_names

JOBS = {
    "control.run._piece": "quality.run",
    "deposit.background.check_and_publish": "uploads.deposit.background",
    "deposit.publish.publish_waiting": "uploads.deposit.publish",
    "deposit.receive.check_waiting": "uploads.deposit.receive",
    "summaries.compute.compute_in_job": "charts.compute",
}
"""What version 0.1 left in the queue, and where it lives."""


@pytest.mark.parametrize(("job", "room"), JOBS.items())
def test_a_job_of_the_former_version_is_the_function_of_today(job, room):
    former_names.understand()
    module, name = f"ckanext.budget.{job}".rsplit(".", 1)
    today = import_module(f"ckanext.budget.{room}")
    assert getattr(import_module(module), name) is getattr(today, name)


def test_it_is_understood_once_and_nothing_else_is_touched():
    import sys

    former_names.understand()
    before = list(sys.meta_path)
    former_names.understand()
    assert sys.meta_path == before
    with pytest.raises(ModuleNotFoundError):
        import_module("ckanext.budget.controls")
