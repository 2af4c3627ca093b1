"""Finds a source by what people call it: its name, the title of its feed, its address, or the path of its file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol, TypeVar

from aggregator.config.settings import SourceSettings
from aggregator.errors import ConfigError
from aggregator.text.feed_scheme import without_feed_scheme
from aggregator.text.suggest import did_you_mean
from aggregator.text.typed_addresses import begins_with_host, file_like, file_urls, is_path
from aggregator.text.urls import address_key, canonical


class Named(Protocol):
    """A source. `name`: the configured name or the learned one; `other_names`: the learned one and the short one."""

    @property
    def settings(self) -> SourceSettings: ...

    @property
    def name(self) -> str: ...

    @property
    def other_names(self) -> tuple[str, ...]: ...


S = TypeVar("S", bound=Named)


def matching_sources(name: str, sources: Sequence[S]) -> list[S]:
    """Return the sources that a user means by a name, whatever its case, or an address.

    In this order, the first that matches: the name that the source is listed with, or its address as it is configured;
    its other names; another spelling of its address (without the scheme, "www." or the last slash; of a file, any path
    that leads to it).
    """
    wanted = name.strip()
    stages: tuple[Callable[[str, S], bool], ...] = (_is_name_or_address, _is_other_name)
    for matches in stages:
        if found := [source for source in sources if matches(wanted, source)]:
            return found
    keys = set(_address_keys(wanted))
    return [source for source in sources if keys and source.settings.url and _address_key(source.settings.url) in keys]


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _is_name_or_address(wanted: str, source: Named) -> bool:
    settings = source.settings
    addresses = {wanted, without_feed_scheme(wanted)}
    return _folded(source.name) == _folded(wanted) or not addresses.isdisjoint((settings.url, settings.relative_url))


def _is_other_name(wanted: str, source: Named) -> bool:
    return _folded(wanted) in map(_folded, source.other_names)


def _address_keys(text: str) -> Iterator[str]:
    """Yield the keys of the addresses that a text may stand for."""
    if "://" in text:
        yield _address_key(without_feed_scheme(text))
        return
    if begins_with_host(text):
        yield _address_key(f"https://{text}")
    yield from map(_address_key, file_urls(text))


def _address_key(url: str) -> str:
    return address_key(canonical(url) or url)


def find_source(name: str, sources: Sequence[S]) -> S:
    """Return the one source with this name or address: see `matching_sources`.

    Raises ConfigError if there is none, or more than one.
    """
    matches = matching_sources(name, sources)
    if len(matches) == 1:
        return matches[0]
    if matches:
        addresses = ", ".join(source.settings.key for source in matches)
        raise ConfigError([f"{name}: {len(matches)} sources have this name; give the address of one: {addresses}"])
    hint = did_you_mean(name.strip(), names_of(sources), "`aggregate sources` lists them")
    raise ConfigError([f"{name}: no source has this name; {hint}"])


def names_of(sources: Sequence[Named]) -> list[str]:
    """Return all names of sources, to suggest one for a misspelt name."""
    return [name for source in sources for name in dict.fromkeys((source.name, *source.other_names))]


def not_an_address(text: str, names: Collection[str] = ()) -> str:
    """Return the message for a text that is neither the name of a source (`names`), nor an address, nor a file."""
    if not text.strip():
        return '"": give the name of a source, an address or a file'
    if is_path(text):
        closest = file_like(text)
        hint = f'did you mean "{closest}"?' if closest else "check the path"
        return f"{text}: no source has this name, and there is no such file; {hint}"
    hint = did_you_mean(text.strip(), names, "`aggregate sources` lists them")
    return f"{text}: no source has this name, and no file; {hint}"
