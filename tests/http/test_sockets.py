"""`http.connect`: connections for other protocols than HTTP obey the same rules."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from project import Project

PLUGIN = '''
import asyncio
from aggregator import Item, hookimpl

def plain(http, *, host: str = "127.0.0.1", port: int):
    """Sends a greeting."""
    with http.connect(host, port) as connection:
        connection.sendall(b"hello\\n")
        yield Item(id=1, title=connection.makefile().readline())

async def asynchronous(http, *, host: str = "127.0.0.1", port: int):
    """Sends a greeting."""
    reader, writer = await asyncio.open_connection(sock=await http.connect(host, port))
    writer.write(b"hello\\n")
    yield Item(id=1, title=(await reader.readline()).decode())
    writer.close()

def slow(http):
    """Waits for something else than a response."""
    import time
    with http.waiting(60):
        time.sleep(2.5)
    yield Item(id=1, title="At last")

@hookimpl
def register_sources(register):
    register(plain)
    register(asynchronous)
    register(slow)
'''


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run a server on loopback that calls `answer` for each connection; yields its port."""

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def greet(connection: socket.socket) -> None:
    line = connection.makefile().readline()
    connection.sendall(f"{line.strip()} yourself\n".encode())


def run(project: Project, plugin: str, port: int, http: str = 'allow_private = ["127.0.0.0/8"]', host: str = "") -> Any:
    project.write("my/talk.py", PLUGIN)
    options = f"port = {port}\n" + (f'host = "{host}"\n' if host else "") if port else ""
    project.configure(f"""
        plugins = ["my"]
        [[sources]]
        plugin = "{plugin}"
        name = "Talk"
        {options}
        [[outputs]]
        plugin = "jsonl"
        path = "out.jsonl"
        [http]
        {http}
    """)
    return project.run("--force")


def error(report: Any) -> str:
    [problem] = report["errors"]
    return str(problem["error"])


@pytest.mark.parametrize("plugin", ["plain", "asynchronous"])
def test_a_source_may_use_another_protocol(project: Project, plugin: str) -> None:
    with listening(greet) as port:
        assert run(project, plugin, port)["errors"] == []
    assert '"title":"hello yourself"' in project.read("out.jsonl")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_private_addresses_must_be_allowed(project: Project, host: str) -> None:
    with listening(greet) as port:
        message = error(run(project, "plain", port, "", host))
        assert f"tcp://{host}:{port}: is at the private address 127.0.0.1" in message
        assert f'allow_private = ["{host}:{port}"]' in message
        assert run(project, "plain", port, f'allow_private = ["{host}:{port}"]', host)["errors"] == []


def test_a_closed_port_and_an_invalid_name_are_reported(project: Project) -> None:
    with listening(greet) as port:
        pass
    assert f"tcp://127.0.0.1:{port}: no connection (" in error(run(project, "plain", port))
    assert "has no valid host name (a part between its dots is longer than 63" in error(
        run(project, "plain", port, host="x" * 70 + ".example")
    )


def test_a_silent_server_times_out(project: Project) -> None:
    finished = threading.Event()

    def wait(_: socket.socket) -> None:
        finished.wait()

    with listening(wait) as port:
        report = run(project, "plain", port, 'allow_private = ["127.0.0.0/8"]\ntimeout = "1s"')
        finished.set()
    assert report["sources"]["failed"] == 1


def test_a_connection_through_a_proxy(project: Project) -> None:
    heads: list[str] = []

    def tunnel(connection: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        heads.append(head.decode())
        connection.sendall(b"HTTP/1.1 200 Go on\r\nVia: 1.1 proxy\r\n\r\n")
        greet(connection)

    with listening(tunnel) as port:
        http = f'proxy = "http://me:p%40ss@127.0.0.1:{port}"'
        assert run(project, "plain", 7777, http, "talk.example")["errors"] == []
    assert '"title":"hello yourself"' in project.read("out.jsonl")
    login = base64.b64encode(b"me:p@ss").decode()
    assert heads[0].splitlines()[0] == "CONNECT talk.example:7777 HTTP/1.1"
    assert f"Proxy-Authorization: Basic {login}" in heads[0]


@pytest.mark.parametrize("head", [[b"HTTP/1.1 200 OK\r\n\r\n"], [b"HTTP/1.1 2", b"00 OK\r\nVia: 1.1 proxy\r\n\r\n"]])
def test_bytes_after_the_head_of_the_proxy_belong_to_the_host(project: Project, head: list[bytes]) -> None:
    """A server that sends first, such as IMAP, may be faster than the client reads the head."""

    def tunnel(connection: socket.socket) -> None:
        while not connection.recv(4096).endswith(b"\r\n\r\n"):
            pass
        *parts, last = head
        for part in parts:
            connection.sendall(part)
            time.sleep(0.05)
        connection.sendall(last + b"* OK ready\n")

    with listening(tunnel) as port:
        assert run(project, "plain", 143, f'proxy = "http://127.0.0.1:{port}"', "imap.example")["errors"] == []
    assert '"title":"* OK ready"' in project.read("out.jsonl")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "no connection through the `proxy` of [http] (HTTP 403 Forbidden)"),
        (b"", "no connection through the `proxy` of [http] (no response)"),
        (b"SSH-2.0\r\n\r\n", "no connection through the `proxy` of [http] (no response)"),
    ],
)
def test_a_proxy_that_refuses_is_reported(project: Project, answer: bytes, message: str) -> None:
    def refuse(connection: socket.socket) -> None:
        while not connection.recv(4096).endswith(b"\r\n\r\n"):
            pass
        connection.sendall(answer)

    with listening(refuse) as port:
        report = run(project, "plain", 7777, f'proxy = "http://127.0.0.1:{port}"', "talk.example")
    assert error(report) == f"tcp://talk.example:7777: {message}"


def test_a_proxy_gives_no_access_to_private_addresses(project: Project) -> None:
    with listening(greet) as port:
        message = error(run(project, "plain", 25, f'proxy = "http://127.0.0.1:{port}"', "192.168.1.1"))
    assert "tcp://192.168.1.1:25: is at the private address" in message


def test_an_https_proxy_supports_http_only(project: Project) -> None:
    message = error(run(project, "plain", 25, 'proxy = "https://proxy.example"', "talk.example"))
    assert "an https:// proxy supports HTTP only" in message


@pytest.mark.slow
def test_a_source_may_extend_its_timeout(project: Project) -> None:
    assert run(project, "slow", 0, 'timeout = "1s"')["errors"] == []
    assert "At last" in project.read("out.jsonl")
