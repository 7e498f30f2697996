"""A prepared document becomes resources of a dataset, or is withdrawn."""

from __future__ import annotations
