"""Answers as no specification has them: what can be read is read, what cannot is named in words."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Mapping

import brotli
import pytest
from publisher import Exchange, Publisher
from single_requests import HEAD, LOOPBACK, SETTINGS, ask, raw, refused

from aggregator.http.client import Client
from aggregator.http.response import Validators
from aggregator.http.settings import HttpSettings

DOCUMENT = b"<rss>" + b"".join(b"<item>%d</item>" % (n * 7919 % 1000) for n in range(500)) + b"</rss>"


def deflate(body: bytes) -> bytes:
    """RFC 1951 without the frame of RFC 1950."""
    made = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return made.compress(body) + made.flush()


def got(publisher: Publisher, body: bytes, headers: Mapping[str, str]) -> tuple[bytes, bool]:
    publisher.serve("/a", body, headers=headers)
    response, _ = ask(publisher.url("/a"))
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
def test_encodings_right_double_and_wrong(publisher: Publisher, encoding: str, body: bytes) -> None:
    assert got(publisher, body, {"Content-Encoding": encoding}) == (DOCUMENT, True)


def test_two_headers_are_two_encodings(publisher: Publisher) -> None:
    body = gzip.compress(gzip.compress(DOCUMENT))
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    publisher.handle("/a", raw(head + body))
    assert ask(publisher.url("/a"))[0].body == DOCUMENT


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", gzip.compress(DOCUMENT)), ("deflate", zlib.compress(DOCUMENT)), ("br", brotli.compress(DOCUMENT))],
)
def test_what_comes_before_a_broken_stream_counts(publisher: Publisher, encoding: str, body: bytes) -> None:
    body_cut, complete = got(publisher, body[: len(body) * 3 // 4], {"Content-Encoding": encoding})
    assert not complete
    assert DOCUMENT.startswith(body_cut)
    assert len(body_cut) > 300


@pytest.mark.parametrize(
    ("encoding", "said"), [("gzip", "says that it is 'gzip'"), ("br", "'br'"), ("zstd", "encoded as 'zstd'")]
)
def test_what_cannot_be_decoded_is_named(publisher: Publisher, encoding: str, said: str) -> None:
    publisher.serve("/a", b"\x28\xb5\x2f\xfd not it", headers={"Content-Encoding": encoding})
    error = refused(publisher.url("/a"))
    assert error.kind == "protocol"
    assert said in str(error)


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        ("gzip", gzip.compress(bytes(30_000_000))),
        ("deflate", zlib.compress(bytes(30_000_000))),
        ("br", brotli.compress(bytes(30_000_000))),
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(30_000_000)))),
        ("gzip", b"".join(gzip.compress(bytes(3_000)) for _ in range(50))),
    ],
)
def test_no_bomb_unfolds(publisher: Publisher, encoding: str, bomb: bytes) -> None:
    assert len(bomb) < SETTINGS.max_bytes < 150_000
    publisher.serve("/a", bomb, headers={"Content-Encoding": encoding})
    assert refused(publisher.url("/a")).kind == "size"


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
def test_odd_answers_are_read(publisher: Publisher, parts: list[bytes], body: bytes, complete: bool) -> None:
    publisher.handle("/a", raw(*parts))
    response, _ = ask(publisher.url("/a"))
    assert (response.body, response.complete) == (body, complete)


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"X-A: " + b"x" * 100_000 + b"\r\n\r\n",
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        HEAD + b"Content-Length: many\r\n\r\nabc",
        b"HTTP/1.1 OK\r\n\r\n",
    ],
    ids=["a header without end", "two lengths", "no length", "no status"],
)
def test_what_is_no_answer_is_named_in_one_line(publisher: Publisher, head: bytes) -> None:
    publisher.handle("/a", raw(head))
    error = refused(publisher.url("/a"))
    assert (error.kind, "its answer is broken" in str(error)) == ("protocol", True)


def test_a_validator_that_is_no_text_is_not_kept_and_one_that_is_goes_back_verbatim(publisher: Publisher) -> None:
    publisher.handle("/a", raw(HEAD + b'ETag: "\xfc"\r\nLast-Modified: "gr\xc3\xbcn"\r\nContent-Length: 2\r\n\r\nab'))
    _, door = ask(publisher.url("/a"))
    assert door.validators == Validators(last_modified='"grün"')
    publisher.serve("/a", b"x")
    ask(publisher.url("/a"), validators=door.validators)
    assert publisher.requests[-1].headers["If-Modified-Since"].encode("latin-1") == b'"gr\xc3\xbcn"'


def test_a_redirect_to_what_is_no_ascii_is_followed(publisher: Publisher) -> None:
    moved = b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: /gr"
    publisher.handle("/a", raw(moved + b"\xfcn\r\n\r\n"))
    publisher.handle("/b", raw(moved + "ün".encode() + b"\r\n\r\n"))
    publisher.serve("/gr%FCn", b"latin-1")
    publisher.serve("/gr%C3%BCn", b"utf-8")
    response, door = ask(publisher.url("/a"))
    assert (response.body, door.moved_to) == (b"latin-1", publisher.url("/gr%FCn"))
    assert ask(publisher.url("/b"))[0].body == b"utf-8"


def test_nothing_changed_without_having_been_asked_so_is_an_error(publisher: Publisher) -> None:
    publisher.handle("/a", lambda exchange: exchange.answer(304))
    assert "though nothing was known" in str(refused(publisher.url("/a")))


def test_a_kept_connection_that_was_closed_is_made_anew_and_a_new_one_is_not(publisher: Publisher) -> None:
    """RFC 9112 9.3.1: nothing is sent twice that a server may have refused."""
    served: list[Exchange] = []  # one a connection, and kept: the id of one that is gone may be another's

    def closes_after(exchange: Exchange) -> None:
        if exchange in served:
            exchange.close_connection = True  # as a server does that waited for too long
            return
        served.append(exchange)
        exchange.answer(200, b"x")

    publisher.handle("/a", closes_after)
    publisher.handle("/b", raw())

    async def body() -> list[bytes]:
        async with Client(SETTINGS, "1") as client:
            door = client.door(None, Validators(), lambda: None)
            return [(await door.get(publisher.url("/a"))).body for _ in range(2)]

    assert asyncio.run(body()) == [b"x", b"x"]
    assert len(publisher.requests) == 3
    publisher.requests.clear()
    assert refused(publisher.url("/b")).kind == "connect"
    assert len(publisher.requests) == 1


def test_credentials_of_an_address_stay_where_it_moves_within_its_origin(publisher: Publisher) -> None:
    publisher.serve("/a", b"", status=301, headers={"Location": publisher.url("/b")})
    publisher.serve("/b", b"x")
    _, door = ask(publisher.url("/a").replace("http://", "http://ann:secret@"))
    assert [request.headers["Authorization"] for request in publisher.requests] == ["Basic YW5uOnNlY3JldA=="] * 2
    assert door.moved_to == publisher.url("/b").replace("http://", "http://ann:secret@")
    response, _ = ask(
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
    ids=["broken", "half", "wrongly encoded", "too large"],
)
def test_a_refusal_and_a_redirect_say_all_with_their_heads(publisher: Publisher, rest: bytes) -> None:
    publisher.handle("/a", raw(b"HTTP/1.1 404 Not Found\r\n" + rest))
    publisher.handle("/b", raw(b"HTTP/1.1 301 Moved\r\nLocation: /c\r\n" + rest))
    publisher.serve("/c", b"there")
    assert refused(publisher.url("/a")).status == 404
    assert ask(publisher.url("/b"))[0].body == b"there"
