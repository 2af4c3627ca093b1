"""Addresses with the scheme `feed:` or its kin, and addresses as people paste them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.feed_scheme import SCHEMES, pasted_address, without_feed_scheme


@pytest.mark.parametrize(
    ("address", "result"),
    [
        ("feed://site.example/rss", "http://site.example/rss"),
        ("feed:http://site.example/rss", "http://site.example/rss"),
        ("feed:https://site.example/rss", "https://site.example/rss"),
        ("feed://https://site.example/rss", "https://site.example/rss"),
        ("feed://https//site.example/rss", "https://site.example/rss"),  # as some browsers rewrite it
        ("feed:site.example/rss", "http://site.example/rss"),
        ("feed:///site.example/rss", "http://site.example/rss"),
        ("FEED:HTTPS://Site.example/RSS", "https://Site.example/RSS"),
        ("feeds://site.example/rss", "https://site.example/rss"),
        ("feeds:http://site.example/rss", "http://site.example/rss"),
        ("itpc://site.example/podcast", "http://site.example/podcast"),
        ("pcast:https://site.example/podcast", "https://site.example/podcast"),
        ("podcast://site.example:8080/p", "http://site.example:8080/p"),
        ("rss://site.example/rss", "http://site.example/rss"),
        ("feed:jo:pw@site.example/rss", "http://jo:pw@site.example/rss"),
        (" feed:https://site.example/rss\n", "https://site.example/rss"),
    ],
)
def test_feed_scheme_is_replaced(address: str, result: str) -> None:
    assert without_feed_scheme(address) == result
    assert without_feed_scheme(result) == result


@pytest.mark.parametrize(
    "address",
    [
        "https://site.example/feed:x",
        "feed.example/rss",
        "feed:8080/rss",  # a host
        "feed:",
        "feed://",
        "feed:file:///etc/passwd",
        "feed:feed://site.example/rss",
        "feeder://site.example/",
        "Feed: The Latest",
        "",
    ],
)
def test_other_addresses_stay_unchanged(address: str) -> None:
    assert without_feed_scheme(address) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" https://site.example/rss ", "https://site.example/rss"),
        ("<https://site.example/rss>", "https://site.example/rss"),
        ("<URL:https://site.example/rss>,", "https://site.example/rss"),
        ('"https://site.example/rss",', "https://site.example/rss"),
        ("“https://site.example/rss”", "https://site.example/rss"),
        ("(https://site.example/rss)", "https://site.example/rss"),
        ("https://site.example/rss,", "https://site.example/rss"),
        ("https://site.example/a,1.xml", "https://site.example/a,1.xml"),
        ("https://site.example/a_(b)", "https://site.example/a_(b)"),
        ("\ufeffhttps://site.example/rss\u200b", "https://site.example/rss"),
        ("https:/site.example/rss", "https://site.example/rss"),
        ("https//site.example/rss", "https://site.example/rss"),
        ("HTTPS://site.example/rss", "https://site.example/rss"),
        ("//site.example/rss", "site.example/rss"),
        ("www.site.example", "www.site.example"),
        ("httpbin.example/rss", "httpbin.example/rss"),
        ("'feed:site.example/rss'", "http://site.example/rss"),
        ("localhost:8080/rss", "localhost:8080/rss"),
        ("@jo@social.example", "https://social.example/@jo"),
        ("jo@site.example/rss", "jo@site.example/rss"),
        ("jo:pw@site.example/rss", "jo:pw@site.example/rss"),
    ],
)
def test_pasted_addresses(text: str, address: str) -> None:
    assert pasted_address(text) == address


@pytest.mark.parametrize(
    "text", ["mailto:jo@site.example", "jo@site.example", "acct:jo@site.example", "javascript:alert(1)", "data:,x"]
)
def test_addresses_of_another_kind_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a web address"):
        pasted_address(text)


@given(st.sampled_from(sorted(SCHEMES)), st.sampled_from([":", "://"]), st.text(max_size=30))
def test_any_text_behind_the_scheme_is_read(scheme: str, separator: str, rest: str) -> None:
    address = without_feed_scheme(scheme + separator + rest)
    assert address.startswith(("http://", "https://")) or address == scheme + separator + rest


@pytest.mark.parametrize("part", ["feed:", "/", ":", " ", "<", '"', "http:", ","])
def test_long_texts_take_bounded_time(part: str) -> None:
    for text in (part * 50_000, f"feed:{part * 50_000}", f"{part * 50_000}x"):
        without_feed_scheme(text)
        pasted_address(text)
