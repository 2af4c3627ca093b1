"""Take in answers that go wrong after a good beginning: what came before the mistake counts.

aiohttp gives up all that arrived together with a mistake, and waits for ever where one comes in the midst of a body.
"""

from __future__ import annotations

import asyncio
from functools import partial

import aiohttp
from aiohttp.client_proto import ResponseHandler

END_OF_HEAD = b"\r\n\r\n"


class _Patient(ResponseHandler):
    """Reads the head of an answer for itself, and tells whoever reads the body when it breaks."""

    def data_received(self, data: bytes) -> None:
        end = data.find(END_OF_HEAD) + len(END_OF_HEAD)
        if len(END_OF_HEAD) <= end < len(data):
            super().data_received(data[:end])
            if self.exception() is None:
                self.data_received(data[end:])
        else:
            super().data_received(data)
        error, body = self.exception(), self._payload
        if error is not None and body is not None and not body.is_eof():
            # Later, so that what has arrived is read before.
            self._loop.call_soon(body.set_exception, aiohttp.ClientPayloadError(str(error)))


def patient(connector: aiohttp.TCPConnector) -> aiohttp.TCPConnector:
    """The same connector, reading so."""
    connector._factory = partial[ResponseHandler](_Patient, loop=asyncio.get_running_loop())  # type: ignore[assignment]
    return connector
