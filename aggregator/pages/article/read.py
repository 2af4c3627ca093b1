"""The article on a page: its text without what surrounds it, and what the page states of it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from aggregator.model import Item
from aggregator.pages import document
from aggregator.pages.article.blocks import Block, blocks_of, split_words
from aggregator.pages.article.body import article_blocks, most_prose
from aggregator.pages.article.byline import byline_of
from aggregator.pages.article.clean_html import render_html
from aggregator.pages.article.metadata import Metadata, stated
from aggregator.pages.article.pictures import find_pictures
from aggregator.pages.article.plain_text import read_plain_text
from aggregator.pages.article.related import find_related
from aggregator.pages.article.titles import rank_titles
from aggregator.pages.article.trafilatura import extract_text, taken

_LEAST = 60
"""Characters that the text of an article has at least."""


def read_article(
    body: bytes, url: str | None = None, content_type: str = "", title_hint: str | None = None
) -> Item | None:
    """The article on a page, or None where there is none.

    `body`: the page as received, HTML or plain text; `url`: its address; `content_type`: its HTTP header;
    `title_hint`: its headline elsewhere, plain. The item has the address that the page states for itself, the title,
    the text as clean HTML with absolute addresses, and the headlines that the page lists beside it (`related`).
    Summary, authors, dates, image, language, tags and enclosures are as the page states them, or empty. Pure; raises
    nothing on any bytes.
    """
    text = document.decode_page(body, content_type)
    if not document.is_markup(text):
        return read_plain_text(text, url, title_hint)
    root = document.parse_html(text)
    return None if root is None else _read(root, url, title_hint)


def _read(root: Any, url: str | None, hint: str | None) -> Item | None:
    facts = stated(root, url, hint)
    document.remove_hidden(root)
    vote = extract_text(root)
    blocks = blocks_of(root)
    votes = taken(blocks, vote)
    start = next(iter(most_prose(blocks, votes)), 0)
    facts.titles = rank_titles(facts.titles, facts.is_sure, blocks, start)
    titles = [words for title in facts.titles if len(words := split_words(title)) > 1]
    found = article_blocks(blocks, votes, titles)
    length = sum(len(block.text) for block in found)
    if max(length, len(facts.body)) < _LEAST:
        return None
    in_script = length < len(facts.body) // 4  # a page that is made by its script
    content = _paragraphs(facts.body) if in_script else render_html(found, find_pictures(found, facts.base), facts.base)
    if found:
        _complete(facts, blocks, blocks.index(next((block for block in found if block.is_prose), found[0])))
    related = find_related(root, {block.element for block in found}, (url, facts.url), facts.base)
    return _item(facts, url, content=content, related=related)


def _complete(facts: Metadata, blocks: Sequence[Block], first: int) -> None:
    """Add what the page states nowhere but in the lines beneath its headline."""
    byline = byline_of(facts.titles[0], blocks, first, facts.language) if facts.titles else None
    if byline:
        facts.published = facts.published or byline.published()
        facts.authors = facts.authors or byline.authors()
        facts.summary = facts.summary or byline.standfirst()


def _item(facts: Metadata, url: str | None, **found: Any) -> Item:
    return Item(
        url=facts.url or url,
        title=next(iter(facts.titles), None),
        summary=facts.summary,
        authors=facts.authors,
        published=facts.published,
        updated=facts.updated,
        image=facts.image,
        language=facts.language,
        tags=facts.tags,
        enclosures=facts.files,
        **found,
    )


def _paragraphs(text: str) -> str:
    """A text that a script holds, as HTML."""
    parts = (part.strip() for line in text.splitlines() for part in document.split_joined_sentences(line))
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in parts if part)
