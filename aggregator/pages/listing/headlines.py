"""Selects the links of a page that are the headlines of its articles.

Each link gets a weight from its text, its position, its URL and its record, and from the links of its kind. Links of a
menu are short, are in a `nav` and lead to sections; a headline has several words, a URL that often repeats them, and a
date, a picture or a summary in its record.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from aggregator.pages.listing.cards import find_records
from aggregator.pages.listing.companions import companion_kinds, targets_by_kind, weights_by_kind
from aggregator.pages.listing.link import Headline, Link
from aggregator.pages.listing.link_titles import GENERIC_TEXT
from aggregator.pages.listing.outliers import drop_outliers
from aggregator.pages.listing.records import Record
from aggregator.pages.url_shape import rough_domain, section_urls, url_weight

WANTED = 1.5
"""Minimum weight of a headline."""
OWN = 0.4
"""Share of the link itself in its weight; the rest is the weight of its kind."""
MANY = 0.75
"""Weight added to a link with many links of its kind."""
MANY_TARGETS = 5
"""Minimum number of targets of a kind with many links."""
COMPANION = 4.0
"""Weight subtracted from a link whose kind accompanies headlines."""
LEAST = -4.0
"""Maximum weight of a link that is never a headline, whatever its kind."""

_REGIONS = {"": 0.0, "aside": -1.0, "meta": -2.5, "chrome": -5.0, "ad": -6.0}
_CLOCK = re.compile(r"\W*(?:[^\W\d_]{1,12}\W{1,3}){0,3}\d{1,2}[:.]\d\d(?:\W{0,2}[ap]\.?m\.?)?\W{0,3}", re.IGNORECASE)
"""A title that is a time, as "Today at 09:41 AM"."""
_ADDRESS = re.compile(
    r"(?:https?://|www\.|pic\.twitter\.com/)\S*$|(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?$|(?=\S*\d)(?=\S*/)\S+$", re.IGNORECASE
)
_NO_ARTICLE = re.compile(
    r"""^(?:ad | advertisement | anzeige | listen\ live | paid\ (?:content|post) | promoted | publicidad | publicité
    | sponsored | watch\ live)\b.{0,30}$""",
    re.IGNORECASE | re.VERBOSE,
)


def find_headlines(links: Sequence[Link], address: str, order: str = "") -> list[Headline]:
    """Return the headlines among the links of a page, each article once, in document order.

    `address`: URL of the page; `order`: of day and month in its dates, see `date_order`.
    """
    own_weights = _own_weights(links, rough_domain(address))
    companions = companion_kinds(links, own_weights)
    own_weights = {id(link): own_weights[id(link)] - COMPANION * (link.kind in companions) for link in links}
    candidates = _candidates(links, own_weights)
    records = find_records(candidates, order)
    weights = own_weights | {
        id(link): own_weights[id(link)] + _record_weight(link, records[id(link)]) for link in candidates
    }
    kind_weights = weights_by_kind(links, weights)
    content_links = [link for link in links if link.place.region in ("", "aside") and not link.in_text]
    large_kinds = {kind for kind, targets in targets_by_kind(content_links).items() if len(targets) >= MANY_TARGETS}
    best: dict[str, Headline] = {}
    for link in candidates:
        weight = OWN * weights[id(link)] + (1 - OWN) * kind_weights[link.kind]
        weight += MANY if link.kind in large_kinds else 0
        known = best.get(link.target)
        if weight >= WANTED and (known is None or link.title_rank > known.link.title_rank):
            best[link.target] = Headline(link, records[id(link)])
    return drop_outliers([headline for headline in best.values() if not _is_variant(headline, best)])


def _is_variant(headline: Headline, headlines: Mapping[str, Headline]) -> bool:
    """Return whether another headline has the same URL without a query, such as a tracking parameter."""
    url, separator, _ = headline.link.target.partition("?")
    return bool(separator) and url in headlines


def _own_weights(links: Sequence[Link], site: str) -> dict[int, float]:
    """Return the weight of each link by itself; targets repeated within a kind are authors or tags."""
    sections = section_urls(link.target for link in links)
    repeats = Counter((link.kind, link.target) for link in links)
    sites = {id(link): rough_domain(link.target) for link in links}
    internal = Counter(link.kind for link in links if sites[id(link)] == site)
    sizes = Counter(link.kind for link in links)
    weights = {}
    for link in links:
        weight = _weight(link, sections)
        if repeats[link.kind, link.target] > 2:
            weight -= 3.0
        if sites[id(link)] != site and internal[link.kind] > 0.7 * sizes[link.kind]:
            weight -= 2.0
        weights[id(link)] = weight
    return weights


def _candidates(links: Sequence[Link], own_weights: Mapping[int, float]) -> list[Link]:
    """Return the links that may be headlines, without regard to their records."""
    kind_weights = weights_by_kind(links, own_weights)
    in_headings = Counter(link.kind for link in links if link.is_heading and link.place.region == "")
    return [
        link
        for link in links
        if own_weights[id(link)] > 0
        or (
            own_weights[id(link)] > LEAST
            and (kind_weights[link.kind] > 0.5 or (link.is_heading and in_headings[link.kind] >= MANY_TARGETS))
        )
    ]


def _weight(link: Link, sections: set[str]) -> float:
    """Return the log-odds that a link is a headline, by its text, position and URL."""
    weight = _REGIONS[link.place.region] + _length_weight(link.words)
    if link.is_heading:
        weight += 1.5
    if link.place.in_article:
        weight += 1.0
    if "bookmark" in (link.element.get("rel") or "").split() or "u-url" in (link.element.get("class") or "").split():
        weight += 2.0
    if link.in_text:
        weight -= 3.0
    if GENERIC_TEXT.match(link.title) or _ADDRESS.match(link.title) or _CLOCK.fullmatch(link.title):
        weight -= 6.0
    if link.target.rstrip("/") in sections:
        weight -= 2.0
    return weight + url_weight(link.target, link.title)


def _length_weight(words: int) -> float:
    if words > 40:
        return -1.0
    return (-4.0, -3.0, -2.0, -0.5, 0.5, 1.0, 1.5)[min(words, 6)]


def _record_weight(link: Link, record: Record) -> float:
    """Return the weight that a link gains from date, summary and picture in its record."""
    weight = 0.0
    if record.date:
        weight += 3.0 if link.is_heading and link.words < 3 else 1.5  # a heading with a date is a title, as "v1.2" is
    if record.summary:
        weight += 0.7
    if record.image:
        weight += 0.5
    if not weight and link.is_heading and link.words < 5:
        weight -= 2.0  # the heading of a section
    if any(_NO_ARTICLE.match(line) for line in record.lines):
        weight -= 6.0
    return weight
