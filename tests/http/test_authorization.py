"""User and password of an address, as the octets that the address states."""

from __future__ import annotations

import base64
import socket
import threading

import pytest
from publisher import Exchange, Publisher
from single_requests import LOOPBACK, get, get_error

from aggregator.http.origins import basic_authorization
from aggregator.http.settings import HttpSettings
from aggregator.http.sockets import open_proxy_connection

CREDENTIALS = [
    ("jo:p-%C3%A4", b"jo:p-\xc3\xa4"),
    ("jo:p-ä", b"jo:p-\xc3\xa4"),
    ("jo:p-%E4", b"jo:p-\xe4"),
    ("j%C3%B6:x", b"j\xc3\xb6:x"),
    ("jo:a%3Ab%25c%40d%2Fe", b"jo:a:b%c@d/e"),
    ("jo%40site.example:x", b"jo@site.example:x"),
    ("jo", b"jo:"),
    ("jo:", b"jo:"),
    (":token", b":token"),
    ("jo:a+b", b"jo:a+b"),
    ("jo:%E2%82%AC", b"jo:\xe2\x82\xac"),
    ("jo:a@b", b"jo:a@b"),
]


def sent(header: str | None) -> bytes:
    assert header is not None
    assert header.startswith("Basic ")
    return base64.b64decode(header.removeprefix("Basic "))


@pytest.mark.parametrize(("written", "octets"), CREDENTIALS)
def test_credentials_are_sent_as_written(publisher: Publisher, written: str, octets: bytes) -> None:
    publisher.serve("/f", b"x")
    get(publisher.url("/f").replace("http://", f"http://{written}@"))
    assert sent(publisher.requests[0].headers["Authorization"]) == octets


@pytest.mark.parametrize("url", ["http://site.example/", "http://@site.example/", "http://:@site.example/"])
def test_address_without_credentials(url: str) -> None:
    assert basic_authorization(url) is None


@pytest.mark.parametrize(("written", "octets"), CREDENTIALS)
def test_credentials_of_a_proxy_are_sent_as_written(publisher: Publisher, written: str, octets: bytes) -> None:
    publisher.handle("http://site.example/a", lambda exchange: exchange.answer(200, b"x"))
    settings = HttpSettings(proxy=publisher.url("").replace("http://", f"http://{written}@"))
    get("http://ann:secret@site.example/a", settings)
    headers = publisher.requests[0].headers
    assert sent(headers["Proxy-Authorization"]) == octets
    assert sent(headers["Authorization"]) == b"ann:secret"


def tunnel_head(use: str) -> bytes:
    """Return what a proxy with credentials receives. `use`: "https" requests or other "connections" through it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        received = []

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                received.append(connection.recv(8192))
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        proxy = f"http://jo:p-%C3%A4%E4@127.0.0.1:{server.getsockname()[1]}"
        if use == "https":
            get_error("https://ann:secret@site.example/a", HttpSettings(proxy=proxy))
        else:
            import asyncio

            from aggregator.errors import FetchError

            with pytest.raises(FetchError):
                asyncio.run(open_proxy_connection(proxy, "site.example", 993, 5))
        thread.join(10)
    return received[0]


@pytest.mark.parametrize("use", ["https", "connections"])
def test_credentials_of_a_proxy_open_a_tunnel(use: str) -> None:
    lines = tunnel_head(use).decode().split("\r\n")
    assert lines[0].startswith("CONNECT site.example:")
    [value] = [line.partition(": ")[2] for line in lines if line.lower().startswith("proxy-authorization:")]
    assert sent(value) == b"jo:p-\xc3\xa4\xe4"
    assert not [line for line in lines if line.lower().startswith("authorization:")]


def test_credentials_stay_with_redirects_within_the_server(publisher: Publisher) -> None:
    publisher.handle("/a", lambda exchange: exchange.answer(302, headers={"Location": "/b"}))
    publisher.serve("/b", b"x")
    get(publisher.url("/a").replace("http://", "http://jo:p-%E4@"))
    assert [sent(request.headers["Authorization"]) for request in publisher.requests] == [b"jo:p-\xe4"] * 2


def refuse(exchange: Exchange) -> None:
    exchange.answer(401, headers={"WWW-Authenticate": 'Basic realm="x", charset="UTF-8"'})


def test_advice_after_401_depends_on_what_was_sent(publisher: Publisher) -> None:
    publisher.handle("/f", refuse)
    url = publisher.url("/f")
    settings = HttpSettings(allow_private=LOOPBACK)
    assert "add them to the address" in str(get_error(url, settings))
    error = str(get_error(url.replace("http://", "http://jo:wrong@"), settings))
    assert "does not accept the user and password" in error
    assert "add them" not in error
    assert "wrong" not in error


def test_401_of_another_server_after_a_redirect(publisher: Publisher) -> None:
    publisher.handle("/f", refuse)
    other = publisher.url("/f").replace("127.0.0.1", "localhost")
    publisher.handle("/a", lambda exchange: exchange.answer(302, headers={"Location": other}))
    settings = HttpSettings(allow_private=(*LOOPBACK, "localhost"))
    error = str(get_error(publisher.url("/a").replace("http://", "http://jo:secret@"), settings))
    assert "not sent to another server" in error
    assert publisher.requests[-1].headers["Authorization"] is None
