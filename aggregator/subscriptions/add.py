"""Find the feed or page at an address, and describe it as a `[[sources]]` table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from urllib.request import url2pathname

import msgspec

from aggregator.config.lookup import matching_sources, names_of
from aggregator.config.settings import Config, SourceSettings
from aggregator.config.unique_names import UniqueNames
from aggregator.config.values import relative_path
from aggregator.errors import AggregateError, ConfigError, FetchError, SourceError
from aggregator.http.origins import display_url, without_credentials
from aggregator.model import Article
from aggregator.plugin.registry import Registry
from aggregator.scheduling.state import Source
from aggregator.subscriptions.discover import FoundFeed
from aggregator.subscriptions.import_ import Table, find_by_url, read_table
from aggregator.subscriptions.locate import PAGE, Located, locate
from aggregator.subscriptions.preview import absolute_url, preview
from aggregator.text.typed_addresses import begins_with_host


class Addition(msgspec.Struct, frozen=True):
    """A source to add. `table`: its `[[sources]]` table; `articles`: those that it yields now; the others: see
    `Located`."""

    table: Table
    url: str
    articles: tuple[Article, ...]
    others: tuple[FoundFeed, ...] = ()
    as_page: bool = False
    failures: tuple[str, ...] = ()


def find_addition(
    address: str | None, chosen: Table, config: Config, registry: Registry, known: Sequence[Source] = ()
) -> Addition:
    """Find the feed or page at an address; None: of a plugin that needs none.

    `chosen`: keys of the `[[sources]]` table that the user chose; `known`: the sources that the address may be the name
    of.

    Raises ConfigError for invalid values, AggregateError for a source that is already configured, SourceError or
    FetchError if nothing usable is found.
    """
    if address is None:
        return _of_plugin(chosen, config, registry)
    if not (
        "://" in address or begins_with_host(address)
    ):  # at the address of a source may be a page with another feed
        for source in matching_sources(address, known):
            raise AggregateError(f'{address}: is already configured, as "{source.name}"')
    url = absolute_url(address, names_of(known))
    settings = _validate({"url": url} | chosen, config, registry)
    if "plugin" in chosen or url.startswith("file:"):
        _check_is_new(url, config)
        found = Located(url=url, preview=preview(settings, registry, config.http))
    else:
        found = locate(settings, registry, config.http)
    if found.preview.error and not found.preview.articles:
        raise _without_advice_to_add(found.preview.error, url, has_plugin="plugin" in chosen)
    url = found.url
    _check_is_new(url, config)
    names = UniqueNames(source.name for source in config.sources if source.name)
    table = {"url": _url_value(url, config.path), "name": names.reserve(found.preview.name, url)}
    table |= ({"plugin": PAGE} if found.as_page else {}) | chosen
    return Addition(table, url, found.preview.articles, found.others, found.as_page, found.failures)


def _of_plugin(chosen: Table, config: Config, registry: Registry) -> Addition:
    """Return the source that a plugin makes without an address."""
    settings = _validate(chosen, config, registry)
    found = preview(settings, registry, config.http)
    if found.error and not found.articles:
        raise found.error
    names = UniqueNames(source.name for source in config.sources if source.name)
    return Addition({"name": names.reserve(found.name, None)} | chosen, "", found.articles)


def _check_is_new(url: str, config: Config) -> None:
    """Raise AggregateError if a source with this address is configured."""
    if configured := find_by_url(url, config):
        raise AggregateError(f'{display_url(url)}: is already configured, as "{configured.name or configured.key}"')


def _without_advice_to_add(error: AggregateError, url: str, *, has_plugin: bool) -> AggregateError:
    """Return the error without the advice to run `aggregate add`, which has just failed, or `aggregate remove`."""
    fact, _, advice = str(error).partition("; ")
    if not any(f"`aggregate {verb}" in advice for verb in ("add", "remove")):
        return error
    if not isinstance(error, FetchError):
        hint = "; without --plugin, the feeds of the page are looked for" if has_plugin else ""
        return SourceError(f"{display_url(url)}: {fact}{hint}")
    home = urljoin(without_credentials(url), "/")
    is_home = urlsplit(url).path in ("", "/") and not urlsplit(url).query
    hint = "" if is_home else f"; the home page may name the current feed: `aggregate add {display_url(home)}`"
    return SourceError(fact + hint)


def _validate(table: Table, config: Config, registry: Registry) -> SourceSettings:
    """Return the settings of the source to add. Raises ConfigError for invalid values, before any request."""
    source, problems = read_table(table, config, registry)
    name = (source.name or "").casefold()
    same_name = [other.where for other in config.sources if other.name and other.name.casefold() == name]
    problems += [f"--name {source.name}: is already the name of {label}" for label in same_name]
    if problems:
        raise ConfigError(problems)
    return source


def _url_value(url: str, config: Path) -> str:
    """Return the `url` to write: of a file its path, relative if it is below the folder of the configuration."""
    if not url.startswith("file:"):
        return url
    folder = Path(os.path.normpath(config.absolute().parent))
    path = url2pathname(urlsplit(url).path)
    return os.path.relpath(path, folder) if relative_path(url, folder) else path
