"""Serves the sites that the documentation uses as examples."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from publisher import Publisher, serving
from sample_feeds import item, rss, words


class Sites:
    """The addresses of the sites, as the documentation has them and as they are served."""

    def __init__(self, blog: Publisher, village: Publisher) -> None:
        paths = {f"https://{name}.example": blog.url(f"/{name}") for name in ("gone", "letters", "science")}
        blog_itself = {"https://blog.example": blog.url("")}  # last, since the others begin with its address
        self.served = {"https://village.example": village.url("")} | paths | blog_itself

    def local(self, text: str) -> str:
        """Return a text with the addresses at which the sites are served."""
        for site, address in self.served.items():
            text = text.replace(site, address)
        return text

    def documented(self, text: str) -> str:
        """Return a text with the addresses that the documentation uses."""
        for site, address in self.served.items():
            text = text.replace(address, site)
        return text


@contextmanager
def serving_sites() -> Iterator[Sites]:
    """Serve three feeds, of which two report the same event, a page of news without a feed, and a feed that is gone."""
    with serving() as blog, serving() as village:
        link = b'<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
        blog.serve("/", b"<!doctype html><title>A Blog</title>" + link, content_type="text/html")
        title, text = (
            "Ferrier Bridge reopens to buses",
            "All 212 hangers of Ferrier Bridge were replaced in 19 months. ",
        )
        bridge = item(1, title, text + words(1, 20)) | {"link": blog.url("/1")}
        letter = item(3, f"{title}, and to us", text + words(3, 20)) | {"link": blog.url("/letters/7")}
        blog.serve("/feed.xml", rss([bridge, letter, item(2)], title="A Blog", link=blog.url("/")))
        blog.serve("/letters/feed.xml", rss([letter], title="Letters"))
        blog.serve("/science/feed.xml", rss([item(number) for number in range(4, 9)], title="Example Science"))
        news = "".join(
            f'<h2><a href="/news/{n}">{words(n, 7).capitalize()}</a></h2><p>{words(-n, 9)}' for n in range(9)
        )
        village.serve("/news", f"<!doctype html><title>Village news</title>{news}".encode(), content_type="text/html")
        yield Sites(blog, village)
