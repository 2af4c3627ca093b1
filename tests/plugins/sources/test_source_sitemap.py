"""The `sitemap` source: news sitemaps, plain sitemaps, indexes, and malicious documents."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from aggregator_plugins.sources.sitemap.complete import title_of
from aggregator_plugins.sources.sitemap.parse import Sitemap, parse_sitemap
from aggregator_plugins.sources.sitemap.select import Child, choose, newest, sitemaps_in_robots
from hypothesis import given
from hypothesis import strategies as st
from project import DATA, Project
from publisher import Publisher
from sample_feeds import words

from aggregator import Item, SourceError

RECORDED = DATA / "sources" / "sitemap"
NEWS = (RECORDED / "news.xml").read_bytes()
URL = "https://courier.example/sitemap.xml"


def saved(name: str, publisher: Publisher) -> bytes:
    return (RECORDED / name).read_bytes().replace(b"SITE", publisher.url("").encode())


def urlset(entries: str) -> bytes:
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()


def plain(*urls: str) -> bytes:
    return urlset("".join(f"<url><loc>{url}</loc></url>" for url in urls))


def index(*urls: str) -> bytes:
    return (
        "<sitemapindex>" + "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls) + "</sitemapindex>"
    ).encode()


def page(title: str) -> bytes:
    """Return the page of an article."""
    text = "".join(
        f"<p>{words(len(title) * 100 + n, 60).capitalize()}, said the county on Friday.</p>" for n in range(6)
    )
    head = f'<title>{title}</title><meta property="og:title" content="{title}">'
    body = f"<main><article><h1>{title}</h1>{text}</article></main>"
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def configured(project: Project, url: str, options: str = "") -> None:
    project.configure(f'[[sources]]\nplugin = "sitemap"\nname = "Courier"\nurl = "{url}"\n{options}')


def preview(project: Project, url: str, options: str = "") -> list[dict[str, Any]]:
    configured(project, url, options)
    result = project.aggregate("preview", "Courier", "--json")
    assert (result.status, result.err) == (0, "")
    articles: list[dict[str, Any]] = result.json["articles"]
    return articles


def requested(publisher: Publisher) -> list[str]:
    return [request.path for request in publisher.requests if request.path != "/robots.txt"]


def titles(project: Project, publisher: Publisher) -> set[str]:
    """Return the titles of all stored articles after another run."""
    publisher.requests.clear()
    config = project.read("config.toml")
    if "[[outputs]]" not in config:
        project.write("config.toml", f'{config}\n[[outputs]]\nplugin = "jsonl"\npath = "all.jsonl"\nlimit = 0\n')
    assert project.aggregate("run", "--force").status == 0
    return {json.loads(line)["title"] for line in project.read("all.jsonl").splitlines()}


def test_news_sitemaps_have_titles_and_dates(project: Project, publisher: Publisher) -> None:
    publisher.serve("/news.xml", NEWS)
    bridge, bakers = preview(project, publisher.url("/news.xml"))
    assert bridge["title"] == "Ferrier Bridge reopens & buses return"
    assert bridge["url"] == "https://courier.example/2026/11/ferrier-bridge-reopens/?a=1&b=2"
    assert (bridge["published"], bridge["updated"]) == ("2026-11-20T08:30:00Z", "2026-11-20T10:00:00Z")
    assert (bridge["language"], bridge["tags"]) == ("en", ["bridges", "London", "Blog", "Opinion"])
    assert bridge["image"] == "https://courier.example/bridge.jpg"
    assert (bakers["title"], bakers["image"]) == ("Five bakers, one oven", None)
    assert requested(publisher) == ["/news.xml"]


def test_the_source_is_named_after_the_publication(project: Project, publisher: Publisher) -> None:
    publisher.serve("/news.xml", NEWS, headers={"ETag": '"1"'})
    project.configure(f'[[sources]]\nplugin = "sitemap"\nurl = "{publisher.url("/news.xml")}"\n')
    assert project.run()["articles"]["new"] == 2
    assert project.run("--force")["sources"]["unchanged"] == 1
    assert project.aggregate("sources", "--json").json[0]["name"] == "Thames Courier"


def test_the_pages_of_a_plain_sitemap_are_fetched(project: Project, publisher: Publisher) -> None:
    publisher.serve("/sitemap.xml", saved("plain.xml", publisher))
    publisher.serve("/2026/11/library-opens-on-sundays", page("Library open on Sundays"), content_type="text/html")
    publisher.serve("/about", b"", content_type="text/html")
    [sunday] = preview(project, publisher.url("/sitemap.xml"))
    assert sunday["title"] == "Library open on Sundays"
    assert "said the county" in sunday["content"]
    assert (sunday["published"], sunday["updated"]) == (None, "2026-11-18T13:30:00Z")
    assert publisher.requests[1].path == "/robots.txt"


def test_a_page_is_fetched_once(project: Project, publisher: Publisher) -> None:
    urls = [publisher.url(f"/reports/report-number-{n}") for n in range(30)]
    for n in range(40):
        publisher.serve(f"/reports/report-number-{n}", page(f"Report {n}"), content_type="text/html")
    publisher.serve("/sitemap.xml", plain(*urls))
    configured(project, publisher.url("/sitemap.xml"))
    assert titles(project, publisher) == {f"Report {n}" for n in range(20)}
    assert len(requested(publisher)) == 21
    assert titles(project, publisher) == {f"Report {n}" for n in range(20)}
    assert requested(publisher) == ["/sitemap.xml"]
    assert project.run("--force")["sources"]["unchanged"] == 1
    publisher.serve("/sitemap.xml", plain(publisher.url("/reports/report-number-35"), *urls))
    assert titles(project, publisher) == {*(f"Report {n}" for n in range(20)), "Report 35"}
    assert requested(publisher) == ["/sitemap.xml", "/reports/report-number-35"]


def test_a_page_that_failed_is_fetched_in_the_next_run(project: Project, publisher: Publisher) -> None:
    publisher.serve(
        "/sitemap.xml", plain(publisher.url("/the-first-report"), publisher.url("/gone")), headers={"ETag": '"1"'}
    )
    publisher.serve("/the-first-report", b"", status=500)
    configured(project, publisher.url("/sitemap.xml"))
    assert titles(project, publisher) == set()
    publisher.serve("/the-first-report", page("First"), content_type="text/html")
    assert titles(project, publisher) == {"First"}
    assert requested(publisher) == ["/sitemap.xml", "/the-first-report"]
    titles(project, publisher)
    assert requested(publisher) == ["/sitemap.xml"]


def test_titles_come_from_addresses_where_robots_txt_forbids_pages(project: Project, publisher: Publisher) -> None:
    publisher.serve("/robots.txt", b"User-agent: *\nDisallow: /2026/", content_type="text/plain")
    publisher.serve("/sitemap.xml", saved("plain.xml", publisher))
    articles = preview(project, publisher.url("/sitemap.xml"), 'include = "/2026/"')
    assert [article["title"] for article in articles] == ["Library opens on sundays", "Old stones of the quay"]
    assert requested(publisher) == ["/sitemap.xml"]


def test_without_pages_only_sitemaps_are_requested(project: Project, publisher: Publisher) -> None:
    publisher.serve("/sitemap.xml", saved("plain.xml", publisher))
    articles = preview(project, publisher.url("/sitemap.xml"), "pages = false")
    assert [article["title"] for article in articles] == ["Library opens on sundays", "Old stones of the quay", ""]
    assert [request.path for request in publisher.requests] == ["/sitemap.xml"]


def test_since_excludes_older_entries(project: Project, publisher: Publisher) -> None:
    today = datetime.now(UTC).isoformat()
    new, old, undated = (f"https://courier.example/a-{word}-report" for word in ("new", "old", "undated"))
    entries = (
        f"<url><loc>{new}</loc><lastmod>{today}</lastmod></url><url><loc>{old}</loc><lastmod>2020-01-01</lastmod></url>"
    )
    publisher.serve("/sitemap.xml", urlset(f"{entries}<url><loc>{undated}</loc></url>"))
    articles = preview(project, publisher.url("/sitemap.xml"), 'pages = false\nsince = "7d"')
    assert [article["url"] for article in articles] == [new, undated]
    configured(project, URL, 'since = "soon"')
    assert 'since = "soon"' in project.aggregate("check").err


def test_the_newest_sitemaps_of_an_index_are_read_except_authors(project: Project, publisher: Publisher) -> None:
    publisher.serve("/index.xml", saved("index.xml", publisher))
    publisher.serve("/post-sitemap2.xml.gz", gzip.compress(NEWS), content_type="application/gzip")
    publisher.serve("/post-sitemap1.xml", plain())
    articles = preview(project, publisher.url("/index.xml"))
    assert len(articles) == 2
    assert requested(publisher) == ["/index.xml", "/post-sitemap2.xml.gz", "/post-sitemap1.xml", "/page-sitemap.xml"]


def test_an_unchanged_index_without_dates_may_have_new_entries(project: Project, publisher: Publisher) -> None:
    publisher.serve("/index.xml", index(publisher.url("/news.xml")), headers={"ETag": '"1"'})
    publisher.serve("/news.xml", plain())
    configured(project, publisher.url("/index.xml"))
    assert titles(project, publisher) == set()
    publisher.serve("/news.xml", NEWS)
    assert len(titles(project, publisher)) == 2


def test_an_unchanged_index_with_dates_has_no_new_entries(project: Project, publisher: Publisher) -> None:
    publisher.serve("/index.xml", saved("index.xml", publisher), headers={"ETag": '"1"'})
    for path in ("/page-sitemap.xml", "/post-sitemap1.xml", "/post-sitemap2.xml.gz"):
        publisher.serve(path, plain())
    configured(project, publisher.url("/index.xml"))
    project.run()
    publisher.requests.clear()
    assert project.run("--force")["sources"]["unchanged"] == 1
    assert requested(publisher) == ["/index.xml"]


def test_the_sitemaps_of_a_site_are_read_from_its_robots_txt(project: Project, publisher: Publisher) -> None:
    lines = f"Sitemap: {publisher.url('/all.xml')}\nUser-agent: *\nDisallow:\nSITEMAP:/sitemaps/news.xml\n"
    publisher.serve("/robots.txt", lines.encode(), content_type="text/plain")
    publisher.serve("/sitemaps/news.xml", NEWS)
    assert len(preview(project, publisher.url("/"))) == 2
    assert [request.path for request in publisher.requests] == ["/robots.txt", "/sitemaps/news.xml"]


def test_a_site_without_robots_txt_has_a_default_sitemap_address(project: Project, publisher: Publisher) -> None:
    publisher.serve("/sitemap.xml", NEWS)
    assert len(preview(project, publisher.url("/"))) == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the response is empty, not a sitemap"),
        (b"<!doctype html><html><body><p>Log in", "this is a web page, not a sitemap"),
        (
            b"<rss><channel><image><url>x</url></image></channel></rss>",
            "this is a feed, not a sitemap; `plugin = ",
        ),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "this is not a sitemap"),
        (b"hello, world", "this is not a sitemap"),
        (b"\x1f\x8b\x08 broken", "invalid gzip data, not a sitemap"),
        (b"\x89PNG\r\n", "this is not a sitemap"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><urlset><url><loc>&a;</loc></url></urlset>', "declares entities"),
    ],
    ids="empty page feed picture text gzip png entities".split(),
)
def test_a_document_that_is_not_a_sitemap_is_reported(
    project: Project, publisher: Publisher, body: bytes, message: str
) -> None:
    publisher.serve("/sitemap.xml", body)
    configured(project, publisher.url("/sitemap.xml"))
    [error] = project.run()["errors"]
    assert message in error["error"]
    assert "\n" not in error["error"]


def test_a_failed_sitemap_does_not_affect_the_others(project: Project, publisher: Publisher) -> None:
    publisher.serve("/index.xml", index(publisher.url("/a.xml"), publisher.url("/b.xml")))
    publisher.serve("/b.xml", NEWS)
    assert len(preview(project, publisher.url("/index.xml"))) == 2
    publisher.serve("/b.xml", b"", status=500)
    configured(project, publisher.url("/index.xml"))
    assert "/a.xml: HTTP 404" in project.run()["errors"][0]["error"]


def test_recursive_indexes_are_limited(project: Project, publisher: Publisher) -> None:
    for n in range(100):
        publisher.serve(f"/{n}.xml", index(*(publisher.url(f"/{n * 5 + k}.xml") for k in range(5))))
    preview(project, publisher.url("/1.xml"))
    assert len(requested(publisher)) == 10


def test_a_decompression_bomb_is_rejected() -> None:
    with pytest.raises(SourceError, match="has more than 50 MiB uncompressed"):
        parse_sitemap(gzip.compress(b"<urlset>" + bytes(60 * 1024 * 1024)), URL)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>'


@pytest.mark.parametrize(
    "body",
    [
        b"<urlset>" + b"<a>" * 200_000,
        b"<urlset>" + b"<url>" * 100_000,
        b"<urlset><url>" + b"<" * 500_000,
        b"<urlset>" + b"".join(b"<a xmlns:n%d='u%d'>" % (n, n) for n in range(50_000)),
        b"<urlset><url><loc>" + b"x" * 5_000_000,
        b"<!DOCTYPE " * 50_000,
        b"http://x/\n" * 300_000,
        urlset("<url><loc>https://x.example/a</loc></url>" * 60_000),
        BOMB.encode("utf-16"),
    ],
    ids="depth urls signs namespaces text doctypes lines many utf-16".split(),
)
def test_malicious_documents_are_read_or_rejected(body: bytes) -> None:
    try:
        sitemap = parse_sitemap(body, URL)
    except SourceError:
        return
    assert len(sitemap.items) <= 1


def test_the_first_and_last_addresses_of_a_long_sitemap_are_used() -> None:
    parsed = parse_sitemap(plain(*(f"https://x.example/{n}" for n in range(50_000))), URL).items
    assert len(parsed) == 1000
    assert (parsed[0].url, parsed[-1].url) == ("https://x.example/0", "https://x.example/49999")


def test_a_text_file_is_a_sitemap() -> None:
    parsed = parse_sitemap(b"\xef\xbb\xbfhttps://x.example/a\r\nhttps://x.example/b\r\n", URL)
    assert [item.url for item in parsed.items] == ["https://x.example/a", "https://x.example/b"]


def test_invalid_addresses_are_ignored() -> None:
    parsed = parse_sitemap(plain("http://[x/", "mailto:a@x.example", "", "/a"), URL).items
    assert [item.url for item in parsed] == ["https://courier.example/a"]
    assert parse_sitemap(index("http://[x/", "ftp://x.example/s.xml"), URL).children == []
    assert parse_sitemap(b"http://[x/\nhttps://x.example/a", URL).items == [Item(url="https://x.example/a")]


def test_a_video_provides_title_summary_date_and_enclosure() -> None:
    film = (
        '<video:video xmlns:video="http://www.google.com/schemas/sitemap-video/1.1">'
        "<video:thumbnail_loc>https://x.example/t.jpg</video:thumbnail_loc><video:title>The tide</video:title>"
        "<video:description>It turns.</video:description><video:content_loc>https://x.example/t.mp4</video:content_loc>"
        "<video:duration>600</video:duration><video:publication_date>2026-11-20</video:publication_date></video:video>"
    )
    [item] = parse_sitemap(urlset(f"<url><loc>/tide</loc>{film}</url>"), URL).items
    assert (item.url, item.title, item.summary) == ("https://courier.example/tide", "The tide", "It turns.")
    assert (item.published, item.image) == ("2026-11-20", "https://x.example/t.jpg")
    assert item.enclosures == [{"url": "https://x.example/t.mp4", "duration": "600"}]


def test_news_sitemaps_and_dated_sitemaps_come_first() -> None:
    when = datetime(2026, 11, 20, tzinfo=UTC)
    plain_ones = [Child(f"https://x.example/posts-{n}.xml") for n in range(9)]
    dated = Child("https://x.example/sitemap-2026.xml", when)
    assert choose([*plain_ones, dated])[0] == dated.url
    assert choose([*plain_ones, Child("https://x.example/news.xml")]) == ["https://x.example/news.xml"]
    assert choose(plain_ones) == [f"https://x.example/posts-{n}.xml" for n in (0, 1, 6, 7, 8)]
    assert choose([Child("https://x.example/tags.xml")]) == ["https://x.example/tags.xml"]


def test_duplicate_addresses_keep_their_title() -> None:
    items = [Item(url="a"), Item(url="a", title="A", published="2026-11-20"), Item(url="a"), Item(url="b")]
    assert [(item.url, item.title) for item in newest(items)] == [("a", "A"), ("b", None)]


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://x.example/2026/11/ferrier-bridge-reopens-10482211.html", "Ferrier bridge reopens"),
        ("https://x.example/news/10482211-five_bakers/", "Five bakers"),
        ("https://x.example/world-cup-2026", "World cup 2026"),
        ("https://x.example/a/the-tide-c5yk4x0z9pqo", "The tide"),
        ("https://x.example/%C3%BCber-den-fluss", "Über den fluss"),
        ("https://x.example/about", None),
        ("https://x.example/", None),
        ("https://x.example/10482211", None),
    ],
)
def test_titles_are_derived_from_addresses(url: str, title: str | None) -> None:
    assert title_of(url) == title


@given(st.binary(max_size=300), st.integers(0, len(NEWS)))
def test_any_bytes_are_read_or_rejected(noise: bytes, at: int) -> None:
    for body in (noise, NEWS[:at] + noise + NEWS[at:], NEWS[:at]):
        try:
            assert isinstance(parse_sitemap(body, URL), Sitemap)
        except SourceError as error:
            assert "\n" not in str(error)


@given(st.text(max_size=300))
def test_the_title_of_an_address_is_never_empty(text: str) -> None:
    assert title_of(f"https://x.example/{text}") != ""
    assert all(isinstance(address, str) for address in sitemaps_in_robots(f"Sitemap: {text}", URL))


def test_references_to_surrogates_are_joined() -> None:
    body = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://a.example/1</loc>'
        "<news:news><news:title>Low tide &#xD83D;&#xDE00;</news:title></news:news></url></urlset>"
    )
    [item] = parse_sitemap(body.encode(), "https://a.example/s.xml", None, datetime(2026, 1, 1, tzinfo=UTC)).items
    assert item.title == "Low tide 😀"
