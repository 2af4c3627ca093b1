"""Whether a page is an article, or lists articles.

What speaks for an article: much running text in one place, a headline that the page as a whole bears, data that calls
it one. What speaks for a list: many headlines that lead elsewhere, several texts each under its own, data that calls it
a collection. An article with fifty others beside it is an article; a front page with one long lead is a list.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from aggregator.pages.dates import order_of
from aggregator.pages.document import decoded, is_markup, parsed
from aggregator.pages.jsonld import ARTICLES, json_ld, types_of
from aggregator.pages.listing.headlines import headlines
from aggregator.pages.listing.link import Headline
from aggregator.pages.listing.links import Places, links_of
from aggregator.pages.listing.live_updates import is_live, updates_of
from aggregator.pages.tree import BLOCKS, HIDDEN, NOWHERE, WIDE, address_of, base_of, group_terms, text_of, words_in
from aggregator.text.urls import canonical

Kind = Literal["article", "list"]

PARAGRAPH = 80
"""Characters from which on a block of text is a paragraph."""
POST = 300
"""Characters from which on the text under a headline is the article itself, and no summary."""

MOST_HEADINGS = 200
MOST_IN_DIALOG = 3
"""Elements around a text in a dialog up to that which holds its headline, where an article opens in one."""

_TEXT = ((900, 3.0), (600, 2.0), (350, 0.5), (250, 0.0), (0, -1.0))
_LISTED = 0.08
_NUMBER = re.compile(r"\d+")
_HOLDERS = frozenset("article blockquote body center dd div font li main p pre section span td".split())
_SINGLE = frozenset("single single-post article-page post-template node-type-article page-node-type-article".split())
_SEVERAL = frozenset("home blog archive category tag search front path-frontpage home-template tag-template".split())
_COLLECTIONS = frozenset("Blog CollectionPage ItemPage SearchResultsPage".split())


def kind_of(body: bytes, url: str | None = None, content_type: str = "") -> Kind:
    """Whether a page is an article or lists articles. Never raises.

    `body`: the page as received; `url`: its address, if known; `content_type`: the header of that name.
    """
    text = decoded(body, content_type)
    root = parsed(text) if is_markup(text) else None
    return "article" if root is None or signs_of(root, url).weight > 0 else "list"


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """What a page shows of its kind.

    `text`: characters of running text in the place that has most of it; `posts`: headlines that have such texts of
    their own; `listed`: headlines; `updates`: updates of a page that grows; `named`: whether the page bears one
    headline as a whole; `stated`: what its data and its address say, more than 0 for an article, less for a list.
    """

    text: int
    posts: int
    listed: int
    updates: int
    named: bool
    stated: float

    @property
    def weight(self) -> float:
        """More than 0 for an article, else less."""
        if self.updates > self.listed:
            return -5.0
        weight = self.stated + (2.5 if self.named else 0.0) - (0.0, 2.0, 4.0)[min(self.posts, 2)]
        weight += next(worth for least, worth in _TEXT if self.text >= least)
        return weight - _LISTED * min(self.listed, 25)


def signs_of(root: Any, url: str | None) -> Signs:
    """Look at a page for what tells its kind."""
    group_terms(root)
    address = address_of(root, url)
    base, own = base_of(root, address), canonical(address)
    order = order_of(" ".join(root.itertext()), (root.get("lang") or "").lower())
    found = headlines([link for link in links_of(root, base) if link.target != own], address, order)
    texts = _texts(root)
    updates = updates_of(root, address, order)
    return Signs(
        text=max(texts.values(), default=0),
        posts=_posts(found, texts),
        listed=len(found),
        updates=len(updates) + (len(found) if is_live(root) and updates else 0),
        named=_is_named(root),
        stated=_stated(root, address),
    )


def _texts(root: Any) -> dict[Any, int]:
    """Characters of running text in each element that has paragraphs, or lines that are as long."""
    texts: dict[Any, int] = defaultdict(int)
    places, headed = Places(root), {one.getparent() for one in root.iter("h1")}
    for block in root.iter(*_HOLDERS):
        if block.tag in ("font", "span") and block.find("br") is None:
            continue  # it is within a line
        lines = [line for line in _lines(block) if line >= PARAGRAPH]
        shown = places.of(block).region not in ("chrome", "ad")
        if lines and (shown or any(one in headed for one in islice(block.iterancestors(), MOST_IN_DIALOG))):
            around = block.getparent()
            texts[block if len(lines) > 1 or around is None else around] += sum(lines)
    return texts


def _lines(block: Any) -> Iterator[int]:
    """Characters of each line of text that lies in a block itself; 0 for one that is mostly links."""
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
    """Characters of a text, of which those that stand for syllables or words count twice."""
    clean = " ".join((text or "").split())
    return len(clean) if clean.isascii() else len(clean) + len(WIDE.findall(clean))


def _posts(found: Sequence[Headline], texts: dict[Any, int]) -> int:
    """How many headlines have an article's text in what belongs to them."""
    long = [element for element, length in texts.items() if length >= POST]
    around = [{id(one), *map(id, one.iterancestors())} for one in long]
    return sum(
        1 for one in found if one.link.heading and any(id(part) in up for part in one.record.elements for up in around)
    )


def _is_named(root: Any) -> bool:
    """Whether a heading that leads nowhere else, or what old pages have for one, says what the page is called."""
    titles = [one.get("content") or "" for one in root.iter("meta") if one.get("property") == "og:title"]
    titles += [one.text or "" for one in root.iter("title")][:1]
    wanted = [_letters(title) for title in titles]
    headings = list(root.iter("h1", "h2")) or list(root.iter("h3", "b", "strong", "font", "big"))
    for heading in headings[:MOST_HEADINGS]:
        if heading.find(".//a[@href]") is None and words_in(_NUMBER.sub("", text := text_of(heading))) >= 4:
            letters = _letters(text)
            if letters and any(title.startswith(letters) for title in wanted):
                return True
    return False


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _stated(root: Any, address: str) -> float:
    metas = {one.get("property") or one.get("name"): one.get("content") or "" for one in root.iter("meta")}
    stated = {"article": 1.5, "website": -1.0, "blog": -1.5}.get(metas.get("og:type", ""), 0.0)
    if "article:published_time" in metas:
        stated += 1.5
    if address != NOWHERE and urlsplit(address).path in ("", "/"):
        stated -= 2.0
    body = root.find("body")
    classes = frozenset((body.get("class") or "").split()) if body is not None else frozenset()
    stated += 3.0 * (not _SINGLE.isdisjoint(classes)) - 3.0 * (not _SEVERAL.isdisjoint(classes))
    return stated + _said_in_data(root)


def _said_in_data(root: Any) -> float:
    kinds = [types_of(node) for node in json_ld(root)]
    articles = sum(1 for kind in kinds if kind & ARTICLES)
    if articles == 1:
        return 1.5
    return -2.0 if any(kind & _COLLECTIONS for kind in kinds) or articles > 2 else 0.0
