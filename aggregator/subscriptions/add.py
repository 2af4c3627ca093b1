"""Find the feed or page at an address, and describe it as a `[[sources]]` table."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec

from aggregator import __version__
from aggregator.config.load import read_source
from aggregator.config.settings import Config
from aggregator.config.unique_names import UniqueNames
from aggregator.config.values import relative_path
from aggregator.errors import AggregateError, ConfigError, SourceError
from aggregator.feeds.site_feeds import feed_address
from aggregator.http.client import Client
from aggregator.http.settings import HttpSettings
from aggregator.http.source_http import SourceHttp
from aggregator.model import Article
from aggregator.plugin.registry import Registry
from aggregator.subscriptions.discover import FoundFeed, find_feeds
from aggregator.subscriptions.import_ import Table, find_by_url, read_table
from aggregator.subscriptions.preview import PAGE, Preview, absolute_url, preview, preview_page


class Addition(msgspec.Struct, frozen=True):
    """A source to add. `table`: its `[[sources]]` table; `articles`: those that it yields now; `others`: further feeds
    of the site; `as_page`: whether it is read as a page, since there is no feed."""

    table: Table
    url: str
    articles: tuple[Article, ...]
    others: tuple[FoundFeed, ...]
    as_page: bool = False


def find_addition(address: str, chosen: Table, config: Config, registry: Registry) -> Addition:
    """Find the feed or page at an address. `chosen`: keys of the `[[sources]]` table that the user chose.

    Raises ConfigError for invalid values, AggregateError for a source that is already configured, SourceError or
    FetchError if nothing usable is found.
    """
    url, others, as_page = absolute_url(address), list[FoundFeed](), False
    _validate({"url": url} | chosen, config, registry)
    if "plugin" not in chosen and not url.startswith("file:"):
        feeds = asyncio.run(_find_feeds(feed_address(url) or url, config.http))
        as_page = not feeds
        url, others = (feeds[0].url, feeds[1:]) if feeds else (url, [])
    if configured := find_by_url(url, config):
        raise AggregateError(f'{url}: is already configured, as "{configured.name or configured.key}"')
    chosen = {"plugin": PAGE} | chosen if as_page else chosen
    table = {"url": _url_value(url, config.path)} | chosen
    previewed = _preview_page(url, table, config, registry) if as_page else _preview(table, config, registry)
    names = UniqueNames(source.name for source in config.sources if source.name)
    table = {"url": table["url"], "name": names.reserve(previewed.name, url)} | chosen
    return Addition(table, url, previewed.articles, tuple(others), as_page)


def _preview(table: Table, config: Config, registry: Registry) -> Preview:
    previewed = preview(read_source(config.path, table)[0], registry, config.http)
    if previewed.error and not previewed.articles:
        raise previewed.error
    return previewed


def _preview_page(url: str, table: Table, config: Config, registry: Registry) -> Preview:
    """Preview a page without a feed. Raises SourceError if it lists too few articles."""
    previewed = preview_page(read_source(config.path, table)[0], registry, config.http)
    if previewed is None:
        raise SourceError(
            f"{url}: is not a feed, links to none, and no list of articles was found on the page; add the address of a "
            f"feed, or configure where the articles are: `aggregate plugins show {PAGE}`"
        )
    return previewed


def _validate(table: Table, config: Config, registry: Registry) -> None:
    """Raise ConfigError for invalid values, before any request."""
    source, problems = read_table(table, config, registry)
    name = (source.name or "").casefold()
    same_name = [other.label for other in config.sources if other.name and other.name.casefold() == name]
    problems += [f"--name {source.name}: is already the name of {label}" for label in same_name]
    if problems:
        raise ConfigError(problems)


async def _find_feeds(url: str, settings: HttpSettings) -> list[FoundFeed]:
    async with Client(settings, __version__) as client:
        return await find_feeds(SourceHttp(client, url), url)


def _url_value(url: str, config: Path) -> str:
    """Return the `url` to write: of a file its path, relative if it is below the folder of the configuration."""
    if not url.startswith("file:"):
        return url
    folder = Path(os.path.normpath(config.absolute().parent))
    path = url2pathname(urlsplit(url).path)
    return os.path.relpath(path, folder) if relative_path(url, folder) else path
