"""Finds the packages: `plugins/` is installed as `aggregator_plugins`, which pyproject.toml alone cannot express."""

from setuptools import find_packages, setup

plugins = ["aggregator_plugins", *(f"aggregator_plugins.{name}" for name in find_packages("plugins"))]
setup(packages=[*find_packages(include=["aggregator", "aggregator.*"]), *plugins])
