"""For tools that still call it; everything is in pyproject.toml (and setup.cfg for translations)."""

from setuptools import setup

setup()
