"""The private parts of aiohttp that the transport depends on: these tests fail with a clear message if they change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import aiohttp
import pytest
from aiohttp.client_proto import ResponseHandler
from publisher import Publisher
from single_requests import get

from aggregator.http import lenient_protocol

ADVICE = f"""aiohttp {aiohttp.__version__} has changed a private part that aggregator/http/lenient_protocol.py needs:
{{}}. Adapt LenientProtocol and Transport.open, or lower the bound of aiohttp in pyproject.toml."""


def test_private_attributes_of_aiohttp_are_unchanged() -> None:
    async def body() -> tuple[object, ResponseHandler]:
        connector = aiohttp.TCPConnector()
        factory = getattr(connector, "_factory", None)
        await connector.close()
        return factory, ResponseHandler(asyncio.get_running_loop())

    factory, protocol = asyncio.run(body())
    is_expected = isinstance(factory, partial) and factory.func is ResponseHandler and [*factory.keywords] == ["loop"]
    assert is_expected, ADVICE.format(f"TCPConnector._factory is {factory!r}, not partial(ResponseHandler, loop=…)")
    for name in ("_payload", "_loop", "exception", "data_received"):
        assert hasattr(protocol, name), ADVICE.format(f"ResponseHandler has no attribute {name}")


def test_aiohttp_creates_its_connections_with_the_replaced_factory(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocols: list[type] = []
    original: Callable[[Any, bytes], None] = lenient_protocol.LenientProtocol.data_received

    def data_received(self: ResponseHandler, data: bytes) -> None:
        protocols.append(type(self))
        original(self, data)

    monkeypatch.setattr(lenient_protocol.LenientProtocol, "data_received", data_received)
    publisher.serve("/a", b"x")
    assert get(publisher.url("/a"))[0].body == b"x"
    assert protocols, ADVICE.format("TCPConnector does not create connections with _factory")
