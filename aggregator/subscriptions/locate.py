"""Find what to subscribe to at an address: the feed there, the first working feed of its page, or the page itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from aggregator import __version__
from aggregator.config.settings import FilterSettings, SourceSettings
from aggregator.errors import AggregateError, ConfigError, FailureKind, FetchError, PluginError, SourceError
from aggregator.feeds.site_feeds import feed_address
from aggregator.http.client import Client
from aggregator.http.origins import display_url
from aggregator.http.response_cache import CachingTransport
from aggregator.http.settings import HttpSettings
from aggregator.http.source_http import SourceHttp
from aggregator.plugin.registry import Registry
from aggregator.subscriptions.discover import FoundFeed, find_feeds, with_http
from aggregator.subscriptions.preview import Preview, preview_with

PAGE = "page"
"""The source plugin that reads a site without a feed."""
MIN_ARTICLES = 3
"""The number of articles that a page must list to be usable as a source."""
MAX_TRIED = 10
"""The number of feeds of a page that are tried."""


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """What was found at an address.

    `url`: of the feed or page; `preview`: what it yields, with an error if nothing usable was found; `others`: further
    feeds of the page; `as_page`: whether it is read as a page; `failures`: feeds of the page that do not work, a line
    each.
    """

    url: str
    preview: Preview
    others: tuple[FoundFeed, ...] = ()
    as_page: bool = False
    failures: tuple[str, ...] = ()


def locate(
    settings: SourceSettings, registry: Registry, http: HttpSettings, filters: Sequence[FilterSettings] = ()
) -> Located:
    """Find the feed or page at the web address of a source. Each address is requested once.

    `filters`: applied to the articles of what was found. Raises ConfigError or PluginError for unusable settings.
    """
    return asyncio.run(_locate(settings, registry, http, filters))


async def _locate(
    settings: SourceSettings, registry: Registry, http: HttpSettings, filters: Sequence[FilterSettings]
) -> Located:
    async with Client(http, __version__, transport=CachingTransport) as client:
        found = await _Search(settings, registry, client).run()
        if not filters or not found.preview.articles:
            return found
        plugin = PAGE if found.as_page else settings.plugin
        shown = msgspec.structs.replace(settings, url=found.url, plugin=plugin)
        return msgspec.structs.replace(found, preview=await preview_with(client, shown, registry, filters))


class _Search:
    """One search, with the feeds that were tried so far: `failures` by address, in order."""

    def __init__(self, settings: SourceSettings, registry: Registry, client: Client) -> None:
        self._settings = settings
        self._registry = registry
        self._client = client
        self._failures: dict[str, AggregateError] = {}
        self._empty: Located | None = None

    async def run(self) -> Located:
        """Try the address itself, the feeds of its page, and the page as a list of articles."""
        url = self._settings.url or ""
        feed = feed_address(url) or url
        preview = await self._preview(feed)
        if plain_url := with_http(url, preview.error):
            url = feed = plain_url
            preview = await self._preview(url)
        if preview.articles or not self._may_have_page(preview.error, is_derived=feed != url):
            return Located(url=feed, preview=preview)
        self._failures[feed] = preview.error or SourceError("has no entries")
        page_error: FetchError | None = None
        try:
            found = await self._find_feed(url) or await self._as_page(url) or self._empty
        except FetchError as error:
            found, page_error = self._empty, error
        if found:
            return msgspec.structs.replace(found, failures=tuple(self._dead_feeds(url)))
        failure = self._nothing_found(url, page_error)
        return Located(url=url, preview=msgspec.structs.replace(preview, error=failure))

    @staticmethod
    def _may_have_page(error: AggregateError | None, *, is_derived: bool) -> bool:
        """Whether a page may be at the address though there is no feed.

        `is_derived`: a rule made the address of the feed from that of the page, and may be outdated.
        """
        return is_derived and error.kind == FailureKind.STATUS if isinstance(error, FetchError) else error is not None

    async def _preview(self, url: str) -> Preview:
        return await preview_with(self._client, msgspec.structs.replace(self._settings, url=url), self._registry)

    async def _find_feed(self, url: str) -> Located | None:
        """Return the first feed of a page that has articles. Raises FetchError if the page cannot be fetched."""
        while len(self._failures) <= MAX_TRIED:
            http = SourceHttp(self._client, url)
            try:
                feeds = await find_feeds(http, url, self._failures)
            finally:
                http.close()
            if not feeds:
                break
            for feed in feeds[: MAX_TRIED + 1 - len(self._failures)]:
                if found := await self._try_feed(feed, feeds):
                    return found
        return None

    async def _try_feed(self, feed: FoundFeed, feeds: Sequence[FoundFeed]) -> Located | None:
        preview = await self._preview(feed.url)
        others = tuple(other for other in feeds if other != feed and other.url not in self._failures)
        if preview.articles:
            return Located(url=feed.url, preview=preview, others=others)
        self._failures[feed.url] = preview.error or SourceError("has no entries")
        if not preview.error:
            self._empty = self._empty or Located(url=feed.url, preview=preview, others=others)
        return None

    async def _as_page(self, url: str) -> Located | None:
        """Return the page as a source; None if the `page` plugin is not available, or finds too few articles.

        Raises FetchError if the page cannot be fetched, for example because robots.txt disallows it.
        """
        settings = msgspec.structs.replace(self._settings, plugin=PAGE, url=url)
        try:
            preview = await preview_with(self._client, settings, self._registry)
        except (ConfigError, PluginError):
            return None
        if isinstance(preview.error, FetchError):
            raise preview.error
        if len(preview.articles) < MIN_ARTICLES:
            return None
        return Located(url=url, preview=preview, as_page=True)

    def _dead_feeds(self, url: str) -> list[str]:
        """Return a line for each feed of the page that was tried in vain."""
        empty = self._empty.url if self._empty else None
        return [_fact(feed, error) for feed, error in self._failures.items() if feed not in (url, empty)]

    def _nothing_found(self, url: str, page_error: FetchError | None) -> AggregateError:
        """Return the error that names each dead feed. `page_error`: why the page itself cannot be fetched."""
        if dead := self._dead_feeds(url):
            page = _fact(url, page_error) if page_error else "no list of articles was found on the page"
            return SourceError(f"{display_url(url)}: none of its feeds works: {'; '.join(dead)}; and {page}")
        if page_error:
            return page_error
        as_feed = _fact("", next(iter(self._failures.values())))
        return SourceError(
            f"{display_url(url)}: is not a feed, links to none, and no list of articles was found on the page "
            f"({as_feed}); add the address of a feed, or configure where the articles are: "
            f"`aggregate plugins show {PAGE}`"
        )


def _fact(url: str, error: AggregateError) -> str:
    """Return why a feed does not work in one clause, with its address in front, and without advice."""
    address = display_url(url)
    fact = str(error).removeprefix(f"{address}: ").partition("; ")[0]
    return f"{address}: {fact}" if address else fact
