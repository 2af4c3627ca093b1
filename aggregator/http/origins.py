"""Compares and displays addresses: host, origin, registrable domain, identical requests. Pure.

Sources: RFC 3986 3.2 (authority), RFC 6454 (origin), RFC 9110 4.2.3 (equivalent addresses).
"""

from __future__ import annotations

import ipaddress
import re
from base64 import b64encode
from functools import lru_cache
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit, urlunsplit

from aggregator.text.domains import domain_of_host
from aggregator.text.hosts import ascii_host
from aggregator.text.plain import printable

DEFAULT_PORTS = {"http": (":80",), "https": (":443",)}
MAX_DISPLAY_LENGTH = 200
REMEMBERED = 4096
"""For how many addresses or hosts what was derived from them is remembered: a request needs it several times."""
_CREDENTIALS = re.compile(r"//[^/?#]*@")


def origin(url: str) -> tuple[str, str]:
    """Return scheme and host, with a port unless it is the scheme's default: credentials are sent to one origin."""
    parts = _split(url)
    return parts.scheme.lower(), _host_port(parts, DEFAULT_PORTS.get(parts.scheme.lower(), ()))


@lru_cache(REMEMBERED)
def host_port(url: str) -> str:
    """Return the host, with a port unless it is the default of http or https: the server, whatever the scheme."""
    return _host_port(_split(url), (":80", ":443"))


@lru_cache(REMEMBERED)
def host_of(url: str) -> str:
    """Return the host as it is written in the address, in lower case; "" without one."""
    return _split(url).hostname or ""


@lru_cache(REMEMBERED)
def host_and_port(url: str) -> tuple[str, int]:
    """Return the host as it is written in the address, in lower case, and the port that is connected to.

    Raises ValueError for an invalid port.
    """
    parts = _split(url)
    return host_of(url), parts.port or (443 if parts.scheme == "https" else 80)


def request_identity(url: str) -> str:
    """Return the same text for addresses of the same request: host and scheme folded, no default port, no fragment."""
    parts = _split(url)
    scheme, host = origin(url)
    credentials, at, _ = parts.netloc.rpartition("@")
    return urlunsplit((scheme, credentials + at + host, parts.path or "/", parts.query, ""))


def without_credentials(url: str) -> str:
    """Return the address without user and password."""
    if "@" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:  # an invalid host
        return _CREDENTIALS.sub("//", url, count=1)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def basic_authorization(url: str) -> str | None:
    """Return the value of the `Authorization` header for the user and password in an address; None without a user.

    The octets are those of the address: percent-encoded ones as they are, other characters as UTF-8 (RFC 7617 2.1).
    """
    if "@" not in url:
        return None
    credentials, at, _ = urlsplit(url).netloc.rpartition("@")
    if not at or credentials in ("", ":"):
        return None
    user, _, password = credentials.partition(":")
    octets = unquote_to_bytes(user) + b":" + unquote_to_bytes(password)
    return f"Basic {b64encode(octets).decode('ascii')}"


def with_credentials_of(url: str, target: str) -> str:
    """Return a redirect's target with the credentials of the redirecting `url`, if both have the same origin."""
    source, destination = urlsplit(url), urlsplit(target)
    credentials = source.netloc.rpartition("@")[0]
    if not credentials or "@" in destination.netloc or origin(url) != origin(target):
        return target
    return urlunsplit(destination._replace(netloc=f"{credentials}@{destination.netloc}"))


@lru_cache(REMEMBERED)
def is_ip_address(host: str) -> bool:
    """Return whether a host is an IP address, not a name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def registrable_domain(url: str) -> str:
    """Return the registrable domain of an address: "example.co.uk" for "https://feeds.example.co.uk/a".

    For an IP address, or a name without such a domain, returns `host_port(url)`.
    """
    server = host_port(url)
    host = server if server.startswith("[") else server.partition(":")[0]
    if is_ip_address(host):
        return server
    return domain_of_host(host) or server


def display_url(url: str) -> str:
    """Return the address as messages show it: without credentials, on one line, at most 200 characters."""
    text = printable(without_credentials(url))
    return text if len(text) <= MAX_DISPLAY_LENGTH else text[: MAX_DISPLAY_LENGTH - 1] + "…"


@lru_cache(REMEMBERED)
def _split(url: str) -> SplitResult:
    return urlsplit(url)


def _host_port(parts: SplitResult, default_ports: tuple[str, ...]) -> str:
    host = parts.netloc.rpartition("@")[2].lower().removesuffix(":")
    host = next((host.removesuffix(port) for port in default_ports if host.endswith(port)), host)
    if host.startswith("["):
        return host
    name, colon, port = host.partition(":")
    return _folded(name) + colon + port


def _folded(name: str) -> str:
    """Return a host name in the form that is the same for all ways to write it."""
    try:
        return ascii_host(name).removesuffix(".")
    except ValueError:
        return name
