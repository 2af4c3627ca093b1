"""Requests with a client of their own, and a publisher that sends raw bytes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from publisher import Exchange

from aggregator.errors import FetchError
from aggregator.http.client import Client, Http
from aggregator.http.response import Response, Validators
from aggregator.http.settings import HttpSettings

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
LOOPBACK = ("127.0.0.0/8",)
NONE = Validators()
SETTINGS = HttpSettings(allow_private=LOOPBACK, timeout=timedelta(seconds=20), max_bytes=100_000)


def ask(
    url: str, settings: HttpSettings = SETTINGS, validators: Validators = NONE, **more: Any
) -> tuple[Response, Http]:
    """Ask for a source's own address once."""

    async def body() -> tuple[Response, Http]:
        async with Client(settings, "1.0") as client:
            door = client.door(url, validators, lambda: None)
            return await door.get(url, **more), door

    return asyncio.run(body())


def refused(url: str, settings: HttpSettings = SETTINGS) -> FetchError:
    with pytest.raises(FetchError) as caught:
        ask(url, settings)
    assert "\n" not in str(caught.value)
    return caught.value


def raw(*parts: bytes, hold: threading.Event | None = None) -> Callable[[Exchange], None]:
    """Send these bytes, then hold the connection until the event, then close it."""

    def scenario(exchange: Exchange) -> None:
        exchange.close_connection = True
        for part in parts:
            exchange.wfile.write(part)
            exchange.wfile.flush()
        if hold:
            hold.wait(60)

    return scenario
