"""Connections for other protocols than HTTP, by the same rules: guarded, in time, through the proxy where there is one.

Sources: RFC 8305 (several addresses of a host), RFC 9110 9.3.6 (CONNECT).
"""

from __future__ import annotations

import asyncio
import base64
import socket
from urllib.parse import unquote, urlsplit

from aiohappyeyeballs import start_connection

from aggregator.http import failures
from aggregator.http.guard import Guard

HEAD_START = 0.25
"""Seconds after which the next address of a host is tried beside the first."""
HEAD = 8192
"""Bytes that a proxy's answer may have."""


def address_of(host: str, port: int) -> str:
    """Whom a connection leads to, as messages show it."""
    return f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"


async def dial(host: str, port: int, seconds: float, guard: Guard | None) -> socket.socket:
    """A connection to one of a host's addresses that the guard permits. Raises FetchError."""
    address, known = address_of(host, port), False
    try:
        async with asyncio.timeout(seconds):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            known = True
            permitted = [one for one in found if guard is None or guard.permits(host, str(one[4][0]), port)]
            if not permitted:
                raise failures.private(address, str(found[0][4][0]))
            return await start_connection(permitted, happy_eyeballs_delay=HEAD_START)
    except TimeoutError as error:
        raise failures.no_way(address, seconds, known=known) from error
    except UnicodeError as error:
        raise failures.of_exception(address, socket.gaierror(socket.EAI_NONAME, "no name of a host")) from error
    except socket.gaierror as error:
        raise failures.of_exception(address, error) from error
    except OSError as error:
        raise failures.no_connection(address, error) from error


async def dial_through(proxy: str, host: str, port: int, seconds: float) -> socket.socket:
    """A connection to a host through an HTTP proxy. `proxy`: its address. Raises FetchError."""
    address, parts = address_of(host, port), urlsplit(proxy)
    if parts.scheme.lower() != "http":
        raise failures.no_tunnel(address, "an https:// proxy is for http alone")
    connection = await dial(parts.hostname or "", parts.port or 80, seconds, None)
    try:
        async with asyncio.timeout(seconds):
            said = await _ask(connection, address.removeprefix("tcp://"), proxy)
        version, _, status = said.partition(b"\r\n")[0].decode("latin-1").partition(" ")
        if not version.startswith("HTTP/") or not status.startswith("2"):
            raise failures.no_tunnel(address, f"HTTP {status[:80]}" if status else "no answer")
    except TimeoutError as error:
        connection.close()
        raise failures.no_way(address, seconds, known=True) from error
    except BaseException:
        connection.close()
        raise
    return connection


async def _ask(connection: socket.socket, place: str, proxy: str) -> bytes:
    """The head of the proxy's answer. What follows it is the host's already, so that no byte more may be taken."""
    loop = asyncio.get_running_loop()
    login = urlsplit(proxy).netloc.rpartition("@")[0]
    basic = base64.b64encode(unquote(login).encode()).decode()
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}", *([f"Proxy-Authorization: Basic {basic}"] if login else [])]
    await loop.sock_sendall(connection, "\r\n".join([*lines, "", ""]).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n") and len(head) < HEAD and (byte := await loop.sock_recv(connection, 1)):
        head += byte
    return head
