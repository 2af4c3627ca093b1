"""Whom an address asks, and how it is shown."""

from __future__ import annotations

import pytest

from aggregator.http.origins import domain, identity, origin, shown, site, with_credentials_of


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
    ],
)
def test_who_is_asked(url: str, expected: str) -> None:
    assert site(url) == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/x", "HTTPS://A.example:443/y", True),
        ("https://ann:pw@a.example/", "https://a.example/", True),
        ("https://a.example/", "http://a.example/", False),
        ("http://a.example:443/", "http://a.example/", False),
        ("https://a.example/", "https://b.a.example/", False),
    ],
)
def test_where_credentials_may_go(one: str, other: str, same: bool) -> None:
    assert (origin(one) == origin(other)) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://A.example", "https://a.example:443/#top", True),
        ("https://a.example/x?y", "https://a.example/x?y#z", True),
        ("https://a.example/x", "https://a.example/X", False),
        ("https://a.example/x?y=1", "https://a.example/x", False),
        ("https://ann:pw@a.example/", "https://a.example/", False),
        ("http://a.example/", "https://a.example/", False),
    ],
)
def test_which_addresses_are_the_same_request(one: str, other: str, same: bool) -> None:
    assert (identity(one) == identity(other)) is same
    assert identity(identity(one)) == identity(one)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("feeds.example.co.uk", "example.co.uk"),
        ("ann.tumblr.com", "tumblr.com"),
        ("ann.blogspot.com:8080", "blogspot.com"),
        ("co.uk", "co.uk"),
        ("localhost:1", "localhost:1"),
        ("192.0.2.1", "192.0.2.1"),
        ("[::1]:8", "[::1]:8"),
    ],
)
def test_the_domain_that_somebody_has_registered(place: str, expected: str) -> None:
    assert domain(place) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("https://a.example/y", "https://ann:pw@a.example/y"),
        ("https://bob:x@a.example/y", "https://bob:x@a.example/y"),
        ("https://b.example/y", "https://b.example/y"),
        ("http://a.example/y", "http://a.example/y"),
    ],
)
def test_credentials_go_along_within_an_origin(target: str, expected: str) -> None:
    assert with_credentials_of("https://ann:pw@a.example/x", target) == expected


def test_an_address_is_shown_on_one_short_line() -> None:
    assert shown("https://ann:secret@example.com/a\x1b[31m") == "https://example.com/a[31m"
    assert len(shown("https://example.com/" + "a" * 999)) == 200
