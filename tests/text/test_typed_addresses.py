"""Addresses without a scheme, paths of files, and names are told apart without a request."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.typed_addresses import begins_with_host, file_like, is_path


@pytest.mark.parametrize(
    "text",
    [
        "example.org", "example.org/feed.xml", "example.org:8080/x", "feeds:8080", "localhost", "localhost/feed",
        "LOCALHOST:80", "127.0.0.1/x", "[::1]:80/x", "user:pw@example.org/x", "münchen.example/x", "example.org?x=1",
        "example.org.", "a.b.c#d", "news.md", "xml.example",
    ],
)  # fmt: skip
def test_hosts(text: str) -> None:
    assert begins_with_host(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nosuch", "nosuch/feed", "../srv/no.xml", "./x", "/etc/x", "~/x", "..", ".", "a..b", ".hidden/x", "feed.xml",
        "FEED.XML", "feeds.opml", "BBC News - World", "Example.com: Latest headlines", "a:b",
        "v2.0",        "1.2.3", "samples/feed.json", "C:\\x.xml", "foo:123456", "www example.org",
    ],
)  # fmt: skip
def test_other_texts(text: str) -> None:
    assert not begins_with_host(text)


@pytest.mark.parametrize("text", ["../srv/no.xml", "/x", "~/x", "feed.xml", "a/b", "a.b.json", "./x"])
def test_paths(text: str) -> None:
    assert is_path(text)


@pytest.mark.parametrize(
    "text", ["nosuch", "https://a.example/feed.xml", "example.org/feed.xml", "BBC News", "xml", ""]
)
def test_no_paths(text: str) -> None:
    assert not is_path(text)


def test_the_folder_of_a_missing_file_is_no_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert begins_with_host("my.feeds/a.xml")
    monkeypatch.chdir(tmp_path)
    Path("my.feeds").mkdir()
    assert not begins_with_host("my.feeds/a.xml")
    Path("my.feeds", "atlas.xml").touch()
    assert file_like("my.feeds/atlos.xml") == "my.feeds/atlas.xml"
    assert file_like("my.feeds/zzz") is None
    assert file_like("nowhere/atlas.xml") is None


@given(st.text())
def test_any_text_is_decided(text: str) -> None:
    assert not (begins_with_host(text) and is_path(text) and "/" in text)
