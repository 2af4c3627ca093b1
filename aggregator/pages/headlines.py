"""Which links of a page are the headlines of its articles.

Each link is weighed by itself and by those that are made like it: what it says, what it stands in, where it leads,
and what stands beside it. A menu's links are short, stand in a `nav` and lead to sections; a headline has some words,
leads to an address that often repeats them, and has a date, a picture or a summary beside it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice
from statistics import median
from urllib.parse import unquote, urlsplit

import msgspec

from aggregator.pages.blocks import HEADINGS
from aggregator.pages.cards import records_of
from aggregator.pages.links import SAYS_MORE, Link
from aggregator.pages.records import Record
from aggregator.pages.stated import date_of_address
from aggregator.pages.tree import text_of, words_in

WANTED = 1.5
"""Weight from which on a link is a headline."""
OWN = 0.4
"""How much of a link's weight is its own; the rest is that of its kind."""
HIGHEST_CARD, MOST_IN_CARD = 4, 20
_FRAMES = frozenset("body html main ol section table tbody ul".split())
MANY = 0.75
"""What it adds to a link's weight that there are many like it."""
ALIKE = 5
LEAST = -4.0
"""Weight up to which a link is no headline, whatever others are made like it."""

_REGIONS = {"": 0.0, "aside": -1.0, "meta": -2.5, "chrome": -5.0, "ad": -6.0}
_NEVER = frozenset(
    """
    account auteur author authors autor autoren by career careers cart categoria categories category checkout comment
    comments contributor contributors etiqueta job jobs kategorie login logout newsletter newsletters page product
    products profile rubrik schlagwort search settings share shop signin sign-in signup sign-up store tag tags tema
    temas thema themen topic topics u user users vote writer writers
    """.split()
)
"""Steps of an address below which no articles lie."""
_OFFERS = (
    "abbon", "abonn", "assin", "forgot", "login", "password", "prenumer", "regist", "sign-in", "sign-up", "subscri",
    "suscri",
)  # fmt: skip
"""How steps of addresses begin that lead to a form."""
_LAST = frozenset(
    """
    about about-us accessibility advertise all app apps archive archives contact contact-us cookie cookies datenschutz
    donate event events faq feed feedback follow help hide imprint impressum join kontakt legal list member members
    newest people plan plans podcasts preferences pricing privacy privacy-policy register rss section sections show
    shows site-map sitemap sponsors staff submit support team terms welcome
    """.split()
)
"""Last steps of addresses that lead to no article."""
_SHARES = re.compile(r"sharer|/share\b|intent/|shareArticle|/submit\b|addtoany|[?&]u(?:rl)?=http", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|www\.|pic\.twitter\.com/)\S*$|(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?$", re.IGNORECASE)
_SLUG_WORD = re.compile(r"[^\W\d_]{2,}|\d{4,}")
_NUMBER = re.compile(r"\d{4,}")
_NO_ARTICLE = re.compile(
    r"""^(?:ad | advertisement | anzeige | listen\ live | paid\ (?:content|post) | promoted | publicidad | publicité
    | sponsored | watch\ live)\b.{0,30}$""",
    re.IGNORECASE | re.VERBOSE,
)


class Headline(msgspec.Struct, frozen=True):
    """A link that is a headline, and what the page says of its article."""

    link: Link
    record: Record
    weight: float


def headlines(links: Sequence[Link], address: str, order: str = "") -> list[Headline]:
    """The headlines among the links of a page, each article once, in the page's order.

    `address`: of the page; `order`: of day and month in its dates, see `order_of`.
    """
    own = _weights(links, _site(address))
    likely = _likely(links, own)
    records = records_of(likely, order)
    weights = own | {id(link): own[id(link)] + _beside(link, records[id(link)]) for link in likely}
    groups = _groups(links, weights)
    alike = _alike(links)
    best: dict[str, Headline] = {}
    for link in likely:
        weight = OWN * weights[id(link)] + (1 - OWN) * groups[link.kind] + (MANY if link.kind in alike else 0)
        known = best.get(link.target)
        if weight >= WANTED and (known is None or link.sure > known.link.sure):
            best[link.target] = Headline(link, records[id(link)], weight)
    return [one for one in best.values() if not _is_variant(one, best)]


def _alike(links: Sequence[Link]) -> set[tuple[str, ...]]:
    """Kinds of links that there are many of, in the page's own part: lists."""
    targets: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for link in links:
        if not link.place.region and not link.within:
            targets[link.kind].add(link.target)
    return {kind for kind, found in targets.items() if len(found) >= ALIKE}


def _is_variant(one: Headline, found: Mapping[str, Headline]) -> bool:
    """Whether it is the same article as another, under an address that says where its reader comes from."""
    bare, mark, _ = one.link.target.partition("?")
    return bool(mark) and bare in found


def _site(address: str) -> str:
    """What the hosts of one publisher have in common, roughly."""
    return ".".join((urlsplit(address).hostname or "").split(".")[-2:])


def _weights(links: Sequence[Link], site: str) -> dict[int, float]:
    """What each link says by itself; one that stands in several places of the same kind is an author or a tag."""
    sections = _sections(links)
    often = Counter((link.kind, link.target) for link in links)
    sites = {id(link): _site(link.target) for link in links}
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


def _groups(links: Sequence[Link], weights: Mapping[int, float]) -> dict[tuple[str, ...], float]:
    """The weight of each kind of link: the median of its members."""
    groups: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for link in links:
        groups[link.kind].append(weights[id(link)])
    return {kind: median(group) for kind, group in groups.items()}


def _likely(links: Sequence[Link], own: Mapping[int, float]) -> list[Link]:
    """Those that may be headlines, before it is known what stands beside them."""
    groups = _groups(links, own)
    return [link for link in links if own[id(link)] > 0 or (groups[link.kind] > 0.5 and own[id(link)] > LEAST)]


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
    if not link.heading and _accompanies(link):
        weight -= 2.5
    if SAYS_MORE.match(link.title) or _ADDRESS.match(link.title) or _SHARES.search(link.url):
        weight -= 6.0
    return weight + _address(link, sections)


def _accompanies(link: Link) -> bool:
    """Whether it is the only one of its sort in the card of another article, as an author or a topic is."""
    element, card = link.element, link.element.getparent()
    around = card.tag if card is not None else ""
    for _ in range(HIGHEST_CARD):
        if card is None or card.tag in _FRAMES:
            return False
        if headings := list(islice(card.iter(*HEADINGS), 2)):
            break
        card = card.getparent()
    else:
        return False
    title = next(headings[0].iter("a"), None)
    if len(headings) > 1 or title is None or title.get("href") == element.get("href") or words_in(text_of(title)) < 4:
        return False
    links = islice(card.iter("a"), MOST_IN_CARD)
    return sum(1 for a in links if a.get("class") == element.get("class") and a.getparent().tag == around) == 1


def _words(words: int) -> float:
    if words > 40:
        return -1.0
    return (-4.0, -3.0, -2.0, -0.5, 0.5, 1.0, 1.5)[min(words, 6)]


def _address(link: Link, sections: set[str]) -> float:
    parts = urlsplit(link.target)
    steps = [step for step in unquote(parts.path).lower().split("/") if step]
    if not steps and not parts.query:
        return -5.0
    weight = -2.0 if link.target.rstrip("/") in sections else 0.0
    last = steps[-1] if steps else ""
    if not _NEVER.isdisjoint(steps) or last in _LAST or any(map(_offers, steps)):
        weight -= 4.0
    slug = {word.casefold() for word in _SLUG_WORD.findall(last)}
    title = {word.casefold() for word in _SLUG_WORD.findall(link.title)}
    if date_of_address(link.target):
        weight += 1.5
    elif _NUMBER.search(f"{parts.path}?{parts.query}"):
        weight += 0.7
    if len(slug & title) >= 3:
        return weight + (2.0 if len(slug & title) > 3 else 1.0)
    return weight + (1.0 if len(slug) >= 4 else 0.3 if last.endswith(("html", "htm", "php")) else 0.0)


def _offers(step: str) -> bool:
    return step.startswith(_OFFERS) and step.count("-") < 2


def _sections(links: Sequence[Link]) -> set[str]:
    """Addresses that others of the page lie below."""
    found: dict[str, set[str]] = defaultdict(set)
    for link in links:
        parts = urlsplit(link.target)
        steps = [step for step in parts.path.split("/") if step]
        for n in range(1, len(steps)):
            found[f"{parts.scheme}://{parts.netloc}/{'/'.join(steps[:n])}"].add(link.target)
    return {address for address, below in found.items() if len(below) > 1}


def _beside(link: Link, record: Record) -> float:
    weight = 0.0
    if record.date:
        weight += 1.5
    if record.summary:
        weight += 0.7
    if record.image:
        weight += 0.5
    if not weight and link.heading and link.words < 5:
        weight -= 2.0  # the heading of a section
    if any(_NO_ARTICLE.match(line) for line in record.lines):
        weight -= 6.0
    return weight
