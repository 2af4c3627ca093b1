"""Requests that a publisher receives over several runs: validators, holds, limits, robots.txt."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter

import psycopg
import pytest
from forked_python import start_python
from project import Project
from publisher import Exchange, Publisher
from sample_feeds import item, rss

pytestmark = pytest.mark.e2e

HTTP = '\n[http]\nallow_private = ["127.0.0.0/8", "::1"]\n'


def configure(project: Project, *urls: str, http: str = "", top: str = "") -> None:
    sources = "".join(f'\n[[sources]]\nurl = "{url}"\nname = "{number}"\n' for number, url in enumerate(urls))
    project.configure(f'store = "news.db"\n{top}{sources}{HTTP}{http}')


def take_paths(publisher: Publisher) -> list[str]:
    """Return the paths of the requests since the last call."""
    paths = [request.path for request in publisher.requests]
    publisher.requests.clear()
    return paths


def serve_feeds(publisher: Publisher, count: int) -> list[str]:
    for number in range(count):
        publisher.serve(f"/{number}", rss([item(number)]))
    return [publisher.url(f"/{number}") for number in range(count)]


def refuse(publisher: Publisher, path: str, status: int = 429, **headers: str) -> None:
    publisher.serve(
        path, b"", status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def holds(project: Project) -> dict[str, int]:
    return {scope: until for scope, until in project.select("SELECT scope, until FROM holds")}


def expire_holds(project: Project) -> None:
    """Make all holds expire and all sources due."""
    now = int(time.time())
    if project.database:
        with psycopg.connect(project.database) as database:
            database.execute("UPDATE holds SET until = %s", [now - 1])
            database.execute("UPDATE sources SET retry_at = NULL, next_due = NULL")
            database.execute("UPDATE schedule SET due = 0")
        return
    with sqlite3.connect(project.folder / "news.db") as file:
        file.execute("UPDATE holds SET until = ?", [now - 1])
        file.execute("UPDATE sources SET retry_at = NULL, next_due = NULL")


def test_validators_are_sent_and_renewed(project: Project, publisher: Publisher) -> None:
    publisher.serve("/0", rss([item(1)]), headers={"ETag": 'W/"a"', "Last-Modified": "Tuesday, about noon"})
    configure(project, publisher.url("/0"))
    project.run()
    publisher.handle("/0", lambda exchange: exchange.answer(304))
    for _ in range(2):
        assert project.run("--force")["sources"]["unchanged"] == 1
        sent = publisher.requests[-1].headers
        assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('W/"a"', "Tuesday, about noon")
    publisher.serve("/0", rss([item(1), item(2)]), headers={"ETag": '"b"'})
    project.run("--force")
    publisher.serve("/0", rss([item(1), item(2)]))
    project.run("--force")
    sent = publisher.requests[-1].headers
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('"b"', None)
    project.run("--force")
    sent = publisher.requests[-1].headers
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == (None, None)


@pytest.mark.both_databases
def test_retry_after_holds_back_its_url_only(project: Project, publisher: Publisher) -> None:
    urls = serve_feeds(publisher, 3)
    refuse(publisher, "/1", Retry_After="3600")
    configure(project, *urls)
    report = project.run()
    assert (report["sources"]["fetched"], report["sources"]["failed"]) == (2, 1)
    take_paths(publisher)
    for arguments in (("--force",), ("--source", "1", "--source", "0", "--source", "2")):
        report = project.run(*arguments)
        assert sorted(take_paths(publisher)) == ["/0", "/2"]
        assert report["sources"]["skipped"] == 1
        named = [(one["source"], "Retry-After" in one["error"]) for one in report["errors"]]
        assert named == ([("1", True)] if "1" in arguments else [])
    publisher.serve("/1", rss([item(1)]))
    expire_holds(project)
    project.run()
    assert "/1" in take_paths(publisher)
    assert holds(project) == {}


def test_hold_without_retry_after_is_five_minutes_and_doubles(project: Project, publisher: Publisher) -> None:
    [url] = serve_feeds(publisher, 1)
    refuse(publisher, "/0", status=503)
    configure(project, url)
    lengths = []
    with sqlite3.connect(":memory:") as clock:
        for _ in range(3):
            project.run("--force")
            assert project.run("--force")["sources"]["skipped"] == 1
            [(now,)] = clock.execute("SELECT unixepoch()")
            lengths += [round((until - now) / 60) for until in holds(project).values()]
            expire_holds(project)
    assert lengths == [5, 10, 20]
    assert take_paths(publisher) == ["/0"] * 3


@pytest.mark.parametrize(
    ("stated", "days"), [("99999999", 30), ("Fri, 31 Dec 2999 23:59:59 GMT", 30), ("-5", 0), ("soon", 0)]
)
def test_absurd_retry_after_is_bounded(project: Project, publisher: Publisher, stated: str, days: int) -> None:
    [url] = serve_feeds(publisher, 1)
    refuse(publisher, "/0", Retry_After=stated)
    configure(project, url)
    project.run()
    with sqlite3.connect(":memory:") as clock:
        [(now,)] = clock.execute("SELECT unixepoch()")
    [until] = holds(project).values()
    assert now < until <= now + 30 * 86400 + 1
    assert round((until - now) / 86400) == days


@pytest.mark.both_databases
def test_second_held_url_holds_back_its_host_and_no_other(project: Project, publisher: Publisher) -> None:
    urls = serve_feeds(publisher, 6)
    refuse(publisher, "/0", Retry_After="600")
    refuse(publisher, "/1", status=503, Retry_After="900")
    other = urls[5].replace("127.0.0.1", "localhost")
    configure(project, *urls[:5], other, http="per_host = 1\n")
    report = project.run()
    assert Counter(take_paths(publisher)) == Counter(["/0", "/1", "/5"])
    assert report["sources"] == {"total": 6, "fetched": 1, "unchanged": 0, "skipped": 3, "failed": 2}
    host = f"host 127.0.0.1:{publisher.server_address[1]}"
    assert holds(project).keys() == {host, f"address {urls[0]}", f"address {urls[1]}"}
    project.run("--force")
    assert take_paths(publisher) == ["/5"]
    named = project.aggregate("run", "--source", "2")
    assert take_paths(publisher) == []
    assert f"2: {urls[2]}: no request for another" in named.err
    rows = {row["name"]: row for row in project.aggregate("sources", "--json").json}
    assert (rows["2"]["failures"], rows["2"]["error"], rows["2"]["next_due"]) == (0, None, None)
    serve_feeds(publisher, 2)
    expire_holds(project)
    project.run()
    assert Counter(take_paths(publisher)) == Counter(f"/{number}" for number in range(6))


@pytest.mark.parametrize("level", ["host", "domain"])
def test_scope_of_a_hold_is_configurable(project: Project, publisher: Publisher, level: str) -> None:
    urls = serve_feeds(publisher, 3)
    refuse(publisher, "/0")
    configure(project, *urls, http=f'per_host = 1\nhold = "{level}"\n')
    assert project.run()["sources"]["skipped"] == 2
    assert take_paths(publisher) == ["/0"]
    project.run("--force")
    assert take_paths(publisher) == []


@pytest.mark.both_databases
def test_hold_applies_to_the_target_of_a_redirect(project: Project, publisher: Publisher) -> None:
    urls = serve_feeds(publisher, 3)
    for path in ("/0", "/1"):
        refuse(publisher, path, status=302, Location="/busy")
    refuse(publisher, "/busy", Retry_After="600")
    configure(project, *urls, http="per_host = 1\n")
    report = project.run()
    assert Counter(take_paths(publisher)) == Counter(["/0", "/1", "/busy", "/2"])
    assert (report["sources"]["failed"], report["sources"]["skipped"]) == (1, 1)
    assert holds(project).keys() == {f"address {publisher.url('/busy')}"}


def test_identical_requests_are_coalesced(project: Project, publisher: Publisher) -> None:
    publisher.serve("/feed", rss([item(1)]), headers={"ETag": '"1"'})
    for path in ("/a", "/b"):
        refuse(publisher, path, status=301, Location="/feed")
    alone = publisher.url("/feed") + "#top"
    configure(project, publisher.url("/a"), publisher.url("/b"), publisher.url("/feed"), alone)
    report = project.run()
    assert Counter(take_paths(publisher)) == Counter({"/a": 1, "/b": 1, "/feed": 3})
    assert report["sources"]["fetched"] == 4
    report = project.run("--force")
    [request] = publisher.requests
    assert (request.path, request.headers["If-None-Match"]) == ("/feed", '"1"')
    assert report["sources"]["unchanged"] == 4
    take_paths(publisher)
    publisher.serve("/feed", rss([item(1), item(2)]), headers={"ETag": '"2"'})
    report = project.run("--force")
    assert (take_paths(publisher), report["sources"]["fetched"], report["articles"]["new"]) == (["/feed"], 4, 4)
    publisher.serve("/feed", b"", status=500)
    report = project.run("--force")
    assert (take_paths(publisher), report["sources"]["failed"]) == (["/feed"], 4)


LATE = """
import asyncio
from aggregator import hookimpl

async def late(http, *, url: str, delay: float):
    await asyncio.sleep(delay)
    await http.get(url)
    return []

@hookimpl
def register_sources(register):
    register(late)
"""


def test_response_is_kept_until_the_last_source_of_its_url(project: Project, publisher: Publisher) -> None:
    project.write("added/late.py", LATE)
    publisher.serve("/list", b"[]")
    tables = (
        f'[[sources]]\nplugin = "late"\nurl = "{publisher.url("/list")}#{n}"\nname = "{n}"\ndelay = {n / 4}\n'
        for n in range(4)
    )
    project.configure(f'store = "news.db"\nplugins = ["added"]\n{"".join(tables)}{HTTP}')
    assert project.run()["sources"]["fetched"] == 4
    assert take_paths(publisher) == ["/list"]


def test_requests_with_different_validators_are_sent_unconditionally(project: Project, publisher: Publisher) -> None:
    publisher.serve("/feed", rss([item(1)]), headers={"ETag": '"1"'})
    configure(project, publisher.url("/feed"))
    project.run()
    configure(project, publisher.url("/feed"), publisher.url("/feed#again"))
    publisher.requests.clear()
    report = project.run("--force")
    [request] = publisher.requests
    assert request.headers["If-None-Match"] is None
    assert (report["sources"]["fetched"], report["articles"]["new"]) == (2, 1)
    assert project.run("--force")["sources"]["unchanged"] == 2


def test_gone_applies_after_permanent_redirects_only(project: Project, publisher: Publisher) -> None:
    refuse(publisher, "/moved", status=308, Location="/gone")
    refuse(publisher, "/leads", status=307, Location="/gone2")
    for path in ("/gone", "/gone2"):
        refuse(publisher, path, status=410)
    configure(project, publisher.url("/moved"), publisher.url("/leads"))
    errors = {error["source"]: error["error"] for error in project.run()["errors"]}
    assert "is not requested again" in errors["0"]
    assert "again" not in errors["1"]
    take_paths(publisher)
    project.run("--force")
    assert take_paths(publisher) == ["/leads", "/gone2"]
    assert [row["state"] for row in project.aggregate("sources", "--json").json] == ["gone", "failing"]


def test_missing_network_is_reported_once_and_fails_no_source(project: Project, publisher: Publisher) -> None:
    [own] = serve_feeds(publisher, 1)
    lost = [f"https://{name}.invalid/feed" for name in ("one", "two", "three", "three")]
    lost[3] += "2"
    configure(project, own, *lost)
    result = project.aggregate("run", "--json")
    assert (result.status, result.json["sources"]["failed"], result.json["articles"]["new"]) == (0, 4, 1)
    [error] = result.json["errors"]
    assert (error["source"], "no network" in error["error"]) == ("network", True)
    assert len(result.err.splitlines()) == 1
    rows = project.aggregate("sources", "--json").json[1:]
    assert {(row["state"], row["failures"], row["error"], row["next_due"]) for row in rows} == {("ok", 0, None, None)}
    configure(project, *lost)
    assert project.aggregate("run").status == 1


def test_one_unknown_host_is_a_failing_source(project: Project, publisher: Publisher) -> None:
    [own] = serve_feeds(publisher, 1)
    configure(project, own, "https://one.invalid/feed", "https://one.invalid/other")
    report = project.run()
    assert ["DNS" in error["error"] for error in report["errors"]] == [True, True]
    assert project.aggregate("sources", "--json").json[1]["state"] == "failing"


class Stalls:
    """Leaves requests unanswered. `most`: the highest number of requests that waited at once."""

    def __init__(self, publisher: Publisher, *paths: str) -> None:
        self.done = threading.Event()
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        for path in paths:
            publisher.handle(path, self._stall)

    def _stall(self, exchange: Exchange) -> None:
        exchange.close_connection = True
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self.done.wait(30)
        with self._lock:
            self._now -= 1


def test_stalled_requests_delay_no_other_and_are_reported(project: Project, publisher: Publisher) -> None:
    urls = serve_feeds(publisher, 12)
    stalls = Stalls(publisher, "/0", "/3", "/6", "/9")
    configure(project, *urls, http='per_host = 1\ntimeout = "1s"\n')
    report = project.run()
    stalls.done.set()
    assert report["sources"]["fetched"] == 8
    assert [error["source"] for error in report["errors"]] == ["0", "3", "6", "9"]
    assert all("no response within" in error["error"] for error in report["errors"])
    assert stalls.most == 4  # they waited at the same time


def test_unresponsive_host_receives_no_more_requests(project: Project, publisher: Publisher) -> None:
    urls = serve_feeds(publisher, 40)
    stalls = Stalls(publisher, *(f"/{number}" for number in range(40)))
    configure(project, *urls, http='per_host = 2\ntimeout = "0.4s"\n')
    report = project.run()
    stalls.done.set()
    assert report["sources"]["failed"] == 40
    assert len(publisher.requests) <= 20
    assert sum("has stopped responding" in error["error"] for error in report["errors"]) >= 20


def test_interrupted_body_keeps_its_complete_items_and_is_reported(project: Project, publisher: Publisher) -> None:
    body = rss([item(1), item(2)])
    done = threading.Event()

    def stops(exchange: Exchange) -> None:
        exchange.close_connection = True
        exchange.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 99999\r\nETag: "1"\r\n\r\n' + body[:-60])
        done.wait(30)

    publisher.handle("/0", stops)
    configure(project, publisher.url("/0"), http='timeout = "0.4s"\n')
    report = project.run()
    done.set()
    assert report["articles"]["new"] == 1
    assert "stalled for" in report["errors"][0]["error"]
    publisher.serve("/0", body)
    assert project.run("--force")["articles"]["new"] == 1
    assert publisher.requests[-1].headers["If-None-Match"] is None


PAGES = '''
"""Sources that request web pages."""
from aggregator import Item, FetchError, hookimpl

async def pages(http, *, url: str, paths: list[str]):
    for path in paths:
        try:
            page = await http.get(path, page=True)
            yield Item(id=path, title=page.text)
        except FetchError as error:
            yield Item(id=path, title=f"{error.kind}: {error}")

def plain(http, *, url: str):
    return [Item(id="p", title=http.get(url, page=True).text)]

@hookimpl
def register_sources(register):
    register(pages)
    register(plain)
'''


def titles(project: Project) -> list[str]:
    with sqlite3.connect(project.folder / "news.db") as database:
        return [title for (title,) in database.execute("SELECT title FROM articles ORDER BY id")]


def configure_pages(project: Project, publisher: Publisher, *paths: str) -> None:
    project.write("mine/pages.py", PAGES)
    for path in paths:
        publisher.serve(path, f"page {path}".encode(), content_type="text/plain")
    table = f'[[sources]]\nplugin = "pages"\nurl = "{publisher.url("/")}"\npaths = {list(paths)}\n'
    project.configure(f'store = "news.db"\nplugins = ["mine"]\n{table}{HTTP}')


def test_robots_txt_is_obeyed_for_pages_and_fetched_once(project: Project, publisher: Publisher) -> None:
    rules = b"User-agent: *\nDisallow: /\n\nUser-agent: Aggregate\nDisallow: /private\nAllow: /private/open\n"
    publisher.serve("/robots.txt", rules, content_type="text/plain")
    configure_pages(project, publisher, "/a", "/private/b", "/private/open/c", "/leads")
    refuse(publisher, "/leads", status=302, Location="/private/b")
    publisher.serve("/feed", rss([item(1)]))
    project.configure(
        project.read("config.toml").replace("[http]", f'[[sources]]\nurl = "{publisher.url("/feed")}"\n[http]')
    )
    project.run()
    assert Counter(take_paths(publisher)) == Counter(["/robots.txt", "/a", "/private/open/c", "/leads", "/feed"])
    found = titles(project)
    assert {"page /a", "page /private/open/c"} < set(found)
    assert sum(title.startswith("robots: ") for title in found) == 2


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (500, False), (503, False), (429, False)])
def test_unavailable_robots_txt(project: Project, publisher: Publisher, status: int, allowed: bool) -> None:
    refuse(publisher, "/robots.txt", status=status)
    configure_pages(project, publisher, "/a", "/b")
    project.run()
    assert take_paths(publisher) == ["/robots.txt", *(["/a", "/b"] if allowed else [])]


def test_limits_of_size_and_redirects_of_robots_txt(project: Project, publisher: Publisher) -> None:
    rules = b"User-agent: *\nDisallow: /a\n" + b"# padding\n" * 52_000 + b"Disallow: /b\n"
    for number in range(5):
        path = "/robots.txt" if number == 0 else f"/robots{number}"
        refuse(publisher, path, status=302, Location=f"/robots{number + 1}")
    publisher.serve("/robots5", rules)
    configure_pages(project, publisher, "/a", "/b")
    project.run()
    assert take_paths(publisher)[6:] == ["/b"]
    refuse(publisher, "/robots5", status=302, Location="/robots6")
    publisher.serve("/robots6", rules)
    project.run("--force")
    assert take_paths(publisher)[6:] == ["/a", "/b"]


def test_robots_txt_is_obeyed_for_plain_functions(project: Project, publisher: Publisher) -> None:
    publisher.serve("/robots.txt", b"User-agent: *\nDisallow: /\n")
    project.write("mine/pages.py", PAGES)
    table = f'[[sources]]\nplugin = "plain"\nurl = "{publisher.url("/a")}"\n'
    project.configure(f'store = "news.db"\nplugins = ["mine"]\n{table}{HTTP}')
    assert "robots.txt" in project.run()["errors"][0]["error"]
    assert take_paths(publisher) == ["/robots.txt"]


def test_last_request_to_a_host_closes_its_connection(project: Project, publisher: Publisher) -> None:
    """Otherwise a thousand hosts keep a thousand connections open."""
    urls = serve_feeds(publisher, 3)
    configure(project, *urls, urls[0].replace("127.0.0.1", "localhost"), http="per_host = 1\n")
    project.run()
    kept: dict[str, list[str | None]] = {}
    for request in publisher.requests:
        kept.setdefault(request.headers["Host"].partition(":")[0], []).append(request.headers["Connection"])
    assert kept == {"127.0.0.1": [None, None, "close"], "localhost": ["close"]}


def test_hold_survives_a_killed_run(project: Project, publisher: Publisher) -> None:
    urls = serve_feeds(publisher, 2)
    refuse(publisher, "/0", Retry_After="600")
    stalls = Stalls(publisher, "/1")
    configure(project, *urls)
    run = start_python("-m", "aggregator", "run", folder=project.folder)
    while not (project.folder / "news.db").exists() or not holds(project):
        assert run.poll() is None
        time.sleep(0.02)
    run.kill()
    run.wait()
    stalls.done.set()
    serve_feeds(publisher, 2)
    take_paths(publisher)
    project.run("--force")
    assert take_paths(publisher) == ["/1"]


def test_unreachable_proxy_is_reported_once(project: Project) -> None:
    urls = [f"http://{name}.example/feed" for name in ("one", "two", "three")]
    configure(project, *urls, http='proxy = "http://127.0.0.1:1"\n')
    result = project.aggregate("run", "--json")
    [error] = result.json["errors"]
    assert (result.status, error["source"], "the proxy cannot be reached" in error["error"]) == (1, "network", True)


def test_user_agent_states_the_contact(project: Project, publisher: Publisher) -> None:
    from aggregator import __version__

    configure(project, *serve_feeds(publisher, 1), http='contact = "mailto:editor@daily.example"\n')
    project.run()
    assert publisher.requests[0].headers["User-Agent"] == f"aggregate/{__version__} (+mailto:editor@daily.example)"


def test_redirect_from_https_to_http_is_not_permanent() -> None:
    from aggregator.http.source_http import _is_downgrade

    assert _is_downgrade("HTTPS://a.example/", "http://a.example/")
    assert not _is_downgrade("http://a.example/", "https://a.example/")


def test_sources_that_share_urls_leave_capacity_for_others(
    project: Project, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.http.memory_budget.MAX_UNPROCESSED", 1)
    urls = serve_feeds(publisher, 3)
    configure(project, *urls, *(f"{url}#again" for url in urls))
    report = project.run()
    assert report["sources"]["fetched"] == 6, report
    assert sorted(take_paths(publisher)) == ["/0", "/1", "/2"]
