"""The Markdown output, parsed as CommonMark."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from sample_edition import (
    BRIDGE,
    HOSTILE_TEXTS,
    METRO,
    OWLS,
    RIVER,
    article,
    edition,
    hostile_edition,
    output,
    render,
    story,
)
from sample_pictures import with_pictures

from aggregator import Outlet
from aggregator.model import Storyline, StoryReference

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PLAIN = {"text", "text_special", "em_open", "em_close"}
CHARACTERS = st.text(st.sampled_from("\\`*_[]<>&|~#!()-+=.:1 a\n\té\u2028"))


def tokens(text: str) -> list[Token]:
    return READER.parse(text)


def inlines(text: str) -> list[Token]:
    return [token for token in tokens(text) if token.type == "inline"]


def visible_text(inline: Token) -> str:
    """Return the visible text of a block."""
    return "".join(child.content for child in inline.children or [] if child.type in ("text", "text_special"))


def hrefs(all_tokens: Iterable[Token]) -> list[str]:
    children = [child for token in all_tokens for child in token.children or []]
    return [str(child.attrs["href"]) for child in children if child.type == "link_open"]


def test_the_headings_are_in_order() -> None:
    parsed = tokens(render("markdown").decode())
    headings = [(token.tag, visible_text(text)) for token, text in pairwise(parsed) if token.type == "heading_open"]
    assert headings[:4] == [
        ("h1", "London Daily"),
        ("h2", BRIDGE.title),
        ("h2", "London"),
        ("h3", "Night Tube returns to the Harrow line after signal tests"),
    ]
    assert headings[-1] == ("h2", "Sources")
    assert [title for tag, title in headings if tag == "h1"] == ["London Daily"]


def test_a_story_lists_its_outlets() -> None:
    text = render("markdown", edition(BRIDGE)).decode()
    texts = [visible_text(inline) for inline in inlines(text)]
    assert "By Ada Lark and Tom Fenn, River Post, 24 November 2026, 09:30 UTC" in texts
    assert "Metro Ledger: Wren Bridge opens at last: what it means for your commute" in texts
    assert texts.index("Also covered by:") < texts.index("Also published by:")
    assert "https://metro.example/wren-bridge-opens-at" in hrefs(tokens(text))


def test_each_other_outlet_is_listed_once_and_twelve_at_most() -> None:
    outlets = [Outlet(f"Outlet {number}", f"https://o{number}.example/") for number in range(1, 16)]
    others = [article(one, f"Report {n}", n + hours) for n, one in enumerate(outlets, start=1) for hours in (0, 30)]
    text = render("markdown", edition(story(1, article(RIVER, "First", 70), *others))).decode()
    listed = [visible_text(one) for one in inlines(text) if visible_text(one).startswith(("Outlet", "and"))]
    assert listed == [*(f"Outlet {number}: Report {number}" for number in range(1, 13)), "and 3 more"]


def test_stories_that_were_merged_or_came_before_are_listed() -> None:
    before = StoryReference("urn:1", "Bridge *delayed*", "https://river.example/delayed", OWLS.published)
    told = msgspec.structs.replace(
        OWLS, storyline=Storyline(id="urn:s", title="B", earlier=(before,)), merged=(StoryReference("urn:2", "Lifts"),)
    )
    text = render("markdown", edition(told)).decode()
    assert "This story now includes:\n\n- Lifts\n" in text
    assert "Earlier:\n\n- [Bridge \\*delayed\\*](https://river.example/delayed) (24 November 2026)\n" in text


def test_the_headline_and_summary_are_those_that_stand_for_the_story() -> None:
    told = msgspec.structs.replace(BRIDGE, display=article(METRO, "Better headline", 1, "Better summary."))
    text = render("markdown", edition(told)).decode()
    assert "## [Better headline](https://metro.example/better-headline)\n\nBetter summary.\n\nMetro Ledger, " in text


def test_dates_and_labels_are_those_of_the_reader() -> None:
    text = render("markdown", edition(BRIDGE, OWLS, locale="de", timezone="Europe/Berlin")).decode()
    assert "Von Ada Lark und Tom Fenn, River Post, 24. November 2026, 10:30 MEZ" in text
    assert "\nAuch bei:\n" in text and "## Quellen" in text


@pytest.mark.parametrize("pictures", ["none", "link"])
def test_pictures_are_shown_if_they_are_wanted(pictures: str) -> None:
    shown = (
        "![](https://river.example/bridge.jpg)"
        in render("markdown", edition(BRIDGE, pictures=pictures), images=True).decode()
    )
    assert shown == (pictures == "link")
    assert "![" not in render("markdown", edition(BRIDGE)).decode()


def test_copied_pictures_are_files_beside_the_document(tmp_path: Path) -> None:
    of = with_pictures(edition(BRIDGE), tmp_path)
    document, *files = output("markdown")(of, path="public/my daily.md", images=True)
    names = [name for name, _ in files]
    assert names and all(name.startswith("pictures/") for name in names)
    assert f"![](my%20daily/{names[-1]})" in document[1].decode()


def test_malicious_texts_are_escaped() -> None:
    text = render("markdown", hostile_edition()).decode()
    parsed = tokens(text)
    assert not [
        token.type for token in parsed if token.type in ("html_block", "fence", "code_block", "hr", "table_open")
    ]
    children = {child.type for token in parsed for child in token.children or []}
    assert children <= {"text", "text_special", "link_open", "link_close", "em_open", "em_close", "softbreak"}
    assert all(address.startswith("https://") for address in hrefs(parsed))


@pytest.mark.parametrize("words", HOSTILE_TEXTS)
def test_a_malicious_title_is_unchanged(words: str) -> None:
    check_title(words)


@settings(deadline=None)
@given(CHARACTERS)
def test_any_title_is_unchanged(words: str) -> None:
    check_title(words)


def check_title(words: str) -> None:
    """Check that a title is unchanged in a heading and in a list item."""
    expected = " ".join(
        "".join(character for character in words if character not in "\x00\x07\x1b\uffff\ud800").split()
    )
    titled = article(RIVER, words, 1, url=None)
    text = render("markdown", edition(story(1, titled, titled.replace(source=METRO)), sources=())).decode()
    texts = [visible_text(inline) for inline in inlines(text)]
    assert {token.type for inline in inlines(text) for token in inline.children or []} <= PLAIN
    if expected:
        assert texts.count(expected) == 1
        assert texts.count(f"Metro Ledger: {expected}") == 1


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://a.example/(x)_[y]_*z*", "https://a.example/%28x%29_%5By%5D_*z*"),
        ("https://a.example/?a=1&copy;=2&b", "https://a.example/?a=1&copy;=2&b"),
        ('https://a.example/" onclick="x', "https://a.example/%22%20onclick=%22x"),
        ("https://a.example/\\)", "https://a.example/%5C%29"),
    ],
)
def test_addresses_of_links_are_escaped(url: str, href: str) -> None:
    text = render("markdown", edition(story(1, article(RIVER, "T", 1, url=url)), sources=())).decode()
    assert hrefs(tokens(text)) == [href]


def test_an_empty_edition_has_a_note() -> None:
    text = render("markdown", edition()).decode()
    assert "There is no news yet." in text and "2026" not in text


def test_untagged_stories_have_a_heading() -> None:
    untagged = story(9, OWLS.representative.replace(tags=()))
    assert "## More stories" in render("markdown", edition(BRIDGE, untagged)).decode()
