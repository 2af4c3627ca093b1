"""The door to the network, against a real publisher: what is asked, what is refused, and in which words."""

from __future__ import annotations

import asyncio
import gzip
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from publisher import Exchange, Publisher
from single_requests import HEAD, LOOPBACK, NONE, SETTINGS, ask, raw, refused

from aggregator.errors import FetchError, NotModified
from aggregator.http.adapters import BlockingHttp
from aggregator.http.client import Client, Http
from aggregator.http.origins import shown
from aggregator.http.response import Response, Validators
from aggregator.http.settings import HttpSettings


def test_a_whole_answer(publisher: Publisher) -> None:
    publisher.serve("/a", "Grüße".encode("latin-1"), content_type="text/plain; charset=latin-1", headers={"X-A": "b"})
    response, door = ask(publisher.url("/a"), HttpSettings(allow_private=LOOPBACK, contact="https://me.example/"))
    assert (response.status, response.text, response.headers["x-a"], response.complete) == (200, "Grüße", "b", True)
    assert response.url == publisher.url("/a")
    assert (door.validators, door.moved_to, door.max_age) == (Validators(), None, None)
    assert publisher.requests[0].headers["User-Agent"] == "aggregate/1.0 (+https://me.example/)"
    assert "gzip" in publisher.requests[0].headers["Accept-Encoding"]


def test_headers_and_parameters_are_sent(publisher: Publisher) -> None:
    publisher.serve("/a", b'{"x": [1]}')
    response, _ = ask(publisher.url("/a"), headers={"X-Key": "k"}, params={"q": "ä b"})
    assert response.json() == {"x": [1]}
    assert publisher.requests[0].headers["X-Key"] == "k"
    assert publisher.requests[0].path in ("/a?q=%C3%A4+b", "/a?q=%C3%A4%20b")


def test_what_is_no_json_is_named(publisher: Publisher) -> None:
    publisher.serve("/a", b"<html>")
    with pytest.raises(FetchError, match="is no JSON"):
        ask(publisher.url("/a"))[0].json()


def test_validators_are_sent_back_verbatim(publisher: Publisher) -> None:
    given = {"ETag": 'W/"a,b;c"', "Last-Modified": "tue 24 november", "Cache-Control": "max-age=90"}
    publisher.serve("/a", b"x", headers=given)
    _, door = ask(publisher.url("/a"))
    assert door.validators == Validators(etag='W/"a,b;c"', last_modified="tue 24 november")
    assert door.max_age == 90
    with pytest.raises(NotModified):
        ask(publisher.url("/a"), validators=door.validators)
    asked = publisher.requests[-1].headers
    assert (asked["If-None-Match"], asked["If-Modified-Since"]) == ('W/"a,b;c"', "tue 24 november")


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ({}, Validators(etag='"1"', last_modified="then")),
        ({"ETag": '"2"'}, Validators(etag='"2"', last_modified="then")),
    ],
)
def test_a_bare_304_keeps_the_validators(publisher: Publisher, answer: dict[str, str], kept: Validators) -> None:
    publisher.handle("/a", lambda exchange: exchange.answer(304, headers=answer))

    async def body() -> Http:
        async with Client(SETTINGS, "1") as client:
            door = client.door(publisher.url("/a"), Validators(etag='"1"', last_modified="then"), lambda: None)
            with pytest.raises(NotModified):
                await door.get(publisher.url("/a"))
            return door

    assert asyncio.run(body()).validators == kept


def test_a_full_answer_without_validators_drops_them(publisher: Publisher) -> None:
    publisher.serve("/a", b"x")
    assert ask(publisher.url("/a"), validators=Validators(etag='"old"'))[1].validators == Validators()


def test_a_validator_that_would_break_the_header_is_not_sent(publisher: Publisher) -> None:
    publisher.serve("/a", b"x")
    ask(publisher.url("/a"), validators=Validators(etag='"a"\r\nX-Evil: 1', last_modified="\udcfc"))
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
    response, door = ask(publisher.url("/0"))
    assert response.body == b"there"
    assert response.url == publisher.url(f"/{len(steps)}")
    assert door.moved_to == (publisher.url(f"/{len(steps)}") if moved else None)
    assert door.validators.etag == '"x"'


def test_a_permanent_part_of_a_chain_moves_as_far_as_it_is_permanent(publisher: Publisher) -> None:
    publisher.serve("/0", b"", status=301, headers={"Location": "/1"})
    publisher.serve("/1", b"", status=302, headers={"Location": "/2"})
    publisher.serve("/2", b"there")
    assert ask(publisher.url("/0"))[1].moved_to == publisher.url("/1")


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
    assert refused(publisher.url("/0")).kind == kind
    assert len(publisher.requests) <= 11


def test_a_redirect_does_not_lead_to_what_is_not_allowed(publisher: Publisher) -> None:
    other = Publisher()
    threading.Thread(target=other.serve_forever, daemon=True).start()
    publisher.serve("/0", b"", status=302, headers={"Location": other.url("/secret")})
    only = HttpSettings(allow_private=(f"127.0.0.1:{publisher.server_address[1]}",))
    assert refused(publisher.url("/0"), only).kind == "private"
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
        assert ask(url, settings)[0].body == b"x"
        return
    error = refused(url, settings)
    assert error.kind == kind
    assert "allow_private" in str(error)
    assert publisher.requests == []


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f.1", "0177.0.0.1"])
def test_no_other_spelling_leads_to_the_own_machine(publisher: Publisher, host: str) -> None:
    publisher.serve("/a", b"x")
    refused(publisher.url("/a").replace("127.0.0.1", host), HttpSettings())
    assert publisher.requests == []


def test_credentials_stay_with_their_origin_and_out_of_messages(publisher: Publisher) -> None:
    publisher.serve("/a", b"", status=302, headers={"Location": publisher.url("/b").replace("127.0.0.1", "127.0.0.2")})
    other = publisher.url("/a").replace("http://", "http://ann:secret@")
    error = refused(other, HttpSettings(allow_private=("127.0.0.1",)))
    assert publisher.requests[0].headers["Authorization"] == "Basic YW5uOnNlY3JldA=="
    assert "secret" not in str(error)
    publisher.serve("/c", b"", status=302, headers={"Location": publisher.url("/d").replace("127.0.0.1", "localhost")})
    publisher.serve("/d", b"x")
    ask(
        publisher.url("/c"),
        HttpSettings(allow_private=("127.0.0.0/8", "::1")),
        headers={"Authorization": "Bearer t", "X-Api-Key": "k", "Accept-Language": "de"},
    )
    assert publisher.requests[-2].headers["X-Api-Key"] == "k"
    assert publisher.requests[-1].path == "/d"
    assert publisher.requests[-1].headers["Authorization"] is None
    assert publisher.requests[-1].headers["X-Api-Key"] is None
    assert publisher.requests[-1].headers["Accept-Language"] == "de"
    assert shown("https://ann:secret@example.com/a\x1b[31m") == "https://example.com/a[31m"


@pytest.mark.parametrize(
    ("status", "headers", "said", "wait"),
    [
        (404, {}, "nothing at this address", None),
        (410, {}, "gone for good", None),
        (403, {}, "refuses us", None),
        (401, {}, "user and password", None),
        (429, {"Retry-After": "120"}, "too often; it asks to wait 120 s", 120),
        (503, {"Retry-After": "Thu, 01 Jan 2015 00:00:00 GMT"}, "the server failed", 0),
        (500, {}, "the server failed", None),
        (418, {}, "HTTP 418", None),
        (300, {}, "HTTP 300", None),
    ],
)
def test_a_status_in_words(
    publisher: Publisher, status: int, headers: dict[str, str], said: str, wait: float | None
) -> None:
    publisher.serve("/a", b"", status=status, headers=headers)
    error = refused(publisher.url("/a"))
    assert (error.kind, error.status, error.retry_after) == ("status", status, wait)
    assert said in str(error)
    assert publisher.url("/a") in str(error)


@pytest.mark.parametrize("parts", [[], [HEAD]], ids=["nothing", "half a head"])
def test_silence_ends_at_the_time_out(publisher: Publisher, parts: list[bytes]) -> None:
    done = threading.Event()
    publisher.handle("/a", raw(*parts, hold=done))
    short = HttpSettings(allow_private=LOOPBACK, timeout=timedelta(seconds=0.3))
    error = refused(publisher.url("/a"), short)
    done.set()
    assert error.kind == "timeout"
    assert "no answer within 0.3 s" in str(error)


def endless(exchange: Exchange) -> None:
    exchange.close_connection = True
    exchange.wfile.write(HEAD + b"\r\n")
    while True:
        exchange.wfile.write(b"x" * 65536)


def test_what_is_too_large_is_left(publisher: Publisher) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < SETTINGS.max_bytes
    publisher.serve("/bomb", bomb, headers={"Content-Encoding": "gzip"})
    publisher.serve("/large", bytes(200_000))
    publisher.handle("/endless", endless)
    for path in ("/bomb", "/large", "/endless"):
        error = refused(publisher.url(path))
        assert error.kind == "size"
        assert "max_bytes" in str(error)


def test_what_arrived_before_a_pause_without_end_counts(publisher: Publisher) -> None:
    done = threading.Event()
    publisher.handle("/a", raw(HEAD + b'ETag: "1"\r\n\r\n', b"<a/>", hold=done))
    response, door = ask(publisher.url("/a"), HttpSettings(allow_private=LOOPBACK, timeout=timedelta(seconds=0.4)))
    done.set()
    assert (response.body, response.complete, door.validators) == (b"<a/>", False, NONE)
    assert door.cut is not None
    assert (door.cut.kind, "stood still for 0.2 s" in str(door.cut)) == ("timeout", True)


def test_a_trickle_ends_at_the_time_out(publisher: Publisher) -> None:
    done = threading.Event()

    def trickle(exchange: Exchange) -> None:
        exchange.close_connection = True
        exchange.wfile.write(HEAD + b"\r\n")
        while not done.wait(0.02):
            exchange.wfile.write(b"x")

    publisher.handle("/a", trickle)
    response, door = ask(publisher.url("/a"), HttpSettings(allow_private=LOOPBACK, timeout=timedelta(seconds=0.3)))
    done.set()
    assert set(response.body) == set(b"x")
    assert "no whole answer within 0.3 s" in str(door.cut)


@pytest.mark.parametrize(
    "parts",
    [
        [HEAD + b"Content-Length: 100\r\n\r\npart"],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"],
    ],
)
def test_what_arrived_before_a_break_counts_and_is_not_confirmed(publisher: Publisher, parts: list[bytes]) -> None:
    publisher.handle("/a", raw(parts[0].replace(b"\r\n\r\n", b'\r\nETag: "x"\r\n\r\n', 1)))
    response, door = ask(publisher.url("/a"))
    assert (response.body, response.complete) == (b"part", False)
    assert door.validators == Validators()


def test_oddities_of_http(publisher: Publisher) -> None:
    publisher.handle("/bare", raw(HEAD + b"\r\nto the end"))
    publisher.handle("/chunks", raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"))
    assert ask(publisher.url("/bare"))[0].body == b"to the end"
    assert ask(publisher.url("/chunks"))[0].body == b"abc"


@pytest.mark.parametrize(
    ("parts", "kinds"),
    [
        ([], {"connect"}),
        ([b"nonsense\r\n\r\n"], {"protocol"}),
        ([HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"], {"protocol"}),
        ([HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"], {"protocol"}),
    ],
)
def test_broken_answers_are_named(publisher: Publisher, parts: list[bytes], kinds: set[str]) -> None:
    publisher.handle("/a", raw(*parts))
    assert refused(publisher.url("/a")).kind in kinds


@pytest.mark.parametrize(
    ("url", "kind", "said"),
    [
        ("http://127.0.0.1:1/", "connect", "no connection"),
        ("https://127.0.0.1:{port}/", "tls", "TLS"),
        ("http://no-such-host.invalid/", "dns", "DNS"),
        ("ftp://127.0.0.1/", "scheme", "no address of the web"),
        ("nonsense", "scheme", "no address of the web"),
    ],
)
def test_no_connection_in_words(publisher: Publisher, url: str, kind: str, said: str) -> None:
    error = refused(url.format(port=publisher.server_address[1]))
    assert error.kind == kind
    assert said in str(error)


@pytest.mark.parametrize(("settings", "most"), [({"per_host": 3}, 3), ({"per_host": 99, "concurrency": 4}, 4)])
def test_no_more_at_once_than_configured(publisher: Publisher, settings: dict[str, int], most: int) -> None:
    lock, now, peak = threading.Lock(), [0], [0]

    def count(exchange: Exchange) -> None:
        with lock:
            now[0] += 1
            peak[0] = max(peak[0], now[0])
        threading.Event().wait(0.02)
        with lock:
            now[0] -= 1
        exchange.answer(200, b"x")

    publisher.handle("/a", count)

    async def body() -> None:
        async with Client(HttpSettings(allow_private=LOOPBACK, **settings), "1") as client:  # type: ignore[arg-type]
            doors = [client.door(None, Validators(), lambda: None) for _ in range(30)]
            await asyncio.gather(*(door.get(publisher.url("/a")) for door in doors))

    asyncio.run(body())
    assert peak[0] == most


def test_a_file_is_read_and_known_again(tmp_path: Path) -> None:
    path = tmp_path / "a feed.xml"
    path.write_bytes(b"one")
    response, door = ask(path.as_uri())
    assert response.body == b"one"
    with pytest.raises(NotModified):
        ask(path.as_uri(), validators=door.validators)
    path.write_bytes(b"longer")
    assert ask(path.as_uri(), validators=door.validators)[0].body == b"longer"
    assert refused((tmp_path / "none.xml").as_uri()).kind == "file"
    path.write_bytes(bytes(200_000))
    assert refused(path.as_uri()).kind == "size"


def test_a_source_reads_only_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.xml").write_bytes(b"a")
    (tmp_path / "secret").write_bytes(b"s")

    async def body() -> bytes:
        async with Client(SETTINGS, "1") as client:
            door = client.door((tmp_path / "own").as_uri(), Validators(), lambda: None)
            with pytest.raises(FetchError, match="lies outside"):
                await door.get((tmp_path / "secret").as_uri())
            return (await door.get((tmp_path / "own" / "a.xml").as_uri())).body

    assert asyncio.run(body()) == b"a"


def test_a_plain_function_asks_from_its_thread(publisher: Publisher) -> None:
    publisher.serve("/a", b"x")
    beats: list[None] = []

    async def body() -> Response:
        async with Client(SETTINGS, "1") as client:
            door = client.door(None, Validators(), lambda: beats.append(None))
            blocking = BlockingHttp(door, asyncio.get_running_loop())
            return await asyncio.to_thread(blocking.get, publisher.url("/a"))

    assert asyncio.run(body()).body == b"x"
    assert beats


def test_a_proxy_is_used_and_does_not_open_the_own_network(publisher: Publisher) -> None:
    seen: list[str] = []

    def relay(exchange: Exchange) -> None:
        seen.append(exchange.path)
        exchange.answer(200, b"through the proxy")

    publisher.handle("http://site.example/a", relay)
    through = HttpSettings(proxy=publisher.url(""))
    assert ask("http://site.example/a", through)[0].body == b"through the proxy"
    assert seen == ["http://site.example/a"]
    for url in ("http://10.0.0.1/", "http://localhost/"):
        assert refused(url, through).kind == "private"
