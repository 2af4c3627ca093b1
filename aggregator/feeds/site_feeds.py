"""The feed's address where it follows from the page's, as for a channel of YouTube: rules in data (site_feeds.toml).

Nothing is asked for. What is a feed's address already fits no rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

import msgspec

from aggregator.text.urls import LONGEST


class Rule(msgspec.Struct, frozen=True):
    """One kind of page; its fields are described in site_feeds.toml."""

    what: str
    hosts: tuple[str, ...]
    page: str
    feed: str
    example: tuple[str, str]


class _Rules(msgspec.Struct, frozen=True):
    rules: tuple[Rule, ...]


@cache
def site_rules() -> tuple[Rule, ...]:
    """All of them, in the order in which they are tried."""
    text = files("aggregator.feeds").joinpath("site_feeds.toml").read_bytes()
    return msgspec.toml.decode(text, type=_Rules).rules


def feed_address(url: str) -> str | None:
    """The address of the feed behind a page's, or None where no rule knows the page."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or len(url) > LONGEST:
        return None
    page = parts.path + (f"?{parts.query}" if parts.query else "")
    for rule in _rules_for(host):
        if found := re.fullmatch(rule.page, page):
            return rule.feed.format(host=host, **found.groupdict(""))
    return None


def _rules_for(host: str) -> Iterator[Rule]:
    by_host = _by_host()
    yield from by_host.get(host, ())
    yield from by_host.get(f"*.{host.partition('.')[2]}", ())


@cache
def _by_host() -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in site_rules():
        for host in rule.hosts:
            found.setdefault(host, []).append(rule)
    return found
