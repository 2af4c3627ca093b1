"""Malformed responses: the readable part is returned, everything else is reported."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Mapping

import brotli
import pytest
from publisher import Exchange, Publisher
from single_requests import HEAD, LOOPBACK, SETTINGS, get, get_error, raw

from aggregator.http.client import Client
from aggregator.http.response import Validators
from aggregator.http.settings import HttpSettings
from aggregator.http.source_http import SourceHttp

DOCUMENT = b"<rss>" + b"".join(b"<item>%d</item>" % (n * 7919 % 1000) for n in range(500)) + b"</rss>"


def deflate(body: bytes) -> bytes:
    """RFC 1951 without the header of RFC 1950."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


def decoded(publisher: Publisher, body: bytes, headers: Mapping[str, str]) -> tuple[bytes, bool]:
    publisher.serve("/a", body, headers=headers)
    response, _ = get(publisher.url("/a"))
    return response.body, response.complete


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(DOCUMENT)),
        ("x-gzip", gzip.compress(DOCUMENT)),
        ("GZip", gzip.compress(DOCUMENT[:100]) + gzip.compress(DOCUMENT[100:]) + b"\0\0"),
        ("deflate", zlib.compress(DOCUMENT)),
        ("deflate", deflate(DOCUMENT)),
        ("deflate", gzip.compress(DOCUMENT)),
        ("br", brotli.compress(DOCUMENT)),
        ("gzip, gzip", gzip.compress(gzip.compress(DOCUMENT))),
        ("gzip, br", brotli.compress(gzip.compress(DOCUMENT))),
        ("gzip, gzip", gzip.compress(DOCUMENT)),
        ("gzip", DOCUMENT),
        ("br", DOCUMENT),
        ("deflate", DOCUMENT),
        ("utf-8", DOCUMENT),
        ("utf-8", gzip.compress(DOCUMENT)),
        ("identity", DOCUMENT),
        ("", DOCUMENT),
    ],
)
def test_correct_double_and_wrong_encodings(publisher: Publisher, encoding: str, body: bytes) -> None:
    assert decoded(publisher, body, {"Content-Encoding": encoding}) == (DOCUMENT, True)


def test_two_headers_state_two_encodings(publisher: Publisher) -> None:
    body = gzip.compress(gzip.compress(DOCUMENT))
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    publisher.handle("/a", raw(head + body))
    assert get(publisher.url("/a"))[0].body == DOCUMENT


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", gzip.compress(DOCUMENT)), ("deflate", zlib.compress(DOCUMENT)), ("br", brotli.compress(DOCUMENT))],
)
def test_the_part_before_an_error_in_a_stream_is_returned(publisher: Publisher, encoding: str, body: bytes) -> None:
    part, complete = decoded(publisher, body[: len(body) * 3 // 4], {"Content-Encoding": encoding})
    assert not complete
    assert DOCUMENT.startswith(part)
    assert len(part) > 300


@pytest.mark.parametrize(
    ("encoding", "message"),
    [("gzip", "stated encoding 'gzip'"), ("br", "'br'"), ("zstd", "unknown encoding 'zstd'")],
)
def test_an_undecodable_body_is_reported(publisher: Publisher, encoding: str, message: str) -> None:
    publisher.serve("/a", b"\x28\xb5\x2f\xfd not it", headers={"Content-Encoding": encoding})
    error = get_error(publisher.url("/a"))
    assert error.kind == "protocol"
    assert message in str(error)


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        ("gzip", gzip.compress(bytes(30_000_000))),
        ("deflate", zlib.compress(bytes(30_000_000))),
        ("br", brotli.compress(bytes(30_000_000), quality=1)),
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(30_000_000)))),
        ("gzip", b"".join(gzip.compress(bytes(3_000)) for _ in range(50))),
    ],
)
def test_decompression_bombs_are_refused(publisher: Publisher, encoding: str, bomb: bytes) -> None:
    assert len(bomb) < SETTINGS.max_bytes < 150_000
    publisher.serve("/a", bomb, headers={"Content-Encoding": encoding})
    assert get_error(publisher.url("/a")).kind == "size"


@pytest.mark.parametrize(
    ("parts", "body", "complete"),
    [
        ([b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", HEAD + b"Content-Length: 2\r\n\r\nab"], b"ab", True),
        ([b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\nab"], b"ab", True),
        ([HEAD + b"Content-Length: 2\r\n\r\nabcdef"], b"ab", True),
        ([HEAD + b"Content-Length: 20\r\n\r\nabcdef"], b"abcdef", False),
        ([HEAD + b"\r\n", b"ab", b"cd"], b"abcd", True),
        ([b"HTTP/1.0 200 OK\r\n\r\nabcd"], b"abcd", True),
        ([HEAD + b"Content-Length: 0\r\n\r\n"], b"", True),
        ([HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\nzz\r\n"], b"abcd", False),
        ([HEAD + b"Transfer-Encoding: chunked\r\n\r\n4;x=1\r\nabcd\r\n0\r\nX-Trailer: 1\r\n\r\n"], b"abcd", True),
        ([HEAD + b"X-A: \xfc\xe4\r\nContent-Length: 2\r\n\r\nab"], b"ab", True),
        ([HEAD + b"X-A: " + b"x" * 20_000 + b"\r\nContent-Length: 2\r\n\r\nab"], b"ab", True),
    ],
)
def test_unusual_responses_are_read(publisher: Publisher, parts: list[bytes], body: bytes, complete: bool) -> None:
    publisher.handle("/a", raw(*parts))
    response, _ = get(publisher.url("/a"))
    assert (response.body, response.complete) == (body, complete)


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"X-A: " + b"x" * 100_000 + b"\r\n\r\n",
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        HEAD + b"Content-Length: many\r\n\r\nabc",
        b"HTTP/1.1 OK\r\n\r\n",
    ],
    ids=["endless header", "two lengths", "invalid length", "no status"],
)
def test_an_invalid_response_is_reported_in_one_line(publisher: Publisher, head: bytes) -> None:
    publisher.handle("/a", raw(head))
    error = get_error(publisher.url("/a"))
    assert (error.kind, "the response is malformed" in str(error)) == ("protocol", True)


def test_validators_that_are_not_utf_8_are_dropped_and_others_are_sent_back_verbatim(publisher: Publisher) -> None:
    publisher.handle("/a", raw(HEAD + b'ETag: "\xfc"\r\nLast-Modified: "gr\xc3\xbcn"\r\nContent-Length: 2\r\n\r\nab'))
    _, http = get(publisher.url("/a"))
    assert http.validators == Validators(last_modified='"grün"', address=b"")
    publisher.serve("/a", b"x")
    get(publisher.url("/a"), validators=http.validators)
    assert publisher.requests[-1].headers["If-Modified-Since"].encode("latin-1") == b'"gr\xc3\xbcn"'


def test_a_redirect_to_a_non_ascii_address_is_followed(publisher: Publisher) -> None:
    moved = b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: /gr"
    publisher.handle("/a", raw(moved + b"\xfcn\r\n\r\n"))
    publisher.handle("/b", raw(moved + "ün".encode() + b"\r\n\r\n"))
    publisher.serve("/gr%FCn", b"latin-1")
    publisher.serve("/gr%C3%BCn", b"utf-8")
    response, http = get(publisher.url("/a"))
    assert (response.body, http.moved_to) == (b"latin-1", publisher.url("/gr%FCn"))
    assert get(publisher.url("/b"))[0].body == b"utf-8"


def test_a_304_in_response_to_an_unconditional_request_is_an_error(publisher: Publisher) -> None:
    publisher.handle("/a", lambda exchange: exchange.answer(304))
    assert "in response to an unconditional request" in str(get_error(publisher.url("/a")))


def test_only_a_request_on_a_reused_connection_is_sent_again(publisher: Publisher) -> None:
    """RFC 9112 9.3.1: a request that the server may have processed is not sent again."""
    served: list[Exchange] = []  # one per connection; kept, since the ids of deleted objects are reused

    def closes_after(exchange: Exchange) -> None:
        if exchange in served:
            exchange.close_connection = True  # as a server does after its keep-alive timeout
            return
        served.append(exchange)
        exchange.answer(200, b"x")

    publisher.handle("/a", closes_after)
    publisher.handle("/b", raw())

    async def body() -> list[bytes]:
        async with Client(SETTINGS, "1") as client:
            http = SourceHttp(client, None)
            return [(await http.get(publisher.url("/a"))).body for _ in range(2)]

    assert asyncio.run(body()) == [b"x", b"x"]
    assert len(publisher.requests) == 3
    publisher.requests.clear()
    assert get_error(publisher.url("/b")).kind == "connect"
    assert len(publisher.requests) == 1


def test_credentials_are_kept_after_a_redirect_within_the_origin(publisher: Publisher) -> None:
    publisher.serve("/a", b"", status=301, headers={"Location": publisher.url("/b")})
    publisher.serve("/b", b"x")
    _, http = get(publisher.url("/a").replace("http://", "http://ann:secret@"))
    assert [request.headers["Authorization"] for request in publisher.requests] == ["Basic YW5uOnNlY3JldA=="] * 2
    assert http.moved_to == publisher.url("/b").replace("http://", "http://ann:secret@")
    response, _ = get(
        publisher.url("/b").replace("http://", "http://ann:secret@"),
        HttpSettings(allow_private=LOOPBACK),
        headers={"Authorization": "Bearer t"},
    )
    assert publisher.requests[-1].headers["Authorization"] == "Bearer t"
    assert "secret" not in response.url


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 99\r\n\r\n",
        b"Content-Length: 99\r\n\r\nhalf",
        b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nno",
        b"Content-Length: 200000\r\n\r\n" + b"x" * 200_000,
    ],
    ids=["no body", "half a body", "wrong encoding", "too large"],
)
def test_the_body_of_an_error_or_a_redirect_is_not_needed(publisher: Publisher, rest: bytes) -> None:
    publisher.handle("/a", raw(b"HTTP/1.1 404 Not Found\r\n" + rest))
    publisher.handle("/b", raw(b"HTTP/1.1 301 Moved\r\nLocation: /c\r\n" + rest))
    publisher.serve("/c", b"there")
    assert get_error(publisher.url("/a")).status == 404
    assert get(publisher.url("/b"))[0].body == b"there"
