"""Subscription lists that are plain text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import Project

from aggregator.feeds.text_list import read_text_list

LIST = """\
# my feeds
https://a.example/rss  "tag one" news "~The A"

   <https://b.example/rss>,
feed://c.example/rss # a note
www.d.example/feed
- https://e.example/rss
2. https://f.example/rss !
https://g.example/rss, https://h.example/rss
"query:Unread:unread = \\"yes\\""
exec:~/bin/feed
"""
TABLES: list[dict[str, Any]] = [
    {"url": "https://a.example/rss", "name": "The A", "tags": ["tag one", "news"]},
    {"url": "https://b.example/rss"},
    {"url": "http://c.example/rss"},
    {"url": "https://www.d.example/feed"},
    {"url": "https://e.example/rss"},
    {"url": "https://f.example/rss"},
    {"url": "https://g.example/rss"},
    {"url": "https://h.example/rss"},
]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_each_line_is_a_feed(charset: str, end: str) -> None:
    assert read_text_list(LIST.replace("\n", end).encode(charset)) == (TABLES, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no address"),
        ("# nothing\n", "holds no address"),
        ("\nDear all, my feeds: https://a.example/\n", 'line 2 is no address: "Dear all, my'),
        ("mailto:jo@a.example", "line 1 is no address"),
        ('{"a": 1}', "line 1 is no address"),
    ],
)
def test_other_texts_raise(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_text_list(text.encode())


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"https://a.example/ {text}".encode()))
def test_any_bytes_parse_or_raise_value_error(data: bytes) -> None:
    try:
        tables, others = read_text_list(data)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert tables or others
        assert all(table["url"].startswith("http") for table in tables)


@pytest.mark.parametrize("part", ['"', "\\", " ", '"a ', "https://", "- ", "a."])
def test_long_lines_take_bounded_time(part: str) -> None:
    for text in (part * 30_000, f"https://a.example/ {part * 30_000}"):
        try:
            read_text_list(text.encode())
        except ValueError:
            continue


def test_import(project: Project) -> None:
    project.write("urls", LIST)
    project.configure('[[sources]]\nurl = "http://a.example/rss/"\n')
    result = project.aggregate("import", "urls")
    assert result.status == 0
    assert [line.split('" ', 1)[1][:24] for line in result.err.splitlines()] == [
        "is a query of newsboat o",
        "runs a program, which an",
    ]
    known = '"The A" is already configured, as "http://a.example/rss/"\n'
    assert result.out == f"{known}imported 7, 1 already configured, 2 without a valid feed address\n"
    assert project.aggregate("check").status == 0
    project.write("urls", "no list\n")
    result = project.aggregate("import", "urls")
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith('aggregate: urls: line 1 is no address: "no list"; it must be a subscription list')
