"""Reads the bytes of a subscription list to import: from a file, standard input or an address on the web."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import BinaryIO

from aggregator import __version__
from aggregator.errors import AggregateError
from aggregator.http.client import Client
from aggregator.http.settings import HttpSettings
from aggregator.http.source_http import SourceHttp
from aggregator.text.feed_scheme import without_feed_scheme

STANDARD_INPUT = "-"


def read_list_at(where: str, http: HttpSettings) -> bytes:
    """Return the list at a path or address; "-": that of standard input. `http`: also limits the size.

    Raises AggregateError or FetchError.
    """
    if where == STANDARD_INPUT:
        return _limited(sys.stdin.buffer, "standard input", http.max_bytes)
    if "://" in where:
        return asyncio.run(_fetch(without_feed_scheme(where), http))
    try:
        with Path(where).expanduser().open("rb") as file:
            return _limited(file, where, http.max_bytes)
    except OSError as error:
        raise AggregateError(f"{where}: {error.strerror}") from error


def _limited(file: BinaryIO, where: str, limit: int) -> bytes:
    data = file.read(limit + 1)
    if len(data) > limit:
        raise AggregateError(f"{where}: is larger than {limit >> 20} MiB, the limit of `max_bytes` in [http]")
    return data


async def _fetch(url: str, settings: HttpSettings) -> bytes:
    async with Client(settings, __version__) as client:
        http = SourceHttp(client, url)
        try:
            return (await http.get(url, main=True)).body
        finally:
            http.close()
