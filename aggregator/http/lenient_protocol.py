"""The part of aiohttp that reads a response, replaced by one that keeps what precedes an error."""

from __future__ import annotations

import aiohttp
from aiohttp.client_proto import ResponseHandler

_END_OF_HEAD = b"\r\n\r\n"


class LenientProtocol(ResponseHandler):
    """Delivers what precedes an error in a response.

    aiohttp discards all that arrived in the same chunk as the error, and some errors in a body leave its reader waiting
    until the timeout. So this protocol parses the head of a response separately, and passes errors to the reader.
    """

    def data_received(self, data: bytes) -> None:
        start = 0
        while self.exception() is None and (end := self._end_of_head(data, start)):
            super().data_received(data[start:end])
            start = end
        if start == 0 or self.exception() is None:
            super().data_received(data[start:])
        error, body = self.exception(), self._payload
        if error is not None and body is not None and not body.is_eof():
            # After the reader has received what has arrived.
            self._loop.call_soon(body.set_exception, aiohttp.ClientPayloadError(str(error)))

    def _end_of_head(self, data: bytes, start: int) -> int:
        """Return where the head that begins at `start` ends, if there is one and more data follows it, else 0."""
        if self._payload is not None and not self._payload.is_eof():
            return 0  # in a body, which may contain any number of blank lines
        end = data.find(_END_OF_HEAD, start) + len(_END_OF_HEAD)
        return end if len(_END_OF_HEAD) <= end < len(data) else 0
