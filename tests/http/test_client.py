"""The HTTP client, with a real server: requests, redirects, limits, and the messages of its errors."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gzip
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from publisher import Exchange, Publisher
from single_requests import HEAD, LOOPBACK, NO_VALIDATORS, SETTINGS, get, get_error, raw

from aggregator.errors import FetchError, NotModified, StoreError
from aggregator.http.adapters import BlockingAdapter
from aggregator.http.client import Client
from aggregator.http.origins import display_url
from aggregator.http.permits import StillPermitted
from aggregator.http.response import Response, Validators
from aggregator.http.settings import HttpSettings
from aggregator.http.source_http import SourceHttp


def test_a_complete_response(publisher: Publisher) -> None:
    publisher.serve("/a", "Grüße".encode("latin-1"), content_type="text/plain; charset=latin-1", headers={"X-A": "b"})
    response, http = get(publisher.url("/a"), HttpSettings(allow_private=LOOPBACK, contact="https://me.example/"))
    assert (response.status, response.text, response.headers["x-a"], response.complete) == (200, "Grüße", "b", True)
    assert response.url == publisher.url("/a")
    assert (http.validators, http.moved_to, http.max_age) == (Validators(), None, None)
    assert publisher.requests[0].headers["User-Agent"] == "aggregate/1.0 (+https://me.example/)"
    assert "gzip" in publisher.requests[0].headers["Accept-Encoding"]


def test_headers_and_parameters_are_sent(publisher: Publisher) -> None:
    publisher.serve("/a", b'{"x": [1]}')
    response, _ = get(publisher.url("/a"), headers={"X-Key": "k"}, params={"q": "ä b"})
    assert response.json() == {"x": [1]}
    assert publisher.requests[0].headers["X-Key"] == "k"
    assert publisher.requests[0].path in ("/a?q=%C3%A4+b", "/a?q=%C3%A4%20b")


def test_a_body_that_is_not_json_is_reported(publisher: Publisher) -> None:
    publisher.serve("/a", b"<html>")
    with pytest.raises(FetchError, match="is not JSON"):
        get(publisher.url("/a"))[0].json()


def test_validators_are_sent_back_verbatim(publisher: Publisher) -> None:
    headers = {"ETag": 'W/"a,b;c"', "Last-Modified": "tue 24 november", "Cache-Control": "max-age=90"}
    publisher.serve("/a", b"x", headers=headers)
    _, http = get(publisher.url("/a"))
    assert http.validators == Validators(etag='W/"a,b;c"', last_modified="tue 24 november", address=b"")
    assert http.max_age == 90
    with pytest.raises(NotModified):
        get(publisher.url("/a"), validators=http.validators)
    sent = publisher.requests[-1].headers
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('W/"a,b;c"', "tue 24 november")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, Validators(etag='"1"', last_modified="then", address=b"")),
        ({"ETag": '"2"'}, Validators(etag='"2"', last_modified="then", address=b"")),
    ],
)
def test_a_304_without_validators_keeps_the_validators(
    publisher: Publisher, headers: dict[str, str], expected: Validators
) -> None:
    publisher.handle("/a", lambda exchange: exchange.answer(304, headers=headers))

    async def body() -> SourceHttp:
        async with Client(SETTINGS, "1") as client:
            http = SourceHttp(client, publisher.url("/a"), Validators(etag='"1"', last_modified="then"))
            with pytest.raises(NotModified):
                await http.get(publisher.url("/a"))
            return http

    assert asyncio.run(body()).validators == expected


def test_a_complete_response_without_validators_drops_them(publisher: Publisher) -> None:
    publisher.serve("/a", b"x")
    assert get(publisher.url("/a"), validators=Validators(etag='"old"'))[1].validators == Validators()


def test_a_validator_that_is_not_a_valid_header_is_not_sent(publisher: Publisher) -> None:
    publisher.serve("/a", b"x")
    get(publisher.url("/a"), validators=Validators(etag='"a"\r\nX-Evil: 1', last_modified="\udcfc"))
    assert publisher.requests[0].headers["If-None-Match"] is None
    assert publisher.requests[0].headers["If-Modified-Since"] is None
    assert publisher.requests[0].headers["X-Evil"] is None


@pytest.mark.parametrize(
    ("steps", "moved"),
    [
        ([301], True),
        ([308], True),
        ([301, 308, 301], True),
        ([302], False),
        ([303], False),
        ([307], False),
        ([302, 301], False),
    ],
)
def test_redirects(publisher: Publisher, steps: list[int], moved: bool) -> None:
    for number, status in enumerate(steps):
        publisher.serve(f"/{number}", b"", status=status, headers={"Location": f"/{number + 1}"})
    publisher.serve(f"/{len(steps)}", b"there", headers={"ETag": '"x"'})
    response, http = get(publisher.url("/0"))
    assert response.body == b"there"
    assert response.url == publisher.url(f"/{len(steps)}")
    assert http.moved_to == (publisher.url(f"/{len(steps)}") if moved else None)
    assert http.validators.etag == '"x"'


def test_moved_to_is_the_last_target_before_a_temporary_redirect(publisher: Publisher) -> None:
    publisher.serve("/0", b"", status=301, headers={"Location": "/1"})
    publisher.serve("/1", b"", status=302, headers={"Location": "/2"})
    publisher.serve("/2", b"there")
    assert get(publisher.url("/0"))[1].moved_to == publisher.url("/1")


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("/0", "redirects"),
        ("ftp://127.0.0.1/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("http://10.0.0.1:1/", "private"),
    ],
)
def test_redirects_that_are_not_followed(publisher: Publisher, location: str, kind: str) -> None:
    publisher.serve("/0", b"", status=302, headers={"Location": location})
    assert get_error(publisher.url("/0")).kind == kind
    assert len(publisher.requests) <= 11


def test_a_redirect_to_a_private_address_is_not_followed(publisher: Publisher) -> None:
    other = Publisher()
    threading.Thread(target=other.serve_forever, daemon=True).start()
    publisher.serve("/0", b"", status=302, headers={"Location": other.url("/secret")})
    only = HttpSettings(allow_private=(f"127.0.0.1:{publisher.server_address[1]}",))
    assert get_error(publisher.url("/0"), only).kind == "private"
    assert other.requests == []
    other.shutdown()
    other.server_close()


@pytest.mark.parametrize(
    ("host", "allow", "kind"),
    [
        ("127.0.0.1", (), "private"),
        ("localhost", (), "private"),
        ("localhost", ("localhost",), None),
        ("localhost", LOOPBACK, None),
        ("localhost", ("other.example",), "private"),
        ("0.0.0.0", LOOPBACK, "private"),
        ("[::ffff:127.0.0.1]", (), "private"),
    ],
)
def test_private_addresses(publisher: Publisher, host: str, allow: tuple[str, ...], kind: str | None) -> None:
    publisher.serve("/a", b"x")
    url = publisher.url("/a").replace("127.0.0.1", host)
    settings = HttpSettings(allow_private=allow)
    if kind is None:
        assert get(url, settings)[0].body == b"x"
        return
    error = get_error(url, settings)
    assert error.kind == kind
    assert "allow_private" in str(error)
    assert publisher.requests == []


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f.1", "0177.0.0.1"])
def test_other_notations_of_loopback_addresses_are_refused(publisher: Publisher, host: str) -> None:
    publisher.serve("/a", b"x")
    get_error(publisher.url("/a").replace("127.0.0.1", host), HttpSettings())
    assert publisher.requests == []


def test_credentials_are_not_sent_to_another_origin_or_shown_in_messages(publisher: Publisher) -> None:
    publisher.serve("/a", b"", status=302, headers={"Location": publisher.url("/b").replace("127.0.0.1", "127.0.0.2")})
    other = publisher.url("/a").replace("http://", "http://ann:secret@")
    error = get_error(other, HttpSettings(allow_private=("127.0.0.1",)))
    assert publisher.requests[0].headers["Authorization"] == "Basic YW5uOnNlY3JldA=="
    assert "secret" not in str(error)
    publisher.serve("/c", b"", status=302, headers={"Location": publisher.url("/d").replace("127.0.0.1", "localhost")})
    publisher.serve("/d", b"x")
    get(
        publisher.url("/c"),
        HttpSettings(allow_private=("127.0.0.0/8", "::1")),
        headers={"Authorization": "Bearer t", "X-Api-Key": "k", "Accept-Language": "de"},
    )
    assert publisher.requests[-2].headers["X-Api-Key"] == "k"
    assert publisher.requests[-1].path == "/d"
    assert publisher.requests[-1].headers["Authorization"] is None
    assert publisher.requests[-1].headers["X-Api-Key"] is None
    assert publisher.requests[-1].headers["Accept-Language"] == "de"
    assert display_url("https://ann:secret@example.com/a\x1b[31m") == "https://example.com/a[31m"


@pytest.mark.parametrize(
    ("status", "headers", "message", "wait"),
    [
        (404, {}, "nothing at this address", None),
        (410, {}, "gone for good", None),
        (403, {}, "refuses the request", None),
        (401, {}, "user and password", None),
        (429, {"Retry-After": "120"}, "too many requests; the server asks to wait 120 s", 120),
        (503, {"Retry-After": "Thu, 01 Jan 2015 00:00:00 GMT"}, "the server failed", 0),
        (500, {}, "the server failed", None),
        (418, {}, "HTTP 418", None),
        (300, {}, "HTTP 300", None),
    ],
)
def test_messages_for_http_statuses(
    publisher: Publisher, status: int, headers: dict[str, str], message: str, wait: float | None
) -> None:
    publisher.serve("/a", b"", status=status, headers=headers)
    error = get_error(publisher.url("/a"))
    assert (error.kind, error.status, error.retry_after) == ("status", status, wait)
    assert message in str(error)
    assert publisher.url("/a") in str(error)


@pytest.mark.parametrize("parts", [[], [HEAD]], ids=["nothing", "half a head"])
def test_a_missing_response_times_out(publisher: Publisher, parts: list[bytes]) -> None:
    finished = threading.Event()
    publisher.handle("/a", raw(*parts, hold=finished))
    short_timeout = HttpSettings(allow_private=LOOPBACK, timeout=timedelta(seconds=0.3))
    error = get_error(publisher.url("/a"), short_timeout)
    finished.set()
    assert error.kind == "timeout"
    assert "no response within 0.3 s" in str(error)


def endless(exchange: Exchange) -> None:
    exchange.close_connection = True
    exchange.wfile.write(HEAD + b"\r\n")
    while True:
        exchange.wfile.write(b"x" * 65536)


def test_a_response_that_is_too_large_is_refused(publisher: Publisher) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < SETTINGS.max_bytes
    publisher.serve("/bomb", bomb, headers={"Content-Encoding": "gzip"})
    publisher.serve("/large", bytes(200_000))
    publisher.handle("/endless", endless)
    for path in ("/bomb", "/large", "/endless"):
        error = get_error(publisher.url(path))
        assert error.kind == "size"
        assert "max_bytes" in str(error)


def test_the_part_before_a_stall_is_returned(publisher: Publisher) -> None:
    finished = threading.Event()
    publisher.handle("/a", raw(HEAD + b'ETag: "1"\r\n\r\n', b"<a/>", hold=finished))
    response, http = get(publisher.url("/a"), HttpSettings(allow_private=LOOPBACK, timeout=timedelta(seconds=0.4)))
    finished.set()
    assert (response.body, response.complete, http.validators) == (b"<a/>", False, NO_VALIDATORS)
    assert http.truncated_by is not None
    assert (http.truncated_by.kind, "stalled for 0.2 s" in str(http.truncated_by)) == ("timeout", True)


def test_a_slow_response_times_out(publisher: Publisher) -> None:
    finished = threading.Event()

    def trickle(exchange: Exchange) -> None:
        exchange.close_connection = True
        exchange.wfile.write(HEAD + b"\r\n")
        while not finished.wait(0.02):
            exchange.wfile.write(b"x")

    publisher.handle("/a", trickle)
    response, http = get(publisher.url("/a"), HttpSettings(allow_private=LOOPBACK, timeout=timedelta(seconds=0.3)))
    finished.set()
    assert set(response.body) == set(b"x")
    assert "no complete response within 0.3 s" in str(http.truncated_by)


@pytest.mark.parametrize(
    "parts",
    [
        [HEAD + b"Content-Length: 100\r\n\r\npart"],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"],
    ],
)
def test_the_part_before_a_broken_connection_is_returned_without_validators(
    publisher: Publisher, parts: list[bytes]
) -> None:
    publisher.handle("/a", raw(parts[0].replace(b"\r\n\r\n", b'\r\nETag: "x"\r\n\r\n', 1)))
    response, http = get(publisher.url("/a"))
    assert (response.body, response.complete) == (b"part", False)
    assert http.validators == Validators()


def test_unusual_transfer_encodings(publisher: Publisher) -> None:
    publisher.handle("/bare", raw(HEAD + b"\r\nto the end"))
    publisher.handle("/chunks", raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"))
    assert get(publisher.url("/bare"))[0].body == b"to the end"
    assert get(publisher.url("/chunks"))[0].body == b"abc"


def test_any_number_of_blank_lines_and_interim_responses(publisher: Publisher) -> None:
    lines = b"\r\n\r\n" * 5000
    chunk = b"%x\r\n%s\r\n" % (len(lines), lines)
    publisher.handle("/lines", raw(HEAD + b"Content-Length: %d\r\n\r\n" % len(lines) + lines))
    publisher.handle("/chunks", raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + b"0\r\n\r\n"))
    publisher.handle("/broken", raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + b"zz\r\n"))
    publisher.handle("/interim", raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2000 + HEAD + b"\r\nto the end"))
    assert get(publisher.url("/lines"))[0].body == lines
    assert get(publisher.url("/chunks"))[0].body == lines
    broken = get(publisher.url("/broken"))[0]
    assert (broken.body, broken.complete) == (lines, False)
    assert get(publisher.url("/interim"))[0].body == b"to the end"


@pytest.mark.parametrize(
    ("parts", "kinds"),
    [
        ([], {"connect"}),
        ([b"nonsense\r\n\r\n"], {"protocol"}),
        ([HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"], {"protocol"}),
        ([HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"], {"protocol"}),
    ],
)
def test_malformed_responses_are_reported(publisher: Publisher, parts: list[bytes], kinds: set[str]) -> None:
    publisher.handle("/a", raw(*parts))
    assert get_error(publisher.url("/a")).kind in kinds


@pytest.mark.parametrize(
    ("url", "kind", "message"),
    [
        ("http://127.0.0.1:1/", "connect", "no connection"),
        ("https://127.0.0.1:{port}/", "tls", "TLS"),
        ("http://no-such-host.invalid/", "dns", "DNS"),
        ("ftp://127.0.0.1/", "scheme", "is not a web address"),
        ("nonsense", "scheme", "is not a web address"),
    ],
)
def test_messages_for_failed_connections(publisher: Publisher, url: str, kind: str, message: str) -> None:
    error = get_error(url.format(port=publisher.server_address[1]))
    assert error.kind == kind
    assert message in str(error)


@pytest.mark.parametrize(("settings", "most"), [({"per_host": 3}, 3), ({"per_host": 99, "concurrency": 4}, 4)])
def test_the_number_of_simultaneous_requests_is_limited(
    publisher: Publisher, settings: dict[str, int], most: int
) -> None:
    lock, current, peak = threading.Lock(), [0], [0]

    def count(exchange: Exchange) -> None:
        with lock:
            current[0] += 1
            peak[0] = max(peak[0], current[0])
        threading.Event().wait(0.02)
        with lock:
            current[0] -= 1
        exchange.answer(200, b"x")

    publisher.handle("/a", count)

    async def body() -> None:
        async with Client(HttpSettings(allow_private=LOOPBACK, **settings), "1") as client:  # type: ignore[arg-type]
            clients = [SourceHttp(client, None) for _ in range(30)]
            await asyncio.gather(*(http.get(publisher.url("/a")) for http in clients))

    asyncio.run(body())
    assert peak[0] == most


def test_a_file_is_read_again_only_after_a_change(tmp_path: Path) -> None:
    path = tmp_path / "a feed.xml"
    path.write_bytes(b"one")
    response, http = get(path.as_uri())
    assert response.body == b"one"
    with pytest.raises(NotModified):
        get(path.as_uri(), validators=http.validators)
    path.write_bytes(b"longer")
    assert get(path.as_uri(), validators=http.validators)[0].body == b"longer"
    assert get_error((tmp_path / "none.xml").as_uri()).kind == "file"
    path.write_bytes(bytes(200_000))
    assert get_error(path.as_uri()).kind == "size"


def test_a_source_may_read_its_own_folder_only(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.xml").write_bytes(b"a")
    (tmp_path / "secret").write_bytes(b"s")

    async def body() -> bytes:
        async with Client(SETTINGS, "1") as client:
            http = SourceHttp(client, (tmp_path / "own").as_uri())
            with pytest.raises(FetchError, match="is outside"):
                await http.get((tmp_path / "secret").as_uri())
            return (await http.get((tmp_path / "own" / "a.xml").as_uri())).body

    assert asyncio.run(body()) == b"a"


def test_a_plain_function_sends_requests_from_its_thread(publisher: Publisher) -> None:
    publisher.serve("/a", b"x")
    progress: list[None] = []

    async def body() -> Response:
        async with Client(SETTINGS, "1") as client:
            http = SourceHttp(client, None, on_progress=lambda: progress.append(None))
            blocking = BlockingAdapter(http, asyncio.get_running_loop())
            return await asyncio.to_thread(blocking.get, publisher.url("/a"))

    assert asyncio.run(body()).body == b"x"
    assert progress


def test_an_international_host_is_requested_as_browsers_do(publisher: Publisher) -> None:
    publisher.serve("http://xn--fa-hia.example/a", b"through the proxy")
    settings = HttpSettings(proxy=publisher.url(""))
    response = get("http://Faß.example/a", settings)[0]
    assert (response.body, response.url) == (b"through the proxy", "http://xn--fa-hia.example/a")


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "１２７。０。０。１"])
def test_other_forms_of_a_private_address_are_refused(publisher: Publisher, host: str) -> None:
    publisher.serve("/a", b"secret")
    port = publisher.url("").rpartition(":")[2].strip("/")
    assert get_error(f"http://{host}:{port}/a", HttpSettings()).kind == "private"
    allowed = HttpSettings(allow_private=(host,))
    assert get(f"http://{host}:{port}/a", allowed)[0].body == b"secret"


@pytest.mark.parametrize(
    "host",
    ["a..example", "x" * 64 + ".example", "xn--a.example", "a\u200cb.ex", "1.2.3.4.5", "%2f.example", "a b"],
)
def test_an_invalid_host_is_an_error_of_one_line(host: str) -> None:
    error = get_error(f"http://{host}/feed", HttpSettings())
    assert "has no valid host name (" in str(error)
    assert "idna" not in str(error)
    assert "\n" not in str(error)


def test_a_redirect_to_an_invalid_host_is_an_error_of_one_line(publisher: Publisher) -> None:
    publisher.serve("/a", b"", status=301, headers={"Location": "http://me:pw@a%E2%80%8Cb.example/"})
    error = str(get_error(publisher.url("/a"), SETTINGS))
    assert "which has no valid host name (" in error
    assert "pw" not in error


def test_a_proxy_gives_no_access_to_private_addresses(publisher: Publisher) -> None:
    requested: list[str] = []

    def relay(exchange: Exchange) -> None:
        requested.append(exchange.path)
        exchange.answer(200, b"through the proxy")

    publisher.handle("http://site.example/a", relay)
    settings = HttpSettings(proxy=publisher.url(""))
    assert get("http://site.example/a", settings)[0].body == b"through the proxy"
    assert requested == ["http://site.example/a"]
    private = (
        "10.0.0.1 localhost localhost. 0x7f.1 2130706433 127.1 0177.0.0.1 １２７.0.0.1 %31%30.1 ｌｏｃａｌｈｏｓｔ"
    )
    for host in private.split():
        assert get_error(f"http://{host}/", settings).kind == "private"


def test_a_connection_announced_as_closed_is_not_reused(publisher: Publisher) -> None:
    ports = []

    def keeps_open(exchange: Exchange) -> None:
        ports.append(exchange.client_address[1])
        exchange.close_connection = False
        is_feed = exchange.path == "/f"
        exchange.answer(200 if is_feed else 301, b"x", {} if is_feed else {"Location": "/f"})

    for path in ("/a", "/f"):
        publisher.handle(path, keeps_open)
    get(publisher.url("/a"))
    assert [request.headers["Connection"] for request in publisher.requests] == ["close", "close"]
    assert len(set(ports)) == 2


class Permits:
    """Permits all requests but those to `refused`. `urls`: of those that were permitted."""

    def __init__(self, refused: str = "") -> None:
        self.refused = refused
        self.urls: list[str] = []

    @asynccontextmanager
    async def permit(self, url: str) -> AsyncIterator[None]:
        if self.refused and self.refused in url:
            raise StoreError("another worker is at it")
        self.urls.append(url)
        yield


@pytest.mark.parametrize("refused", ["", "tcp://"])
def test_a_connection_for_another_protocol_needs_a_permit(publisher: Publisher, refused: str) -> None:
    port, permits = publisher.server_address[1], Permits(refused)

    async def body() -> str | None:
        async with Client(SETTINGS, "1", permits=permits) as client:
            http = SourceHttp(client, None)
            try:
                (await http.connect("127.0.0.1", port)).close()
            except FetchError as error:
                assert error is http.postponed
                assert str(error) == f"tcp://127.0.0.1:{port}: another worker is at it"
                return str(error.kind)
            return None

    assert asyncio.run(body()) == ("postponed" if refused else None)
    assert permits.urls == ([] if refused else [f"tcp://127.0.0.1:{port}"])


class EndingPermits:
    """Permits that end while the connection is made, as if the process had been stopped meanwhile."""

    @asynccontextmanager
    async def permit(self, url: str) -> AsyncIterator[StillPermitted]:
        def still_permitted() -> None:
            raise StoreError("the lease is lost")

        yield still_permitted


@pytest.mark.parametrize("protocol", ["http", "tcp"])
def test_nothing_is_sent_if_the_permit_ended_while_connecting(publisher: Publisher, protocol: str) -> None:
    publisher.serve("/a", b"x")

    async def body() -> str:
        async with Client(SETTINGS, "1", permits=EndingPermits()) as client:
            http = SourceHttp(client, publisher.url("/a"))
            with pytest.raises(FetchError, match="the lease is lost") as failed:
                if protocol == "http":
                    await http.get(publisher.url("/a"), main=True)
                else:
                    await http.connect("127.0.0.1", publisher.server_address[1])
            return str(failed.value.kind)

    assert asyncio.run(body()) == "postponed"
    assert publisher.requests == []


def is_cancelled(call: Callable[[], object]) -> bool:
    try:
        call()
    except concurrent.futures.CancelledError:
        return True
    return False


def test_a_plugin_that_runs_on_after_its_end_sends_no_requests(publisher: Publisher) -> None:
    publisher.serve("/a", b"x")

    async def body() -> None:
        async with Client(SETTINGS, "1") as client:
            http = SourceHttp(client, publisher.url("/a"))
            adapter = BlockingAdapter(http, asyncio.get_running_loop())
            http.close()
            calls: list[Callable[[], object]] = [
                lambda: adapter.get(publisher.url("/a")),
                lambda: adapter.connect("127.0.0.1", publisher.server_address[1]),
            ]
            for call in calls:
                assert await asyncio.to_thread(is_cancelled, call)

    asyncio.run(body())
    assert publisher.requests == []
