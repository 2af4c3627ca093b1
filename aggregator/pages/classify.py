"""Classifies a page as an article or as a list of articles.

Evidence for an article: much running text in one place, a heading that repeats the page title, metadata of type
article. Evidence for a list: many headlines that link elsewhere, several texts with a headline each, metadata of type
collection. An article with fifty related links is an article; a front page with one long lead story is a list.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from aggregator.pages.dates import date_order
from aggregator.pages.document import decode_page, is_markup, parse_html
from aggregator.pages.jsonld import ARTICLES, json_ld_nodes, types_of
from aggregator.pages.listing.headlines import find_headlines
from aggregator.pages.listing.link import Headline
from aggregator.pages.listing.links import Places, find_links
from aggregator.pages.listing.live_updates import find_updates, is_live
from aggregator.pages.tree import (
    BLOCKS,
    HIDDEN,
    UNKNOWN_URL,
    UNSPACED,
    base_url,
    count_words,
    group_terms,
    page_url,
    text_of,
)
from aggregator.text.urls import canonical

Kind = Literal["article", "list"]

PARAGRAPH = 80
"""Minimum length of a paragraph, in characters."""
POST = 300
"""Minimum length of an article, in characters; a shorter text under a headline is a summary."""

MOST_HEADINGS = 200
MOST_IN_DIALOG = 3
"""Maximum distance, in elements, from a text to the ancestor with its `h1`: some sites open articles in dialogs."""

_TEXT_WEIGHTS = ((900, 3.0), (600, 2.0), (350, 0.5), (250, 0.0), (0, -1.0))
_HEADLINE_WEIGHT = 0.08
_NUMBER = re.compile(r"\d+")
_TEXT_TAGS = frozenset("article blockquote body center dd div font li main p pre section span td".split())
_ARTICLE_CLASSES = frozenset(
    "single single-post article-page post-template node-type-article page-node-type-article".split()
)
_LIST_CLASSES = frozenset(
    "home blog archive category tag search front path-frontpage home-template tag-template".split()
)
_LIST_TYPES = frozenset("Blog CollectionPage ItemPage SearchResultsPage".split())


def kind_of(body: bytes, url: str | None = None, content_type: str = "") -> Kind:
    """Classify a page as an article or a list of articles. Never raises.

    `body`: the page as received; `url`: its URL, if known; `content_type`: the `Content-Type` header.
    """
    text = decode_page(body, content_type)
    root = parse_html(text) if is_markup(text) else None
    return "article" if root is None or signals_of(root, url).score > 0 else "list"


class Signals(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence for the kind of a page.

    `text`: length of the longest running text, in characters; `posts`: number of headlines with an article's text of
    their own; `headlines`: number of headlines; `updates`: number of live updates; `titled`: whether a heading repeats
    the page title; `metadata`: score of metadata and URL, positive for an article, negative for a list.
    """

    text: int
    posts: int
    headlines: int
    updates: int
    titled: bool
    metadata: float

    @property
    def score(self) -> float:
        """Positive for an article, otherwise for a list."""
        if self.updates > self.headlines:
            return -5.0
        score = self.metadata + (2.5 if self.titled else 0.0) - (0.0, 2.0, 4.0)[min(self.posts, 2)]
        score += next(weight for minimum, weight in _TEXT_WEIGHTS if self.text >= minimum)
        return score - _HEADLINE_WEIGHT * min(self.headlines, 25)


def signals_of(root: Any, url: str | None) -> Signals:
    """Collect the evidence for the kind of a page."""
    group_terms(root)
    address = page_url(root, url)
    base, own_url = base_url(root, address), canonical(address)
    order = date_order(" ".join(root.itertext()), (root.get("lang") or "").lower())
    headlines = find_headlines([link for link in find_links(root, base) if link.target != own_url], address, order)
    text_lengths = _text_lengths(root)
    updates = find_updates(root, address, order)
    return Signals(
        text=max(text_lengths.values(), default=0),
        posts=_count_posts(headlines, text_lengths),
        headlines=len(headlines),
        updates=len(updates) + (len(headlines) if is_live(root) and updates else 0),
        titled=_repeats_title(root),
        metadata=_metadata_score(root, address),
    )


def _text_lengths(root: Any) -> dict[Any, int]:
    """Return the length of the running text in each element with paragraphs, or lines of that length."""
    text_lengths: dict[Any, int] = defaultdict(int)
    places, headed = Places(root), {heading.getparent() for heading in root.iter("h1")}
    for block in root.iter(*_TEXT_TAGS):
        if block.tag in ("font", "span") and block.find("br") is None:
            continue  # inline
        lines = [line for line in _lines(block) if line >= PARAGRAPH]
        is_content = places.of(block).region not in ("chrome", "ad")
        if lines and (is_content or any(around in headed for around in islice(block.iterancestors(), MOST_IN_DIALOG))):
            parent = block.getparent()
            text_lengths[block if len(lines) > 1 or parent is None else parent] += sum(lines)
    return text_lengths


def _lines(block: Any) -> Iterator[int]:
    """Yield the length of each line of text directly in a block; 0 for a line that is mostly links."""
    length, linked = _length(block.text), 0
    for child in block:
        if child.tag in BLOCKS or next(child.iter(*BLOCKS), None) is not None:
            yield length if linked * 3 <= length else 0
            length, linked = 0, 0
        elif isinstance(child.tag, str) and child.tag not in HIDDEN:
            text = _length("".join(child.itertext()))
            length += text
            linked += text if child.tag == "a" else 0
        length += _length(child.tail)
    yield length if linked * 3 <= length else 0


def _length(text: str | None) -> int:
    """Return the length of a text; characters that stand for syllables or words count twice."""
    clean = " ".join((text or "").split())
    return len(clean) if clean.isascii() else len(clean) + len(UNSPACED.findall(clean))


def _count_posts(headlines: Sequence[Headline], text_lengths: dict[Any, int]) -> int:
    """Count the headlines whose record holds a text as long as an article."""
    posts = [element for element, length in text_lengths.items() if length >= POST]
    post_paths = [{id(post), *map(id, post.iterancestors())} for post in posts]
    return sum(
        1
        for headline in headlines
        if headline.link.is_heading
        and any(id(part) in path for part in headline.record.elements for path in post_paths)
    )


def _repeats_title(root: Any) -> bool:
    """Return whether a heading without a link, or bold text on old pages, repeats the page title."""
    titles = [meta.get("content") or "" for meta in root.iter("meta") if meta.get("property") == "og:title"]
    titles += [title.text or "" for title in root.iter("title")][:1]
    title_letters = [_letters(title) for title in titles]
    headings = list(root.iter("h1", "h2")) or list(root.iter("h3", "b", "strong", "font", "big"))
    for heading in headings[:MOST_HEADINGS]:
        if heading.find(".//a[@href]") is None and count_words(_NUMBER.sub("", text := text_of(heading))) >= 4:
            letters = _letters(text)
            if letters and any(title.startswith(letters) for title in title_letters):
                return True
    return False


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _metadata_score(root: Any, address: str) -> float:
    """Score the `meta` elements, the URL, the body classes and the JSON-LD of a page."""
    metas = {meta.get("property") or meta.get("name"): meta.get("content") or "" for meta in root.iter("meta")}
    score = {"article": 1.5, "website": -1.0, "blog": -1.5}.get(metas.get("og:type", ""), 0.0)
    if "article:published_time" in metas:
        score += 1.5
    if address != UNKNOWN_URL and urlsplit(address).path in ("", "/"):
        score -= 2.0
    body = root.find("body")
    classes = frozenset((body.get("class") or "").split()) if body is not None else frozenset()
    score += 3.0 * (not _ARTICLE_CLASSES.isdisjoint(classes)) - 3.0 * (not _LIST_CLASSES.isdisjoint(classes))
    return score + _json_ld_score(root)


def _json_ld_score(root: Any) -> float:
    node_types = [types_of(node) for node in json_ld_nodes(root)]
    articles = sum(1 for types in node_types if types & ARTICLES)
    if articles == 1:
        return 1.5
    return -2.0 if any(types & _LIST_TYPES for types in node_types) or articles > 2 else 0.0
