"""Whom an address asks, and how an address is shown. Pure.

Sources: RFC 3986 3.2 (authority), RFC 6454 (origin), RFC 9110 4.2.3 (which addresses are the same).
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from aggregator.text.plain import printable

PORTS = {"http": (":80",), "https": (":443",)}
LONGEST_SHOWN = 200


def origin(url: str) -> tuple[str, str]:
    """Scheme and host, with the port where it is not the scheme's own: where credentials may go."""
    parts = urlsplit(url)
    return parts.scheme.lower(), _place(parts, PORTS.get(parts.scheme.lower(), ()))


def site(url: str) -> str:
    """The host, with the port where it is neither scheme's own: who is asked, by whatever scheme."""
    return _place(urlsplit(url), (":80", ":443"))


def identity(url: str) -> str:
    """The same for addresses that are the same request: host and scheme folded, no default port, no fragment."""
    parts = urlsplit(url)
    scheme, place = origin(url)
    credentials, mark, _ = parts.netloc.rpartition("@")
    return urlunsplit((scheme, credentials + mark + place, parts.path or "/", parts.query, ""))


def without_credentials(url: str) -> str:
    """The address without user and password."""
    if "@" not in url:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def with_credentials_of(url: str, target: str) -> str:
    """The target of a redirect, with the credentials of where it came from if it stays at its origin."""
    given, wanted = urlsplit(url), urlsplit(target)
    credentials = given.netloc.rpartition("@")[0]
    if not credentials or "@" in wanted.netloc or origin(url) != origin(target):
        return target
    return urlunsplit(wanted._replace(netloc=f"{credentials}@{wanted.netloc}"))


@lru_cache(maxsize=4096)
def is_literal(host: str) -> bool:
    """Whether a host is written as an address, and not as a name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1)
def _suffixes() -> Any:
    """Loaded (30 ms) by those who hold back whole domains only."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True)


def domain(place: str) -> str:
    """The domain that somebody has registered, for a `site`: "example.co.uk" of "feeds.example.co.uk".

    By the public suffix list (https://publicsuffix.org) without its private part: who blogs at a platform has the
    platform's servers. An address, or a name without a domain, stays as it is.
    """
    host = place if place.startswith("[") else place.partition(":")[0]
    if is_literal(host):
        return place
    return _suffixes().privatesuffix(host) or place


def shown(url: str) -> str:
    """An address as it may be shown: without credentials, on one line, never long."""
    text = printable(without_credentials(url))
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def _place(parts: SplitResult, understood: tuple[str, ...]) -> str:
    """Host and port as they stand, without a port that need not be said."""
    place = parts.netloc.rpartition("@")[2].lower().removesuffix(":")
    return next((place.removesuffix(port) for port in understood if place.endswith(port)), place)
