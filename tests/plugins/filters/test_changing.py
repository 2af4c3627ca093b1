"""The filters `replace`, `tag` and `language`: their results, and the errors for invalid options."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from filter_calls import apply_filter, registry

from aggregator import Article, Drop, Outlet
from aggregator.plugin.registry import Registry

__all__ = ["registry"]

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ARTICLE = Article(
    id="1",
    url="https://mirror.example/17?page=2",
    title="Live: Wren Bridge opens",
    summary="Four years late. Read more",
    content="<p>Four <b>years</b> late.</p><p>Read more</p>",
    authors=("By Ann Lee", "By Bo Park", "By "),
    first_seen=NOW,
    language="pt-BR",
    tags=("London", "Uncategorized", "transport"),
    source=Outlet("Example World"),
)
BARE = Article(id="2", url=None, title="", first_seen=NOW, source=Outlet("Wire"))


def apply(registry: Registry, name: str, options: dict[str, Any], article: Article = ARTICLE) -> Any:
    return apply_filter(registry, name, options, article)


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        ({"title": ["^Live: ", ""]}, {"title": "Wren Bridge opens"}),
        ({"title": ["^live: ", ""]}, {}),
        ({"title": ["(?i)^live: (?P<what>.*)", r"\g<what> (\1)"]}, {"title": "Wren Bridge opens (Wren Bridge opens)"}),
        ({"title": ["Wren|Bridge", " "]}, {"title": "Live: opens"}),
        ({"title": [".*", "&amp; <b>"]}, {"title": "&amp; <b>&amp; <b>"}),
        ({"summary": ["Read more", ""]}, {"summary": "Four years late."}),
        ({"content": ["<p>Read more</p>", ""]}, {"content": "<p>Four <b>years</b> late.</p>"}),
        (
            {"url": [r"mirror\.example/(\d+)", r"blog.example/posts/\1"]},
            {"url": "https://blog.example/posts/17?page=2"},
        ),
        ({"url": ["^https:", "gopher:"]}, {}),
        ({"url": [".*", ""]}, {}),
        ({"author": ["^By ?", ""]}, {"authors": ("Ann Lee", "Bo Park")}),
        ({"tag": ["London|transport", "City"]}, {"tags": ("City", "Uncategorized")}),
        (
            {"title": ["Live: ", ""], "tag": ["^U.*", ""]},
            {"title": "Wren Bridge opens", "tags": ("London", "transport")},
        ),
        ({}, {}),
    ],
)
def test_replace_replaces_every_match(registry: Registry, options: dict[str, Any], changes: dict[str, Any]) -> None:
    assert apply(registry, "replace", options) == ARTICLE.replace(**changes)


def test_replace_keeps_missing_parts_and_very_long_parts(registry: Registry) -> None:
    parts = ["title", "summary", "content", "url", "author", "tag"]
    everything = {part: ["$", "x"] for part in parts if part != "title"}
    assert apply(registry, "replace", everything, BARE) == BARE.replace(summary="x")
    long = ARTICLE.replace(content="a" * 100_001)
    assert apply(registry, "replace", {"content": ["a", "b"]}, long) == long


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (["(", ""], "the pattern must be a regular expression (missing ), unterminated subpattern at position 0)"),
        (["a{99999999999}", ""], "the pattern must be a regular expression (too large)"),
        (["(a)", r"\2"], "the replacement does not fit the pattern (invalid group reference 2 at position 1)"),
        (["(a)", r"\g<b>"], "the replacement does not fit the pattern (unknown group name 'b')"),
        (["a", "\\"], "the replacement does not fit the pattern (bad escape (end of pattern) at position 0)"),
        ("a", "must be a pattern and its replacement such as ['^Live: ', '']"),
        (["a"], "must be a pattern and its replacement such as ['^Live: ', '']"),
        (["a", 3], "must be a pattern and its replacement such as ['^Live: ', '']"),
    ],
)
def test_replace_rejects_an_invalid_pattern_or_replacement(registry: Registry, value: object, message: str) -> None:
    _, [problem] = registry.filters["replace"].convert({"title": value})
    assert problem.allowed == message


@pytest.mark.parametrize(
    ("options", "tags"),
    [
        ({"add": ["bridges"]}, ("London", "Uncategorized", "transport", "bridges")),
        ({"add": [" london "]}, ("Uncategorized", "transport", "london")),
        ({"add": ["a", "b", "a"], "remove": ["b", "LONDON", "other"]}, ("Uncategorized", "transport", "a", "b")),
        ({"remove": ["uncategorized"]}, ("London", "transport")),
        ({"remove": ["uncategorized"], "where": 'title ~ "Wren"'}, ("London", "transport")),
        ({"remove": ["uncategorized"], "where": "image"}, ("London", "Uncategorized", "transport")),
        ({}, ("London", "Uncategorized", "transport")),
    ],
)
def test_tag_adds_and_removes_tags(registry: Registry, options: dict[str, Any], tags: tuple[str, ...]) -> None:
    assert apply(registry, "tag", options) == ARTICLE.replace(tags=tags)


@pytest.mark.parametrize(
    ("options", "article", "kept"),
    [
        ({"only": ["pt"]}, ARTICLE, True),
        ({"only": ["en", "PT-br"]}, ARTICLE, True),
        ({"only": ["pt-PT"]}, ARTICLE, False),
        ({"only": ["ptx"]}, ARTICLE, False),
        ({"only": ["en"], "unknown": True}, ARTICLE, False),
        ({"only": ["en"], "unknown": True}, BARE, True),
        ({"only": ["en"]}, BARE, False),
    ],
)
def test_language_keeps_the_configured_languages(
    registry: Registry, options: dict[str, Any], article: Article, kept: bool
) -> None:
    result = apply(registry, "language", options, article)
    reason = "its language is unknown" if article is BARE else "its language is pt-BR"
    assert result == (article if kept else Drop(reason))


@pytest.mark.parametrize("options", [{}, {"only": []}, {"only": "en"}, {"only": ["English"]}, {"only": ["en", ""]}])
def test_language_requires_language_tags(registry: Registry, options: dict[str, Any]) -> None:
    _, [problem] = registry.filters["language"].convert(options)
    assert 'a list of language tags such as "en" or "pt-BR"' in problem.allowed
