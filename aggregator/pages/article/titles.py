"""The title of an article: what the page calls itself, and the line that stands above the text.

A page's `<title>` often holds the name of the site, or nothing else. What is printed right above the text decides then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations, islice
from typing import Any

from aggregator.http.origins import registrable_domain
from aggregator.pages.article.blocks import Block, words_of
from aggregator.pages.article.related import is_headline
from aggregator.text.dates import parse_date
from aggregator.text.urls import absolute, without_www

_MARK = re.compile(r" [|—–»·•:/-]{1,2} |｜|: ")
_BEFORE = 8
"""Blocks above the text among which its headline is looked for."""
_ENOUGH = 0.3


def folded(text: str) -> str:
    """A text as it is compared: without spaces, marks and capitals."""
    return "".join(words_of(text)).casefold()


def alike(one: str, other: str) -> float:
    """How much of the words of the shorter of two titles is in the other, 0 to 1."""
    ours, theirs = _folded_words(one), _folded_words(other)
    return len(ours & theirs) / max(1, min(len(ours), len(theirs)))


def _likeness(one: str, other: str) -> float:
    ours, theirs = _folded_words(one), _folded_words(other)
    return len(ours & theirs) / max(1, len(ours | theirs))


def _folded_words(text: str) -> set[str]:
    return {word.casefold() for word in words_of(text)}


def names_of_site(root: Any, named: Iterable[str], url: str | None) -> set[str]:
    """What the site may be called, folded: what it says (`named`), what leads to its front page, its domain with and
    without its end."""
    place = without_www(registrable_domain(url)) if url else ""
    front = ("/", absolute("/", url))
    logos = list(islice((one for one in root.iter("a") if one.get("href") in front), 5))
    pictures = [image.get("alt") or "" for logo in logos for image in logo.iter("img")]
    texts = [*named, *pictures, *(logo.text_content() for logo in logos), place, place.partition(".")[0]]
    return {folded(text) for text in texts} - {""}


def bare(title: str, sites: set[str]) -> str:
    """A title without the site's name before or behind it."""
    for mark in dict.fromkeys(found[0] for found in islice(_MARK.finditer(title), 5)):
        parts = title.split(mark)
        left = [part for part in parts if folded(part) not in sites]
        if left and len(left) < len(parts):
            title = mark.join(left)
    return title


def heading_that_says(titles: Sequence[str], headings: Iterable[str]) -> str | None:
    """The heading that says most of what the titles say: a page's first heading may be its masthead."""
    likeness = {heading: max((_likeness(heading, title) for title in titles), default=1.0) for heading in headings}
    best = max(likeness, key=lambda one: likeness[one], default=None)
    return best if best and likeness[best] > _ENOUGH else None


def with_printed(titles: Sequence[str], sure: bool, blocks: Sequence[Block], first: int) -> list[str]:
    """All titles of a page, the best first. `sure`: whether more than its `<title>` says the first; `blocks`: of the
    page, whose text begins at the place `first`."""
    above = [block for block in blocks[max(0, first - _BEFORE) : first + 1] if block.is_heading or block.linked < 0.5]
    lines = [line for block in reversed(above) for line in _once_or_twice(block.text)]
    printed = [part for title in titles[: 1 if sure else None] if (part := _printed_part(title, lines))]
    if not sure and not any(map(is_headline, printed)):
        printed = _likely(above, lines, titles) or [part for part in printed if part in titles[0]]
    return list(dict.fromkeys([*printed[:1], *titles]))


def _printed_part(title: str, lines: Sequence[str]) -> str | None:
    """What of a title is a line: all of it, or what stands between two of its marks; of several the nearest line."""
    marks = [found.span() for found in islice(_MARK.finditer(title), 5)]
    parts = [title, *(title[a:b] for (_, a), (b, _) in combinations([(0, 0), *marks, (len(title), len(title))], 2))]
    said = {folded(part): part for part in parts if len(words_of(part)) > 1}
    whole = folded(title)
    places = [folded(line) for line in lines]
    return title if whole in places else next((said[place] for place in places if place in said), None)


def _likely(above: Sequence[Block], lines: Sequence[str], titles: Sequence[str]) -> list[str]:
    """The line that may be the headline though no title says so: what stands there twice, a great heading; where no
    title may be one, the nearest line that may."""
    great = {block.text for block in above if block.tag in ("h1", "h2")}
    likely = [line for line in lines if is_headline(line) and not (line.endswith(".") or parse_date(line))]
    striking = [line for line in likely if lines.count(line) > 1 or line in great]
    return striking[:1] or ([] if any(map(is_headline, titles)) else likely[:1])


def _once_or_twice(text: str) -> list[str]:
    """A text, or twice the half that it says twice."""
    half = len(text) // 2
    return [text[:half]] * 2 if text[:half] == text[half + 1 :] else [text]
