"""Headline, date, authors and standfirst of pages without metadata, in the layouts of real sites."""

from __future__ import annotations

import pytest

from aggregator import Item
from aggregator.pages import read_article

URL = "https://wvt.example/news/4711"
SITE = "Wend Valley Tribune"
HEADLINE = "Harbour pilots threaten to walk out over new rules"
TEXT = "".join(
    f"<p>{text}</p>"
    for text in (
        "Pilots in all four northern harbours will stop work unless the ministry withdraws what it has written.",
        "Under the draft a pilot may work no more than ten hours in any twenty-four, whatever the weather is like.",
        "Last year there were fourteen groundings in the approaches, twice as many as in the year before that one.",
    )
)


def read(body: str, head: str = f"<title>{HEADLINE}</title>", url: str | None = URL) -> Item:
    item = read_article(f"<html lang='en-GB'><head>{head}</head><body>{body}</body></html>".encode(), url)
    assert item is not None
    return item


@pytest.mark.parametrize(
    ("title", "body"),
    [
        (f"{SITE}: {HEADLINE}", f"<table><tr><td><font size=6>{SITE}</font></td></tr></table><b>{HEADLINE}</b>{TEXT}"),
        (f"{HEADLINE} | Harbours | {SITE}", f"<div>Harbours</div><div class=t>{HEADLINE}</div>{TEXT}"),
        (f"{SITE} - Harbours - {HEADLINE}", f"<h2>{HEADLINE}</h2><p>By Jane Doe</p>{TEXT}"),
        (f"{HEADLINE}｜{SITE}", f"<h3>{HEADLINE}</h3>{TEXT}"),
        (f"{SITE}: {HEADLINE}", f"<a href='/'>{SITE}</a>{TEXT}"),
        (f"{SITE}: {HEADLINE}", f"<a href='/'><img src=l.gif alt='{SITE}'></a>{TEXT}"),
        (SITE, f"<div>{SITE}</div><p>{HEADLINE}<br>{HEADLINE}</p>{TEXT}"),
        ("Harbour office - Press", f"<h3>PRESS RELEASE</h3><h2>{HEADLINE}</h2>{TEXT}"),
        ("Untitled document", f"<p><b>{HEADLINE}</b></p>{TEXT}"),
        (f"{SITE}, the newspaper of the whole valley", f"<h1>{HEADLINE}</h1>{TEXT}"),
        (HEADLINE, f"<h1>{SITE}</h1>{TEXT}"),
    ],
)
def test_the_title_is_the_headline_and_not_the_site_name(title: str, body: str) -> None:
    assert read(body, f"<title>{title}</title>").title == HEADLINE


def test_a_stated_title_wins_over_a_heading_above_the_text() -> None:
    head = f"<title>{SITE}</title><meta property='og:title' content='{HEADLINE}'>"
    assert read(f"<h2>What the ministry wants from its pilots</h2>{TEXT}", head).title == HEADLINE


@pytest.mark.parametrize(
    "beside",
    [
        "<h1>{}</h1><p>8 October 2026</p>",
        "<h1>{}</h1><div class=meta>By Jane Doe | October 8, 2026 | 3 min read</div>",
        "<h1>{}</h1><p>By Jane Doe on 8 October 2026</p>",
        "<h1>{}</h1><span>Published: 8 October 2026, 05:30 | Updated: 9 October 2026</span>",
        "<h1>{}</h1><p>Thu 8 Oct 2026 06.00 BST</p><p>Last modified on Fri 9 Oct 2026</p>",
        "<h1>{}</h1><ul><li>Harbours</li><li>08.10.2026</li></ul>",
        "<h1>{}</h1><p>Posted on 8 October 2026 by Jane Doe in Harbours</p>",
        "<h1>{}</h1><time>8 October 2026</time><time datetime='2026-11-01'>Updated 1 November</time>",
        "<div><p>Released: 8 October 2026, for immediate use</p><h2>{}</h2></div>",
        "<header><p>8 October 2026</p><h1>{}</h1></header>",
    ],
)
def test_a_date_beside_the_headline_is_that_of_the_article(beside: str) -> None:
    published = read(f"<main>{beside.format(HEADLINE)}<div>{TEXT}</div></main>").published
    assert str(published)[:10] in ("8 October ", "October 8,", "8 Oct 2026", "2026-10-08")


@pytest.mark.parametrize(
    "page",
    [
        "<p>8 October 2026</p><h1>{}</h1>",
        "<div><b>Tribune</b><p>8 October 2026</p><h1>{}</h1></div>",
        "<header><b>Tribune</b> Edition of 8 October 2026</header><h1>{}</h1>",
        "<h1>{}</h1><p>Page updated 8 October 2026</p>",
        "<h1>{}</h1><p>Last modified on 8 October 2026</p>",
        "<h1>{}</h1><h2>No ships from 8 October 2026</h2>",
        "<h1>{}</h1><p>The strike begins on 8 October 2026</p>",
        "<h1>{}</h1><p>Issue 41, 8 October 2026</p>",
        "<h1>{}</h1><p>3/4/2026</p>",
    ],
)
def test_the_date_of_an_edition_or_an_update_is_not_that_of_the_article(page: str) -> None:
    body = f"<html><title>{HEADLINE}</title><body>{page.format(HEADLINE)}<div>{TEXT}</div>"
    item = read_article(body.encode(), URL)
    assert item is not None and item.published is None


def test_a_date_below_the_text_is_not_that_of_the_article() -> None:
    assert read(f"<h1>{HEADLINE}</h1>{TEXT}<p>8 October 2026</p>").published is None


@pytest.mark.parametrize(
    ("beside", "authors"),
    [
        ("<p>By Jane Doe</p>", ["Jane Doe"]),
        ("<p>By Jane Doe and Ola Quent. Photographs by Rakel Moe.</p>", ["Jane Doe", "Ola Quent"]),
        ("<p>By JANE DOE, Political Editor, for the Tribune</p>", ["JANE DOE"]),
        ("<p>Von Arvid Kolmsee 13.11.2026</p>", ["Arvid Kolmsee"]),
        ("<p>By Jane Doe on Monday, October 8th, 2026</p>", ["Jane Doe"]),
        ("<p class=by>Picture desk, <time>1 November 2026</time></p>", ["Picture desk"]),
        ("<div class=firma><span>Redacción</span> <time>18/11/2026</time></div>", ["Redacción"]),
        ("<p><a rel='author' href='/a'>Jane Doe</a>, <a rel='author' href='/b'>Ola</a></p>", ["Jane Doe", "Ola"]),
        ("<p>By the river, where it all began</p>", []),
        ("<p>By 2030 all will be well</p>", []),
        ("<p>Three hours ago</p>", []),
    ],
)
def test_authors_are_read_from_the_line_below_the_headline(beside: str, authors: list[str]) -> None:
    assert read(f"<h1>{HEADLINE}</h1>{beside}<div>{TEXT}</div>").authors == authors


def test_authors_and_summary_are_read_from_microdata() -> None:
    marks = (
        "<p itemprop=description>What the pilots want, and why.</p><span itemprop=author itemscope>By "
        "<b itemprop=name>Jane Doe</b></span>"
    )
    scope = "<div itemscope itemtype='https://schema.org/{}'>" + f"<h1>{HEADLINE}</h1>" + marks + TEXT + "</div>"
    item = read(scope.format("NewsArticle"))
    assert (item.authors, item.summary) == (["Jane Doe"], "What the pilots want, and why.")


def test_the_author_is_read_from_a_single_h_entry() -> None:
    entry = f"<div class='h-entry'><a class='p-author' href='/'>Jane Doe</a><h1>{HEADLINE}</h1>{TEXT}</div>"
    assert read(entry).authors == ["Jane Doe"]


@pytest.mark.parametrize("tag", ["h2", "span"])
def test_the_standfirst_is_the_summary_if_none_is_stated(tag: str) -> None:
    standfirst = "They say that tired people run ships aground, and that the ministry does not know."
    item = read(f"<h1>{HEADLINE}</h1><{tag} class=s>{standfirst}</{tag}><p>By Jane Doe</p><div>{TEXT}</div>")
    assert item.summary == standfirst and standfirst not in (item.content or "")


def test_the_caption_of_the_first_picture_is_not_the_summary() -> None:
    caption = "<figure><figcaption>The harbour at dawn, seen from the old lighthouse at the mole.</figcaption></figure>"
    assert read(f"<h1>{HEADLINE}</h1>{caption}<div>{TEXT}</div>").summary is None
