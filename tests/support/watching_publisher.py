"""HTTP server that plays several publishers, and records what a polite client must not do.

It checks each request as it arrives: no more than `per_host` at once to a host, none within a pause that was asked for
by Retry-After, and no feed twice within its interval. Workers tell themselves apart by `contact` in [http]. What a
worker has asked for, it may ask for again once it was killed: what it had not stored is due still.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import NamedTuple

GRACE = 0.5
"""Seconds in which a request may arrive that was sent when the pause was not known yet."""
SLACK = 2.0
"""Seconds by which requests may be closer than the interval: due times are whole seconds."""
NOTICED = 2.0
"""Seconds until a busy machine notices a request that arrived: its worker may have been cut off meanwhile."""
STORING = 5.0
"""Seconds that a worker may take to store the pause that a response asked for; if it is killed before, it is lost."""


class Answer(NamedTuple):
    """A response. `retry_after`: seconds; `interval`: until the address may be asked again, None for any time."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})
    retry_after: int | None = None
    interval: float | None = None


class Visit:
    """A request. `worker`: its `contact`; `host`: with the port; `ended`: when its response was about to be sent."""

    def __init__(self, at: float, exchange: BaseHTTPRequestHandler) -> None:
        self.at = at
        self.host = exchange.headers["Host"]
        self.path = exchange.path
        self.worker = exchange.headers["User-Agent"].partition("(+")[2].rstrip(")")
        self.etag = exchange.headers["If-None-Match"]
        self.connection: socket.socket = exchange.connection
        self.ended: float | None = None
        self.answer = Answer(status=0)

    def is_open(self) -> bool:
        """Whether the client still waits for the response."""
        try:
            readable, _, _ = select.select([self.connection], [], [], 0)
            return not readable or bool(self.connection.recv(1, socket.MSG_PEEK))
        except (OSError, ValueError):
            return False

    def __str__(self) -> str:
        return f"{self.host}{self.path} by {self.worker}"


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Port

    def do_GET(self) -> None:
        publisher = self.server.publisher
        visit = publisher.arrived(self)
        visit.answer = answer = publisher.answer(visit)
        deadline = time.monotonic() + publisher.seconds
        while time.monotonic() < deadline and visit.is_open():
            time.sleep(0.01)
        publisher.ended(visit)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.retry_after is not None:
            self.send_header("Retry-After", str(answer.retry_after))
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.status != 304:
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Suppress the log of requests."""


class _Port(ThreadingHTTPServer):
    """A port on all addresses."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 500

    def __init__(self, publisher: WatchingPublisher) -> None:
        super().__init__(("0.0.0.0", 0), _Exchange)
        self.publisher = publisher

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that close the connection early."""


class WatchingPublisher:
    """`ports`: on which it listens; `answer`: returns the response for a visit; `seconds`: until it is sent; `wrong`:
    what a client must not do; `visits`: all of them, in order of arrival; `most`: simultaneous requests by host.

    Workers in `unwatched` may do anything."""

    def __init__(self, *, per_host: int = 2, seconds: float = 0.1, ports: int = 1) -> None:
        self.servers = [_Port(self) for _ in range(ports)]
        self.ports = [int(server.server_address[1]) for server in self.servers]
        self.unwatched: set[str] = set()
        self.per_host = per_host
        self.seconds = seconds
        self.answer: Callable[[Visit], Answer] = lambda visit: Answer(status=404)
        self.visits: list[Visit] = []
        self.wrong: list[str] = []
        self.most: Counter[str] = Counter()
        self._running: dict[str, list[Visit]] = {}
        self._last: dict[str, Visit] = {}
        self._pauses: dict[str, tuple[float, Visit]] = {}  # by address or host: until when, and who asked for it
        self._losses: list[tuple[float, str | None]] = []
        self._lock = threading.RLock()

    def begin_round(self) -> None:
        """From now on, all feeds are due again."""
        with self._lock:
            self._last.clear()

    def lost(self, worker: str | None = None) -> None:
        """Record that a worker was killed, or None: all of them lost what they had not stored."""
        with self._lock:
            self._losses.append((time.monotonic(), worker))

    def arrived(self, exchange: BaseHTTPRequestHandler) -> Visit:
        """Check and record a request."""
        with self._lock:
            visit = Visit(time.monotonic(), exchange)
            if visit.worker in self.unwatched:
                return visit
            self.visits.append(visit)
            self._check_number(visit)
            self._check_pauses(visit)
            self._check_interval(visit)
            return visit

    def ended(self, visit: Visit) -> None:
        """Record that the response is sent, and the pause that it asks for."""
        with self._lock:
            visit.ended = time.monotonic()
            if visit.worker in self.unwatched:
                return
            self._running[visit.host].remove(visit)
            if visit.answer.retry_after is None:
                return
            until = visit.ended + visit.answer.retry_after
            paused_before = any(
                end > visit.ended and scope.startswith(f"{visit.host}/") and scope != visit.host + visit.path
                for scope, (end, _) in self._pauses.items()
            )
            self._pauses[visit.host + visit.path] = until, visit
            if paused_before:  # two addresses of the host: it applies to all of them
                self._pauses[visit.host] = until, visit

    def running(self, worker: str) -> list[Visit]:
        """Return the requests of a worker that wait for their response."""
        with self._lock:
            return [visit for visits in self._running.values() for visit in visits if visit.worker == worker]

    def _check_number(self, visit: Visit) -> None:
        running = self._running.setdefault(visit.host, [])
        if others := [one for one in running if one.worker != visit.worker and one.is_open()]:
            self.wrong.append(f"two workers at once: {visit}, and {'; '.join(map(str, others))}")
        running.append(visit)
        if len(running) > self.per_host:  # a client that was killed has closed its connection
            number = sum(one.is_open() for one in running)
            if number > self.per_host:
                self.wrong.append(f"{number} requests at once: {'; '.join(map(str, running))}")
            self.most[visit.host] = max(self.most[visit.host], number)
        else:
            self.most[visit.host] = max(self.most[visit.host], len(running))

    def _check_pauses(self, visit: Visit) -> None:
        for scope in (visit.host, visit.host + visit.path):
            until, cause = self._pauses.get(scope, (0.0, visit))
            since = cause.ended or 0.0
            if since + GRACE < visit.at < until and not self._excused(cause.worker, cause.at, since + STORING):
                self.wrong.append(f"{visit}: {until - visit.at:.1f} s before the end of the pause, asked of {cause}")

    def _check_interval(self, visit: Visit) -> None:
        address = visit.host + visit.path
        last, self._last[address] = self._last.get(address), visit
        if last is None or last.answer.interval is None:
            return
        seconds = visit.at - last.at
        if seconds < last.answer.interval - SLACK and not self._excused(last.worker, last.at, visit.at):
            self.wrong.append(f"{visit}: again after {seconds:.1f} s, before by {last.worker}")

    def _excused(self, worker: str, since: float, until: float) -> bool:
        return any(since - NOTICED <= at <= until and who in (None, worker) for at, who in self._losses)


@contextmanager
def watching(*, per_host: int = 2, seconds: float = 0.1, ports: int = 1) -> Iterator[WatchingPublisher]:
    """Run a publisher in threads until the block ends."""
    publisher = WatchingPublisher(per_host=per_host, seconds=seconds, ports=ports)
    threads = [threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True) for one in publisher.servers]
    for thread in threads:
        thread.start()
    try:
        yield publisher
    finally:
        for server, thread in zip(publisher.servers, threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()
