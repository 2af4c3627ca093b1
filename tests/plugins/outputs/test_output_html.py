"""The newspaper page: its parts, their order, and the escaping of texts of sources."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from browser import Browser
from lxml import html
from lxml.html import HtmlElement
from project import ROOT
from sample_edition import (
    BRIDGE,
    CUP,
    EDITION,
    GERMAN,
    HOSTILE_TEXTS,
    OWLS,
    PODCAST,
    PUBLICATIONS,
    RIVER,
    STORIES,
    article,
    edition,
    hostile_edition,
    output,
    publication,
    render,
    story,
)

from aggregator import Edition

CSS = ROOT / "plugins/outputs/templates/newspaper.css"
LIGHT, DARK = re.findall(
    r"--paper: (#\w+); --ink: (#\w+); --soft: (#\w+); --rule: #\w+; --accent: (#\w+);", CSS.read_text()
)[:2]


def page(of: Edition = EDITION) -> HtmlElement:
    return html.document_fromstring(render("html", of, path="index.html"))


def words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def heading_levels(of: HtmlElement) -> list[int]:
    return [int(str(heading.tag)[1]) for heading in of.iter("h1", "h2", "h3", "h4")]


@pytest.mark.parametrize(
    ("path", "name"),
    [("public/index.html", ""), ("public/daily.HTM", ""), ("public", "index.html"), ("a.html/b", "index.html")],
)
def test_the_path_is_a_page_or_a_folder(path: str, name: str) -> None:
    assert [name for name, _ in output("html")(EDITION, path=path)] == [name]


def test_masthead_lead_sections_and_sources_are_in_order() -> None:
    document = page()
    assert words(document.cssselect(".masthead h1")[0]) == "London Daily"
    assert words(document.cssselect(".masthead .tagline")[0]) == "Focus on the big picture."
    assert words(document.cssselect(".masthead time")[0]) == "Tuesday 24 November 2026"
    assert words(document.cssselect(".lead h3")[0]) == BRIDGE.title
    menu = [words(element) for element in document.cssselect("nav li")]
    assert menu == ["Business", "Technology", "World", "Sport", "Nature"]
    assert [words(element) for element in document.cssselect(".section h2")] == menu
    assert words(document.cssselect("footer .sources")[0]).startswith("River Post Metro Ledger")


def test_every_story_is_on_the_page_once() -> None:
    titles = [words(element) for element in page().cssselect("h3")]
    assert sorted(titles) == sorted(item.title for item in STORIES)


def test_the_lead_lists_other_outlets() -> None:
    lead = page().cssselect(".lead")[0]
    assert words(lead.cssselect(".count")[0]) == "5 sources"
    assert [words(element) for element in lead.cssselect(".also .outlet")] == [
        "Metro Ledger",
        "Harbour Times",
        "Circuit & Co",
        "Rheinische Tagesschau",
    ]
    assert words(lead.cssselect(".copies")[0]) == "Also published by Touchline"
    (time,) = lead.cssselect("time")
    assert (time.get("datetime"), words(time)) == ("2026-11-24T09:30:00+00:00", "09:30")


def test_many_articles_are_collapsed() -> None:
    reports = [article(RIVER, f"Report {number}", number) for number in range(9)]
    document = page(edition(BRIDGE, story(9, *reports)))
    beside = document.cssselect(".beside article")[0]
    assert words(beside.cssselect("summary")[0]) == "6 more"
    assert len(beside.cssselect("details li")) == 6


def test_a_podcast_can_be_played() -> None:
    (link,) = page(edition(PODCAST)).cssselect(".byline a")
    assert (link.get("href"), words(link)) == ("https://circuit.example/weather.mp3", "Listen (32 min)")


def test_feeds_are_linked_by_relative_addresses() -> None:
    document = page()
    heads = [(link.get("type"), link.get("href")) for link in document.cssselect("head link[rel=alternate]")]
    assert heads == [
        ("application/rss+xml", "feed.xml"),
        ("application/atom+xml", "atom.xml"),
        ("application/feed+json", "feeds/feed.json"),
    ]
    assert [words(element) for element in document.cssselect(".subscribe a")] == ["RSS", "Atom", "JSON Feed"]
    assert [link.get("href") for link in document.cssselect("footer p a")] == ["sources.opml"]


@pytest.mark.parametrize(
    ("itself", "href"), [("site/index.html", "../feed.xml"), ("a/b/", "../../feed.xml"), ("", "feed.xml")]
)
def test_relative_addresses_depend_on_the_folder_of_the_page(itself: str, href: str) -> None:
    here = publication("html", itself)
    document = page(edition(BRIDGE, itself=here, publications=(here, *PUBLICATIONS[1:])))
    assert document.cssselect("head link[rel=alternate]")[0].get("href") == href


def test_two_feeds_of_a_format_have_different_labels() -> None:
    feeds = (publication("rss", "all.xml"), publication("rss", "sport: news.xml"))
    document = page(edition(BRIDGE, publications=(PUBLICATIONS[0], *feeds)))
    assert [words(element) for element in document.cssselect(".subscribe a")] == ["RSS (all)", "RSS (sport: news)"]
    assert document.cssselect(".subscribe a")[1].get("href") == "sport%3A%20news.xml"


def test_languages_are_marked() -> None:
    (title,) = page(edition(GERMAN)).cssselect("h3")
    assert (title.get("lang"), title.get("dir")) == ("de", "auto")


def test_missing_parts_are_not_shown() -> None:
    bare = story(1, article(RIVER, "Only a title", 1, url=None))
    document = page(edition(bare, tagline="", sources=(), publications=()))
    assert not document.cssselect("nav, .tagline, .subscribe, .summary, .also, .copies, img, .sources, .section, h3 a")
    assert words(page(edition()).cssselect("main")[0]).startswith("There is no news yet.")
    assert not page(edition()).cssselect("time, article")


@pytest.mark.parametrize("of", [EDITION, hostile_edition(), edition(), edition(OWLS), edition(CUP, OWLS, PODCAST)])
def test_the_page_is_accessible(of: Edition) -> None:
    document = page(of)
    levels = heading_levels(document)
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(len(document.cssselect(landmark)) == 1 for landmark in ("header.masthead", "main", "footer"))
    assert document.get("lang") == "en"
    assert all(image.get("alt") is not None for image in document.iter("img"))
    ids = [element.get("id") for element in document.cssselect("[id]")]
    assert len(set(ids)) == len(ids)
    targets = [link.get("href", "")[1:] for link in document.cssselect('a[href^="#"]')]
    labels = [element.get("aria-labelledby") for element in document.cssselect("[aria-labelledby]")]
    assert {*targets, *labels} <= {*ids}


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_colours_have_enough_contrast(colours: tuple[str, ...]) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.6: at least 4.5 to 1, here 7 to 1 except for the faintest."""
    paper, *inks = (luminance(colour) for colour in colours)
    assert all((max(paper, ink) + 0.05) / (min(paper, ink) + 0.05) > 6.5 for ink in inks)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_content_security_policy_allows_only_the_style_and_pictures() -> None:
    document = page()
    style = document.cssselect("style")[0].text_content()
    policy = document.cssselect('meta[http-equiv="Content-Security-Policy"]')[0].get("content", "")
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; img-src http: https:;") and "unsafe" not in policy
    assert not document.cssselect("script, [style], link[rel=stylesheet]")


def check_harmless(document: HtmlElement) -> None:
    """Check that no text of a source has become markup, an event handler or an unsafe link."""
    assert not document.cssselect("script, iframe, object, form, base, b")
    assert len(document.cssselect("h1, title, style")) == 3
    assert not [name for element in document.iter() for name in element.attrib if str(name).startswith("on")]
    addresses = [element.get(name) for element in document.iter() for name in ("href", "src") if element.get(name)]
    allowed = re.compile(r"(https://[a-z]+\.example/|#|[a-z./]+$)")
    assert all(allowed.match(str(address)) for address in addresses)


def test_malicious_texts_are_escaped() -> None:
    document = page(hostile_edition())
    check_harmless(document)
    titles = [words(element) for element in document.cssselect("h3")]
    assert all(" ".join(text.split()) in titles for text in HOSTILE_TEXTS[:7])
    assert max(map(len, titles)) <= 240


@pytest.mark.e2e
def test_a_browser_executes_no_malicious_text(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_bytes(render("html", hostile_edition(), path="index.html"))
    with browser.page() as opened:
        opened.open(tmp_path / "index.html")
        document = html.document_fromstring(opened.evaluate("document.documentElement.outerHTML"))
    check_harmless(document)
    assert words(document.cssselect("title")[0]).startswith("<script>document.title = 'owned'</script>")
