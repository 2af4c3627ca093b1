"""Divides the sources into shards by registrable domain, and the shards into as many jobs as there is work for.

One worker at a time sends requests to the domains of a shard, so that the limits of a publisher hold over all workers.
The number of shards never changes: the shard of a domain is the same on every machine and in every row. Jobs cover a
part of the shards each, and their number follows from the number of sources. Pure functions.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from aggregator.http.origins import registrable_domain

SHARDS = 256
MIN_PARTS = 4
SOURCES_PER_PART = 50
_PORT = re.compile(r":[0-9]+$")


class Part(NamedTuple):
    """The shards of one job: each `of`-th one, beginning with `number`. `of`: a power of two."""

    number: int
    of: int

    @property
    def shards(self) -> range:
        """The shards that belong to this part."""
        return range(self.number, SHARDS, self.of)


def shard_of(address: str) -> int:
    """Return the shard of a URL, of a connection ("tcp://host:port"), or of what identifies a source without a URL."""
    return _shard_of_domain(_domain(address))


def shard_of_domain(domain: str) -> int:
    """Return the shard of a registrable domain, as `registrable_domain` returns it."""
    return _shard_of_domain(_domain(f"https://{domain}/"))


def shard_of_scope(scope: str) -> int:
    """Return the shard of the scope of a Retry-After rule: "address https://…", "host feeds.example:81", "domain …"."""
    kind, _, value = scope.partition(" ")
    return shard_of(value) if kind == "address" else shard_of_domain(value)


def parts_for(sources: int) -> int:
    """Return the number of jobs for a number of sources: a power of two, from 4 to one for each shard."""
    parts = MIN_PARTS
    while parts < SHARDS and parts * SOURCES_PER_PART < sources:
        parts *= 2
    return parts


def _domain(address: str) -> str:
    if address.startswith("tcp://"):  # a connection of another protocol: the port says nothing about the publisher
        address = _PORT.sub("", address).replace("tcp:", "https:", 1)
    if not address.startswith(("http://", "https://")):
        return address
    try:
        return registrable_domain(address)
    except ValueError:  # an invalid host
        return urlsplit(address.replace("[", "").replace("]", "")).netloc


@lru_cache(maxsize=4096)
def _shard_of_domain(domain: str) -> int:
    return zlib.crc32(domain.encode("utf-8", "surrogatepass")) % SHARDS
