"""Outputs are valid documents, with unchanged titles, for any text."""

from __future__ import annotations

import unicodedata

import feedparser
import pytest
from epub_checker import check_epub
from feed_rules import ATOM, MALICIOUS, check_atom, check_rss
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html
from sample_edition import HOSTILE_TEXTS, RIVER, article, edition, render, story

from aggregator import Copy, Edition, Enclosure, Outlet
from aggregator.outputs.article_text import headline

SPECIAL = st.text(
    st.sampled_from("\x00\x0b\x1b\x7f\x85\ud800\udfff\ufffe\uffff\u2028<>&]['\"`;#!-/ aé\r\n\t\U0001f469")
)
ANY_TEXT = st.text() | SPECIAL | st.sampled_from(HOSTILE_TEXTS)


def edition_of(text: str, other: str) -> Edition:
    """Create an edition with one story that has the text in every field."""
    outlet = Outlet(other, other)
    first = article(
        outlet,
        text,
        1,
        other,
        url=f"https://a.example/{other}",
        content=f"<p>{text}</p>",
        authors=(text, other),
        tags=(text,),
        language=None,
        image=f"https://a.example/{text}",
        enclosures=(Enclosure(f"https://a.example/{other}", text),),
    )
    more = article(RIVER, other, 2, text, url=other)
    return edition(story(1, first, more, copies=(Copy(more, first.id),)), title=text, tagline=other)


def readable(text: str) -> str:
    """Remove the characters that documents cannot contain: control characters, surrogates and noncharacters."""
    removed = {"Cc", "Cs"}
    kept = (character for character in text if character in "\t\n\r" or unicodedata.category(character) not in removed)
    return "".join(character for character in kept if character not in "\ufffe\uffff").strip()


def shown(title: str, outlet: str) -> str:
    """Return the title that an item has: without the name of its outlet."""
    return headline(article(Outlet(readable(outlet), readable(outlet)), title, 1))


@settings(deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_rss(text: str, other: str) -> None:
    body = render("rss", edition_of(text, other), hub="https://hub.example/")
    channel = check_rss(body, MALICIOUS)
    parsed = feedparser.parse(body)
    assert not parsed.bozo and len(parsed.entries) == 1
    if title := readable(text):
        assert (channel.findtext("item/title"), channel.findtext("title")) == (shown(title, other), title)


@settings(deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_atom(text: str, other: str) -> None:
    body = render("atom", edition_of(text, other), hub="https://hub.example/")
    feed = check_atom(body, MALICIOUS)
    parsed = feedparser.parse(body)
    assert not parsed.bozo and len(parsed.entries) == 1
    if title := readable(text):
        title = shown(title, other)
        assert feed.findtext(f"{ATOM}entry/{ATOM}title") == title
        repaired = not title.isascii() and max(title) <= "\xff"  # feedparser assumes an encoding error
        assert repaired or parsed.entries[0].title.split() == title.split()


@settings(deadline=None, max_examples=30)
@given(ANY_TEXT, ANY_TEXT)
def test_epub(text: str, other: str) -> None:
    check_epub(render("epub", edition_of(text, other)))


@settings(deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_html(text: str, other: str) -> None:
    document = html.document_fromstring(render("html", edition_of(text, other), path="index.html"))
    assert not document.cssselect("script, iframe, object, form, base")
    assert not [name for element in document.iter() for name in element.attrib if str(name).startswith("on")]
    assert len(document.cssselect("h1")) == 1


@pytest.mark.parametrize("name", ["jsonfeed", "markdown", "opml", "text"])
@settings(deadline=None)
@given(text=ANY_TEXT)
@example(text="\ud800")
def test_other_outputs(name: str, text: str) -> None:
    assert render(name, edition_of(text, text))
