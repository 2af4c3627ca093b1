"""Parsing of response headers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from aggregator.http.headers import freshness, links, refresh_target, retry_after

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Tue, 24 Nov 2026 12:02:00 GMT", 120),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0),
        ("999999999", 30 * 86400),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}, NOW) == seconds


def test_a_date_out_of_range_is_ignored() -> None:
    absurd = "Mon, 01 Jan 99999999999999 00:00:00 GMT"
    assert retry_after({"Retry-After": absurd}, NOW) is None
    assert freshness({"Expires": absurd, "Date": absurd}, NOW) is None


def test_dates_are_relative_to_the_clock_of_the_server() -> None:
    headers = {"Date": "Fri, 20 Nov 2020 12:00:00 GMT", "Retry-After": "Fri, 20 Nov 2020 12:02:00 GMT"}
    assert retry_after(headers, NOW) == 120


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Cache-Control": "public, max-age=600"}, 600),
        ({"Cache-Control": 'max-age="60"'}, 60),
        ({"Cache-Control": "s-maxage=5"}, None),
        ({"Cache-Control": "max-age=600, no-cache"}, None),
        ({"Expires": "Tue, 24 Nov 2026 13:00:00 GMT", "Date": "Tue, 24 Nov 2026 12:30:00 GMT"}, 1800),
        ({"Expires": "Tue, 24 Nov 2026 13:00:00 GMT"}, 3600),
        ({"Expires": "0"}, None),
        ({"Cache-Control": "max-age=60", "Expires": "Tue, 24 Nov 2026 13:00:00 GMT"}, 60),
        ({}, None),
    ],
)
def test_freshness(headers: dict[str, str], seconds: float | None) -> None:
    assert freshness(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a>", [("a", {})]),
        ("<a>;rel=next", [("a", {"rel": "next"})]),
        (' , <a> ; REL = "x y" ; flag , , <b>; rel="n"', [("a", {"rel": "x y", "flag": ""}), ("b", {"rel": "n"})]),
        ('<a,b;c>; title="x, <y>; \\"z\\"", <d>', [("a,b;c", {"title": 'x, <y>; "z"'}), ("d", {})]),
        ("<a>; rel=first; rel=second", [("a", {"rel": "first"})]),
        ('<a>; title="open, <b>', [("a", {"title": ""})]),
        ("<\udce4>", [("%E4", {})]),
        ("<ä>", [("%C3%A4", {})]),
        ("a; rel=next", []),
        ("<a", []),
        ("", []),
    ],
)
def test_links(value: str, expected: list[tuple[str, dict[str, str]]]) -> None:
    assert [(link.target, dict(link.parameters)) for link in links({"Link": value})] == expected


def test_links_of_several_headers() -> None:
    headers = CIMultiDict([("link", "<a>; rel=x"), ("Link", "<b>; rel=y, <c>")])
    assert [link.target for link in links(headers)] == ["a", "b", "c"]


@given(st.text(alphabet='<>;,="\\ a\u00e4', max_size=60))
def test_any_link_header_is_read(value: str) -> None:
    for link in links({"Link": value}):
        assert ">" not in link.target


@pytest.mark.parametrize("part", ["<a>;", ";", ",", " ", '"', "\\", "<", '<a>;b="', "<a> "])
def test_long_headers_take_bounded_time(part: str) -> None:
    for value in (part * 30_000, "<a>" + part * 30_000, '<a>;b="' + part * 30_000):
        list(links({"Link": value}))
        refresh_target(value)


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ("0;url=/a", "/a"),
        ("0; URL = '/a b' x", "/a b"),
        ('5.5, url="/a"', "/a"),
        ("0;/a", "/a"),
        ("0 /a", "/a"),
        (";url=/a", "/a"),
        ("300", None),
        ("0;", None),
        ("0;url=", None),
        ("/a", None),
        ("", None),
    ],
)
def test_refresh_target(value: str, target: str | None) -> None:
    assert refresh_target(value) == target
