"""Hostile pages: `read_article` returns an article or None for each, within the time-out of the suite."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.pages import read_article

SENTENCE = b"A sentence of some length stands here, and goes on for quite a while before it ends with a full stop. "


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 100_000 + b"<p>" + SENTENCE,
        b"<p>" + b"<b>" * 100_000 + SENTENCE,
        b"<blockquote><ul><li>" * 30_000,
        b"<table><tr><td>" * 30_000 + SENTENCE,
        b'<script type="application/ld+json">' + b'{"a":' * 100_000 + b"</script><p>" + SENTENCE,
    ],
    ids=["divs", "inline", "lists", "tables", "json"],
)
def test_depth_is_bounded(body: bytes) -> None:
    item = read_article(body, "https://news.example/")
    assert item is None or len(item.content or "") < 3 * len(body)


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        b"<p>" + b"word word.The " * 100_000,
        b"<p>" + b"follow " * 100_000,
        b"<p>" + b"share " * 100_000 + b"</p>" + SENTENCE,
        b"share " * 100_000,
        (b"word " * 15 + b"\n") * 50_000,
        b"a <https://a.example/" * 50_000,
        b"<p>" + SENTENCE + b"</p>" + b"<img src='/a.jpg'>" * 10_000 + b"<p>" + SENTENCE * 3,
        b"<title>" + b" - x" * 100_000 + b"</title><p>" + SENTENCE * 3,
        b"<div>" + b"some text<br><br>" * 20_000,
        b"<h1>a b c d</h1><p>" * 5_000 + SENTENCE,
        b"<a href='/some-long-slug-here'>Some long headline text</a>" * 10_000,
        b"<div class=related>" * 200 + (b"<p>" + SENTENCE) * 29_000,
        b"<nav>" * 200 + b"<a href='/some-long-slug-here'>Some long headline text</a>" * 2_000 + SENTENCE * 3,
        b"<h1>" + b"by Jane and " * 10_000 + b"</h1><p>By " + b"Jane and " * 50_000 + b"</p><p>" + SENTENCE * 3,
        b"<i itemprop=author>Jane</i>" * 50_000 + SENTENCE * 3,
    ],
)
def test_repetition_does_not_take_excessive_time(body: bytes) -> None:
    read_article(body, "https://news.example/")


@pytest.mark.slow
def test_a_huge_page_is_read_up_to_the_limit() -> None:
    item = read_article(b"<article>" + b"<p>" + SENTENCE * 20_000 + b"</p>" * 10, "https://news.example/")
    assert item is not None
    item = read_article(b"<article><p>" + SENTENCE * 200_000 + b"</p>", "https://news.example/")
    assert item is not None and len(item.content or "") < 6_000_000


def test_entities_defined_by_a_page_are_not_expanded() -> None:
    bomb = b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><p>" + SENTENCE + b"&b;&b;&b;"
    item = read_article(bomb)
    assert item is not None and "aaaaaaaaaa" not in (item.content or "")


@pytest.mark.parametrize("name", ["punycode", "idna", "rot13", "zlib", "unicode_escape", "no-such", "\0"])
def test_unknown_and_unsafe_charsets_are_ignored(name: str) -> None:
    body = b"<meta charset=" + name.encode() + b"><p>" + SENTENCE * 3000
    item = read_article(body, None, f"text/html; charset={name}")
    assert item is not None and SENTENCE.decode().strip() in (item.content or "")


def test_scripts_are_removed_from_the_content() -> None:
    body = f"<p onclick='x()'>{SENTENCE.decode()}<script>x()</script><a href='javascript:x()'>press</a></p>"
    content = read_article(body.encode() * 3)
    assert content is not None
    assert not [mark for mark in ("onclick", "script", "javascript:") if mark in (content.content or "")]


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_arbitrary_bytes_raise_nothing(body: bytes) -> None:
    read_article(body, "https://news.example/")


_TAGS = """
    <p> </p> <div> </div> <br><br> <ul><li> </ul> <table><tr><td> <a/href='/a-b-c-d'> </a> <h1> <h2> </h2> <blockquote>
    <img/src=x> <tr> <td> <pre> <time/datetime='x'> <article> Advertisement Read\u00a0more: <base/href='//['> \u202e
""".split()
_PIECES = st.sampled_from([*_TAGS, "He left.And then he came.", SENTENCE.decode()])


@given(st.lists(_PIECES, max_size=30), st.none() | st.just("https://news.example/a"))
@settings(deadline=None)
def test_arbitrary_markup_raises_nothing_and_duplicates_no_text(pieces: list[str], url: str | None) -> None:
    item = read_article("".join(pieces).encode(), url)
    assert item is None or (item.content or "").count("full stop") <= "".join(pieces).count("full stop")
