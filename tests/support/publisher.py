"""A real publisher on loopback: serves what a test tells it to, misbehaves where it should, remembers every request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Received:
    """A request as it came: one connection may carry many, so it is kept apart from it."""

    def __init__(self, exchange: BaseHTTPRequestHandler) -> None:
        self.path = exchange.path
        self.headers: Message = exchange.headers


class Exchange(BaseHTTPRequestHandler):
    """One request and the answer to it. A scenario may write to `wfile` whatever it likes."""

    protocol_version = "HTTP/1.1"
    server: Publisher

    def do_GET(self) -> None:
        self.server.requests.append(Received(self))
        path = self.path.split("?")[0]
        if scenario := self.server.scenarios.get(path):
            scenario(self)
            return
        self.answer(404, b"there is nothing here")

    def answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """A whole, correct answer."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


Scenario = Callable[[Exchange], None]


class Publisher(ThreadingHTTPServer):
    """`requests`: all that were received, each with `path` and `headers`."""

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
        """Let the function answer requests for this path."""
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
        """Answer requests for this path so; with 304 where the request's validators match ETag or Last-Modified."""
        given = {"Content-Type": content_type} | dict(headers or {})

        def scenario(exchange: Exchange) -> None:
            asked = exchange.headers
            etag, modified = given.get("ETag"), given.get("Last-Modified")
            same = etag is not None and asked["If-None-Match"] == etag
            same = same or (
                asked["If-None-Match"] is None and modified is not None and asked["If-Modified-Since"] == modified
            )
            if same and status == 200:
                exchange.answer(304, headers={k: v for k, v in given.items() if k in ("ETag", "Last-Modified")})
            else:
                exchange.answer(status, body, given)

        self.scenarios[path] = scenario

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no error of the publisher's."""


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
