"""Which links of a page are the headlines of its articles.

Each link is weighed by itself and by those that are made like it: what it says, what it stands in, where it leads,
and what stands beside it. A menu's links are short, stand in a `nav` and lead to sections; a headline has some words,
leads to an address that often repeats them, and has a date, a picture or a summary beside it.
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
"""Weight from which on a link is a headline."""
OWN = 0.4
"""How much of a link's weight is its own; the rest is that of its kind."""
MANY = 0.75
"""What it adds to a link's weight that there are many like it."""
ALIKE = 5
ACCOMPANIES = 4.0
"""What it takes from a link's weight that links of its kind stand in the cards of others."""
LEAST = -4.0
"""Weight up to which a link is no headline, whatever others are made like it."""

_REGIONS = {"": 0.0, "aside": -1.0, "meta": -2.5, "chrome": -5.0, "ad": -6.0}
_CLOCK = re.compile(r"\W*(?:[^\W\d_]{1,12}\W{1,3}){0,3}\d{1,2}[:.]\d\d(?:\W{0,2}[ap]\.?m\.?)?\W{0,3}", re.IGNORECASE)
"""A title that says when, as "Today at 09:41 AM"."""
_ADDRESS = re.compile(
    r"(?:https?://|www\.|pic\.twitter\.com/)\S*$|(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?$|(?=\S*\d)(?=\S*/)\S+$", re.IGNORECASE
)
_NO_ARTICLE = re.compile(
    r"""^(?:ad | advertisement | anzeige | listen\ live | paid\ (?:content|post) | promoted | publicidad | publicité
    | sponsored | watch\ live)\b.{0,30}$""",
    re.IGNORECASE | re.VERBOSE,
)


def find_headlines(links: Sequence[Link], address: str, order: str = "") -> list[Headline]:
    """The headlines among the links of a page, each article once, in the page's order.

    `address`: of the page; `order`: of day and month in its dates, see `date_order`.
    """
    own = _weights(links, rough_domain(address))
    beside = companion_kinds(links, own)
    own = {id(link): own[id(link)] - (ACCOMPANIES if link.kind in beside else 0) for link in links}
    likely = _likely(links, own)
    records = find_records(likely, order)
    weights = own | {id(link): own[id(link)] + _beside(link, records[id(link)]) for link in likely}
    groups = weights_by_kind(links, weights)
    own_part = [link for link in links if link.place.region in ("", "aside") and not link.within]
    alike = {kind for kind, targets in targets_by_kind(own_part).items() if len(targets) >= ALIKE}
    best: dict[str, Headline] = {}
    for link in likely:
        weight = OWN * weights[id(link)] + (1 - OWN) * groups[link.kind]
        weight += MANY if link.kind in alike else 0
        known = best.get(link.target)
        if weight >= WANTED and (known is None or link.sure > known.link.sure):
            best[link.target] = Headline(link, records[id(link)])
    return drop_outliers([one for one in best.values() if not _is_variant(one, best)])


def _is_variant(one: Headline, found: Mapping[str, Headline]) -> bool:
    """Whether it is the same article as another, under an address that says where its reader comes from."""
    bare, mark, _ = one.link.target.partition("?")
    return bool(mark) and bare in found


def _weights(links: Sequence[Link], site: str) -> dict[int, float]:
    """What each link says by itself; one that stands in several places of the same kind is an author or a tag."""
    sections = section_urls(link.target for link in links)
    often = Counter((link.kind, link.target) for link in links)
    sites = {id(link): rough_domain(link.target) for link in links}
    at_home = Counter(link.kind for link in links if sites[id(link)] == site)
    sizes = Counter(link.kind for link in links)
    weights = {}
    for link in links:
        weight = _weight(link, sections)
        if often[link.kind, link.target] > 2:
            weight -= 3.0
        if sites[id(link)] != site and at_home[link.kind] > 0.7 * sizes[link.kind]:
            weight -= 2.0
        weights[id(link)] = weight
    return weights


def _likely(links: Sequence[Link], own: Mapping[int, float]) -> list[Link]:
    """Those that may be headlines, before it is known what stands beside them."""
    groups = weights_by_kind(links, own)
    headed = Counter(link.kind for link in links if link.heading and link.place.region == "")
    return [
        link
        for link in links
        if own[id(link)] > 0
        or (own[id(link)] > LEAST and (groups[link.kind] > 0.5 or (link.heading and headed[link.kind] >= ALIKE)))
    ]


def _weight(link: Link, sections: set[str]) -> float:
    """What a link itself says for its being a headline, as log-odds."""
    weight = _REGIONS[link.place.region] + _words(link.words)
    if link.heading:
        weight += 1.5
    if link.place.entry:
        weight += 1.0
    if "bookmark" in (link.element.get("rel") or "").split() or "u-url" in (link.element.get("class") or "").split():
        weight += 2.0
    if link.within:
        weight -= 3.0
    if GENERIC_TEXT.match(link.title) or _ADDRESS.match(link.title) or _CLOCK.fullmatch(link.title):
        weight -= 6.0
    if link.target.rstrip("/") in sections:
        weight -= 2.0
    return weight + url_weight(link.target, link.title)


def _words(words: int) -> float:
    if words > 40:
        return -1.0
    return (-4.0, -3.0, -2.0, -0.5, 0.5, 1.0, 1.5)[min(words, 6)]


def _beside(link: Link, record: Record) -> float:
    weight = 0.0
    if record.date:
        weight += 3.0 if link.heading and link.words < 3 else 1.5  # a heading with a date is a title, as "v1.2" is
    if record.summary:
        weight += 0.7
    if record.image:
        weight += 0.5
    if not weight and link.heading and link.words < 5:
        weight -= 2.0  # the heading of a section
    if any(_NO_ARTICLE.match(line) for line in record.lines):
        weight -= 6.0
    return weight
