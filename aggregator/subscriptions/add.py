"""Find what an address has to offer, and how that is written down as a source."""

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
from aggregator.subscriptions.discover import Found, find_feeds
from aggregator.subscriptions.import_ import Table, checked, known_as
from aggregator.subscriptions.preview import PAGE, Preview, preview, preview_page


class Addition(msgspec.Struct, frozen=True):
    """A source that can be added. `table`: its `[[sources]]`; `articles`: what it gave; `others`: more feeds found;
    `as_page`: there is no feed, and it is read as a page."""

    table: Table
    url: str
    articles: tuple[Article, ...]
    others: tuple[Found, ...]
    as_page: bool = False


def find_addition(address: str, wishes: Table, config: Config, registry: Registry) -> Addition:
    """Ask the address for what it is. `wishes`: keys of the `[[sources]]` table that are decided already.

    Raises ConfigError for wrong wishes, AggregateError for a source that is there already, SourceError or FetchError
    where nothing usable is found.
    """
    url, others, as_page = _absolute(address), list[Found](), False
    _check({"url": url} | wishes, config, registry)
    if "plugin" not in wishes and not url.startswith("file:"):
        found = asyncio.run(_feeds(feed_address(url) or url, config.http))
        as_page = not found
        url, others = (found[0].url, found[1:]) if found else (url, [])
    known = known_as(url, config)
    if known:
        raise AggregateError(f'{url}: is there already, as "{known.name or known.key}"')
    wishes = {"plugin": PAGE} | wishes if as_page else wishes
    table = {"url": _written(url, config.path)} | wishes
    seen = _preview_page(url, table, config, registry) if as_page else _preview(table, config, registry)
    names = UniqueNames(source.name for source in config.sources if source.name)
    table = {"url": table["url"], "name": names.reserve(seen.name, url)} | wishes
    return Addition(table, url, seen.articles, tuple(others), as_page)


def _preview(table: Table, config: Config, registry: Registry) -> Preview:
    seen = preview(read_source(config.path, table)[0], registry, config.http)
    if seen.error and not seen.articles:
        raise seen.error
    return seen


def _preview_page(url: str, table: Table, config: Config, registry: Registry) -> Preview:
    """What a page without a feed lists. Raises SourceError for next to nothing."""
    seen = preview_page(read_source(config.path, table)[0], registry, config.http)
    if seen is None:
        raise SourceError(
            f"{url}: no feed there, nor named there, and no list of articles on the page; look for a feed on the site "
            f"and add its own address, or say where the articles are: `aggregate plugins show {PAGE}`"
        )
    return seen


def _absolute(address: str) -> str:
    path = Path(address).expanduser()
    if "://" in address:
        return address
    return path.resolve().as_uri() if path.exists() else f"https://{address}"


def _check(table: Table, config: Config, registry: Registry) -> None:
    """Raises ConfigError for what is wrong with the wishes, before anything is fetched."""
    source, problems = checked(table, config, registry)
    name = (source.name or "").casefold()
    taken = [one.label for one in config.sources if one.name and one.name.casefold() == name]
    problems += [f"--name {source.name}: is already the name of {label}" for label in taken]
    if problems:
        raise ConfigError(problems)


async def _feeds(url: str, settings: HttpSettings) -> list[Found]:
    """The feeds at or behind an address, the best first."""
    async with Client(settings, __version__) as client:
        return await find_feeds(SourceHttp(client, url), url)


def _written(url: str, config: Path) -> str:
    """As it stands in the configuration: a file as a path, relative where it lies below the configuration's folder."""
    if not url.startswith("file:"):
        return url
    folder = Path(os.path.normpath(config.absolute().parent))
    path = url2pathname(urlsplit(url).path)
    return os.path.relpath(path, folder) if relative_path(url, folder) else path
