"""Tests of `read_article`, a rule at a time, by the visible result."""

from __future__ import annotations

import re
import textwrap

import pytest
from daily_page import BOILERPLATE, HEADLINES, PARAGRAPHS, TITLE, as_html, as_text, headline_url

from aggregator import Item, Related
from aggregator.pages import read_article

URL = "https://news.example/world/bridge-opens-early-this-year"
TEXT = (
    "The new bridge was opened a year early on Monday, and the first to cross it were two hundred children.",
    "It took three years to build, and cost less than the council had set aside for it in its plans.",
    "Ferries will go on running until spring, for all who would rather not climb the ramps on foot.",
)
BODY = "".join(f"<p>{text}</p>" for text in TEXT)


def page(main: str = BODY, head: str = "<title>Bridge opens early</title>", before: str = "", after: str = "") -> bytes:
    return (
        f"<html lang='en'><head>{head}</head><body>{before}<main><article><h1>Bridge opens early</h1>"
        f"<div class='text'>{main}</div></article></main>{after}</body></html>"
    ).encode()


def read(body: bytes, url: str | None = URL) -> Item:
    item = read_article(body, url)
    assert item is not None
    return item


def related(item: Item) -> list[Related]:
    return [headline for headline in item.related or () if isinstance(headline, Related)]


def paragraphs(item: Item) -> list[str]:
    blocks = re.findall(r"<(p|h\d|li|pre|tr)>(.*?)</\1>", item.content or "", re.DOTALL)
    return [re.sub(r"<[^>]+>", "", text) for _, text in blocks]


@pytest.mark.parametrize("body", [as_html(), as_text()], ids=["html", "text"])
def test_a_daily_newspaper_page_yields_its_article_only(body: bytes) -> None:
    item = read(body, "https://london-daily.example/news/minister")
    assert item.title == TITLE
    assert paragraphs(item) == list(PARAGRAPHS)
    assert item.published is None and item.updated is None
    assert not [text for text in BOILERPLATE if text in (item.content or "")]


def test_other_headlines_of_a_page_are_related_with_their_urls() -> None:
    headlines = related(read(as_html(), "https://london-daily.example/news/minister"))
    assert [(headline.title, headline.url) for headline in headlines] == [
        (text, headline_url(n)) for n, text in enumerate(HEADLINES)
    ]


def test_other_headlines_of_a_saved_text_are_related() -> None:
    assert [one.title for one in related(read(as_text()))] == list(HEADLINES)


def test_a_text_file_may_contain_the_urls_of_headlines() -> None:
    text = "\n".join((TITLE, *PARAGRAPHS, *(f"* {one} <https://a.example/{n}>" for n, one in enumerate(HEADLINES))))
    assert [(one.title, one.url) for one in related(read(text.encode()))][:1] == [(HEADLINES[0], "https://a.example/0")]


def test_a_text_file_may_be_wrapped() -> None:
    parts = [textwrap.fill(one, 72) for one in ("London Daily", TITLE, *PARAGRAPHS, *HEADLINES)]
    item = read("\n\n".join(parts).encode())
    assert (item.title, paragraphs(item)) == (TITLE, list(PARAGRAPHS))
    assert [one.title for one in related(item)] == list(HEADLINES)


def test_headings_lists_quotes_code_tables_and_links_are_kept() -> None:
    main = (
        f"<p>{TEXT[0]} <a href='/plan'>The plan</a>.</p><h2>How it was built</h2><p>{TEXT[1]}</p>"
        "<ul><li>two towers of stone</li><li>forty cables of steel</li></ul>"
        f"<blockquote><p>{TEXT[2]}</p></blockquote><pre>a  b\n  c</pre><p>{TEXT[0]}</p>"
        f"<table><tr><th>Year</th><td>2024</td></tr><tr><th>Cost</th><td>12</td></tr></table><p>{TEXT[1]}</p>"
    )
    content = read(page(main)).content or ""
    assert '<a href="https://news.example/plan">The plan</a>' in content
    assert "<h2>How it was built</h2>" in content
    assert "<ul><li>two towers of stone</li><li>forty cables of steel</li></ul>" in content
    assert f"<blockquote><p>{TEXT[2]}</p></blockquote>" in content
    assert "<pre>a  b\n  c</pre>" in content
    assert "<table><tr><th>Year</th><td>2024</td></tr><tr><th>Cost</th><td>12</td></tr></table>" in content


@pytest.mark.parametrize(
    "junk",
    [
        "<p>Advertisement</p>",
        "<p>Read more: <a href='/other'>A ferry captain says goodbye</a></p>",
        "<p>Sign up for our <a href='/n'>newsletter</a></p>",
        "<p><a href='/a'>SEE ALL BRIDGES OF THE COUNTRY</a></p>",
        "<p>© 2026 News Example. All rights reserved.</p>",
        "<p>Jane Doe contributed to this report.</p>",
        "<aside><p>A box with a text of its own, long enough to be taken for a paragraph of the article.</p></aside>",
        "<div class='share-bar'>Share it with all of your friends, and with theirs as well</div>",
        "<h3>Something to consider</h3>",
        "<p>Press office: 000 555 700</p>",
        "<p>Page updated 19 November 2026</p>",
        "<p>This post may contain affiliate links; see our <a href='/d'>disclosure policy</a>.</p>",
        "<p>– ends –</p><h4>Notes to editors</h4><p>Pictures can be had from the office of the council, for free.</p>",
        "<section><h2>To continue reading, subscribe</h2><p>Support local journalism from £1 for the first month.</p>"
        "<div><h4>Digital</h4><p>All articles</p></div><p>Already a subscriber?</p></section>",
    ],
)
def test_boilerplate_around_the_text_is_removed(junk: str) -> None:
    assert paragraphs(read(page(BODY + junk))) == list(TEXT)


def test_the_headline_is_not_repeated_in_the_text() -> None:
    assert paragraphs(read(page("<h2>Bridge opens early</h2>" + BODY))) == list(TEXT)


def test_a_masthead_and_a_headline_repeated_in_one_line_are_removed() -> None:
    masthead = "News Example<br>All the news from where the sun comes up<br>Edition of Saturday, 21 November 2026"
    headline = "The new bridge over the northern harbour opens early"
    text = "<br><br>".join((f"{headline}<br>{headline}", *TEXT))
    table = f"<table><tr><td>{masthead}</td></tr><tr><td>{text}</td></tr></table>"
    item = read(f"<html><title>News Example</title><body>{table}".encode())
    assert (item.title, paragraphs(item)) == (headline, list(TEXT))


def test_a_text_split_into_similar_blocks_is_complete() -> None:
    more = [f"Part {n} of the long story of the bridge, with everything that happened on that day." for n in range(9)]
    grid = "".join(f"<div class='row'><div class='chunk'><p>{text}</p></div></div><hr>" for text in (*TEXT, *more))
    assert paragraphs(read(page(grid))) == [*TEXT, *more]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("They sent weapons to Moscow.The trip was long.", ["They sent weapons to Moscow.", "The trip was long."]),
        ("He left.“I am tired,” he said.", ["He left.", "“I am tired,” he said."]),
        ("The site Booking.com and Node.js and U.S.Army and Gov.Noem and a.b@Example.Org stay.", None),
    ],
)
def test_joined_sentences_are_split_into_paragraphs(text: str, parts: list[str] | None) -> None:
    assert paragraphs(read(page(f"<p>{TEXT[0]}</p><p>{text}</p>{BODY}")))[1:-3] == (parts or [text])


def test_double_line_breaks_separate_paragraphs() -> None:
    assert paragraphs(read(page("<br><br>".join(TEXT)))) == list(TEXT)


def test_pictures_among_the_text_are_kept_and_icons_are_not() -> None:
    main = (
        f"<p>{TEXT[0]}</p><figure><img src='data:image/gif;base64,x' data-src='/bridge.jpg' alt='The bridge'></figure>"
        f"<img src='/icon-share.png'><img src='/dot.gif' width='1'><p>{TEXT[1]}</p><p>{TEXT[2]}</p>"
    )
    content = read(page(main)).content or ""
    assert re.findall("<img[^>]*>", content) == ['<img src="https://news.example/bridge.jpg" alt="The bridge">']


def test_metadata_is_read_from_json_ld() -> None:
    data = """{"@context": "https://schema.org", "@graph": [
      {"@type": "NewsArticle", "headline": "Bridge opens early", "datePublished": "2026-03-02T08:00:00Z",
       "dateModified": "2026-03-03", "author": [{"@id": "#jane"}], "image": ["https://news.example/b.jpg"],
       "keywords": "bridges, traffic", "inLanguage": "en-GB"},
      {"@type": "Person", "@id": "#jane", "name": "Jane Doe", "url": "/jane"}]}"""
    item = read(page(head=f"<title>x</title><script type='application/ld+json'>{data}</script>"))
    assert (item.published, item.updated) == ("2026-03-02T08:00:00Z", "2026-03-03")
    assert (item.authors, item.image, item.tags) == (["Jane Doe"], "https://news.example/b.jpg", ["bridges", "traffic"])


def test_json_ld_of_another_article_is_ignored() -> None:
    data = '{"@type": "NewsArticle", "headline": "Ferry captain says goodbye to sea", "datePublished": "2026-03-02"}'
    item = read(page(head=f"<title>Bridge opens early</title><script type='application/ld+json'>{data}</script>"))
    assert (item.title, item.published) == ("Bridge opens early", None)


def test_metadata_is_read_from_meta_elements() -> None:
    head = (
        "<meta property='og:title' content='Bridge opens early - News Example'>"
        "<meta property='og:site_name' content='News Example'>"
        "<meta property='article:published_time' content='2026-03-02T08:00:00Z'><meta name='author' content='Jane Doe'>"
        "<meta property='og:image' content='/b.jpg'><meta name='description' content='A year before its time.'>"
        "<meta property='og:audio' content='/b.mp3'><link rel='canonical' href='/world/bridge'>"
    )
    item = read(page(head=head))
    assert (item.title, item.summary, item.url) == (
        "Bridge opens early", "A year before its time.", "https://news.example/world/bridge",
    )  # fmt: skip
    assert (item.published, item.authors, item.language) == ("2026-03-02T08:00:00Z", ["Jane Doe"], "en")
    assert (item.image, item.enclosures) == ("https://news.example/b.jpg", ["https://news.example/b.mp3"])


def test_a_canonical_url_on_another_site_is_ignored() -> None:
    assert read(page(head="<link rel='canonical' href='https://other.example/x'>")).url == URL


def test_a_time_beside_the_headline_counts_and_one_in_the_masthead_does_not() -> None:
    time = "<time datetime='2026-03-02'>2 March</time>"
    assert read(page(f"<p>{time}</p>{BODY}")).published == "2026-03-02"
    assert read(page(before=f"<div><b>News Example</b> {time}</div>")).published is None


def test_microdata_counts_within_an_article_only() -> None:
    date = "<meta itemprop='datePublished' content='2026-03-02'>"
    scope = "<div itemscope itemtype='https://schema.org/{}'>" + date + BODY + "</div>"
    assert read(page(scope.format("NewsArticle"))).published == "2026-03-02"
    assert read(page(scope.format("WebSite"))).published is None


def test_the_date_of_an_h_entry_counts_if_it_is_the_only_one() -> None:
    entry = "<div class='h-entry'><span class='dt-published' datetime='2026-03-02'>2 March</span>{}</div>"
    assert read(page(entry.format(BODY))).published == "2026-03-02"
    assert read(page(entry.format(BODY), after=entry.format("A teaser"))).published is None


def test_a_page_rendered_by_its_script_is_read_from_json_ld() -> None:
    text = "\\n\\n".join(TEXT)
    data = f'{{"@type": "Article", "headline": "Bridge opens early", "articleBody": "{text}"}}'
    item = read(f"<html><script type='application/ld+json'>{data}</script><div id='app'></div></html>".encode())
    assert (item.title, paragraphs(item)) == ("Bridge opens early", list(TEXT))


def test_links_of_menus_and_promotions_are_not_related() -> None:
    links = (
        "<nav><a href='/a-b-c'>News from all around</a></nav>"
        "<a href='/tag/bridges-of-steel'>All about bridges of steel</a>"
        "<a href='/subscribe-now-and-save'>Subscribe now and save half</a>"
        "<a href='https://shop.example/a-b-c-d'>Buy a cap of ours now</a>"
        "<a href='/friend-of-mine-2026'>E-mail to a friend</a><a href='/join'>Join News Example for free today</a>"
        "<a href='/page-of-coffee-2026'>Join News Example for the price of a coffee a week</a>"
        "<a href='/seite-zum-testen-2026'>Jetzt einen Monat für 1 Euro testen</a>"
        "<footer><a href='/terms-of-use-2026'>Terms of use</a><a href='/x-y-z'>Site map</a></footer>"
        "<a href='/ferry-captain-says-goodbye'><span>3h</span><span>Ferry captain says goodbye</span>"
        "<span>After forty years</span></a>"
        "<div><h3>Who paid for the towers</h3><a href='/who-paid-for-the-towers'>Read more</a></div>"
    )
    assert [one.title for one in related(read(page(after=links)))] == [
        "Ferry captain says goodbye",
        "Who paid for the towers",
    ]


def test_headlines_in_a_nav_element_are_related() -> None:
    texts = ["Ferry captain says goodbye to the sea", "Who paid for the towers of the bridge", "Drought diary, day 200"]
    more = ["A school gets its own small railway", "Mill closed for repairs until next spring"]
    links = "".join(f"<li><a href='/a/{n}-a-b-c'>{text}</a></li>" for n, text in enumerate([*texts, *more]))
    assert [one.title for one in related(read(page(after=f"<nav><ul>{links}</ul></nav>")))] == [*texts, *more]


@pytest.mark.parametrize(
    ("stated", "url", "related_url"),
    [
        ("", None, None),
        ("<link rel='canonical' href='{}/world/bridge'>", "{}/world/bridge", "{}/2026/ferry-captain-says"),
        ("<meta property='og:url' content='{}/world/bridge'>", "{}/world/bridge", "{}/2026/ferry-captain-says"),
        ("<base href='{}/world/'>", None, "{}/2026/ferry-captain-says"),
    ],
)
def test_urls_of_a_saved_page_without_url_are_resolved_as_far_as_stated(
    stated: str, url: str, related_url: str
) -> None:
    site = "https://news.example"
    head = "<title>Bridge opens early</title>" + stated.format(site)
    links = "<a href='/2026/ferry-captain-says'>Ferry captain says goodbye</a>"
    links += "<a href='https://news.example/2026/who-paid'>Who paid for the towers</a>"
    item = read(page(head=head, after=links), None)
    assert item.url == (url and url.format(site))
    assert related(item) == [
        Related("Ferry captain says goodbye", related_url and related_url.format(site)),
        Related("Who paid for the towers", "https://news.example/2026/who-paid"),
    ]


@pytest.mark.parametrize("before", ["", "<title>Bridge opens early</title>", "<div>", "<!-- saved -->", "\n\ufeff"])
def test_markup_without_html_and_body_elements_is_read(before: str) -> None:
    item = read(f"{before}<h1>Bridge opens early</h1>{BODY}".encode())
    assert (item.title, paragraphs(item)) == ("Bridge opens early", list(TEXT))


def test_the_title_hint_is_used_for_a_page_without_title() -> None:
    item = read_article(f"<html><body>{BODY}</body></html>".encode(), URL, title_hint="Bridge opens early")
    assert item is not None and item.title == "Bridge opens early"


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252", "utf-16"])
def test_a_page_is_decoded_with_its_stated_charset(charset: str) -> None:
    body = page(
        f"<p>Die Brücke wurde am Montag eröffnet, früher als alle gedacht hatten, und kostete weniger.</p>{BODY}"
    )
    item = read_article(body.decode().encode(charset), URL, f"text/html; charset={charset}")
    assert item is not None and "Die Brücke wurde" in (item.content or "")


@pytest.mark.parametrize(
    "body",
    [b"", b"\0", b"<html></html>", b"<nav><a href='/'>Home</a></nav>", b"one line of text", b"%PDF-1.4 \xff\xfe"],
)
def test_pages_without_an_article_yield_none(body: bytes) -> None:
    assert read_article(body, URL) is None
