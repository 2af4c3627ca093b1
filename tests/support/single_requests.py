"""Sends single requests, each with a client of its own; a publisher scenario that sends raw bytes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from publisher import Exchange

from aggregator.errors import FetchError
from aggregator.http.client import Client
from aggregator.http.response import Response, Validators
from aggregator.http.settings import HttpSettings
from aggregator.http.source_http import SourceHttp

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
LOOPBACK = ("127.0.0.0/8",)
NO_VALIDATORS = Validators()
SETTINGS = HttpSettings(allow_private=LOOPBACK, timeout=timedelta(seconds=20), max_bytes=100_000)


def get(
    url: str, settings: HttpSettings = SETTINGS, validators: Validators = NO_VALIDATORS, **options: Any
) -> tuple[Response, SourceHttp]:
    """Request the own address of a source once."""

    async def body() -> tuple[Response, SourceHttp]:
        async with Client(settings, "1.0") as client:
            http = SourceHttp(client, url, validators)
            return await http.get(url, **options), http

    return asyncio.run(body())


def get_error(url: str, settings: HttpSettings = SETTINGS) -> FetchError:
    """Request an address, and return the error."""
    with pytest.raises(FetchError) as caught:
        get(url, settings)
    assert "\n" not in str(caught.value)
    return caught.value


def raw(*parts: bytes, hold: threading.Event | None = None) -> Callable[[Exchange], None]:
    """Send these bytes, keep the connection open until the event is set, and close it."""

    def scenario(exchange: Exchange) -> None:
        exchange.close_connection = True
        for part in parts:
            exchange.wfile.write(part)
            exchange.wfile.flush()
        if hold:
            hold.wait(60)

    return scenario
