"""Extracts the article from a page: its text without boilerplate, and its metadata."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from aggregator.model import Item
from aggregator.pages import document
from aggregator.pages.article.blocks import Block, blocks_of, split_words
from aggregator.pages.article.body import article_blocks, main_prose
from aggregator.pages.article.byline import byline_of
from aggregator.pages.article.clean_html import render_html
from aggregator.pages.article.metadata import Metadata, read_metadata
from aggregator.pages.article.pictures import find_pictures
from aggregator.pages.article.plain_text import read_plain_text
from aggregator.pages.article.related import find_related
from aggregator.pages.article.titles import rank_titles
from aggregator.pages.article.trafilatura import blocks_in, extract_text

_LEAST = 60
"""Minimum length of the text of an article, in characters."""


def read_article(
    body: bytes, url: str | None = None, content_type: str = "", title_hint: str | None = None
) -> Item | None:
    """Return the article on a page, or None if the page has none.

    `body`: the page as received, HTML or plain text; `url`: its URL; `content_type`: the `Content-Type` header;
    `title_hint`: its headline elsewhere, as plain text. The item has the canonical URL that the page states, the title,
    the text as clean HTML with absolute URLs, and the headlines that the page lists beside it (`related`). Summary,
    authors, dates, image, language, tags and enclosures are as the page states them, or empty. Pure; raises nothing on
    any bytes.
    """
    text = document.decode_page(body, content_type)
    if not document.is_markup(text):
        return read_plain_text(text, url, title_hint)
    root = document.parse_html(text)
    return None if root is None else _read(root, url, title_hint)


def _read(root: Any, url: str | None, hint: str | None) -> Item | None:
    metadata = read_metadata(root, url, hint)
    document.remove_hidden(root)
    extracted_text = extract_text(root)
    blocks = blocks_of(root)
    extracted = blocks_in(extracted_text, blocks)
    start = next(iter(main_prose(blocks, extracted)), 0)
    metadata.titles = rank_titles(metadata.titles, metadata.is_sure, blocks, start)
    titles = [words for title in metadata.titles if len(words := split_words(title)) > 1]
    article = article_blocks(blocks, extracted, titles)
    length = sum(len(block.text) for block in article)
    if max(length, len(metadata.body)) < _LEAST:
        return None
    base = metadata.base
    in_script = length < len(metadata.body) // 4  # the page is rendered by its script
    content = _paragraphs(metadata.body) if in_script else render_html(article, find_pictures(article, base), base)
    if article:
        first = next((block for block in article if block.is_prose), article[0])
        _add_byline(metadata, blocks, blocks.index(first))
    related = find_related(root, {block.element for block in article}, (url, metadata.url), base)
    return _item(metadata, url, content=content, related=related)


def _add_byline(metadata: Metadata, blocks: Sequence[Block], first: int) -> None:
    """Add date, authors and summary from the lines below the headline where the metadata has none."""
    byline = byline_of(metadata.titles[0], blocks, first, metadata.language) if metadata.titles else None
    if byline:
        metadata.published = metadata.published or byline.published()
        metadata.authors = metadata.authors or byline.authors()
        metadata.summary = metadata.summary or byline.standfirst()


def _item(metadata: Metadata, url: str | None, **fields: Any) -> Item:
    return Item(
        url=metadata.url or url,
        title=next(iter(metadata.titles), None),
        summary=metadata.summary,
        authors=metadata.authors,
        published=metadata.published,
        updated=metadata.updated,
        image=metadata.image,
        language=metadata.language,
        tags=metadata.tags,
        enclosures=metadata.files,
        **fields,
    )


def _paragraphs(text: str) -> str:
    """Render a text from JSON-LD as HTML paragraphs."""
    parts = (part.strip() for line in text.splitlines() for part in document.split_joined_sentences(line))
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in parts if part)
