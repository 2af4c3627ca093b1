"""Options: read from a signature, validated and described."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
import pytest

from aggregator import Duration, Expression
from aggregator.plugin.options import convert_options, read_options, show


def source(
    http: Any,
    *,
    url: str,
    limit: Annotated[int, msgspec.Meta(ge=1, description="How many.")] = 30,
    kind: Literal["auto", "list"] = "auto",
    title: re.Pattern[str] | None = None,
    names: list[str] = [],  # noqa: B006
    ratio: float = 0.5,
    full: bool = False,
    age: Annotated[Duration | None, msgspec.Meta(description="How old.")] = None,
    every: Duration = timedelta(hours=36),
    where: Expression | None = None,
) -> None: ...


OPTIONS = read_options(source, ["http"])


def test_options_are_described() -> None:
    assert [(o.name, o.type_text, o.required, o.description) for o in OPTIONS] == [
        ("url", "text", True, ""),
        ("limit", "a whole number", False, "How many."),
        ("kind", '"auto" or "list"', False, ""),
        ("title", "a regular expression", False, ""),
        ("names", "a list of text", False, ""),
        ("ratio", "a number", False, ""),
        ("full", "true or false", False, ""),
        ("age", 'a time such as "30m", "72h" or "7d"', False, "How old."),
        ("every", 'a time such as "30m", "72h" or "7d"', False, ""),
        ("where", 'an expression such as `title ~ "(?i)live"`', False, ""),
    ]


def test_defaults_are_formatted_as_in_a_configuration() -> None:
    assert {o.name: show(o.default) for o in OPTIONS if o.name in ("limit", "kind", "every")} == {
        "limit": "30",
        "kind": '"auto"',
        "every": '"36h"',
    }


def test_valid_values_are_converted() -> None:
    values = {"url": "u", "limit": 5, "title": "(?i)x", "ratio": 1, "names": ["a"], "age": "2h", "where": "image"}
    converted, problems = convert_options(OPTIONS, values)
    assert problems == []
    assert converted["title"].search("aXb")
    assert isinstance(converted["where"], Expression)
    assert {key: converted[key] for key in ("url", "limit", "ratio", "names", "age")} == {
        "url": "u",
        "limit": 5,
        "ratio": 1,
        "names": ["a"],
        "age": timedelta(hours=2),
    }


@pytest.mark.parametrize(
    ("values", "key", "found", "allowed"),
    [
        ({"limt": 5}, "limt", "5", 'unknown option; did you mean "limit"?'),
        (
            {"zzz": 5},
            "zzz",
            "5",
            "unknown option; known: age, every, full, kind, limit, names, ratio, title, url, where",
        ),
        ({"limit": "5"}, "limit", '"5"', "must be a whole number"),
        ({"limit": 0}, "limit", "0", "must be a whole number, at least 1"),
        ({"kind": "lst"}, "kind", '"lst"', 'must be "auto" or "list"'),
        (
            {"title": "("},
            "title",
            '"("',
            "must be a regular expression (missing ), unterminated subpattern at position 0)",
        ),
        ({"title": 3}, "title", "3", "must be a regular expression"),
        ({"title": "a{99999999999}"}, "title", '"a{99999999999}"', "must be a regular expression (too large)"),
        ({"age": "soon"}, "age", '"soon"', 'must be a time such as "30m", "72h" or "7d"'),
        ({"age": 3}, "age", "3", 'must be a time such as "30m", "72h" or "7d"'),
        ({"where": 3}, "where", "3", 'must be an expression such as `title ~ "(?i)live"`'),
        ({"where": "imag"}, "where", '"imag"', 'there is no field "imag"; did you mean "image"?\n| imag\n| ^^^^'),
        ({"names": "a"}, "names", '"a"', "must be a list of text"),
        ({"full": "yes"}, "full", '"yes"', "must be true or false"),
    ],
)
def test_invalid_values_are_reported(values: dict[str, Any], key: str, found: str, allowed: str) -> None:
    _, [problem] = convert_options(OPTIONS, {"url": "u"} | values)
    assert (problem.key, problem.found, problem.allowed) == (key, found, allowed)


def test_missing_options_are_reported() -> None:
    _, [problem] = convert_options(OPTIONS, {})
    assert (problem.key, problem.allowed) == ("url", "is needed: text")
