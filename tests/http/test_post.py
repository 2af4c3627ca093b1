"""Requests that deliver something: what is known about their arrival, and what they may reach."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from publisher import Publisher

from aggregator.errors import DeliveryError
from aggregator.http.post import MAX_RESPONSE, PostClient
from aggregator.http.settings import HttpSettings


@contextmanager
def client(*trusted: object) -> Iterator[PostClient]:
    with PostClient(HttpSettings(), "1.0", trusted) as http:
        yield http


def failure(publisher: Publisher, path: str = "/hook", body: bytes = b"x") -> DeliveryError:
    with client(publisher.url("/")) as http, pytest.raises(DeliveryError) as raised:
        http.post(publisher.url(path), body)
    return raised.value


def flags(error: DeliveryError) -> tuple[bool, bool, bool]:
    return error.permanent, error.uncertain, error.for_all


def test_a_body_is_sent_with_its_headers(publisher: Publisher) -> None:
    publisher.handle("/hook", lambda exchange: exchange.answer(201, b"created"))
    with client({"url": [publisher.url("/hook")]}) as http:
        for method in ("POST", "PUT"):
            response = http.post(publisher.url("/hook"), b"\x00body", headers={"X-Key": "1"}, method=method)
            assert (response.status, response.body) == (201, b"created")
    [post, put] = publisher.requests
    assert (post.method, put.method) == ("POST", "PUT")
    assert (post.body, post.headers["X-Key"], post.headers["Connection"]) == (b"\x00body", "1", "close")
    assert post.headers["User-Agent"].startswith("aggregate/1.0")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, (True, False, False)),
        (413, (True, False, False)),
        (422, (True, False, False)),
        (401, (False, False, True)),
        (403, (False, False, True)),
        (404, (False, False, True)),
        (410, (False, False, True)),
        (408, (False, False, False)),
        (429, (False, False, True)),
        (500, (False, False, False)),
        (503, (False, False, False)),
        (304, (False, False, True)),
    ],
)
def test_what_a_status_means(publisher: Publisher, status: int, expected: tuple[bool, bool, bool]) -> None:
    publisher.handle("/hook", lambda exchange: exchange.answer(status, b"", {"Retry-After": "7"}))
    error = failure(publisher)
    assert flags(error) == expected
    assert f"HTTP {status}" in str(error)
    assert error.retry_after == (7 if status in (429, 503) else None)


def test_a_private_address_that_no_option_names_is_refused(publisher: Publisher) -> None:
    publisher.handle("/hook", lambda exchange: exchange.answer(200))
    with client("https://hooks.example/") as http, pytest.raises(DeliveryError, match="private address") as raised:
        http.post(publisher.url("/hook"), b"x")
    assert flags(raised.value) == (False, False, True)
    assert publisher.requests == []


def test_a_refused_connection_is_known_not_to_have_arrived() -> None:
    with client("http://127.0.0.1:1/") as http, pytest.raises(DeliveryError) as raised:
        http.post("http://127.0.0.1:1/", b"x")
    assert flags(raised.value) == (False, False, True)


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_connection_that_breaks_after_the_body_is_uncertain(publisher: Publisher, size: int) -> None:
    publisher.handle("/hook", lambda exchange: exchange.connection.close())
    assert flags(failure(publisher, body=b"x" * size)) == (False, True, False)


def test_a_connection_that_breaks_within_the_body_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"

        def close_early() -> None:
            connection, _ = server.accept()
            connection.recv(1000)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            connection.close()

        thread = threading.Thread(target=close_early)
        thread.start()
        with client(url) as http, pytest.raises(DeliveryError) as raised:
            http.post(url, b"x" * 20_000_000)
        thread.join()
    assert not raised.value.uncertain


def test_a_response_is_read_in_part(publisher: Publisher) -> None:
    publisher.handle("/hook", lambda exchange: exchange.answer(200, b"y" * 10 * MAX_RESPONSE))
    with client(publisher.url("/")) as http:
        assert len(http.post(publisher.url("/hook"), b"x").body) == MAX_RESPONSE


def test_redirects_end(publisher: Publisher) -> None:
    publisher.handle("/hook", lambda exchange: exchange.answer(308, b"", {"Location": "/hook"}))
    assert "more than 3 redirects" in str(failure(publisher))
    assert len(publisher.requests) == 4


@pytest.mark.parametrize("url", ["", "ftp://x.example/", "hooks.example", "http://[broken"])
def test_other_addresses_are_refused(url: str) -> None:
    with client() as http, pytest.raises(DeliveryError, match="is not a web address"):
        http.post(url, b"x")
