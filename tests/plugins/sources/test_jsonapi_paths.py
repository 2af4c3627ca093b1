"""The path language of the `jsonapi` source: every documented step."""

from __future__ import annotations

import pytest
from aggregator_plugins.sources.jsonapi.paths import evaluate, parse_path

DOCUMENTED = {
    "first": {"name": "a", "any name": "b", "dotted.name": "c", "{braces}": "d"},
    "list": [{"name": "a"}, {"name": "b", "tags": ["x", "y"]}, {"name": "c", "tags": ["z"]}],
    "objects": {"one": {"name": "a"}, "two": {"name": "b"}},
    "nothing": None,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("first.name", "a"),
        (".first.name", "a"),
        ('first["any name"]', "b"),
        ('first["dotted.name"]', "c"),
        ('["first"]["{braces}"]', "d"),
        ("list[0].name", "a"),
        ("list[-1].name", "c"),
        ("list.*.name", ["a", "b", "c"]),
        ("list[*].name", ["a", "b", "c"]),
        ("list.*.tags.*", ["x", "y", "z"]),
        ("list[*].tags[*]", ["x", "y", "z"]),
        ("objects.*.name", ["a", "b"]),
        ("objects[*].name", ["a", "b"]),
        ("nothing", None),
        ("nothing.name", None),
    ],
)
def test_every_documented_step(path: str, value: object) -> None:
    assert evaluate(DOCUMENTED, parse_path(path), "the document") == value


@pytest.mark.parametrize("path", ["*", ".*", "[*]"])
def test_a_wildcard_may_come_first(path: str) -> None:
    assert evaluate(["a", "b"], parse_path(path), "the document") == ["a", "b"]
    assert evaluate({"one": "a", "two": "b"}, parse_path(path), "the document") == ["a", "b"]
