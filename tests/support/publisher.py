"""HTTP server on loopback that plays a publisher: serves what a test registers and records every request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Received:
    """A recorded request. Kept apart from the handler, since one connection may carry several requests."""

    def __init__(self, exchange: BaseHTTPRequestHandler, body: bytes = b"") -> None:
        self.method = exchange.command
        self.path = exchange.path
        self.headers: Message = exchange.headers
        self.body = body


class Exchange(BaseHTTPRequestHandler):
    """One request and its response. A scenario may write any bytes to `wfile`."""

    protocol_version = "HTTP/1.1"
    server: Publisher

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond(self.rfile.read(int(self.headers["Content-Length"])))

    def do_PUT(self) -> None:
        self.do_POST()

    def _respond(self, body: bytes = b"") -> None:
        self.server.requests.append(Received(self, body))
        path = self.path.split("?")[0]
        if scenario := self.server.scenarios.get(path):
            scenario(self)
            return
        self.answer(404, b"not found")

    def answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """Send a complete, valid response."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Suppress the log of requests."""


Scenario = Callable[[Exchange], None]


class Publisher(ThreadingHTTPServer):
    """Threaded server. `requests`: all requests received, in order."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.requests: list[Received] = []
        self.scenarios: dict[str, Scenario] = {}

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def handle(self, path: str, scenario: Scenario) -> None:
        """Answer requests for this path by calling the function."""
        self.scenarios[path] = scenario

    def serve(
        self,
        path: str,
        body: bytes,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/xml",
    ) -> None:
        """Answer requests for this path with this response, or with 304 if its ETag or Last-Modified matches."""
        response_headers = {"Content-Type": content_type} | dict(headers or {})
        validators = {k: v for k, v in response_headers.items() if k in ("ETag", "Last-Modified")}

        def scenario(exchange: Exchange) -> None:
            etag, modified = exchange.headers["If-None-Match"], exchange.headers["If-Modified-Since"]
            if etag is not None:
                unchanged = etag == validators.get("ETag")
            else:
                unchanged = modified is not None and modified == validators.get("Last-Modified")
            if unchanged and status == 200:
                exchange.answer(304, headers=validators)
            else:
                exchange.answer(status, body, response_headers)

        self.scenarios[path] = scenario

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that close the connection early."""


@contextmanager
def serving() -> Iterator[Publisher]:
    """Run a publisher in a thread until the block ends."""
    server = Publisher()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with serving() as server:
        yield server
