"""Decides which network addresses may be connected to: public ones, and those that the configuration allows.

The check takes place at connection time, on the address that is really connected to, so that neither DNS nor a redirect
leads a request into a private network. Sources: the IANA special-purpose registries, as implemented by `ipaddress`;
RFC 6052 (NAT64), RFC 3056 (6to4).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import msgspec

from aggregator.text.hosts import ascii_host

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class _Entry(msgspec.Struct, frozen=True):
    """One entry of `allow_private`: a network or a host name, with a port or for all ports."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None
    host: str
    port: int | None


class Guard:
    """Permits connections to public addresses and to those of `allow`: hosts, addresses or networks, each with an
    optional port. Raises ValueError for any other entry."""

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self._entries = [_parse_entry(entry) for entry in allow]

    def permits(self, host: str, address: str, port: int) -> bool:
        """Return whether a request to `host` (the name in the URL) may connect to `address`."""
        ip_address = ipaddress.ip_address(address.split("%")[0])
        if is_public(ip_address):
            return True
        return any(_matches(entry, host, ip_address, port) for entry in self._entries)

    def allows_name(self, host: str) -> bool:
        """Return whether an entry has this host name, whatever the host's address."""
        return any(entry.host == _folded(host) for entry in self._entries if entry.network is None)


def is_public(address: _Address) -> bool:
    """Return whether an address is globally reachable; an embedded IPv4 address decides for an IPv6 one."""
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            embedded = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if embedded:
            return is_public(embedded)
    return address.is_global and not address.is_multicast


def _parse_entry(text: str) -> _Entry:
    host, port = _split_port(text.strip())
    try:
        return _Entry(ipaddress.ip_network(host, strict=False), "", port)
    except ValueError:
        if "/" in host or not host:
            raise ValueError(f"{text!r} is not a host, address or network") from None
        return _Entry(None, _folded(host), port)


def _split_port(text: str) -> tuple[str, int | None]:
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError(f"{text!r}: {port!r} is not a port")
    return host, int(port) if port else None


def _matches(entry: _Entry, host: str, address: _Address, port: int) -> bool:
    if entry.port is not None and entry.port != port:
        return False
    if entry.network is None:
        return _folded(host) == entry.host
    return address.version == entry.network.version and address in entry.network


def _folded(host: str) -> str:
    """Return a host in the form that is the same for all ways to write it."""
    try:
        return ascii_host(host).rstrip(".")
    except ValueError:
        return host.lower().rstrip(".")
