"""Tests of `read_listing` and `kind_of`: on the corpus, on single cases, and on hostile pages."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from listing_score import LISTINGS, Score, pages, score
from project import shared

from aggregator.model import Item
from aggregator.pages import channel_of, kind_of, read_listing
from aggregator.text.dates import parse_date

URL = "https://gazette.example/news/"
ARTICLES = LISTINGS.parent / "articles"
HEADLINES = (
    "Ferry runs aground in the fog",
    "Council votes to keep the old lamp post",
    "Three swans delay the morning train",
    "School swaps its bells for birdsong",
    "Baker opens at midnight, sells out by one",
)


def listed(html: str, url: str | None = URL) -> list[Item]:
    return read_listing(html.encode(), url)


def titles(html: str) -> list[str | None]:
    return [item.title for item in listed(html)]


def slug(title: str) -> str:
    return "-".join("".join(filter(str.isalnum, word)) for word in title.lower().split())


def cards(extra: str = "", href: str = "/news/{slug}", heading: str = "h3") -> str:
    return "".join(
        f'<div class="card"><{heading}><a href="{href.format(slug=slug(t))}">{t}</a></{heading}>{extra}</div>'
        for t in HEADLINES
    )


@pytest.mark.slow
def test_corpus_listings_reach_the_expected_recall_and_precision() -> None:
    scores = {page.file: score(page, read_listing(page.body, page.url)) for page in pages()}
    total = sum(scores.values(), Score())
    assert len(scores) >= 109
    assert total.recall >= 0.995
    assert total.junk_share <= 0.005
    assert total.titled >= 0.99 * total.found
    assert total.dated >= 0.985 * total.dates
    assert total.invented <= 2
    assert {file for file, result in scores.items() if result.recall < 0.9} == set()


@pytest.mark.slow
def test_corpus_pages_are_classified_as_article_or_list() -> None:
    known = {LISTINGS / page.file: "list" for page in pages()}
    lines = (ARTICLES / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    known |= {ARTICLES / json.loads(line)["file"]: "article" for line in lines}
    assert {path.name: kind_of(path.read_bytes()) for path in known} == {
        path.name: kind for path, kind in known.items()
    }


@pytest.mark.slow
def test_real_article_pages_are_classified_as_articles() -> None:
    paths = sorted(shared("pages").glob("*.html.gz"))
    kinds = [kind_of(gzip.decompress(path.read_bytes())) for path in paths]
    assert len(kinds) >= 100
    assert kinds.count("article") >= 0.97 * len(kinds)


def test_menus_footers_and_promotions_are_not_articles() -> None:
    html = f"""<nav><ul><li><a href="/news/world-and-other-places">World and other places today</a></ul></nav>
    <main>{cards("<p>The harbour office has confirmed what had been feared since Monday morning.</p>")}</main>
    <div class="sponsored-box"><a href="/deals/the-ten-best-kettles-of-the-year">The ten best kettles</a></div>
    <p><a href="/subscribe">Subscribe now and read us for a month</a></p>
    <footer><a href="/terms-and-conditions-of-use">Terms and conditions of use</a></footer>"""
    assert titles(html) == list(HEADLINES)


def test_authors_and_topics_in_cards_are_not_articles() -> None:
    named = '<a class="who" href="/team-of-ours/maria-del-carmen-ruiz">Maria del Carmen Ruiz</a>'
    topic = '<a class="chip" href="/t/climate-change-policy">Climate change policy here</a>'
    assert titles(cards(f"<p>{named}</p><p>{topic}</p>")) == list(HEADLINES)


def test_a_headline_may_begin_like_a_generic_link_text() -> None:
    wanted = ["More rain is expected on Sunday", "Next stop for the night train", "Share prices fall as the fog lifts"]
    html = "".join(f'<h2><a href="/a/{slug(t)}">{t}</a></h2>' for t in wanted)
    assert titles(html) == wanted
    assert titles(f'{html}<p><a href="/a/more-news">More news from the harbour</a>') == wanted


def test_an_article_linked_several_times_is_listed_once_with_its_heading() -> None:
    first = HEADLINES[0]
    html = f"""{cards()}<aside class="most-read"><ol><li><a href="/news/{slug(first)}?ref=mostread">
    <span>1</span> {first}</a></ol></aside><a href="/news/{slug(first)}#comments">12 comments</a>"""
    assert titles(html) == list(HEADLINES)


def test_a_read_more_link_gets_the_heading_of_its_card_as_title() -> None:
    html = "".join(
        f'<div class="card"><h4>{t}</h4><p>It was the third time this year.</p><a href="/p/{n}">Read more</a></div>'
        for n, t in enumerate(HEADLINES)
    )
    assert titles(html) == list(HEADLINES)
    assert [item.url for item in listed(html)] == [f"https://gazette.example/p/{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("beside", "date"),
    [
        ('<time datetime="2026-11-24T10:30:00+01:00">yesterday</time>', "2026-11-24T09:30:00+00:00"),
        ("<p class=meta>Jane Doe | November 24, 2026</p>", "2026-11-24"),
        ("<span>24. November 2026</span>", "2026-11-24"),
        ("<span>24 listopada 2026</span>", "2026-11-24"),
        ("<span>24/11/2026</span>", "2026-11-24"),
        ("<span>2026年11月24日</span>", "2026-11-24"),
        ("<time>3 hours ago</time>", None),
        ("<span>3/4/2026</span>", None),
        (
            "<p>What began on 24 November 2026 as a favour among neighbours is now a business with two cars.</p>",
            None,
        ),
    ],
)
def test_only_stated_dates_are_read(beside: str, date: str | None) -> None:
    (first, *_) = listed(cards(beside))
    assert parse_date(first.published) == parse_date(date)


def test_a_date_in_the_url_is_read_as_a_day() -> None:
    (first, *_) = listed(cards(href="/2026/11/24/{slug}"))
    assert first.published == "2026-11-24"


def test_dates_before_headlines_belong_to_the_next_headline() -> None:
    html = "".join(
        f'<p class="date">November 2{n}, 2026</p><h2><a href="/n/{slug(t)}">{t}</a></h2><p>It was so.</p>'
        for n, t in enumerate(HEADLINES)
    )
    assert [item.published for item in listed(f"<main>{html}</main>")] == [f"November 2{n}, 2026" for n in range(5)]


def test_a_date_heading_dates_its_headlines_and_an_edition_date_does_not() -> None:
    def day(n: int) -> str:
        links = "".join(f'<li><a href="/n/{slug(t)}">{t}</a></li>' for t in HEADLINES[2 * n : 2 * n + 2])
        return f"<h3>November 2{n}, 2026</h3><ul>{links}</ul>"

    assert [item.published for item in listed(day(0) + day(1))] == ["November 20, 2026"] * 2 + ["November 21, 2026"] * 2
    assert {item.published for item in listed(f"<p>Tuesday, November 24, 2026</p>{cards()}")} == {None}


def test_links_within_running_text_are_not_articles() -> None:
    text = (
        "<p>The council of the town has said that <a href='/n/an-older-report-on-it'>it had seen this coming</a>.</p>"
    )
    assert titles(cards(text)) == list(HEADLINES)


def test_summary_authors_and_picture_come_from_the_card() -> None:
    extra = """<img src="data:image/gif;base64,R0" data-src="/img/ferry.jpg" alt="">
    <p class="byline">By <a rel="author" href="/authors/ada">Ada Quill</a> and Tom Rook</p>
    <p>Nobody was hurt, but the road stayed closed for most of the day.</p>"""
    (first, *_) = listed(cards(extra))
    assert first.summary == "Nobody was hurt, but the road stayed closed for most of the day."
    assert first.image == "/img/ferry.jpg"
    assert first.authors == ["Ada Quill", "Tom Rook"]


def test_articles_are_read_from_the_json_of_scripts() -> None:
    posts = [{"slug": slug(t), "title": t, "publishedAt": "2026-11-24T08:00:00Z"} for t in HEADLINES]
    data = json.dumps({"props": {"pageProps": {"posts": posts}}, "page": "/blog"})
    html = f'<div id="__next"></div><script id="__NEXT_DATA__" type="application/json">{data}</script>'
    assert titles(html) == list(HEADLINES)
    assert listed(html)[0].url == f"https://gazette.example/blog/{slug(HEADLINES[0])}"


def test_a_live_report_lists_its_updates_with_urls_of_their_own() -> None:
    updates = "".join(
        f'<article id="b{n}"><time datetime="2026-11-24T1{n}:00Z"></time><h2>{t}</h2><p>Updates follow.</p></article>'
        for n, t in enumerate(HEADLINES)
    )
    html = f"<title>Storm: live</title><h1>The storm, as it happened, live</h1>{updates}"
    assert kind_of(html.encode(), URL) == "list"
    assert titles(html) == list(HEADLINES)
    assert [item.id for item in listed(html)] == [f"{URL}#b{n}" for n in range(5)]


def test_comments_below_an_article_are_not_updates() -> None:
    text = "The council has voted, and the lamp post stays where it has been for a hundred years. " * 12
    comments = "".join(
        f'<li class="comment" id="c{n}"><time datetime="2026-11-24">x</time><p>I quite agree.</p></li>'
        for n in range(9)
    )
    title = "Lamp post stays where it is"
    html = f"<title>{title}</title><h1>{title}</h1><p>{text}</p><ol>{comments}</ol>"
    assert kind_of(html.encode(), URL) == "article"


@pytest.mark.parametrize("title", ["Vol. 31 No. 2 (2026)", "मध्य अंचल समाचार"])
def test_issue_numbers_and_section_names_are_not_article_headlines(title: str) -> None:
    html = f"<title>{title} | Journal of Fog</title><h1>{title}</h1>{cards()}"
    assert kind_of(html.encode(), URL) == "list"


def test_an_article_in_a_dialog_over_the_front_page_is_an_article() -> None:
    title, text = "Lamp post stays where it is", "The council has voted, and the lamp post stays for good. " * 3
    front = "".join(f'<li><a href="/a/{n}0088-a-headline-of-the-day">A headline of day {n}</a>' for n in range(40))
    dialog = f'<div class="modal is-active"><section><h1>{title}</h1><div>{f"<p>{text}</p>" * 4}</div></section></div>'
    html = f"<title>{title}</title><ul>{front}</ul>{dialog}"
    assert kind_of(html.encode()) == "article"


def test_a_blog_with_full_articles_is_a_list() -> None:
    text = "<p>" + "There is more to say about hedges than anybody would have thought in spring. " * 8 + "</p>"
    html = f"<title>Hedges</title>{cards(text * 3, heading='h2')}"
    assert kind_of(html.encode()) == "list"
    assert titles(html) == list(HEADLINES)


def test_articles_of_a_saved_page_without_url_get_their_path_as_id() -> None:
    items = listed(cards(), url=None)
    assert [item.title for item in items] == list(HEADLINES)
    assert {item.url for item in items} == {None}
    assert items[0].id == f"/news/{slug(HEADLINES[0])}"
    (named, *_) = listed(f'<link rel="canonical" href="{URL}">{cards()}', url=None)
    assert named.url == f"https://gazette.example/news/{slug(HEADLINES[0])}"


def test_channel_of_reads_name_url_and_language() -> None:
    html = '<html lang="de"><title>News | Gazette</title><meta property="og:site_name" content="The Gazette">'
    channel = channel_of(html.encode(), URL)
    assert (channel.title, channel.url, channel.language) == ("The Gazette", URL, "de")


HOSTILE = {
    "deep": b"<div>" * 400_000 + b"<a href=x>hello</a>",
    "many links": b"".join(
        b"<li><a href=/n/story-%d-of-many>Story %d of very many</a>" % (n, n) for n in range(40_000)
    ),
    "one card": b"<li><a href=/a/b-c-d-e>One two three four five</a>" + b"<time>2026</time>" * 40_000,
    "headings": b"<div>" + b"<h2 id=a>x</h2>" * 40_000,
    "anchors": b"".join(b"<div id=x%d><h2>Head</h2><time datetime=2026-01-01>x</time></div>" % n for n in range(8_000)),
    "entries": b"<div class=h-entry>" * 250 + b"<a class=u-url href=/a>x</a>" + b"<p class=p-name>Name</p>" * 20_000,
    "pictures": b"<div>" + b"<a href=/a/b><img></a>" * 20_000,
    "json": b"<script type=application/ld+json>" + b"[" * 500_000 + b"</script>",
    "numbers": b"<li><a href=/a/b-c-d-e>One two three four five</a><p>" + b"1/1/" * 200_000 + b"2026-" * 40_000,
    "calls": b"".join(
        b"<div><div><a href=/n/%d>View</a>" % n + b"<p>Text of it</p>" * 50 + b"</div></div>" for n in range(2_000)
    ),
    "cells": b"<table><tr>" + b"".join(b"<td><a href=/n/%d>One two three four %d</a>" % (n, n) for n in range(9_000)),
    "nested": (b"<a href=/x>" + b"<b>" * 200 + b"Hello you there now" + b"</b>" * 200 + b"</a>") * 200,
    "names": b"<div class='" + b"a " * 500_000 + b"'><a href=/a/b-c-d-e>One two three four five</a>",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_are_read_in_bounded_time_and_size(name: str) -> None:
    assert len(read_listing(HOSTILE[name], URL)) <= 500
    assert kind_of(HOSTILE[name], URL) in ("article", "list")


TAGS = st.sampled_from("a div h1 h2 p li ul table tr td article time script base nav span br svg template".split())
NAMES = st.sampled_from(
    'class="card" class="h-entry" id=x href="/a/b-c-d" href="//[" href="#x" datetime="2026" itemtype="/Article" '
    'type="application/ld+json" itemprop="url" rel="tag" hidden'.split()
)
PIECES = st.one_of(
    st.builds("<{} {} {}>".format, TAGS, NAMES, NAMES),
    st.builds("</{}>".format, TAGS),
    st.sampled_from(
        ["&#0;", "\ud7ff", "2026-13-45", "<!--", "]]>", '{"@type": "ItemList", "itemListElement": [1, {}]}']
    ),
    st.text(max_size=20),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=40).map("".join) | st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
def test_arbitrary_input_raises_nothing(text: str) -> None:
    body = text.encode(errors="replace")
    for url in (URL, None):
        assert all(isinstance(item, Item) for item in read_listing(body, url))
        assert kind_of(body, url) in ("article", "list")
        channel_of(body, url)
