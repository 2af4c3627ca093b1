"""Opens TCP connections for other protocols than HTTP: guarded, with a timeout, through the proxy if there is one.

Sources: RFC 8305 (several addresses of a host), RFC 9110 9.3.6 (CONNECT).
"""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

from aiohappyeyeballs import start_connection

from aggregator.http import failures
from aggregator.http.guard import Guard
from aggregator.http.origins import basic_authorization, is_ip_address
from aggregator.text.hosts import ascii_host, check_dns_name

CONNECTION_ATTEMPT_DELAY = 0.25
"""Seconds before the next address of a host is tried in parallel (RFC 8305 5)."""
MAX_HEAD_BYTES = 8192
"""Bytes of a proxy's response head that are read."""


def tcp_url(host: str, port: int) -> str:
    """Return the address of a connection as messages show it."""
    return f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"


def resolvable_host(url: str, host: str) -> str:
    """Return the host of a URL in ASCII. Raises FetchError if it can be neither an IP address nor a name in the DNS."""
    try:
        host = ascii_host(host)
        if not is_ip_address(host):
            check_dns_name(host)
    except ValueError as error:
        raise failures.invalid_host_name(url, str(error)) from error
    return host


async def open_connection(host: str, port: int, timeout: float, guard: Guard | None) -> socket.socket:
    """Connect to one of a host's addresses that the guard permits. Raises FetchError."""
    url, resolved = tcp_url(host, port), False
    try:
        async with asyncio.timeout(timeout):
            addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            resolved = True
            permitted = [info for info in addresses if guard is None or guard.permits(host, str(info[4][0]), port)]
            if not permitted:
                raise failures.private_address(url, str(addresses[0][4][0]))
            return await start_connection(permitted, happy_eyeballs_delay=CONNECTION_ATTEMPT_DELAY)
    except TimeoutError as error:
        raise failures.connect_timed_out(url, timeout, resolved=resolved) from error
    except socket.gaierror as error:
        raise failures.from_exception(url, error) from error
    except OSError as error:
        raise failures.no_connection(url, error) from error


async def open_proxy_connection(proxy: str, host: str, port: int, timeout: float) -> socket.socket:
    """Connect to a host through an HTTP proxy. `proxy`: its URL. Raises FetchError."""
    url, proxy_parts = tcp_url(host, port), urlsplit(proxy)
    if proxy_parts.scheme.lower() != "http":
        raise failures.no_proxy_connection(url, "an https:// proxy supports HTTP only")
    connection = await open_connection(proxy_parts.hostname or "", proxy_parts.port or 80, timeout, None)
    try:
        async with asyncio.timeout(timeout):
            head = await _request_tunnel(connection, url.removeprefix("tcp://"), proxy)
        version, _, status = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
        if not version.startswith("HTTP/") or not status.startswith("2"):
            raise failures.no_proxy_connection(url, f"HTTP {status[:80]}" if status else "no response")
    except TimeoutError as error:
        connection.close()
        raise failures.connect_timed_out(url, timeout, resolved=True) from error
    except BaseException:
        connection.close()
        raise
    return connection


async def _request_tunnel(connection: socket.socket, authority: str, proxy: str) -> bytes:
    """Send CONNECT, and return the head of the response. The bytes after it are the host's, so none of them is read."""
    loop = asyncio.get_running_loop()
    authorization = basic_authorization(proxy)
    credentials = [f"Proxy-Authorization: {authorization}"] if authorization else []
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}", *credentials]
    await loop.sock_sendall(connection, "\r\n".join([*lines, "", ""]).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n") and len(head) < MAX_HEAD_BYTES:
        byte = await loop.sock_recv(connection, 1)
        if not byte:
            break
        head += byte
    return head
