"""The article on a page."""

from __future__ import annotations

from aggregator.model import Item


def read_article(
    body: bytes, url: str | None = None, content_type: str = "", title_hint: str | None = None
) -> Item | None:
    """The article on a page, or None where there is none.

    `body`: the page as received, HTML or plain text; `url`: its address; `content_type`: the HTTP header;
    `title_hint`: what a listing calls it. Never raises. Pure: fit for a `Reading`.
    """
    import trafilatura

    found = trafilatura.bare_extraction(body, url=url, include_links=True, include_images=True)
    if found is None or not found.text:
        return None
    content = "".join(f"<p>{line}</p>" for line in found.text.splitlines())
    return Item(url=url, title=found.title or title_hint, content=content)
