"""The newspaper page: its parts, its order, and that nothing of a source becomes markup."""

from __future__ import annotations

import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
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
    made,
    output,
    publication,
    story,
)

from aggregator import Edition

CSS = ROOT / "plugins/outputs/templates/newspaper.css"
LIGHT, DARK = re.findall(
    r"--paper: (#\w+); --ink: (#\w+); --soft: (#\w+); --rule: #\w+; --accent: (#\w+);", CSS.read_text()
)[:2]


def page(of: Edition = EDITION) -> HtmlElement:
    return html.document_fromstring(made("html", of, path="index.html"))


def words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def heading_levels(of: HtmlElement) -> list[int]:
    return [int(str(one.tag)[1]) for one in of.iter("h1", "h2", "h3", "h4")]


@pytest.mark.parametrize(
    ("path", "name"),
    [("public/index.html", ""), ("public/daily.HTM", ""), ("public", "index.html"), ("a.html/b", "index.html")],
)
def test_the_path_names_the_page_or_its_folder(path: str, name: str) -> None:
    assert [name for name, _ in output("html")(EDITION, path=path)] == [name]


def test_masthead_lead_sections_and_sources_stand_in_order() -> None:
    shown = page()
    assert words(shown.cssselect(".masthead h1")[0]) == "London Daily"
    assert words(shown.cssselect(".masthead .tagline")[0]) == "Focus on the big picture."
    assert words(shown.cssselect(".masthead time")[0]) == "Tuesday 24 November 2026"
    assert words(shown.cssselect(".lead h3")[0]) == BRIDGE.title
    assert [words(one) for one in shown.cssselect("nav li")] == ["Business", "Technology", "World", "Sport", "Nature"]
    assert [words(one) for one in shown.cssselect(".section h2")] == [words(one) for one in shown.cssselect("nav li")]
    assert words(shown.cssselect("footer .sources")[0]).startswith("River Post Metro Ledger")


def test_every_story_stands_on_the_page_once() -> None:
    titles = [words(one) for one in page().cssselect("h3")]
    assert sorted(titles) == sorted(one.title for one in STORIES)


def test_the_lead_shows_who_else_tells_the_story() -> None:
    lead = page().cssselect(".lead")[0]
    assert words(lead.cssselect(".count")[0]) == "5 sources"
    assert [words(one) for one in lead.cssselect(".also .outlet")] == [
        "Metro Ledger",
        "Harbour Times",
        "Circuit & Co",
        "Rheinische Tagesschau",
    ]
    assert words(lead.cssselect(".copies")[0]) == "Also published by Touchline"
    (time,) = lead.cssselect("time")
    assert (time.get("datetime"), words(time)) == ("2026-11-24T09:30:00+00:00", "09:30")


def test_many_articles_fold_away() -> None:
    told = [article(RIVER, f"Report {number}", number) for number in range(9)]
    shown = page(edition(BRIDGE, story(9, *told)))
    beside = shown.cssselect(".beside article")[0]
    assert words(beside.cssselect("summary")[0]) == "6 more"
    assert len(beside.cssselect("details li")) == 6


def test_a_podcast_can_be_played() -> None:
    (link,) = page(edition(PODCAST)).cssselect(".byline a")
    assert (link.get("href"), words(link)) == ("https://circuit.example/weather.mp3", "Listen (32 min)")


def test_the_feeds_are_offered_by_relative_addresses() -> None:
    shown = page()
    heads = [(link.get("type"), link.get("href")) for link in shown.cssselect("head link[rel=alternate]")]
    assert heads == [
        ("application/rss+xml", "feed.xml"),
        ("application/atom+xml", "atom.xml"),
        ("application/feed+json", "feeds/feed.json"),
    ]
    assert [words(one) for one in shown.cssselect(".subscribe a")] == ["RSS", "Atom", "JSON Feed"]
    assert [one.get("href") for one in shown.cssselect("footer p a")] == ["sources.opml"]


@pytest.mark.parametrize(
    ("itself", "href"), [("site/index.html", "../feed.xml"), ("a/b/", "../../feed.xml"), ("", "feed.xml")]
)
def test_feeds_are_found_from_wherever_the_page_lies(itself: str, href: str) -> None:
    here = publication("html", itself)
    shown = page(edition(BRIDGE, itself=here, publications=(here, *PUBLICATIONS[1:])))
    assert shown.cssselect("head link[rel=alternate]")[0].get("href") == href


def test_two_feeds_of_a_kind_are_told_apart() -> None:
    feeds = (publication("rss", "all.xml"), publication("rss", "sport: news.xml"))
    shown = page(edition(BRIDGE, publications=(PUBLICATIONS[0], *feeds)))
    assert [words(one) for one in shown.cssselect(".subscribe a")] == ["RSS (all)", "RSS (sport: news)"]
    assert shown.cssselect(".subscribe a")[1].get("href") == "sport%3A%20news.xml"


def test_languages_are_marked() -> None:
    (title,) = page(edition(GERMAN)).cssselect("h3")
    assert (title.get("lang"), title.get("dir")) == ("de", "auto")


def test_what_is_not_there_is_not_shown() -> None:
    bare = story(1, article(RIVER, "Only a title", 1, url=None))
    shown = page(edition(bare, tagline="", sources=(), publications=()))
    assert not shown.cssselect("nav, .tagline, .subscribe, .summary, .also, .copies, img, .sources, .section, h3 a")
    assert words(page(edition()).cssselect("main")[0]).startswith("There is no news yet.")
    assert not page(edition()).cssselect("time, article")


@pytest.mark.parametrize("of", [EDITION, hostile_edition(), edition(), edition(OWLS), edition(CUP, OWLS, PODCAST)])
def test_a_screen_reader_finds_its_way(of: Edition) -> None:
    shown = page(of)
    levels = heading_levels(shown)
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(len(shown.cssselect(landmark)) == 1 for landmark in ("header.masthead", "main", "footer"))
    assert shown.get("lang") == "en"
    assert all(image.get("alt") is not None for image in shown.iter("img"))
    ids = [one.get("id") for one in shown.cssselect("[id]")]
    assert len(set(ids)) == len(ids)
    targets = [one.get("href", "")[1:] for one in shown.cssselect('a[href^="#"]')]
    assert {*targets, *(one.get("aria-labelledby") for one in shown.cssselect("[aria-labelledby]"))} <= {*ids}


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_every_text_colour_has_contrast(colours: tuple[str, ...]) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.6: at least 4.5 to 1, here 7 to 1 but for the softest."""
    paper, *inks = (luminance(colour) for colour in colours)
    assert all((max(paper, ink) + 0.05) / (min(paper, ink) + 0.05) > 6.5 for ink in inks)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_policy_allows_the_pages_own_style_and_pictures_only() -> None:
    shown = page()
    style = shown.cssselect("style")[0].text_content()
    policy = shown.cssselect('meta[http-equiv="Content-Security-Policy"]')[0].get("content", "")
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; img-src http: https:;") and "unsafe" not in policy
    assert not shown.cssselect("script, [style], link[rel=stylesheet]")


def check_harmless(shown: HtmlElement) -> None:
    """Nothing that a source wrote became markup, a handler, or a link that is no link."""
    assert not shown.cssselect("script, iframe, object, form, base, b")
    assert len(shown.cssselect("h1, title, style")) == 3
    assert not [name for one in shown.iter() for name in one.attrib if str(name).startswith("on")]
    addresses = [one.get(name) for one in shown.iter() for name in ("href", "src") if one.get(name)]
    allowed = re.compile(r"(https://[a-z]+\.example/|#|[a-z./]+$)")
    assert all(allowed.match(str(address)) for address in addresses)


def test_hostile_texts_stay_texts() -> None:
    shown = page(hostile_edition())
    check_harmless(shown)
    titles = [words(one) for one in shown.cssselect("h3")]
    assert all(" ".join(text.split()) in titles for text in HOSTILE_TEXTS[:7])
    assert max(map(len, titles)) <= 240


@pytest.mark.e2e
def test_a_browser_runs_nothing_of_it(tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("no Chromium here")
    (tmp_path / "index.html").write_bytes(made("html", hostile_edition(), path="index.html"))
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
    command = [chromium, "--headless", "--no-sandbox", *quiet, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    page_url = (tmp_path / "index.html").as_uri()
    seen = subprocess.run([*command, page_url], capture_output=True, check=True).stdout
    shown = html.document_fromstring(seen)
    check_harmless(shown)
    assert words(shown.cssselect("title")[0]).startswith("<script>document.title = 'owned'</script>")
