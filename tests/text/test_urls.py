"""Canonical URLs: one for each page, and it still works."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.text.urls import _canonical, absolute, canonical

NEWS = base64.urlsafe_b64encode(b'\x08\x13"\x20https://bbc.example/news/world-1\xd2\x01\x00').decode().rstrip("=")
OPAQUE = base64.urlsafe_b64encode(b'\x08\x13"\x10AU_yqLNopaque').decode().rstrip("=")

CASES = [
    # scheme, host, port
    ("HTTP://Example.COM/A", "http://example.com/A"),
    ("https://example.com", "https://example.com/"),
    ("https://example.com.", "https://example.com/"),
    ("http://example.com:80/a", "http://example.com/a"),
    ("https://example.com:443/a", "https://example.com/a"),
    ("https://example.com:8443/a", "https://example.com:8443/a"),
    ("http://example.com:443/a", "http://example.com:443/a"),
    ("https://user:secret@example.com/a", "https://example.com/a"),
    ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
    ("https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a"),
    ("https://www.example.com/a", "https://www.example.com/a"),
    ("https://m.example.com/a", "https://m.example.com/a"),
    # path
    ("https://example.com/a/../b", "https://example.com/b"),
    ("https://example.com/a/./b/", "https://example.com/a/b/"),
    ("https://example.com/../../a", "https://example.com/a"),
    ("https://example.com/a//b", "https://example.com/a//b"),
    ("https://example.com/a/", "https://example.com/a/"),
    ("https://example.com/index.html", "https://example.com/index.html"),
    ("https://example.com/%7Euser/%c3%a9", "https://example.com/~user/%C3%A9"),
    ("https://example.com/é b", "https://example.com/%C3%A9%20b"),
    ("https://example.com/100%", "https://example.com/100%25"),
    ("https://example.com/a%2Fb", "https://example.com/a%2Fb"),
    ("https://example.com/a;v=1,2", "https://example.com/a;v=1,2"),
    (" https://example.com/a\n", "https://example.com/a"),
    ("https://example.com/a\tb", "https://example.com/ab"),
    # fragment
    ("https://example.com/a#comments", "https://example.com/a"),
    ("https://example.com/#!/story/1", "https://example.com/#!/story/1"),
    # query
    ("https://example.com/a?", "https://example.com/a"),
    ("https://example.com/?p=12", "https://example.com/?p=12"),
    ("https://example.com/a?b=2&a=1", "https://example.com/a?b=2&a=1"),
    ("https://example.com/a?id=1&&x=", "https://example.com/a?id=1&x="),
    ("https://example.com/watch?v=dQw4&t=10", "https://example.com/watch?v=dQw4&t=10"),
    ("https://example.com/a?q=x y", "https://example.com/a?q=x%20y"),
    ("https://example.com/a?q=a+b", "https://example.com/a?q=a+b"),
    # tracking
    ("https://example.com/a?utm_source=rss&utm_medium=feed", "https://example.com/a"),
    ("https://example.com/a?UTM_Source=rss&id=3", "https://example.com/a?id=3"),
    ("https://example.com/a?id=3&fbclid=IwAR", "https://example.com/a?id=3"),
    ("https://example.com/a?gclid=1&gbraid=2&msclkid=3&yclid=4", "https://example.com/a"),
    ("https://example.com/a?at_medium=RSS&at_campaign=KARANGA", "https://example.com/a"),
    ("https://example.com/a?ns_mchannel=rss&ns_source=x", "https://example.com/a"),
    ("https://example.com/a?mc_cid=1&mc_eid=2", "https://example.com/a"),
    ("https://example.com/a?CMP=share_btn", "https://example.com/a"),
    ("https://example.com/a?cmpid=rss", "https://example.com/a"),
    ("https://example.com/a?smid=tw-share&smtyp=cur", "https://example.com/a"),
    ("https://example.com/a?xtor=RSS-1", "https://example.com/a"),
    ("https://example.com/a?wt_mc=rss.ho.beitrag", "https://example.com/a"),
    ("https://example.com/a?ref=rss", "https://example.com/a"),
    ("https://example.com/a?ref=chapter2", "https://example.com/a?ref=chapter2"),
    ("https://example.com/a?source=rss", "https://example.com/a"),
    ("https://example.com/a?source=archive", "https://example.com/a?source=archive"),
    ("https://example.com/a?id=1&amp;utm_source=x", "https://example.com/a?id=1"),
    ("https://example.com/a?_hsenc=1&_hsmi=2&mkt_tok=3", "https://example.com/a"),
    ("https://example.com/a?utmost=1", "https://example.com/a?utmost=1"),
    # AMP
    ("https://www.google.com/amp/s/a.example/2026/story", "https://a.example/2026/story"),
    ("https://www.google.com/amp/a.example/2026/story", "http://a.example/2026/story"),
    ("https://a-example.cdn.ampproject.org/c/s/a.example/story/", "https://a.example/story/"),
    ("https://a-example.cdn.ampproject.org/v/s/a.example/story?amp=1", "https://a.example/story"),
    ("https://a.example/2026/long-story/amp/", "https://a.example/2026/long-story/"),
    ("https://a.example/2026/long-story/amp", "https://a.example/2026/long-story"),
    ("https://a.example/story?amp", "https://a.example/story"),
    ("https://a.example/story?outputType=amp", "https://a.example/story"),
    ("https://a.example/amp/", "https://a.example/amp/"),
    ("https://a.example/guitar-amp", "https://a.example/guitar-amp"),
    # wrappers
    ("https://www.google.com/url?sa=t&url=https%3A%2F%2Fa.example%2Fx%3Fid%3D1", "https://a.example/x?id=1"),
    ("https://www.google.com/url?q=https://a.example/x&sa=U", "https://a.example/x"),
    ("https://news.google.com/news/url?url=https://a.example/x", "https://a.example/x"),
    (f"https://news.google.com/rss/articles/{NEWS}?oc=5", "https://bbc.example/news/world-1"),
    (f"https://news.google.com/articles/{NEWS}", "https://bbc.example/news/world-1"),
    (f"https://news.google.com/rss/articles/{OPAQUE}", f"https://news.google.com/rss/articles/{OPAQUE}"),
    ("https://feedproxy.google.com/~r/x/~3/1/?url=https://a.example/x", "https://a.example/x"),
    ("https://feeds.feedburner.com/~r/x/~3/abc/", "https://feeds.feedburner.com/~r/x/~3/abc/"),
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example%2Fx%3Ffbclid%3D1", "https://a.example/x"),
    ("https://out.reddit.com/t3_x?url=https%3A%2F%2Fa.example%2Fx", "https://a.example/x"),
    ("https://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fa.example%2fx", "https://a.example/x"),
    ("https://www.google.com/url?url=https://www.google.com/amp/s/a.example/x", "https://a.example/x"),
    ("https://www.google.com/url?q=javascript:alert(1)", "https://www.google.com/url?q=javascript:alert(1)"),
    ("https://www.google.com/search?q=https://a.example/", "https://www.google.com/search?q=https://a.example/"),
    # no address of the web
    ("ftp://example.com/a", None),
    ("javascript:alert(1)", None),
    ("data:text/html,x", None),
    ("mailto:a@example.com", None),
    ("file:///etc/passwd", None),
    ("/only/a/path", None),
    ("https://", None),
    ("https:///a", None),
    ("https://example.com:99999/", None),
    ("https://example.com:port/", None),
    ("http://[::1/", None),
    ("", None),
    (f"https://example.com/{'a' * 5000}", None),
]  # fmt: skip


@pytest.mark.parametrize(("url", "expected"), CASES)
def test_the_canonical_form(url: str, expected: str | None) -> None:
    assert canonical(url) == expected


def test_the_table_is_large() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize(
    ("url", "base", "expected"),
    [
        ("/b", "https://example.com/a/c", "https://example.com/b"),
        ("b", "https://example.com/a/c", "https://example.com/a/b"),
        ("//other.example/b", "https://example.com/", "https://other.example/b"),
        ("?x=1", "https://example.com/a", "https://example.com/a?x=1"),
        ("#top", "https://example.com/a", "https://example.com/a"),
        ("https://other.example/", "https://example.com/", "https://other.example/"),
        ("b", "file:///etc/", None),
        ("b", None, None),
    ],
)
def test_relative_urls(url: str, base: str | None, expected: str | None) -> None:
    assert canonical(url, base) == expected


PARTS = st.sampled_from(
    [*"aZ9é/?#&=%:@.;+ []\t", "//", "%2", "%zz", "utm_source=", "amp/", "https://", "www.google.com/url?q="]
)
ADDRESSES = st.lists(PARTS, max_size=30).map("".join)


@given(st.one_of(st.text(), ADDRESSES, ADDRESSES.map(lambda rest: f"https://example.com/{rest}")))
@example("HTTP://;")
@example("http://host/article-0000/amp/amp")
@example("https://www.google.com/url?q=https://www.google.com/url?q=https://a.example")
def test_the_canonical_form_is_idempotent(text: str) -> None:
    url = canonical(text)
    if url is None:
        return
    assert canonical(url) == url
    assert url.startswith(("http://", "https://"))
    assert url.isascii()
    assert not any(character.isspace() for character in url)


@given(st.text(), st.one_of(st.none(), st.text(), st.just("https://example.com/a/")))
def test_absolute_never_raises(text: str, base: str | None) -> None:
    url = absolute(text, base)
    assert url is None or url.lower().startswith(("http://", "https://"))


PIECES = "a B 7 / // - . .. amp ? & = utm_source=rss ref=rss id=1 %41 # url=https://b.example/ é ~ :"
PARTS = st.lists(st.sampled_from(PIECES.split()), max_size=12).map("".join)
HOSTS = ["example.com", "www.google.com", "news.google.com", "EXAMPLE.com", "a-b.cdn.ampproject.org", "example.com."]


@given(st.sampled_from(HOSTS), st.sampled_from(["", ":80", ":443", ":8080", ":08", ":99999"]), PARTS)
def test_the_fast_and_the_full_canonical_form_agree(host: str, port: str, rest: str) -> None:
    url = f"https://{host}{port}/{rest}"
    assert canonical(url) == _canonical(url, None)


def test_a_long_url_takes_bounded_time() -> None:
    assert canonical("https://example.com/" + "a" * 3900 + "!") is not None
    assert canonical("https://example.com/" + "a-" * 1900 + "\x7f|") is not None


SEGMENTS = st.lists(st.sampled_from("a B.c - . .. %41 ; é : , ?a=1 ?b=/x # / // ~".split()), max_size=6).map("/".join)
BASES = [
    "https://example.com",
    "http://Example.com:8080/a/b?c#d",
    "https://10.0.0.1/a",
    "https://user@example.com/a",
    "HTTPS://example.com/a",
    "https://example.com:99999/",
    "https://é.example/a",
    "ftp://example.com/",
]


@given(SEGMENTS.map("/".__add__), st.sampled_from(BASES))
def test_references_from_the_root_are_resolved_like_others(reference: str, base: str) -> None:
    """A reference with a fragment takes the long way."""
    resolved, with_fragment = absolute(reference, base), absolute(f"{reference}#end", base)
    assert "#" in reference or resolved == (with_fragment and with_fragment.removesuffix("#end"))
