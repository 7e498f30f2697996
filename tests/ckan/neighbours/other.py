"""A small plugin of somebody else: facets of its own, and a listener of ours."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

HEARD: list[tuple[str, str, str]] = []


def _hear(_sender: str, **told: str) -> None:
    HEARD.append(("heard", told["package_id"], told["document"]))


def _fail(_sender: str, **_told: str) -> None:
    raise ValueError("a fault of the listener")


class OtherPlugin(p.SingletonPlugin):
    p.implements(p.IFacets, inherit=True)
    p.implements(p.ISignal)

    def dataset_facets(self, facets_dict: Any, _package_type: str) -> Any:
        facets_dict["vocab_theme"] = "Theme of the other"
        facets_dict["frequency"] = "Frequency of the other"
        return facets_dict

    def get_signal_subscriptions(self) -> Any:
        names = ("budget_published", "budget_withdrawn")
        return {tk.signals.ckanext.signal(name): [_fail, _hear] for name in names}
