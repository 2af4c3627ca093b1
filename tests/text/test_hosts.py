"""Hosts: international names, IPv4 addresses in unusual forms, and what is no host at all."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.text.hosts import ascii_host, check_dns_name, unicode_host
from aggregator.text.urls import absolute, canonical, invalid_host

LONG = "x01234567890123456789012345678901234567890123456789012345678901"

VALID = [
    # deviation characters are kept (nontransitional processing)
    ("faß.de", "xn--fa-hia.de"),
    ("FAẞ.de", "xn--fa-hia.de"),
    ("βόλος.com", "xn--nxasmm1c.com"),
    ("ΒΌΛΟΣ.com", "xn--nxasmq6b.com"),
    ("نامه\u200cای.com", "xn--mgba3gch31f060k.com"),
    ("ශ්\u200dරී.com", "xn--10cl1a0b660p.com"),
    # mapping
    ("Bücher.Example", "xn--bcher-kva.example"),
    ("bu\u0308cher.example", "xn--bcher-kva.example"),
    ("ＥＸＡＭＰＬＥ．ｃｏｍ", "example.com"),
    ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
    ("a｡b", "a.b"),
    ("a\u00adb.example", "ab.example"),
    ("Ａ.XN--BCHER-KVA.example", "a.xn--bcher-kva.example"),
    # symbols, hyphens, underscores and empty labels are not the concern of a browser
    ("i♥ny.example", "xn--iny-zx5a.example"),
    ("☕.example", "xn--53h.example"),
    ("a†--", "xn--a---kp0a"),
    ("-†", "xn----xhn"),
    ("x..ß", "x..xn--zca"),
    ("a_ü.example", "xn--a_-yka.example"),
    ("≠", "xn--1ch"),
    (f"{LONG}†", f"xn--{LONG}-6963b"),
    # right to left
    ("\u064a.", "xn--mhb."),
    ("1.\u064a", "1.xn--mhb"),
    # percent-encoding
    ("ex%41mple.com", "example.com"),
    ("b%C3%BCcher.de", "xn--bcher-kva.de"),
    ("%EF%BC%A1.example", "a.example"),
    # ASCII
    ("Example.COM", "example.com"),
    ("example.com.", "example.com."),
    ("a_b.example", "a_b.example"),
    ("aa--", "aa--"),
    ("a..b", "a..b"),
    ("localhost", "localhost"),
    ("xn--a", "xn--a"),
    ("1e2.example", "1e2.example"),
    ("2001:DB8::1", "2001:db8::1"),
    ("fe80::1%25eth0", "fe80::1%25eth0"),
    # IPv4
    ("127.0.0.1", "127.0.0.1"),
    ("127.0.0.1.", "127.0.0.1"),
    ("127.1", "127.0.0.1"),
    ("10.258", "10.0.1.2"),
    ("2130706433", "127.0.0.1"),
    ("0x7f.1", "127.0.0.1"),
    ("0X7F000001", "127.0.0.1"),
    ("017700000001", "127.0.0.1"),
    ("0xa9.0376.0251.0xfe", "169.254.169.254"),
    ("0x", "0.0.0.0"),
    ("１２７。０。０。１", "127.0.0.1"),
    ("%31%32%37.1", "127.0.0.1"),
]

INVALID = [
    "", ".", "%2e", "\u00ad", "a b", "a%2fb", "a%00b", "a%25b", "%E4.example", "a＃b", "\ufffd.example", "xn--tešla",
    "\u200d.example", "a\u200cb.example", "\u0301a.example", "يa", "\u064a.1", "1.2.3.4.5", "256.1.1.1", "1.2.3.256",
    "4294967296", "08.1.1.1", "1..2", "example.1", "example.0x1", "9" * 500, "ü" * 2000,
]  # fmt: skip


@pytest.mark.parametrize(("host", "expected"), VALID)
def test_a_host_in_ascii(host: str, expected: str) -> None:
    assert ascii_host(host) == expected
    assert ascii_host(expected) == expected


@pytest.mark.parametrize("host", INVALID)
def test_what_is_no_host(host: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        ascii_host(host)
    if host.strip("."):
        assert canonical(f"http://{host}/") is None


@pytest.mark.parametrize(("host", "expected"), [pair for pair in VALID if ":" not in pair[0]])
def test_articles_and_requests_have_the_same_host(host: str, expected: str) -> None:
    url = f"http://me:pw@{host}:8080/a?b=1"
    requested = absolute(url) or ""
    assert requested.lower() == f"http://me:pw@{expected}:8080/a?b=1"
    assert canonical(requested) == canonical(url) == f"http://{expected.rstrip('.')}:8080/a?b=1"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("xn--fa-hia.de", "faß.de"),
        ("www.xn--mgba3gch31f060k.com", "www.نامه\u200cای.com"),
        ("xn--53h.example", "☕.example"),
        ("xn--a.example", "xn--a.example"),
        ("xn--.example", "xn--.example"),
        ("example.com", "example.com"),
    ],
)
def test_a_host_in_unicode(host: str, expected: str) -> None:
    assert unicode_host(host) == expected


@pytest.mark.parametrize("host", ["example.com", "example.com.", "a_b.example", "xn--53h.example", "a" * 63 + ".com"])
def test_names_that_the_dns_can_have(host: str) -> None:
    check_dns_name(host)


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("a..b", "empty"),
        (".example", "empty"),
        ("a" * 64 + ".com", "longer than 63"),
        ("a." * 127 + "com", "longer than 253"),
        ("xn--a.example", "xn--a is not valid Punycode"),
        ("xn--99999999.example", "not valid Punycode"),
        ("xn--fass-.example", "not valid Punycode"),
    ],
)
def test_names_that_the_dns_cannot_have(host: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_dns_name(host)


def test_why_the_host_of_a_url_is_not_valid() -> None:
    assert invalid_host("https://example.com/") is None
    assert invalid_host("mailto:me@example.com") is None
    assert invalid_host("/path") is None
    assert "not an IPv4 address" in str(invalid_host("http://1.2.3.4.5/"))
    assert invalid_host("http://[::1/") is not None


@given(st.integers(0, 2**32 - 1), st.sampled_from([str, hex, lambda number: f"0{number:o}"]))
def test_every_ipv4_address_as_one_number(number: int, form: object) -> None:
    assert ascii_host(form(number)) == str(IPv4Address(number))  # type: ignore[operator]


TEXTS = st.one_of(
    st.text(),
    st.lists(st.sampled_from([*"aßς.。x0１%4١ي\u200c\u0308üＡ☕_-", "xn--", "%C3", "0x", "127"])).map("".join),
)


@given(TEXTS)
@example("ǅ.example")
@example("\u2260.example")
def test_any_text_is_a_host_or_not(text: str) -> None:
    try:
        host = ascii_host(text)
    except ValueError:
        return
    assert host.isascii()
    assert ascii_host(host) == host
    assert isinstance(unicode_host(host), str)


@example("0..")
@given(TEXTS)
def test_a_canonical_url_has_the_host_that_is_requested(host: str) -> None:
    url = canonical(f"http://{host}/")
    requested = absolute(f"http://{host}/")
    assert url is None or (requested is not None and canonical(requested) == url == absolute(url))
