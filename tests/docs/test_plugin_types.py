"""The plugin guide describes every attribute and method of the types that plugins make and get."""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path
from typing import Any

import pytest

import aggregator
import aggregator.model

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = DOCS / "plugins.md"


def _load_reference() -> Any:
    """Return the module that generates parts of the guide; the folder is no package."""
    spec = importlib.util.spec_from_file_location("docs_reference", DOCS / "reference.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = _load_reference()
NAMES = [name for names in reference.TYPES.values() for name in names]


@pytest.mark.parametrize("name", NAMES)
def test_every_attribute_has_a_description(name: str) -> None:
    """In the docstring of the type, or that of the property or the method."""
    missing = [one.name for one in reference.attributes(reference.public_type(name)) if not one.meaning]
    assert missing == []


@pytest.mark.parametrize("name", NAMES)
def test_every_attribute_is_in_the_guide(name: str) -> None:
    _, _, section = GUIDE.read_text(encoding="utf-8").partition(f"\n### `{name}`\n")
    section = section.partition("\n#")[0]
    for one in reference.attributes(reference.public_type(name)):
        assert f"| `{one.name}` |" in section


def test_an_attribute_without_a_description_is_noticed() -> None:
    class Example:
        """An example. `known`, `also` (text): described; `last`: the last one."""

        known: int
        also: str
        unknown: int
        last: int

        @property
        def silent(self) -> int:
            return 1

        def told(self, number: int = 1) -> str:
            """Tell a number."""
            return str(number)

    assert [(one.name, one.meaning) for one in reference.attributes(Example)] == [
        ("known", "described"),
        ("also", "described"),
        ("unknown", ""),
        ("last", "the last one"),
        ("silent", ""),
        ("told(number: int = 1) -> str", "Tell a number"),
    ]


def test_all_types_of_the_model_are_described() -> None:
    """Of those that the model names, and of the structs that plugins import from `aggregator`."""
    public = {name for name in aggregator.model.__all__ if inspect.isclass(getattr(aggregator.model, name))}
    assert public <= {*NAMES}
