"""The article on a page: its text without what surrounds it, and what the page states of it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from aggregator.dates import parse_date
from aggregator.model import Item
from aggregator.pages import document
from aggregator.pages.blocks import Block, blocks_of, words_of
from aggregator.pages.body import article_blocks, most_prose
from aggregator.pages.markup import rendered
from aggregator.pages.metadata import Stated, alike, date_beside, stated
from aggregator.pages.pictures import pictures_of
from aggregator.pages.related import is_headline, related_of
from aggregator.pages.saved import read_saved
from aggregator.pages.votes import extracted, taken

_SURE = 0.8
_BEFORE = 8
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
    text = document.decoded(body, content_type)
    if not document.is_markup(text):
        return read_saved(text, url, title_hint)
    root = document.parsed(text)
    return None if root is None else _read(root, url, title_hint)


def _read(root: Any, url: str | None, hint: str | None) -> Item | None:
    facts = stated(root, url, hint)
    document.remove_unseen(root)
    vote = extracted(root)
    blocks = blocks_of(root)
    votes = taken(blocks, vote)
    facts.titles = facts.titles or _printed_title(blocks, votes)
    titles = [words for title in facts.titles if len(words := words_of(title)) > 1]
    found = article_blocks(blocks, votes, titles)
    length = sum(len(block.text) for block in found)
    if max(length, len(facts.body)) < _LEAST:
        return None
    in_script = length < len(facts.body) // 4  # a page that is made by its script
    content = _paragraphs(facts.body) if in_script else rendered(found, pictures_of(found, facts.base), facts.base)
    published = facts.published or (_date_beside(blocks, found[0], facts.titles) if found else None)
    related = related_of(root, {block.element for block in found}, (url, facts.url), facts.base)
    return _item(facts, url, content=content, published=published, related=related)


def _item(facts: Stated, url: str | None, **found: Any) -> Item:
    return Item(
        url=facts.url or url,
        title=next(iter(facts.titles), None),
        summary=facts.summary,
        authors=facts.authors,
        updated=facts.updated,
        image=facts.image,
        language=facts.language,
        tags=facts.tags,
        enclosures=facts.files,
        **found,
    )


def _printed_title(blocks: Sequence[Block], votes: Sequence[bool]) -> list[str]:
    """The headline where the page nowhere says that it is one: the last line above the text that may be, or that stands
    there twice."""
    first = next(iter(most_prose(blocks, votes)), 0)
    above = [line for block in blocks[max(0, first - _BEFORE) : first + 1] for line in _once_or_twice(block.text)]
    likely = [line for line in reversed(above) if is_headline(line) and not (line.endswith(".") or parse_date(line))]
    return sorted(likely, key=lambda line: above.count(line) < 2)[:1]


def _once_or_twice(text: str) -> list[str]:
    """A text, or twice the half that it says twice."""
    half = len(text) // 2
    return [text[:half]] * 2 if text[:half] == text[half + 1 :] else [text]


def _paragraphs(text: str) -> str:
    """A text that a script holds, as HTML."""
    parts = (part.strip() for line in text.splitlines() for part in document.split_stuck(line))
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in parts if part)


def _date_beside(blocks: Sequence[Block], first: Block, titles: Sequence[str]) -> str | None:
    above = blocks[: blocks.index(first)]
    headline = next((one for one in reversed(above) if any(alike(one.text, t) > _SURE for t in titles[:1])), None)
    return date_beside(headline, first, blocks) if headline else None
