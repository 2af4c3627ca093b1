"""A session that collects from several lists of sources, at once and one after another, with a real server."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from publisher import Exchange, Publisher, serving
from sample_feeds import item, rss, words

from aggregator.config.settings import Config, FilterSettings, SourceSettings
from aggregator.errors import AggregateError, FetchError
from aggregator.http import limiter
from aggregator.http.origins import host_port
from aggregator.http.permits import HostPermits
from aggregator.http.protocols import Http
from aggregator.http.retry_after import RetryAfterRule, RetryAfterRules
from aggregator.http.settings import HttpSettings
from aggregator.ingest import session as ingest_session
from aggregator.ingest.converted import unpack
from aggregator.ingest.identify import identify
from aggregator.ingest.normalise import Batch
from aggregator.ingest.session import IngestSession, open_session
from aggregator.model import Item
from aggregator.pipeline import run_once
from aggregator.plugin.loader import load_plugins
from aggregator.plugin.plugin import Plugin
from aggregator.run import RunOptions
from aggregator.scheduling.state import Source

pytestmark = pytest.mark.e2e

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LIST_SIZE = 120
"""More sources than have room in the memory budget of a client."""


async def listing(http: Http, *, url: str, other: str) -> AsyncIterator[Item]:
    """A source that does without what it cannot request."""
    yield Item(id="1", title=(await http.get(url)).text)
    try:
        yield Item(id="2", title=(await http.get(other)).text)
    except FetchError:
        yield Item(id="2", title="Nothing")


REGISTRY = load_plugins(())
REGISTRY.sources["listing"] = Plugin("source", "listing", listing, "tests", __file__)


class SharedPermits:
    """Permits that several sessions share: `limit` requests at once to a host; none to `refused` hosts.

    `urls`: of all permitted requests; `in_use`: of those that are in progress.
    """

    def __init__(self, limit: int = 9, refused: Sequence[str] = ()) -> None:
        self.urls: list[str] = []
        self.in_use: Counter[str] = Counter()
        self.refused = set(refused)
        self._semaphores = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(limit))

    @asynccontextmanager
    async def permit(self, url: str) -> AsyncIterator[None]:
        if host_port(url) in self.refused:
            raise AggregateError("another worker sends requests to this host")
        async with self._semaphores[host_port(url)]:
            self.urls.append(url)
            self.in_use[url] += 1
            try:
                yield
            finally:
                self.in_use[url] -= 1


def text_of_page(number: int) -> str:
    return words(1000 + number, 60)


def page(number: int) -> bytes:
    paragraphs = "".join(f"<p>{words(other, 60)}</p>" for other in range(40))
    text = f"{paragraphs}<p>{text_of_page(number)}</p>"
    return f"<html><body><article><h1>{words(number, 6)}</h1>{text}</article></body></html>".encode()


class Load:
    """The feeds of a publisher that counts simultaneous requests. `most`: how many there were."""

    def __init__(self, publisher: Publisher, feeds: int) -> None:
        self.urls = [publisher.url(f"/{number}") for number in range(feeds)]
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        for number in range(feeds):
            publisher.handle(f"/{number}", self._answer)

    def _answer(self, exchange: Exchange) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        threading.Event().wait(0.03)
        with self._lock:
            self._now -= 1
        exchange.answer(200, rss([item(int(exchange.path.strip("/")))]), {"Content-Type": "application/xml"})


@pytest.fixture
def publishers() -> Iterator[list[Publisher]]:
    with ExitStack() as stack:
        yield [stack.enter_context(serving()) for _ in range(3)]


def in_session(
    work: Callable[[IngestSession], Awaitable[Any]],
    permits: HostPermits | None = None,
    *,
    filters: Sequence[FilterSettings] = (),
    **http: Any,
) -> Any:
    async def run() -> Any:
        async with session(permits, filters=filters, **http) as opened:
            return await work(opened)

    return asyncio.run(run())


def session(
    permits: HostPermits | None = None, *, filters: Sequence[FilterSettings] = (), **http: Any
) -> AbstractAsyncContextManager[IngestSession]:
    settings = HttpSettings(allow_private=("127.0.0.0/8",), **http)
    config = Config(path=Path("config.toml"), store=Path("news.db"), http=settings, filters=tuple(filters))
    return open_session(config, REGISTRY, (), lambda source, error: pytest.fail(f"{source}: {error}"), permits)


def sources(*urls: str, plugin: str = "feed", **options: Any) -> list[Source]:
    return [
        Source.new(SourceSettings(url=url, plugin=plugin, name=str(n), options=options)) for n, url in enumerate(urls)
    ]


async def collect(session: IngestSession, of: Sequence[Source]) -> list[Batch]:
    """Return the result of each source, in the order of the list."""
    batches = {}
    async with session.collecting(of, NOW) as collection:
        async for collected in collection.answers:
            if collected:
                batch = await session.normalise(collected)
                batches[batch.source.name] = batch
                collected.release()
    return [batches[source.name] for source in of]


def titles(batches: Sequence[Batch]) -> list[list[str]]:
    return [[one.article.title for one in unpack(batch.converted.articles)[0]] for batch in batches]


def errors(batches: Sequence[Batch]) -> list[str]:
    return [str(batch.error) for batch in batches if batch.error]


def test_the_limit_of_a_host_holds_for_all_lists_of_a_session(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for delay in ("DEFAULT_RELEASE_DELAY", "MIN_RELEASE_DELAY"):
        monkeypatch.setattr(limiter, delay, 60.0)  # on a busy machine, all responses are late
    load = Load(publisher, 12)

    async def work(session: IngestSession) -> list[list[Batch]]:
        return await asyncio.gather(*(collect(session, sources(*load.urls[n::3])) for n in range(3)))

    lists = in_session(work, per_host=2, timeout=timedelta(seconds=240))
    assert [errors(batches) for batches in lists] == [[]] * 3
    assert [titles(batches) for batches in lists] == [
        [[words(n, 6).capitalize()] for n in range(k, 12, 3)] for k in range(3)
    ]
    assert load.most <= 2
    assert len(publisher.requests) == 12


@pytest.mark.parametrize("limit", [1, 3])
def test_the_permits_of_two_sessions_limit_their_requests_together(publishers: list[Publisher], limit: int) -> None:
    loads = [Load(publisher, 8) for publisher in publishers]
    urls = [url for load in loads for url in load.urls]

    async def run() -> list[Batch]:
        permits = SharedPermits(limit)
        async with session(permits, per_host=2) as one, session(permits, per_host=2) as other:
            lists = await asyncio.gather(collect(one, sources(*urls[::2])), collect(other, sources(*urls[1::2])))
        assert sorted(permits.urls) == sorted(urls)
        return [*lists[0], *lists[1]]

    batches = asyncio.run(run())
    assert errors(batches) == []
    assert max(load.most for load in loads) <= limit
    assert [len(publisher.requests) for publisher in publishers] == [8] * 3


def test_every_request_that_is_sent_needs_a_permit(publishers: list[Publisher]) -> None:
    """Also those to the target of a redirect, for robots.txt, and for the full text of an article."""
    permits, without_permit = SharedPermits(), list[str]()
    feeds, elsewhere, pages = publishers

    def handle(publisher: Publisher, path: str, *answer: Any) -> None:
        def scenario(exchange: Exchange) -> None:
            if not permits.in_use[publisher.url(exchange.path)]:
                without_permit.append(exchange.path)
            exchange.answer(*answer)

        publisher.handle(path, scenario)

    handle(feeds, "/feed", 302, b"", {"Location": elsewhere.url("/moved")})
    handle(elsewhere, "/moved", 200, rss([item(1, site=pages.url(""))]), {"Content-Type": "application/xml"})
    handle(pages, "/robots.txt", 404)
    handle(pages, "/news/1", 200, page(1), {"Content-Type": "text/html"})

    async def work(session: IngestSession) -> str:
        async with session.collecting(sources(feeds.url("/feed")), NOW) as collection:
            [batch] = [await session.normalise(one) async for one in collection.answers if one]
            found = identify(unpack(batch.converted.articles)[0], [], None)
            [kept] = (await collection.filters.filter(found, "0", None)).kept
            return kept.fetched.article.content or ""

    assert text_of_page(1) in in_session(work, permits, filters=[FilterSettings(plugin="fulltext")])
    assert permits.urls == [feeds.url("/feed"), elsewhere.url("/moved"), pages.url("/robots.txt"), pages.url("/news/1")]
    assert (without_permit, permits.in_use.total()) == ([], 0)


class StoringPermits(SharedPermits):
    """Takes in rules when a permit is granted, and stores new ones before it is given up."""

    rules: RetryAfterRules

    def __init__(self, known: Sequence[RetryAfterRule] = ()) -> None:
        super().__init__()
        self.known = known
        self.stored: list[RetryAfterRule | None] = []

    @asynccontextmanager
    async def permit(self, url: str) -> AsyncIterator[None]:
        async with super().permit(url):
            self.rules.merge(self.known)
            yield
            self.stored += self.rules.take_changes().values()


def test_a_retry_after_is_among_the_rules_before_the_permit_is_given_up(publisher: Publisher) -> None:
    publisher.serve("/0", b"", status=429, headers={"Retry-After": "600"})
    permits = StoringPermits()

    async def work(session: IngestSession) -> list[Batch]:
        permits.rules = session.rules
        return await collect(session, sources(publisher.url("/0")))

    [batch] = in_session(work, permits)
    [rule] = permits.stored
    assert rule
    assert rule.scope == f"address {publisher.url('/0')}"
    assert not batch.was_skipped


def test_a_rule_that_arrives_with_the_permit_applies_to_the_request(publisher: Publisher) -> None:
    publisher.serve("/0", rss([item(0)]))
    until = int(datetime.now(UTC).timestamp()) + 600
    permits = StoringPermits([RetryAfterRule(f"host {host_port(publisher.url(''))}", until)])

    async def work(session: IngestSession) -> list[Batch]:
        permits.rules = session.rules
        return await collect(session, sources(publisher.url("/0")))

    [batch] = in_session(work, permits)
    assert batch.was_skipped
    assert publisher.requests == []


def test_a_source_without_a_permit_is_postponed_and_the_others_are_not(publishers: list[Publisher]) -> None:
    for publisher in publishers:
        publisher.serve("/0", rss([item(0)]))
        publisher.serve("/page", b"<p>Page", content_type="text/html")
    one, other, third = (publisher.url("/0") for publisher in publishers)
    publishers[2].serve("/0", b"", status=302, headers={"Location": other})
    permits = SharedPermits(refused=[host_port(other)])

    async def work(session: IngestSession) -> list[list[Batch]]:
        first = await collect(session, sources(one, other, third))
        permits.refused.clear()
        return [first, await collect(session, sources(one, other, third))]

    first, second = in_session(work, permits)
    assert [(batch.was_skipped, batch.was_postponed) for batch in first] == [(False, False), (True, True), (True, True)]
    assert errors(second) == []
    assert len({str(texts) for texts in titles(second)}) == 1


def test_a_source_that_hides_a_postponed_request_is_postponed(publishers: list[Publisher]) -> None:
    one, other, _ = publishers
    for publisher in publishers:
        publisher.serve("/0", b"Text", content_type="text/plain")
    permits = SharedPermits(refused=[host_port(other.url(""))])

    async def work(session: IngestSession) -> list[Batch]:
        return await collect(session, sources(one.url("/0"), plugin="listing", other=other.url("/0")))

    [batch] = in_session(work, permits)
    assert (batch.was_skipped, batch.was_postponed) == (False, True)
    assert titles([batch]) == [["Text", "Nothing"]]


def test_an_article_whose_full_text_is_postponed_is_left_out_for_now(publishers: list[Publisher]) -> None:
    feeds, other, pages = publishers
    feeds.serve("/feed", rss([item(1, site=pages.url("")), item(2, site=other.url(""))]))
    permits = SharedPermits(refused=[host_port(other.url(""))])
    for publisher in publishers:
        publisher.serve("/robots.txt", b"", content_type="text/plain")

    async def work(session: IngestSession) -> Any:
        lists = []
        for _ in range(2):
            async with session.collecting(sources(feeds.url("/feed")), NOW) as collection:
                [batch] = [await session.normalise(one) async for one in collection.answers if one]
                found = identify(unpack(batch.converted.articles)[0], [], None)
                lists.append(await collection.filters.filter(found, "0", None))
            permits.refused.clear()
        return lists

    first, second = in_session(work, permits, filters=[FilterSettings(plugin="fulltext")])
    assert ([one.fetched.guid[-1] for one in first.kept], len(first.dropped), first.postponed) == (["1"], 0, 1)
    assert ([one.fetched.guid[-1] for one in second.kept], second.postponed) == (["1", "2"], 0)


def test_a_later_list_gets_the_feed_as_it_is_then(publisher: Publisher) -> None:
    """What was requested once for several sources is not kept for those of a later list, nor for another list."""
    publisher.serve("/0", rss([item(1)]))
    url = publisher.url("/0")

    async def work(session: IngestSession) -> list[list[Batch]]:
        first = await collect(session, sources(url, url))
        publisher.serve("/0", rss([item(2), item(3)]))
        return [first, *await asyncio.gather(collect(session, sources(url, url)), collect(session, sources(url)))]

    first, second, third = in_session(work)
    assert titles(first) == [[words(1, 6).capitalize()]] * 2
    assert titles([*second, *third]) == [[words(number, 6).capitalize() for number in (2, 3)]] * 3
    assert len(publisher.requests) == 3


def test_a_host_that_has_stopped_responding_is_asked_again_for_a_later_list(publisher: Publisher) -> None:
    answering = threading.Event()

    def silent(exchange: Exchange) -> None:
        answering.wait(60)
        exchange.answer(200, rss([item(0)]))

    urls = [publisher.url(f"/{number}") for number in range(20)]
    for number in range(20):
        publisher.handle(f"/{number}", silent)

    async def work(session: IngestSession) -> list[list[Batch]]:
        first = await collect(session, sources(*urls))
        answering.set()
        return [first, await collect(session, sources(*urls))]

    first, second = in_session(work, per_host=2, timeout=timedelta(seconds=1))
    assert len(errors(first)) == 20
    assert any("stopped responding" in error for error in errors(first))
    assert errors(second) == []


def test_a_list_that_is_abandoned_leaves_room_for_the_next(publisher: Publisher) -> None:
    for number in range(LIST_SIZE):
        publisher.serve(f"/{number}", rss([item(number)]))
    urls = [publisher.url(f"/{number}") for number in range(LIST_SIZE)]

    async def abandon(session: IngestSession) -> None:
        async with session.collecting(sources(*urls), NOW) as collection:
            async for collected in collection.answers:
                if collected is None:  # a lull: the memory budget is used up
                    raise ZeroDivisionError

    async def work(session: IngestSession) -> list[Batch]:
        with pytest.raises(ZeroDivisionError):
            await abandon(session)
        return await collect(session, sources(*urls))

    assert errors(in_session(work, per_host=50)) == []


def test_what_was_postponed_is_stored_once_by_a_later_run(
    publishers: list[Publisher], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a source that was never collected before, whose feed has not changed in the meantime."""
    feeds, other, pages = publishers
    items = [item(1, site=pages.url("")), item(2, site=other.url(""))]
    feeds.serve("/feed", rss(items), headers={"ETag": '"1"'})
    for publisher in (other, pages):
        for number in (1, 2):
            publisher.serve(f"/news/{number}", page(number), content_type="text/html")
    permits = SharedPermits(refused=[host_port(other.url(""))])
    monkeypatch.setattr(ingest_session, "open_session", partial(open_session, permits=permits))
    config = Config(
        path=tmp_path / "config.toml",
        store=tmp_path / "news.db",
        http=HttpSettings(allow_private=("127.0.0.0/8",)),
        sources=(SourceSettings(url=feeds.url("/feed")),),
        filters=(FilterSettings(plugin="fulltext"),),
    )
    stored = []
    for _ in range(3):
        report = run_once(config, REGISTRY, RunOptions(force=True), lambda done, total: None)
        assert report.errors == []
        with sqlite3.connect(tmp_path / "news.db") as database:
            rows = database.execute("SELECT html FROM articles JOIN contents ON article = key ORDER BY guid").fetchall()
        stored.append([html for (html,) in rows])
        permits.refused.clear()
    texts = [text_of_page(1), text_of_page(2)]
    assert [[text in html for text, html in zip(texts, list_, strict=False)] for list_ in stored] == [
        [True],
        [True, True],
        [True, True],
    ]
    assert [request.headers["If-None-Match"] for request in feeds.requests] == [None, None, '"1"']
