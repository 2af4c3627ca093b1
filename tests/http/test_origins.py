"""How addresses are compared and displayed."""

from __future__ import annotations

import pytest

from aggregator.http.origins import (
    display_url,
    host_port,
    origin,
    registrable_domain,
    request_identity,
    with_credentials_of,
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Feeds.Example/a", "feeds.example"),
        ("https://feeds.example:443/a", "feeds.example"),
        ("http://feeds.example:443/a", "feeds.example"),
        ("http://ann:pw@feeds.example:80/a", "feeds.example"),
        ("http://feeds.example:8080/a", "feeds.example:8080"),
        ("http://[2001:DB8::80]/a", "[2001:db8::80]"),
        ("http://[::1]:1200/a", "[::1]:1200"),
        ("https://Bücher.example:8080/a", "xn--bcher-kva.example:8080"),
        ("https://b%C3%BCcher.example./a", "xn--bcher-kva.example"),
        ("https://faß.example/a", "xn--fa-hia.example"),
        ("https://127.1:443/a", "127.0.0.1"),
        ("https://a\u200cb.example/a", "a\u200cb.example"),
    ],
)
def test_host_and_port(url: str, expected: str) -> None:
    assert host_port(url) == expected


@pytest.mark.parametrize(
    ("url", "other", "same"),
    [
        ("https://a.example/x", "HTTPS://A.example:443/y", True),
        ("https://ann:pw@a.example/", "https://a.example/", True),
        ("https://a.example/", "http://a.example/", False),
        ("http://a.example:443/", "http://a.example/", False),
        ("https://a.example/", "https://b.a.example/", False),
        ("https://bücher.example/", "https://xn--bcher-kva.example/", True),
        ("https://a.example/", "https://a.example./", True),
        ("https://faß.example/", "https://fass.example/", False),
    ],
)
def test_same_origin(url: str, other: str, same: bool) -> None:
    assert (origin(url) == origin(other)) is same


@pytest.mark.parametrize(
    ("url", "other", "same"),
    [
        ("https://A.example", "https://a.example:443/#top", True),
        ("https://a.example/x?y", "https://a.example/x?y#z", True),
        ("https://a.example/x", "https://a.example/X", False),
        ("https://a.example/x?y=1", "https://a.example/x", False),
        ("https://ann:pw@a.example/", "https://a.example/", False),
        ("http://a.example/", "https://a.example/", False),
    ],
)
def test_addresses_of_the_same_request(url: str, other: str, same: bool) -> None:
    assert (request_identity(url) == request_identity(other)) is same
    assert request_identity(request_identity(url)) == request_identity(url)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("feeds.example.co.uk", "example.co.uk"),
        ("ann.tumblr.com", "tumblr.com"),
        ("ann.blogspot.com:8080", "blogspot.com"),
        ("co.uk", "co.uk"),
        ("localhost:1", "localhost:1"),
        ("192.0.2.1", "192.0.2.1"),
        ("[::1]:8", "[::1]:8"),
        ("feeds.Faß.co.uk", "xn--fa-hia.co.uk"),
        ("www.例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("127.1", "127.0.0.1"),
    ],
)
def test_registrable_domain(host: str, expected: str) -> None:
    assert registrable_domain(f"https://{host}/a") == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("https://a.example/y", "https://ann:pw@a.example/y"),
        ("https://bob:x@a.example/y", "https://bob:x@a.example/y"),
        ("https://b.example/y", "https://b.example/y"),
        ("http://a.example/y", "http://a.example/y"),
    ],
)
def test_credentials_are_kept_within_an_origin(target: str, expected: str) -> None:
    assert with_credentials_of("https://ann:pw@a.example/x", target) == expected


def test_an_address_is_displayed_on_one_short_line() -> None:
    assert display_url("https://ann:secret@example.com/a\x1b[31m") == "https://example.com/a[31m"
    assert len(display_url("https://example.com/" + "a" * 999)) == 200
