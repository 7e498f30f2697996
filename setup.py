"""For tools that still call it: the project is described in pyproject.toml."""

from setuptools import setup

setup()
