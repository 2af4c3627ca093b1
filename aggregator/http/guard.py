"""Which network addresses may be connected to: public ones, and what the configuration allows.

Judged at connection time, on the address that is really connected to: so neither DNS nor a redirect leads a fetch into
the machine's own network. Sources: the IANA special-purpose registries, as `ipaddress` knows them; RFC 6052 (NAT64),
RFC 3056 (6to4).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import msgspec

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class _Allowed(msgspec.Struct, frozen=True):
    """One entry of `allow_private`: a network or a host name, and perhaps one port of it."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None
    host: str
    port: int | None


class Guard:
    """Says where to connect to. `allow`: hosts, addresses or networks, each with an optional port.

    Raises ValueError for an entry that is none of these.
    """

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self._allowed = [_entry(one) for one in allow]

    def permits(self, host: str, address: str, port: int) -> bool:
        """Whether `address` may be connected to for a request to `host` (the name in the URL)."""
        found = ipaddress.ip_address(address.split("%")[0])
        if is_public(found):
            return True
        return any(_matches(one, host, found, port) for one in self._allowed)

    def names(self, host: str) -> bool:
        """Whether a host of this name is among those allowed, whatever its address."""
        return any(one.host == host.lower().rstrip(".") for one in self._allowed if one.network is None)


def is_public(address: _Address) -> bool:
    """Whether it is globally reachable; an IPv6 address that holds an IPv4 one is judged by that."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def _entry(text: str) -> _Allowed:
    place, port = _split_port(text.strip())
    try:
        return _Allowed(ipaddress.ip_network(place, strict=False), "", port)
    except ValueError:
        if "/" in place or not place:
            raise ValueError(f"{text!r} is no host, address or network") from None
        return _Allowed(None, place.lower().rstrip("."), port)


def _split_port(text: str) -> tuple[str, int | None]:
    if text.startswith("["):
        place, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        place, _, port = text.partition(":")
    else:
        place, port = text, ""
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError(f"{text!r}: {port!r} is no port")
    return place, int(port) if port else None


def _matches(one: _Allowed, host: str, address: _Address, port: int) -> bool:
    if one.port is not None and one.port != port:
        return False
    if one.network is None:
        return host.lower().rstrip(".") == one.host
    return address.version == one.network.version and address in one.network
