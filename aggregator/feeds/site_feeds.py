"""Derive the address of a feed from that of its page, as for a YouTube channel, by rules in site_feeds.toml.

Sends no request. No rule matches an address of a feed.
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
    """A kind of page whose feed address is known; site_feeds.toml describes the fields."""

    what: str
    hosts: tuple[str, ...]
    page: str
    feed: str
    example: tuple[str, str]


class _Rules(msgspec.Struct, frozen=True):
    rules: tuple[Rule, ...]


@cache
def site_rules() -> tuple[Rule, ...]:
    """Return all rules in the order in which they are tried."""
    text = files("aggregator.feeds").joinpath("site_feeds.toml").read_bytes()
    return msgspec.toml.decode(text, type=_Rules).rules


def feed_address(url: str) -> str | None:
    """Return the address of the feed that belongs to a page, or None if no rule matches."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or len(url) > LONGEST:
        return None
    page = parts.path + (f"?{parts.query}" if parts.query else "")
    for rule in _rules_for(host):
        if match := re.fullmatch(rule.page, page):
            return rule.feed.format(host=host, **match.groupdict(""))
    return None


def _rules_for(host: str) -> Iterator[Rule]:
    by_host = _by_host()
    yield from by_host.get(host, ())
    yield from by_host.get(f"*.{host.partition('.')[2]}", ())


@cache
def _by_host() -> dict[str, list[Rule]]:
    rules: dict[str, list[Rule]] = {}
    for rule in site_rules():
        for host in rule.hosts:
            rules.setdefault(host, []).append(rule)
    return rules
