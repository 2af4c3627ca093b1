"""The source `page`: a site without a feed, on the web and as a saved page."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from project import ROOT, Project
from publisher import Publisher
from sample_feeds import item, rss

HTTP = '[http]\nallow_private = ["127.0.0.0/8"]\n'
HEADLINES = (
    "Ferry runs aground in the fog",
    "Council votes to keep the old lamp post",
    "Three swans delay the morning train",
    "School swaps its bells for birdsong",
)
SAMPLE = ROOT / "samples" / "page.html"
PARAGRAPHS = (
    "The council met on Monday evening and heard eleven speakers before it came to a decision that nobody expected.",
    "Of the eleven, nine spoke of their childhood, one of the cost of paint, and one had come for the warm hall.",
    "A further meeting is planned for the spring, when days are longer and the matter can be seen by daylight.",
    "Until then all stays as it is, said the mayor, who has walked past every morning for twenty-two years.",
)


def listing(head: str = "", headlines: tuple[str, ...] = HEADLINES) -> bytes:
    cards = "".join(
        f'<li class="notice"><h3><a href="/n/{n}">{t}</a></h3><span data-day="2026-11-2{n}">lately</span><p>{t}, it is '
        f"said in the harbour.</p></li>"
        for n, t in enumerate(headlines)
    )
    return f'<title>Village news</title>{head}<nav><a href="/about">About</a></nav><ul>{cards}</ul>'.encode()


def article(title: str) -> bytes:
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    meta = (
        '<meta name="author" content="Ada Quill">'
        '<meta property="article:published_time" content="2026-11-20T08:00:00Z">'
    )
    head, main = f"<title>{title}</title>{meta}", f"<article><h1>{title}</h1>{body}</article>"
    return f"<html><head>{head}</head><body>{main}</body></html>".encode()


def configure(project: Project, table: str) -> None:
    project.write("config.toml", f'{HTTP}\n[[sources]]\nplugin = "page"\nname = "Village"\n{table}\n')


def preview(project: Project) -> list[dict[str, object]]:
    result = project.aggregate("preview", "Village", "--json")
    assert (result.status, result.err) == (0, "")
    articles: list[dict[str, object]] = result.json["articles"]
    return articles


def titles(project: Project) -> list[object]:
    return [article["title"] for article in preview(project)]


@pytest.fixture
def village(publisher: Publisher) -> Publisher:
    publisher.serve("/news", listing(), content_type="text/html; charset=utf-8")
    for n, title in enumerate(HEADLINES):
        publisher.serve(f"/n/{n}", article(title), content_type="text/html")
    return publisher


def requested(publisher: Publisher) -> list[str]:
    return [request.path for request in publisher.requests if request.path != "/robots.txt"]


def test_the_articles_of_a_list(project: Project, village: Publisher) -> None:
    configure(project, f'url = "{village.url("/news")}"')
    first, *others = preview(project)
    assert len(others) == 3
    assert (first["title"], first["url"]) == (HEADLINES[0], village.url("/n/0"))
    assert first["summary"] == f"{HEADLINES[0]}, it is said in the harbour."
    assert project.run()["articles"]["new"] == 4
    assert project.run()["articles"]["new"] == 0


def test_an_unchanged_page_is_not_read_again(project: Project, publisher: Publisher) -> None:
    publisher.serve("/news", listing(), content_type="text/html", headers={"ETag": '"1"'})
    configure(project, f'url = "{publisher.url("/news")}"')
    assert project.run()["articles"]["new"] == 4
    assert project.run("--force")["sources"]["unchanged"] == 1


def test_a_linked_feed_is_read_instead(project: Project, publisher: Publisher) -> None:
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{href}">'
        for title, href in (("Comments", "/comments.xml"), ("News", "/all.xml"), ("Here", "/news/here.xml"))
    )
    publisher.serve("/news", listing(links), content_type="text/html")
    publisher.serve("/news/here.xml", rss([item(1, title="From the feed")]))
    configure(project, f'url = "{publisher.url("/news")}"')
    assert titles(project) == ["From the feed"]
    configure(project, f'url = "{publisher.url("/news")}"\nkind = "list"')
    assert titles(project) == list(HEADLINES)


@pytest.mark.parametrize("feed", [None, rss([]), b"<html>Not any more"])
def test_the_page_is_read_if_the_linked_feed_is_empty(
    project: Project, publisher: Publisher, feed: bytes | None
) -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/news.xml">'
    publisher.serve("/news", listing(link), content_type="text/html")
    if feed is not None:
        publisher.serve("/news.xml", feed)
    configure(project, f'url = "{publisher.url("/news")}"')
    assert titles(project) == list(HEADLINES)


def test_an_address_of_a_feed_is_read_as_a_feed(project: Project, publisher: Publisher) -> None:
    publisher.serve("/news", rss([item(1, title="From the feed")]))
    configure(project, f'url = "{publisher.url("/news")}"')
    assert titles(project) == ["From the feed"]


def test_the_updates_of_a_live_report_are_articles(project: Project, publisher: Publisher) -> None:
    def report(*headlines: str) -> bytes:
        blocks = "".join(
            f'<article id="b{t[:5]}"><time datetime="2026-11-24T10:00Z"></time><h2>{t}</h2></article>'
            for t in headlines
        )
        return f"<title>Storm, live</title>{blocks}".encode()

    publisher.serve("/live", report(*HEADLINES), content_type="text/html")
    configure(project, f'url = "{publisher.url("/live")}"')
    assert project.run()["articles"]["new"] == 4
    publisher.serve("/live", report("Power is back in the valley", *HEADLINES), content_type="text/html")
    assert project.run("--force")["articles"]["new"] == 1


def test_the_article_of_a_page(project: Project, village: Publisher) -> None:
    configure(project, f'url = "{village.url("/n/1")}"')
    (entry,) = preview(project)
    assert (entry["title"], entry["published"]) == (HEADLINES[1], "2026-11-20T08:00:00Z")
    assert all(text in str(entry["content"]) for text in PARAGRAPHS)


def test_a_saved_page(project: Project) -> None:
    project.write("saved/page.html", SAMPLE.read_text(encoding="utf-8"))
    for option in ('path = "saved/page.html"', 'url = "saved/page.html"', 'path = "saved/page.html"\nkind = "article"'):
        configure(project, option)
        (entry,) = preview(project)
        assert entry["title"] == "Ambassador returns 300 borrowed books, with a speech"
        assert len(entry["related"]) >= 48  # type: ignore[arg-type]
    configure(project, 'path = "saved/none.html"')
    assert project.aggregate("preview", "Village").err.endswith(
        "saved/none.html: cannot be read (No such file or directory)\n"
    )


def test_selectors_select_exactly_their_elements(project: Project, village: Publisher) -> None:
    selectors = 'items = "li.notice"\ntitle = "h3"\nlink = "h3 > a"\ndate = "span@data-day"\nsummary = "p"'
    configure(project, f'url = "{village.url("/news")}"\n{selectors}')
    first, *_ = preview(project)
    assert (first["title"], first["published"]) == (HEADLINES[0], "2026-11-20T00:00:00Z")
    configure(project, f'url = "{village.url("/news")}"\nitems = "nav a"\ntitle = "@href"')
    (only,) = preview(project)
    assert (only["title"], only["url"]) == ("/about", village.url("/about"))


@pytest.mark.parametrize(
    ("selectors", "message"),
    [
        ('items = "li["', 'page: items = "li[": is not a CSS selector'),
        ('items = "li"\ndate = "a::b@c"', 'page: date = "a::b@c": is not a CSS selector'),
        ('title = "h3"', "page: `items` is required with `title`, `link`, `date` or `summary`"),
        ('items = "li.news"', 'items = "li.news": matches nothing on this page; has the page changed?'),
        ('items = "li"\ndate = "time"', 'date = "time": matches nothing in any of the 4 items'),
    ],
)
def test_a_selector_that_is_invalid_or_without_a_match_is_reported(
    project: Project, village: Publisher, selectors: str, message: str
) -> None:
    configure(project, f'url = "{village.url("/news")}"\n{selectors}')
    result = project.aggregate("preview", "Village")
    assert (result.status, result.err) == (1, f"aggregate: {message}\n")
    assert result.out.startswith(
        "Village: 4 articles" if "date = " in selectors and "time" in selectors else "Village: 0"
    )


def test_each_new_article_is_fetched_once(project: Project, village: Publisher) -> None:
    output = '[[outputs]]\nplugin = "jsonl"\npath = "all.jsonl"'
    configure(project, f'url = "{village.url("/news")}"\nfull = true\n{output}')
    assert project.run()["articles"]["new"] == 4
    assert Counter(requested(village)) == Counter(["/news", "/n/0", "/n/1", "/n/2", "/n/3"])
    articles = [json.loads(line) for line in project.read("all.jsonl").splitlines()]
    assert {entry["published"] for entry in articles} == {"2026-11-20T08:00:00Z"}
    assert all(PARAGRAPHS[0] in entry["content"] and entry["authors"] == ["Ada Quill"] for entry in articles)
    village.requests.clear()
    village.serve("/news", listing(headlines=(*HEADLINES, "A fifth thing has come to pass")), content_type="text/html")
    village.serve("/n/4", article("A fifth thing has come to pass"), content_type="text/html")
    assert project.run("--force")["articles"]["new"] == 1
    assert requested(village) == ["/news", "/n/4"]
    report = project.run("--force")
    assert (report["articles"]["new"], report["sources"]["unchanged"], report["errors"]) == (0, 1, [])


@pytest.mark.parametrize("status", [403, 429])
def test_no_more_articles_are_requested_of_a_site_that_refuses(
    project: Project, village: Publisher, status: int
) -> None:
    village.serve("/n/1", b"no", status=status)
    configure(project, f'url = "{village.url("/news")}"\nfull = true')
    result = project.aggregate("run", "--json")
    assert result.json["articles"]["new"] == 4
    assert requested(village) == ["/news", "/n/0", "/n/1"]
    assert "page: 127.0.0.1 refuses requests for articles; no more are sent in this run" in result.err


def test_robots_txt_is_obeyed(project: Project, village: Publisher) -> None:
    village.serve("/robots.txt", b"User-agent: *\nDisallow: /n/", content_type="text/plain")
    configure(project, f'url = "{village.url("/news")}"\nfull = true')
    result = project.aggregate("run", "--json")
    assert (result.json["articles"]["new"], requested(village)) == (4, ["/news"])
    assert "robots.txt" in result.err
    village.serve("/robots.txt", b"User-agent: *\nDisallow: /", content_type="text/plain")
    assert "robots.txt" in project.aggregate("preview", "Village").err


@pytest.mark.parametrize(
    ("body", "option", "message"),
    [
        (
            b"<p>Nothing here.",
            'kind = "list"',
            "no list of articles was found on this page; select them by a CSS selector: items =",
        ),
        (b"", 'kind = "article"', 'no article was found on this page; if it lists articles, set kind = "list"'),
    ],
)
def test_a_page_without_articles_is_an_error_with_advice(
    project: Project, publisher: Publisher, body: bytes, option: str, message: str
) -> None:
    publisher.serve("/news", body, content_type="text/html")
    configure(project, f'url = "{publisher.url("/news")}"\n{option}')
    assert message in project.aggregate("preview", "Village").err


def test_either_an_address_or_a_path(project: Project) -> None:
    configure(project, 'url = "https://village.example/"\npath = "page.html"')
    assert project.aggregate("preview", "Village").err == "aggregate: page: set either `url` or `path`\n"


def test_adding_a_site_without_a_feed(project: Project, village: Publisher) -> None:
    project.write("config.toml", f'{HTTP}\n[[sources]]\nurl = "known.xml"\n')
    result = project.aggregate("add", village.url("/news"))
    head, note, *headlines = result.out.splitlines()
    assert head == f"added Village news: {village.url('/news')}"
    assert note == '  no feed found: read as a page, by the headlines on it (plugin = "page")'
    assert len(headlines) == 4
    assert f'url = "{village.url("/news")}"\nname = "Village news"\nplugin = "page"' in project.read("config.toml")


def test_previewing_a_site_without_a_feed(project: Project, village: Publisher) -> None:
    project.write("config.toml", f'{HTTP}\n[[sources]]\nurl = "known.xml"\n')
    result = project.aggregate("preview", village.url("/news"))
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("Village news: 4 articles")
    result = project.aggregate("preview", village.url("/n/1"))
    assert (result.status, "this is a web page, not a feed" in result.err) == (1, True)


def test_a_page_without_a_list_is_not_added(project: Project, village: Publisher) -> None:
    before = f'{HTTP}\n[[sources]]\nurl = "known.xml"\n'
    project.write("config.toml", before)
    result = project.aggregate("add", village.url("/n/1"))
    assert result.status == 1
    assert "is not a feed, links to none, and no list of articles was found on the page" in result.err
    assert project.read("config.toml") == before


def test_a_page_that_robots_txt_forbids_is_not_added(project: Project, village: Publisher) -> None:
    village.serve("/robots.txt", b"User-agent: *\nDisallow: /", content_type="text/plain")
    project.write("config.toml", f'{HTTP}\n[[sources]]\nurl = "known.xml"\n')
    result = project.aggregate("add", village.url("/news"))
    assert (result.status, "robots.txt" in result.err) == (1, True)
