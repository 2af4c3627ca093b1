"""Chooses the title of an article among the titles of the page and the lines above the text.

A `<title>` often contains the name of the site, or nothing else; the line directly above the text decides then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations, islice
from typing import Any

from aggregator.http.origins import registrable_domain
from aggregator.pages.article.blocks import Block, split_words
from aggregator.pages.article.related import is_headline
from aggregator.text.dates import parse_date
from aggregator.text.hosts import unicode_host
from aggregator.text.urls import absolute, without_www

_SEPARATOR = re.compile(r" [|—–»·•:/-]{1,2} |｜|: ")
_BEFORE = 8
"""Number of blocks above the text in which the headline is searched."""
_ENOUGH = 0.3


def fold(text: str) -> str:
    """Return a text in comparable form: without spaces, punctuation and upper case."""
    return "".join(split_words(text)).casefold()


def word_overlap(first: str, second: str) -> float:
    """Return the share of the words of the shorter title that are in the other (overlap coefficient), 0 to 1."""
    a, b = _folded_words(first), _folded_words(second)
    return len(a & b) / max(1, min(len(a), len(b)))


def _jaccard(first: str, second: str) -> float:
    a, b = _folded_words(first), _folded_words(second)
    return len(a & b) / max(1, len(a | b))


def _folded_words(text: str) -> set[str]:
    return {word.casefold() for word in split_words(text)}


def site_names(root: Any, stated: Iterable[str], url: str | None) -> set[str]:
    """Return the possible names of the site, folded.

    These are the `stated` ones, the texts of links to the front page, and the domain with and without its suffix.
    """
    host = unicode_host(without_www(registrable_domain(url))) if url else ""
    front_page = ("/", absolute("/", url))
    logos = list(islice((link for link in root.iter("a") if link.get("href") in front_page), 5))
    pictures = [image.get("alt") or "" for logo in logos for image in logo.iter("img")]
    names = [*stated, *pictures, *(logo.text_content() for logo in logos), host, host.partition(".")[0]]
    return {fold(name) for name in names} - {""}


def strip_site(title: str, sites: set[str]) -> str:
    """Remove the name of the site before or after a title."""
    for separator in dict.fromkeys(match[0] for match in islice(_SEPARATOR.finditer(title), 5)):
        parts = title.split(separator)
        remaining = [part for part in parts if fold(part) not in sites]
        if remaining and len(remaining) < len(parts):
            title = separator.join(remaining)
    return title


def best_heading(titles: Sequence[str], headings: Iterable[str]) -> str | None:
    """Return the heading most similar to a title; the first heading of a page may be its masthead."""
    similarity = {heading: max((_jaccard(heading, title) for title in titles), default=1.0) for heading in headings}
    best = max(similarity, key=lambda heading: similarity[heading], default=None)
    return best if best and similarity[best] > _ENOUGH else None


def rank_titles(titles: Sequence[str], is_sure: bool, blocks: Sequence[Block], first: int) -> list[str]:
    """Return all titles of a page, best first, with the headline above the text.

    `is_sure`: whether the first title is stated outside `<title>`; `blocks`: of the page, whose text begins at `first`.
    """
    above = [
        block for block in blocks[max(0, first - _BEFORE) : first + 1] if block.is_heading or block.link_share < 0.5
    ]
    lines = [line for block in reversed(above) for line in _split_repetition(block.text)]
    printed = [part for title in titles[: 1 if is_sure else None] if (part := _printed_part(title, lines))]
    if not is_sure and not any(map(is_headline, printed)):
        printed = _likely_headline(above, lines, titles) or [part for part in printed if part in titles[0]]
    return list(dict.fromkeys([*printed[:1], *titles]))


def _printed_part(title: str, lines: Sequence[str]) -> str | None:
    """Return the part of a title that is printed as a line: all of it, or the text between two separators.

    Of several parts, the one in the nearest line is returned.
    """
    separators = [match.span() for match in islice(_SEPARATOR.finditer(title), 5)]
    bounds = [(0, 0), *separators, (len(title), len(title))]
    parts = [title, *(title[start:end] for (_, start), (end, _) in combinations(bounds, 2))]
    by_folded = {fold(part): part for part in parts if len(split_words(part)) > 1}
    folded_lines = [fold(line) for line in lines]
    if fold(title) in folded_lines:
        return title
    return next((by_folded[line] for line in folded_lines if line in by_folded), None)


def _likely_headline(above: Sequence[Block], lines: Sequence[str], titles: Sequence[str]) -> list[str]:
    """Return the line that is probably the headline although no title repeats it, in a list of one or none.

    This is a repeated line, an `h1` or `h2`; if no title may be a headline, the nearest line that may be one.
    """
    large = {block.text for block in above if block.tag in ("h1", "h2")}
    candidates = [line for line in lines if is_headline(line) and not (line.endswith(".") or parse_date(line))]
    prominent = [line for line in candidates if lines.count(line) > 1 or line in large]
    return prominent[:1] or ([] if any(map(is_headline, titles)) else candidates[:1])


def _split_repetition(text: str) -> list[str]:
    """Split a text that consists of the same text twice, otherwise return it alone."""
    half = len(text) // 2
    return [text[:half]] * 2 if text[:half] == text[half + 1 :] else [text]
