"""`http.connect`: connections for other protocols than HTTP keep to the same rules."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from project import Project

PLUGIN = '''
import asyncio
from aggregator import Item, hookimpl

def plain(http, *, host: str = "127.0.0.1", port: int):
    """Greets somebody."""
    with http.connect(host, port) as connection:
        connection.sendall(b"hello\\n")
        yield Item(id=1, title=connection.makefile().readline())

async def asynchronous(http, *, host: str = "127.0.0.1", port: int):
    """Greets somebody."""
    reader, writer = await asyncio.open_connection(sock=await http.connect(host, port))
    writer.write(b"hello\\n")
    yield Item(id=1, title=(await reader.readline()).decode())
    writer.close()

def patient(http):
    """Takes its time."""
    import time
    with http.waiting(60):
        time.sleep(2.5)
    yield Item(id=1, title="At last")

@hookimpl
def register_sources(register):
    register(plain)
    register(asynchronous)
    register(patient)
'''


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on loopback that treats each connection so; its port."""

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


def ask(project: Project, plugin: str, port: int, http: str = 'allow_private = ["127.0.0.0/8"]', host: str = "") -> Any:
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
def test_a_source_may_speak_another_protocol(project: Project, plugin: str) -> None:
    with listening(greet) as port:
        assert ask(project, plugin, port)["errors"] == []
    assert '"title":"hello yourself"' in project.read("out.jsonl")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_private_address_is_reached_unless_it_is_allowed(project: Project, host: str) -> None:
    with listening(greet) as port:
        said = error(ask(project, "plain", port, "", host))
        assert f"tcp://{host}:{port}: is at the private address 127.0.0.1" in said
        assert f'allow_private = ["{host}:{port}"]' in said
        assert ask(project, "plain", port, f'allow_private = ["{host}:{port}"]', host)["errors"] == []


def test_a_closed_port_and_an_impossible_name_are_named(project: Project) -> None:
    with listening(greet) as port:
        pass
    assert f"tcp://127.0.0.1:{port}: no connection (" in error(ask(project, "plain", port))
    assert "host name is not known" in error(ask(project, "plain", port, host="x" * 70 + ".example"))


def test_who_says_nothing_is_given_up(project: Project) -> None:
    silence = threading.Event()

    def keep_silent(_: socket.socket) -> None:
        silence.wait()

    with listening(keep_silent) as port:
        report = ask(project, "plain", port, 'allow_private = ["127.0.0.0/8"]\ntimeout = "1s"')
        silence.set()
    assert report["sources"]["failed"] == 1


def test_a_proxy_leads_the_way(project: Project) -> None:
    heads: list[str] = []

    def lead(connection: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        heads.append(head.decode())
        connection.sendall(b"HTTP/1.1 200 Go on\r\nVia: 1.1 proxy\r\n\r\n")
        greet(connection)

    with listening(lead) as port:
        http = f'proxy = "http://me:p%40ss@127.0.0.1:{port}"'
        assert ask(project, "plain", 7777, http, "talk.example")["errors"] == []
    assert '"title":"hello yourself"' in project.read("out.jsonl")
    login = base64.b64encode(b"me:p@ss").decode()
    assert heads[0].splitlines()[0] == "CONNECT talk.example:7777 HTTP/1.1"
    assert f"Proxy-Authorization: Basic {login}" in heads[0]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "no way through the `proxy` of [http] (HTTP 403 Forbidden)"),
        (b"", "no way through the `proxy` of [http] (no answer)"),
        (b"SSH-2.0\r\n\r\n", "no way through the `proxy` of [http] (no answer)"),
    ],
)
def test_a_proxy_that_leads_nowhere_is_named(project: Project, answer: bytes, said: str) -> None:
    def refuse(connection: socket.socket) -> None:
        while not connection.recv(4096).endswith(b"\r\n\r\n"):
            pass
        connection.sendall(answer)

    with listening(refuse) as port:
        report = ask(project, "plain", 7777, f'proxy = "http://127.0.0.1:{port}"', "talk.example")
    assert error(report) == f"tcp://talk.example:7777: {said}"


def test_no_private_address_is_reached_through_a_proxy(project: Project) -> None:
    with listening(greet) as port:
        said = error(ask(project, "plain", 25, f'proxy = "http://127.0.0.1:{port}"', "192.168.1.1"))
    assert "tcp://192.168.1.1:25: is at the private address" in said


def test_an_https_proxy_is_for_http_alone(project: Project) -> None:
    said = error(ask(project, "plain", 25, 'proxy = "https://proxy.example"', "talk.example"))
    assert "an https:// proxy is for http alone" in said


@pytest.mark.slow
def test_a_source_that_says_that_it_waits_is_not_given_up(project: Project) -> None:
    assert ask(project, "patient", 0, 'timeout = "1s"')["errors"] == []
    assert "At last" in project.read("out.jsonl")
