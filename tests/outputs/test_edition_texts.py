"""What digests say about a story: by-line, other outlets, sections."""

from __future__ import annotations

import msgspec
import pytest
from sample_edition import BRIDGE, CIRCUIT, HARBOUR, METRO, NIGHT_TUBE, PITCH, RIVER, article, edition, story

from aggregator import Copy, Outlet, Section
from aggregator.model import Storyline, StoryReference
from aggregator.outputs.edition_texts import EditionTexts


def texts(**more: object) -> EditionTexts:
    return EditionTexts(edition(BRIDGE, NIGHT_TUBE, **more))


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        ((), "River Post"),
        (("Ada Lark",), "By Ada Lark, River Post"),
        (("Ada Lark", "Tom Fenn"), "By Ada Lark and Tom Fenn, River Post"),
        (("A", "B", "C", "D", "E"), "By A, B, C and 2 more, River Post"),
        (("River Post", " Ada  Lark ", "Ada Lark", ""), "By Ada Lark, River Post"),
    ],
)
def test_the_by_line_names_authors_outlet_and_date(authors: tuple[str, ...], expected: str) -> None:
    line = texts().byline(article(RIVER, "T", 1, authors=authors))
    assert line == f"{expected}, 24 November 2026, 11:30 UTC"


def test_dates_are_those_of_the_reader() -> None:
    line = texts(timezone="Europe/Berlin", locale="de").byline(article(RIVER, "T", 13.5))
    assert line == "River Post, 24. November 2026, 00:00 MEZ"


@pytest.mark.parametrize(
    ("outlet", "locale", "expected"),
    [
        ("הארץ", "en", "24 November 2026, 11:30 UTC, הארץ"),
        ("River Post", "he", "24 בנובמבר 2026, 11:30 UTC, River Post"),
        ("הארץ", "he", "הארץ, 24 בנובמבר 2026, 11:30 UTC"),
    ],
)
def test_names_and_dates_of_different_directions_do_not_mix(outlet: str, locale: str, expected: str) -> None:
    assert texts(locale=locale).byline(article(Outlet(outlet), "T", 1)) == expected


def test_each_other_outlet_is_listed_once_the_newest_first() -> None:
    first = article(RIVER, "First", 9)
    members = [
        article(METRO, "Old", 8),
        article(METRO, "New", 2),
        article(HARBOUR, "Harbour", 3),
        article(RIVER, "R", 1),
    ]
    told = story(1, first, *members)
    assert [one.title for one in texts().others(told)] == ["New", "Harbour"]
    assert texts().coverage(told) == "Metro Ledger and Harbour Times"


def test_outlets_beyond_two_are_counted() -> None:
    outlets = [Outlet(f"Outlet {number}") for number in range(14)]
    told = story(1, article(RIVER, "First", 20), *(article(one, "T", n) for n, one in enumerate(outlets, start=1)))
    assert texts().coverage(told) == "Outlet 0, Outlet 1 and 12 more"


def test_reprints_are_those_of_outlets_without_an_account() -> None:
    first = article(RIVER, "First", 9)
    copies = [Copy(article(one, "T", 2), first.id) for one in (PITCH, PITCH, METRO)]
    told = story(1, first, article(METRO, "Own", 3), copies=tuple(copies))
    assert [one.source.name for one in texts().reprints(told)] == ["Touchline"]


def test_the_headline_is_that_of_the_article_that_stands_for_the_story() -> None:
    told = msgspec.structs.replace(BRIDGE, display=article(CIRCUIT, "Better headline", 1, "Better summary"))
    assert (texts().headline(told), texts().summary(told)) == ("Better headline", "Better summary")
    assert "River Post" in texts().coverage(told) or "2 more" in texts().coverage(told)


def test_a_summary_that_repeats_the_headline_is_left_out() -> None:
    assert texts().summary(article(RIVER, "Owls return", 1, " Owls  return")) == ""


def test_sections_have_their_titles_and_not_the_lead_story() -> None:
    sections = (
        Section("london", (BRIDGE, NIGHT_TUBE)),
        Section("de", (NIGHT_TUBE,), language="de"),
        Section("world", (NIGHT_TUBE,), language="de"),
        Section("sport", (NIGHT_TUBE,), label="Sports & games"),
        Section("", (NIGHT_TUBE,)),
        Section("only the lead", (BRIDGE,)),
    )
    shown = texts(sections=sections).sections
    assert [one.title for one in shown] == ["London", "German", "World (German)", "Sports & games", "More stories"]
    assert all(one.stories == (NIGHT_TUBE,) for one in shown)


def test_earlier_stories_are_the_last_five() -> None:
    earlier = tuple(StoryReference(f"urn:{number}", f"Part {number}") for number in range(9))
    told = msgspec.structs.replace(BRIDGE, storyline=Storyline(id="urn:s", title="Bridge", earlier=earlier))
    assert [one.title for one in texts().earlier(told)] == [f"Part {number}" for number in range(5)]
    assert texts().earlier(BRIDGE) == ()
