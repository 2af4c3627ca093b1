"""Links in the text of an article to other pages of its publisher."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.own_links import MOST_LINKS, own_links

PAGE = "https://www.courier.example/news/4"


@pytest.mark.parametrize(
    ("html", "links"),
    [
        ('<a href="https://courier.example/news/1">x</a>', ["https://courier.example/news/1"]),
        ("<a class=x HREF = 'https://www.courier.example/news/1?a=1&amp;utm_source=rss'>x</a>", None),
        ('<a href="https://echo.example/news/1">another publisher</a>', []),
        ('<a href="/news/1">relative: feeds mostly have absolute ones</a>', []),
        (f'<a href="{PAGE}">itself</a>', []),
        ('<a href="https://[::1/">x</a><a href="mailto:a@courier.example">x</a>', []),
        ('<a href="https://courier.example/1">x</a>' * 2, ["https://courier.example/1"]),
    ],
)
def test_links_to_the_host_of_the_page(html: str, links: list[str] | None) -> None:
    expected = ["https://www.courier.example/news/1?a=1"] if links is None else links
    assert own_links(PAGE, html) == expected


def test_so_many_links_are_read() -> None:
    html = "".join(f'<a href="https://courier.example/{n}">x</a>' for n in range(100))
    assert len(own_links(PAGE, html)) == MOST_LINKS


@given(st.text() | st.text().map(lambda text: f'<a href="https://courier.example/{text}">'))
def test_any_text_is_read(html: str) -> None:
    for url in (PAGE, "", "https://[", "urn:x"):
        assert all(link.startswith("http") for link in own_links(url, html))
