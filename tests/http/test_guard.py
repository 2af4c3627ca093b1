"""Which addresses the guard permits."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from aggregator.http.guard import Guard, is_public


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("172.32.0.1", True),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("2001:db8::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("2002:7f00:1::", False),
    ],
)
def test_is_public(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


@pytest.mark.parametrize(
    ("allow", "host", "address", "port", "permitted"),
    [
        ((), "a.example", "93.184.216.34", 80, True),
        ((), "a.example", "10.0.0.1", 80, False),
        (("10.0.0.0/8",), "a.example", "10.0.0.1", 80, True),
        (("10.0.0.0/8",), "a.example", "127.0.0.1", 80, False),
        (("10.0.0.1",), "10.0.0.1", "10.0.0.1", 8080, True),
        (("10.0.0.1:8080",), "10.0.0.1", "10.0.0.1", 8080, True),
        (("10.0.0.1:8080",), "10.0.0.1", "10.0.0.1", 80, False),
        (("Intranet.Example",), "intranet.example.", "10.0.0.1", 80, True),
        (("intranet.example:8080",), "intranet.example", "10.0.0.1", 8080, True),
        (("Bücher.example",), "xn--bcher-kva.example", "10.0.0.1", 80, True),
        (("xn--bcher-kva.example",), "bücher.example", "10.0.0.1", 80, True),
        (("fass.example",), "xn--fa-hia.example", "10.0.0.1", 80, False),
        (("intranet.example",), "evil.example", "10.0.0.1", 80, False),
        (("[::1]:80",), "::1", "::1", 80, True),
        (("::1",), "localhost", "::1", 8080, True),
        (("127.0.0.0/8",), "x", "::1", 80, False),
        ((), "x", "fe80::1%eth0", 80, False),
    ],
)
def test_permits(allow: tuple[str, ...], host: str, address: str, port: int, permitted: bool) -> None:
    assert Guard(allow).permits(host, address, port) is permitted


@pytest.mark.parametrize("entry", ["", "10.0.0.0/99", "a/b", "host:0", "host:port", "host:99999"])
def test_invalid_entries(entry: str) -> None:
    with pytest.raises(ValueError, match=r"is not a "):
        Guard([entry])
