"""The `[http]` table of the configuration: limits, politeness and proxy of the HTTP client."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from aggregator.http.guard import Guard
from aggregator.text.units import Duration, Size
from aggregator.text.value_types import Text, WebAddress

MIB = 1024 * 1024


def _hosts(entries: tuple[str, ...]) -> tuple[str, ...]:
    """The entries, each known to be one that the guard understands. Raises ValueError."""
    Guard(entries)
    return entries


Contact = Annotated[str, Meta(title="an e-mail or web address", pattern=r"^[!-~]+( [!-~]+)*$")]
Held = Annotated[Literal["address", "host", "domain"], Meta(title='one of "address", "host" and "domain"')]
Count = Annotated[int, Meta(title="a whole number from 1 to 10000", ge=1, le=10_000)]
Hosts = Annotated[
    tuple[str, ...],
    Meta(
        title='a list of hosts, addresses or networks such as ["127.0.0.0/8"]',
        extra={"written": tuple[Text, ...], "read": _hosts},
    ),
]


class HttpSettings(Struct, frozen=True, kw_only=True):
    """The `[http]` table."""

    contact: Annotated[
        Contact | None, Meta(description="Where publishers can reach you; it goes into the User-Agent.")
    ] = None
    timeout: Annotated[
        Duration, Meta(description="How long a request may take, and how long a source may give nothing.")
    ] = timedelta(seconds=20)
    concurrency: Annotated[Count, Meta(description="How many requests at once.")] = 200
    per_host: Annotated[Count, Meta(description="How many of these to one host.")] = 2
    hold: Annotated[
        Held, Meta(description="What is left alone when an answer asks for a pause (429, 503); the guide says more.")
    ] = "address"
    max_bytes: Annotated[Size, Meta(description="How large an answer may be, decompressed.")] = 20 * MIB
    allow_private: Annotated[
        Hosts,
        Meta(
            description="Hosts, addresses or networks, with a port if need be, that may be on this machine or network."
        ),
    ] = ()
    proxy: Annotated[WebAddress | None, Meta(description="A proxy to send every request through.")] = None
