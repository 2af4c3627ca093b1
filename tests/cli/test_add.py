"""`aggregate add` finds a feed, shows its titles and adds it to the configuration."""

from __future__ import annotations

import tomllib

import pytest
from project import Project
from publisher import Publisher
from sample_feeds import item, rss

HTTP = '[http]\nallow_private = ["127.0.0.0/8"]\n'
CONFIG = f'# mine\n{HTTP}\n# the world\n[[sources]]\nurl = "known.xml"\nname = "Known"\n'
PAGE = """<!doctype html><title>The site</title>
<link rel="alternate" type="application/rss+xml" title="News" href="/news.xml">
<link rel="alternate" type="application/atom+xml" title="Comments" href="/comments.xml">"""


def sources(project: Project) -> list[dict[str, object]]:
    tables: list[dict[str, object]] = tomllib.loads(project.read("config.toml"))["sources"]
    return tables


@pytest.fixture
def site(publisher: Publisher) -> Publisher:
    publisher.serve("/", PAGE.encode(), content_type="text/html")
    publisher.serve("/news.xml", rss([item(n, title=f"Report {n}") for n in range(8)], title="Site <b>News</b>"))
    publisher.serve("/comments.xml", rss([item(9)], title="Comments"))
    return publisher


def test_feed_is_added(project: Project, site: Publisher) -> None:
    project.write("config.toml", CONFIG)
    url = site.url("/news.xml")
    result = project.aggregate("add", url, "--tag", "world", "--tag", "news", "--every", "30m")
    assert (result.status, result.err) == (0, "")
    head, *titles = result.out.splitlines()
    assert head == f"added Site News: {url}"
    assert len(titles) == 5
    assert [title[-8:] for title in titles] == [f"Report {n}" for n in (7, 6, 5, 4, 3)]
    added = f'\n[[sources]]\nurl = "{url}"\nname = "Site News"\ntags = ["world", "news"]\nevery = "30m"\n'
    assert project.read("config.toml") == CONFIG + added
    assert project.aggregate("check").status == 0


def test_undated_items_are_listed_after_dated_ones(project: Project, publisher: Publisher) -> None:
    publisher.serve("/news.xml", rss([{"guid": "about", "title": "About"}, item(1, title="Report 1")]))
    project.write("config.toml", CONFIG)
    _, first, last = project.aggregate("add", publisher.url("/news.xml")).out.splitlines()
    assert (first[-8:], last[-5:]) == ("Report 1", "About")


def test_feed_of_a_page_is_added(project: Project, site: Publisher) -> None:
    project.write("config.toml", CONFIG)
    result = project.aggregate("add", site.url("/"), "--name", "The Site")
    assert result.out.startswith(f"added The Site: {site.url('/news.xml')}\n")
    assert f"aggregate add URL\n  {site.url('/comments.xml')}  Comments\n" in result.out
    assert sources(project)[1] == {"url": site.url("/news.xml"), "name": "The Site"}


def test_configured_feed_is_refused(project: Project, site: Publisher) -> None:
    project.write("config.toml", CONFIG)
    project.aggregate("add", site.url("/"))
    before = project.read("config.toml")
    for address in (site.url("/"), site.url("/news.xml"), site.url("/news.xml?utm_source=x")):
        result = project.aggregate("add", address)
        assert (result.status, result.out) == (1, "")
        assert 'is already configured, as "Site News"' in result.err
    assert project.read("config.toml") == before


def test_names_are_made_unique(project: Project, site: Publisher) -> None:
    project.write("config.toml", CONFIG)
    site.serve("/other.xml", rss([item(1)], title="known"))
    assert project.aggregate("add", site.url("/other.xml")).out.startswith("added known (127.0.0.1): ")
    result = project.aggregate("add", site.url("/news.xml"), "--name", "KNOWN")
    assert result.status == 2
    assert '--name KNOWN: is already the name of [[sources]] 1 ("Known")' in result.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--every", "soon"], 'every = "soon": must be a time'),
        (["--plugin", "feeed"], 'unknown source plugin; did you mean "feed"?'),
    ],
)
def test_wrong_options_are_refused_before_any_request(
    project: Project, site: Publisher, options: list[str], message: str
) -> None:
    project.write("config.toml", CONFIG)
    result = project.aggregate("add", site.url("/news.xml"), *options)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert site.requests == []
    assert project.read("config.toml") == CONFIG


@pytest.mark.parametrize("path", ["/nothing", "/page"])
def test_url_without_a_feed_is_refused(project: Project, publisher: Publisher, path: str) -> None:
    publisher.serve("/page", b"<!doctype html><title>No feed</title>", content_type="text/html")
    project.write("config.toml", CONFIG)
    result = project.aggregate("add", publisher.url(path))
    assert (result.status, result.out) == (1, "")
    assert len(result.err.splitlines()) == 1
    assert project.read("config.toml") == CONFIG


def test_files_and_folders_are_added(project: Project) -> None:
    project.write("news/config.toml", "title = 'x'\n")
    project.write("news/feeds/a.xml", rss([item(1)], title="A"))
    project.write("b.xml", rss([item(2)], title="B"))
    for path in ("news/feeds", "b.xml"):
        assert project.aggregate("-c", "news/config.toml", "add", path).status == 0
    tables = tomllib.loads(project.read("news/config.toml"))["sources"]
    assert [source["url"] for source in tables] == ["feeds", str(project.folder / "b.xml")]
    assert project.aggregate("-c", "news/config.toml", "check").status == 0
    assert "is already configured" in project.aggregate("-c", "news/config.toml", "add", "news/feeds/").err


def test_missing_configuration(project: Project) -> None:
    result = project.aggregate("add", "https://a.example/")
    assert (result.status, result.err) == (2, "aggregate: no config.toml here: `aggregate init` writes one\n")


def test_several_addresses(project: Project, site: Publisher) -> None:
    project.write("config.toml", CONFIG)
    urls = [site.url("/news.xml"), site.url("/none.xml"), "known.xml", site.url("/comments.xml")]
    result = project.aggregate("add", *urls, "--tag", "web")
    assert result.status == 1
    added = [line for line in result.out.splitlines() if line.startswith("added")]
    assert added == [f"added Site News: {urls[0]}", f"added Comments: {urls[3]}"]
    first, second = result.err.splitlines()
    assert f"aggregate: {urls[1]}: HTTP 404" in first
    assert "known.xml: " in second
    assert [source["url"] for source in sources(project)] == ["known.xml", urls[0], urls[3]]
    assert all(source["tags"] == ["web"] for source in sources(project)[1:])
    assert project.aggregate("add", site.url("/none.xml")).status == 1


def test_one_address_twice_is_added_once(project: Project, site: Publisher) -> None:
    project.write("config.toml", CONFIG)
    result = project.aggregate("add", site.url("/news.xml"), site.url("/news.xml"))
    assert result.status == 1
    assert "is already configured" in result.err
    assert len(sources(project)) == 2


def test_options_of_a_plugin(project: Project, publisher: Publisher) -> None:
    page = "".join(f'<li><h3>Notice {n}</h3><a href="/{n}">more</a></li>' for n in range(5))
    publisher.serve("/notices", f"<html><body><ul>{page}</ul></body></html>".encode(), content_type="text/html")
    project.write("config.toml", CONFIG)
    options = ["--plugin", "page", "--option", "items=ul > li", "--option", "title=h3", "--option", "full=false"]
    result = project.aggregate("add", publisher.url("/notices"), "--name", "Notices", *options)
    assert (result.status, result.err) == (0, "")
    assert result.out.count("Notice ") == 5
    assert sources(project)[1] == {
        "url": publisher.url("/notices"),
        "name": "Notices",
        "plugin": "page",
        "items": "ul > li",
        "title": "h3",
        "full": False,
    }


def test_a_plugin_without_an_address(project: Project) -> None:
    project.write("config.toml", CONFIG)
    project.write("lines.jsonl", '{"id": "1", "title": "One", "url": "https://a.example/1"}\n')
    result = project.aggregate("add", "--plugin", "jsonl", "--name", "Lines", "--option", "path=lines.jsonl")
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("added Lines\n")
    assert sources(project)[1] == {"name": "Lines", "plugin": "jsonl", "path": "lines.jsonl"}
    assert project.aggregate("check").status == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give the address of a site"),
        (["a.xml", "b.xml", "--name", "X"], "--name names one source"),
        (["known.xml", "--option", "limit"], "must be KEY=VALUE"),
        (["https://site.example/", "--plugin", "page", "--option", "itmes=li"], 'did you mean "items"?'),
    ],
)
def test_wrong_usage(project: Project, arguments: list[str], message: str) -> None:
    project.write("config.toml", CONFIG)
    result = project.aggregate("add", *arguments)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert project.read("config.toml") == CONFIG
