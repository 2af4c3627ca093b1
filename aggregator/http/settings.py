"""The `[http]` table of the configuration: limits, politeness and proxy of the HTTP client."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from aggregator.http.guard import Guard
from aggregator.text.units import Duration, Size
from aggregator.text.value_types import Text, WebAddress

MIB = 1024 * 1024


def _checked_hosts(entries: tuple[str, ...]) -> tuple[str, ...]:
    """Return the entries. Raises ValueError for one that the guard does not support."""
    Guard(entries)
    return entries


Contact = Annotated[str, Meta(title="an e-mail or web address", pattern=r"^[!-~]+( [!-~]+)*$")]
HoldScope = Annotated[Literal["address", "host", "domain"], Meta(title='one of "address", "host" and "domain"')]
Count = Annotated[int, Meta(title="a whole number from 1 to 10000", ge=1, le=10_000)]
Hosts = Annotated[
    tuple[str, ...],
    Meta(
        title='a list of hosts, addresses or networks such as ["127.0.0.0/8"]',
        extra={"written": tuple[Text, ...], "read": _checked_hosts},
    ),
]


class HttpSettings(Struct, frozen=True, kw_only=True):
    """The `[http]` table."""

    contact: Annotated[
        Contact | None, Meta(description="How publishers can reach you; it is part of the User-Agent.")
    ] = None
    timeout: Annotated[
        Duration, Meta(description="The longest time for a request, and for a source to yield its next item.")
    ] = timedelta(seconds=20)
    concurrency: Annotated[Count, Meta(description="The number of simultaneous requests.")] = 200
    per_host: Annotated[Count, Meta(description="The number of simultaneous requests to one host.")] = 2
    hold: Annotated[
        HoldScope, Meta(description="What gets no requests after HTTP 429 or 503; the guide has the details.")
    ] = "address"
    max_bytes: Annotated[Size, Meta(description="The largest response, decompressed.")] = 20 * MIB
    allow_private: Annotated[
        Hosts,
        Meta(
            description="Hosts, addresses or networks, optionally with a port, that may be on this machine or network."
        ),
    ] = ()
    proxy: Annotated[WebAddress | None, Meta(description="A proxy for all requests.")] = None
