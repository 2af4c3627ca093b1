"""Find what an address has to offer, and how that is written down as a source."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec

from aggregator import __version__
from aggregator.answers import Validators
from aggregator.config import read_source
from aggregator.config_values import below
from aggregator.discover import Found, find_feeds
from aggregator.errors import AggregateError, ConfigError, SourceError
from aggregator.fetch import Client
from aggregator.model import Article
from aggregator.names import Names
from aggregator.plugins import Registry
from aggregator.preview import preview
from aggregator.settings import Config, HttpSettings
from aggregator.site_feeds import feed_address
from aggregator.subscribe import Table, checked, known_as


class Addition(msgspec.Struct, frozen=True):
    """A source that can be added. `table`: its `[[sources]]`; `articles`: what it gave; `others`: more feeds found."""

    table: Table
    url: str
    articles: tuple[Article, ...]
    others: tuple[Found, ...]


def find_addition(address: str, wishes: Table, config: Config, registry: Registry) -> Addition:
    """Ask the address for what it is. `wishes`: keys of the `[[sources]]` table that are decided already.

    Raises ConfigError for wrong wishes, AggregateError for a source that is there already, SourceError or FetchError
    where nothing usable is found.
    """
    url, others = _absolute(address), list[Found]()
    _check({"url": url} | wishes, config, registry)
    if "plugin" not in wishes and not url.startswith("file:"):
        first, *others = asyncio.run(_feeds(feed_address(url) or url, config.http))
        url = first.url
    known = known_as(url, config)
    if known:
        raise AggregateError(f'{url}: is there already, as "{known.name or known.key}"')
    table = {"url": _written(url, config.path)} | wishes
    seen = preview(read_source(config.path, table)[0], registry, config.http)
    if seen.error and not seen.articles:
        raise seen.error
    names = Names(source.name for source in config.sources if source.name)
    table = {"url": table["url"], "name": names.unique(seen.name, url)} | wishes
    return Addition(table, url, seen.articles, tuple(others))


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
    problems += [f"--name {source.name}: is the name of {label} already" for label in taken]
    if problems:
        raise ConfigError(problems)


async def _feeds(url: str, settings: HttpSettings) -> list[Found]:
    """The feeds at or behind an address, the best first; at least one."""
    async with Client(settings, __version__) as client:
        found = await find_feeds(client.door(url, Validators(), lambda: None), url)
    if not found:
        raise SourceError(f"{url}: no feed there, nor named there; look for one on the site, and add its own address")
    return found


def _written(url: str, config: Path) -> str:
    """As it stands in the configuration: a file as a path, relative where it lies below the configuration's folder."""
    if not url.startswith("file:"):
        return url
    folder = Path(os.path.normpath(config.absolute().parent))
    path = url2pathname(urlsplit(url).path)
    return os.path.relpath(path, folder) if below(url, folder) else path
