"""`aggregate add` and `aggregate preview`: the feed that is found at an address, and the requests that it takes."""

from __future__ import annotations

import gzip
import json
import threading
import tomllib
from collections.abc import Callable

import pytest
from project import Project
from publisher import Exchange, Publisher
from sample_feeds import item, rss

FEED = rss([item(n, title=f"Report {n}") for n in range(2)], title="The News")
EMPTY = rss([], title="Nothing yet")
ATOM = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>The News</title><id>x</id>
<updated>2026-01-01T00:00:00Z</updated><entry><title>Report</title><id>e</id><link href="https://a.example/1"/>
<updated>2026-01-01T00:00:00Z</updated></entry></feed>"""
JSON_FEED = json.dumps(
    {"version": "https://jsonfeed.org/version/1.1", "title": "The News", "items": [{"id": "1", "title": "Report"}]}
).encode()
UTF_16 = FEED.decode().replace("utf-8", "utf-16").encode("utf-16")
LOOPBACK = '[http]\nallow_private = ["127.0.0.0/8"]\n'


def html(head: str = "", body: str = "") -> bytes:
    return f"<!doctype html><html><head><title>Site</title>{head}</head><body>{body}</body></html>".encode()


def named(*addresses: str) -> str:
    return "".join(f'<link rel="alternate" type="application/rss+xml" href="{address}">' for address in addresses)


def serve_page(publisher: Publisher, head: str = "", body: str = "", **headers: str) -> str:
    """Serve a page at "/", and return its address."""
    publisher.serve("/", html(head, body), content_type="text/html", headers=headers)
    return publisher.url("/")


def added(project: Project, address: str) -> str:
    """Add an address, and return the `url` that is written."""
    project.write("config.toml", LOOPBACK)
    result = project.aggregate("add", address)
    assert (result.status, result.err) == (0, "")
    [table] = tomllib.loads(project.read("config.toml"))["sources"]
    return str(table["url"])


def assert_found(project: Project, publisher: Publisher, address: str, path: str) -> None:
    """Both verbs find the feed at this path, and request no address twice."""
    publisher.requests.clear()
    assert added(project, address) == publisher.url(path)
    for verb in ("add", "preview"):
        paths = [request.path for request in publisher.requests]
        assert len(paths) == len(set(paths)), (verb, paths)
        publisher.requests.clear()
        project.write("config.toml", LOOPBACK)
        result = project.aggregate("preview", address)
        assert (result.status, result.err) == (0, "")


def refused(project: Project, address: str, verb: str = "add") -> str:
    """Return the one line with which an address is refused."""
    project.write("config.toml", LOOPBACK)
    result = project.aggregate(verb, address)
    assert result.status == 1
    [line] = result.err.splitlines()
    assert project.read("config.toml") == LOOPBACK
    return line


def dead_status(status: int) -> Callable[[Publisher], None]:
    return lambda publisher: publisher.serve("/dead", b"", status=status)


def dead_connection(exchange: Exchange) -> None:
    exchange.close_connection = True


DEAD: dict[str, Callable[[Publisher], None]] = {
    "404": dead_status(404),
    "410": dead_status(410),
    "403": dead_status(403),
    "500": dead_status(500),
    "a page": lambda publisher: publisher.serve("/dead", html(), content_type="text/html"),
    "no body": lambda publisher: publisher.serve("/dead", b""),
    "no entries": lambda publisher: publisher.serve("/dead", EMPTY),
    "other XML": lambda publisher: publisher.serve("/dead", b"<?xml version='1.0'?><urlset></urlset>"),
    "no response": lambda publisher: publisher.handle("/dead", dead_connection),
}


@pytest.mark.parametrize("make", DEAD.values(), ids=DEAD.keys())
def test_next_feed_is_taken_if_the_first_is_dead(
    project: Project, publisher: Publisher, make: Callable[[Publisher], None]
) -> None:
    make(publisher)
    publisher.serve("/live", FEED)
    assert_found(project, publisher, serve_page(publisher, named("/dead", "/live")), "/live")


def test_feed_that_does_not_respond_is_left_out(project: Project, publisher: Publisher) -> None:
    hold = threading.Event()

    def wait(exchange: Exchange) -> None:
        hold.wait(60)

    publisher.handle("/dead", wait)
    publisher.serve("/live", FEED)
    url = serve_page(publisher, named("/dead", "/live"))
    project.write("config.toml", f'{LOOPBACK}timeout = "2s"\n')
    result = project.aggregate("add", url)
    hold.set()
    assert result.out.startswith(f"added The News: {publisher.url('/live')}\n")
    assert f"not used: {publisher.url('/dead')}: no response within" in result.out


@pytest.mark.parametrize("path", ["/feed.php", "/atom.xml"])
def test_links_and_usual_paths_follow_dead_feeds(project: Project, publisher: Publisher, path: str) -> None:
    publisher.serve(path, ATOM)
    url = serve_page(publisher, named("/gone", "/lost"), '<a href="/feed.php">RSS</a>')
    assert_found(project, publisher, url, path)


def test_page_is_read_if_all_its_feeds_are_dead(project: Project, publisher: Publisher) -> None:
    links = "".join(
        f'<h2><a href="/n/{n}">The harbour master reports {n} ships in the bay today</a></h2>' for n in range(9)
    )
    url = serve_page(publisher, named("/gone"), f"<main>{links}</main>")
    project.write("config.toml", LOOPBACK)
    result = project.aggregate("add", url)
    assert 'plugin = "page"' in result.out
    assert f"not used: {publisher.url('/gone')}: HTTP 404" in result.out


def test_page_that_depends_on_accept_is_requested_again(project: Project, publisher: Publisher) -> None:
    links = "".join(
        f'<h2><a href="/n/{n}">The harbour master reports {n} ships in the bay today</a></h2>' for n in range(9)
    )

    def negotiate(exchange: Exchange) -> None:
        wants_page = exchange.headers["Accept"].startswith("text/html")
        kind = "text/html" if wants_page else "application/json"
        exchange.answer(200, html(body=links) if wants_page else b"{}", {"Content-Type": kind, "Vary": "Accept"})

    publisher.handle("/", negotiate)
    assert added(project, publisher.url("/")) == publisher.url("/")
    assert len([request for request in publisher.requests if request.path == "/"]) == 2


def test_only_feed_is_taken_even_without_entries(project: Project, publisher: Publisher) -> None:
    publisher.serve("/new", EMPTY)
    assert added(project, serve_page(publisher, named("/new"))) == publisher.url("/new")
    assert added(project, publisher.url("/new")) == publisher.url("/new")


@pytest.mark.parametrize("verb", ["add", "preview"])
def test_all_feeds_dead(project: Project, publisher: Publisher, verb: str) -> None:
    publisher.serve("/page", html(), content_type="text/html")
    line = refused(project, serve_page(publisher, named("/gone", "/page")), verb)
    assert f"{publisher.url('/gone')}: HTTP 404: there is nothing at this address; " in line
    assert f"{publisher.url('/page')}: this is a web page, not a feed; " in line
    assert "aggregate add" not in line


def test_a_page_of_a_thousand_dead_feeds_takes_few_requests(project: Project, publisher: Publisher) -> None:
    refused(project, serve_page(publisher, named(*(f"/gone/{n}" for n in range(1000)))))
    assert len(publisher.requests) <= 20


def test_address_without_anything_is_not_advised_to_be_added(project: Project, publisher: Publisher) -> None:
    assert refused(project, publisher.url("/")).endswith("HTTP 404: there is nothing at this address")
    line = refused(project, publisher.url("/old.xml"))
    assert line.endswith(f"the home page may name the current feed: `aggregate add {publisher.url('/')}`")
    assert len(publisher.requests) == 2
    publisher.serve("/old.xml", b"", status=410)
    line = refused(project, publisher.url("/old.xml"))
    assert "HTTP 410: the address is gone for good; the home page may name" in line


def test_a_saved_page_and_the_wrong_plugin(project: Project, publisher: Publisher) -> None:
    project.write("page.html", html())
    line = refused(project, "page.html")
    assert line.endswith("page.html: this is a web page, not a feed")
    project.write("config.toml", LOOPBACK)
    result = project.aggregate("add", serve_page(publisher), "--plugin", "feed")
    assert result.err.endswith("not a feed; without --plugin, the feeds of the page are looked for\n")


NAMING = {
    "in the body": ("", '<p>x</p><link rel="alternate" type="application/rss+xml" href="/i">'),
    "by a link": ("", '<a rel="alternate" type="application/rss+xml" href="/i">RSS</a>'),
    "in upper case": ('<LINK REL="FEED Alternate" TYPE="Application/RSS+XML; charset=utf-8" HREF=" /i ">', ""),
    "without a type": ('<link rel="feed" href="/i">', ""),
    "by the scheme feed:": ('<link rel="alternate" type="application/rss+xml" href="feed:BASE/i">', ""),
    "after a stylesheet": ('<link rel="alternate stylesheet" type="text/xml" href="/s">' + named("/i"), ""),
    "after an entry": ('<link rel="alternate" type="application/atom+xml;type=entry" href="/s">' + named("/i"), ""),
    "after no addresses": (named("http://[x", "javascript:x", "", "mailto:a@b.example", "/i"), ""),
    "with a broken base": ('<base href="http://[">' + named("/i"), ""),
    "with a fragment": (named("/i#x"), ""),
    "as JSON": ('<link rel="alternate" type="application/json" href="/wp-json/feed">' + named("/i"), ""),
}


@pytest.mark.parametrize(("head", "body"), NAMING.values(), ids=NAMING.keys())
def test_feed_named_by_a_page(project: Project, publisher: Publisher, head: str, body: str) -> None:
    publisher.serve("/i", FEED)
    publisher.serve("/s", FEED)
    url = serve_page(publisher, head.replace("BASE", publisher.url("")), body)
    assert_found(project, publisher, url, "/i")
    assert "/s" not in [request.path for request in publisher.requests]


@pytest.mark.parametrize("media_type", ["application/feed+json", "application/json"])
def test_json_feed_named_by_a_page(project: Project, publisher: Publisher, media_type: str) -> None:
    publisher.serve("/feed.json", JSON_FEED, content_type=media_type)
    url = serve_page(publisher, f'<link rel="alternate" type="{media_type}" href="feed.json">')
    assert_found(project, publisher, url, "/feed.json")


@pytest.mark.parametrize(
    "value",
    [
        '</i>; rel="alternate"; type="application/rss+xml"',
        '<s.css>; rel=stylesheet; title="a, b; <c>", <i>; REL=Alternate; TYPE="application/atom+xml"; title="\\" , y"',
        '<https://hub.example/>; rel="hub", </s>; rel="self"; type="application/rss+xml", <i>;rel="feed alternate"'
        ";type=application/feed+json",
        "<i>; rel=feed",
        '</gone>; rel=alternate; type="text/xml", </i>; rel=alternate; type="text/xml"',
        '</s>; rel=alternate; type="text/xml"; anchor="/other", </i>; rel=alternate; type="text/xml"',
        "<feed:BASE/i>; rel=alternate; type=application/rss+xml",
    ],
)
def test_feed_named_by_a_link_header(project: Project, publisher: Publisher, value: str) -> None:
    publisher.serve("/i", FEED)
    publisher.serve("/s", FEED)
    assert_found(project, publisher, serve_page(publisher, Link=value.replace("BASE", publisher.url(""))), "/i")


def test_page_that_refers_to_another_instead_of_a_redirect(project: Project, publisher: Publisher) -> None:
    publisher.serve("/i", FEED)
    publisher.serve("/en", html(named("/i")), content_type="text/html")
    assert_found(project, publisher, serve_page(publisher, '<meta http-equiv="Refresh" content="0; URL=\'/i\'">'), "/i")
    assert_found(project, publisher, serve_page(publisher, Refresh="0;url=/en"), "/i")


def test_pages_that_refer_to_each_other(project: Project, publisher: Publisher) -> None:
    publisher.serve("/b", html('<meta http-equiv="refresh" content="0;url=/">'), content_type="text/html")
    publisher.serve("/feed", FEED)
    url = serve_page(publisher, '<meta http-equiv="refresh" content="0;url=/b">')
    assert_found(project, publisher, url, "/feed")


@pytest.mark.parametrize("media_type", ["text/html", "text/plain", "application/octet-stream", "image/png", ""])
@pytest.mark.parametrize("body", [FEED, ATOM, JSON_FEED, UTF_16, gzip.compress(FEED)])
def test_feeds_are_recognised_whatever_their_type(
    project: Project, publisher: Publisher, body: bytes, media_type: str
) -> None:
    publisher.serve("/rss.php", body, content_type=media_type)
    assert added(project, publisher.url("/rss.php")) == publisher.url("/rss.php")
    url = serve_page(publisher, body='<a href="/rss.php">RSS</a>')
    assert added(project, url) == publisher.url("/rss.php")


@pytest.mark.parametrize(
    "written",
    ["  {}\n", "<{}>", '"{}"', "{},", "“{}”", "feed:{}", "FEED:{}", "<URL:{}>", "\ufeff{}", "feed://{}", "itpc:{}"],
)
def test_pasted_addresses(project: Project, publisher: Publisher, written: str) -> None:
    publisher.serve("/x", FEED)
    assert_found(project, publisher, written.format(publisher.url("/x")), "/x")
    without_scheme = publisher.url("/x").removeprefix("http://")
    assert added(project, written.format(without_scheme)) == publisher.url("/x")


@pytest.mark.parametrize("verb", ["add", "preview"])
@pytest.mark.parametrize("address", ["acct:jo@site.example", "mailto:jo@site.example", "javascript:alert(1)"])
def test_addresses_of_another_kind(project: Project, verb: str, address: str) -> None:
    project.configure("")
    result = project.aggregate(verb, address)
    assert (result.status, result.err) == (2, f"aggregate: {address}: is not a web address (http, https)\n")


def test_redirect_to_the_scheme_feed(project: Project, publisher: Publisher) -> None:
    publisher.serve("/x", FEED)
    target = publisher.url("/x").replace("http:", "feed:")
    publisher.handle("/r", lambda exchange: exchange.answer(302, headers={"Location": target}))
    assert added(project, publisher.url("/r")) == publisher.url("/r")


def guarded(body: bytes) -> Callable[[Exchange], None]:
    """Require the user "jo" with the password "pä"."""

    def scenario(exchange: Exchange) -> None:
        is_known = exchange.headers["Authorization"] == "Basic am86cMOk"
        exchange.answer(200 if is_known else 401, body if is_known else b"", {"Content-Type": "text/html"})

    return scenario


@pytest.mark.parametrize("page", [html(named("/i")), html(body='<a href="/my/rss">RSS</a>'), html()])
def test_feed_of_a_page_with_a_password(project: Project, publisher: Publisher, page: bytes) -> None:
    publisher.handle("/", guarded(page))
    for path in ("/i", "/my/rss", "/feed.xml"):
        publisher.handle(path, guarded(FEED))
    prefix = publisher.url("").replace("http://", "http://jo:p%C3%A4@")
    assert added(project, f"{prefix}/").startswith(f"{prefix}/")


def test_credentials_are_not_sent_to_other_servers(project: Project, publisher: Publisher) -> None:
    publisher.serve("/x", FEED)
    other = publisher.url("/x").replace("127.0.0.1", "localhost")
    url = serve_page(publisher, named(other), Link=f'<{other}?a>; rel=alternate; type="text/xml"')
    project.write("config.toml", '[http]\nallow_private = ["127.0.0.0/8", "localhost"]\n')
    result = project.aggregate("add", url.replace("http://", "http://jo:secret@"))
    assert (result.status, "secret" in result.out) == (0, False)
    sent = {request.path: request.headers["Authorization"] for request in publisher.requests}
    assert sent == {"/": "Basic am86c2VjcmV0", "/x?a": None}


def test_credentials_are_not_sent_without_the_encryption_that_was_asked_for(
    project: Project, publisher: Publisher
) -> None:
    publisher.serve("/x", FEED)
    assert "TLS" in refused(project, publisher.url("/x").replace("http://", "https://jo:secret@"))
    assert not [request for request in publisher.requests if request.headers["Authorization"]]


@pytest.mark.parametrize("where", ["header", "element", "refresh", "feed scheme"])
def test_private_addresses_stay_closed(project: Project, publisher: Publisher, where: str) -> None:
    target = "http://10.0.0.1/f"
    if where == "header":
        url = serve_page(publisher, Link=f'<{target}>; rel=alternate; type="text/xml"')
    elif where == "refresh":
        url = serve_page(publisher, Refresh=f"0; url={target}")
    else:
        url = serve_page(publisher, named(target if where == "element" else "feed://10.0.0.1/f"))
    line = refused(project, url)
    assert where == "refresh" or f"{target}: is at the private address 10.0.0.1" in line


def test_a_page_that_is_configured_as_a_feed_does_not_prevent_its_feed(project: Project, publisher: Publisher) -> None:
    publisher.serve("/i", FEED)
    url = serve_page(publisher, named("/i"))
    project.configure(f'[[sources]]\nurl = "{url}"\n')
    assert project.aggregate("add", url).out.startswith(f"added The News: {publisher.url('/i')}\n")


def test_robots_txt_applies_to_the_page_but_not_to_feeds(project: Project, publisher: Publisher) -> None:
    publisher.serve("/robots.txt", b"User-agent: *\nDisallow: /", content_type="text/plain")
    publisher.serve("/i", FEED)
    assert added(project, serve_page(publisher, named("/i"))) == publisher.url("/i")
    line = refused(project, serve_page(publisher, named("/gone")))
    assert "the robots.txt of the host disallows this page" in line
