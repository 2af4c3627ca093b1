"""Finds the links of a page with their URLs, titles and positions."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from aggregator.pages.listing.link import HEADING_RANK, Link, Place
from aggregator.pages.listing.link_titles import TITLE_NAMES, retitle_links, title_of, unlinked_headings
from aggregator.pages.tree import BLOCKS, HEADINGS, class_words, is_hidden, text_sizes
from aggregator.text.urls import absolute, canonical

MOST_LINKS = 5_000
"""Maximum number of links that are read from a page."""
LEAD = 30
"""Maximum length of the text before a headline in its line, in characters; a date may precede a title."""
MOST_BEFORE = 20
MOST_COLUMNS, MOST_LINKS_IN_CARD = 9, 4
MOST_HEADERS = 3
"""Maximum number of `header` elements of a page; of more, all but the first are those of cards."""
MOST_OF = 0.5
"""Share of the page's text from which an element counts as content, whatever its class."""

_CHROME_TAGS = frozenset(("nav", "footer", "form", "dialog", "menu"))
_CHROME_ROLES = frozenset(("navigation", "contentinfo", "search", "dialog", "banner", "menu", "menubar"))
_CHROME = frozenset(
    """
    breadcrumb breadcrumbs colophon consent cookie cookies copyright footer gdpr hamburger login masthead menu modal nav
    navbar navigation navlist offcanvas paginate pagination paging pager paginator popup share sharing signin signup
    skip sitemap social socials subnav submenu tagcloud toolbar topbar
    """.split()
)
_ASIDE = frozenset("aside complementary recommended related sidebar rail trending widget".split())
_AD = frozenset(
    """
    ad ads advert advertisement advertorial adunit adsbygoogle affiliate anzeige banner dfp native outbrain
    partner sponsor sponsored taboola promoted
    """.split()
)
_META = frozenset(
    """
    author authors avatar byline bylines categories category comment comments credit crumb eyebrow kicker label labels
    meta pill postmeta reactions subtext tag taglist tags taxonomy topics
    """.split()
)
_ARTICLE_NAMES = frozenset("hentry entry post story card teaser article headline".split())
_FILES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|avif|mp[34]|m4a|ogg|webm|zip|gz|exe|dmg|ics|css|js|xml|rss|atom)$", re.I
)
_COMMENTS = re.compile(r"#(?:comment|coment|disqus|komment|respond|reply)", re.IGNORECASE)
_VARIES = re.compile(r"\d")


def find_links(root: Any, base: str) -> list[Link]:
    """Return the links of a page to other pages, in document order, without those to files and to comments."""
    places = Places(root)
    elements = islice(root.iter("a", "area"), MOST_LINKS)
    links = [link for element in elements if (link := _link(element, base, places))]
    headings = unlinked_headings(root)
    for link in links:
        if link.title in headings and link.words > 1 and link.place.region != "chrome":
            link.title_rank = HEADING_RANK
    return retitle_links(links)


def _link(element: Any, base: str, places: Places) -> Link | None:
    href = (element.get("href") or "").strip()
    url = absolute(href, base) if href and not href.startswith("#") else None
    if url is None or _FILES.search(urlsplit(url).path) or _COMMENTS.search(url):
        return None
    place = places.of(element)
    if place.hidden or is_hidden(element):
        return None
    title, rank = title_of(element, url)
    in_text = _lead_length(element) > LEAD
    link = Link(element=element, url=url, target=canonical(url) or url, place=place, in_text=in_text)
    link.set_title(title, HEADING_RANK if rank and place.in_heading else rank)
    return link


def _lead_length(element: Any) -> int:
    """Return the length of the text before a link in its line; counting stops above `LEAD`."""
    length = 0
    for _ in range(MOST_BEFORE):
        previous = element.getprevious()
        if previous is not None:
            length += len((previous.tail or "").strip())
            if previous.tag in BLOCKS or length > LEAD:
                return length
            if isinstance(previous.tag, str) and previous.tag != "a":
                length += len("".join(previous.itertext()).strip())
            element = previous
        else:
            element = element.getparent()
            length += len((element.text or "").strip()) if element is not None else 0
            if element is None or element.tag in BLOCKS:
                return length
        if length > LEAD:
            return length
    return length


class Places:
    """Computes the positions of elements of a page, each once."""

    def __init__(self, root: Any) -> None:
        self._cache: dict[Any, Place] = {}
        self._sizes = text_sizes(root)
        self._max_size = self._sizes[root] * MOST_OF
        headers = list(islice(root.iter("header"), MOST_HEADERS + 1))
        self._site_headers = headers if len(headers) <= MOST_HEADERS else headers[:1]

    def of(self, element: Any) -> Place:
        """Return the position of an element."""
        chain = []
        while element is not None and element not in self._cache:
            chain.append(element)
            element = element.getparent()
        place = self._cache[element] if element is not None else Place()
        for ancestor in reversed(chain):
            place = self._cache[ancestor] = self._inside(place, ancestor)
        return place

    def _inside(self, outer: Place, element: Any) -> Place:
        tag, names = element.tag, class_words(element)
        if tag in ("html", "body", "main"):
            return Place(path=(*outer.path, tag))
        region, is_small = outer.region, self._sizes.get(element, 0) <= self._max_size
        if is_small and region not in ("chrome", "ad"):
            in_card = outer.in_article or (element.tag == "header" and element not in self._site_headers)
            region = _region(element, names, in_card) or region
        return Place(
            region=region,
            in_heading=outer.in_heading or tag in HEADINGS or (tag != "div" and not names.isdisjoint(TITLE_NAMES)),
            in_article=outer.in_article or _is_article(element, names),
            path=(*outer.path[-8:], _signature(element)),
            hidden=outer.hidden or (is_small and is_hidden(element)),
        )


def _region(element: Any, names: frozenset[str], in_card: bool) -> str:
    tag, role = element.tag, (element.get("role") or "").lower()
    if not names.isdisjoint(_AD) or "sponsored" in (element.get("rel") or ""):
        return "ad"
    if tag in _CHROME_TAGS and not (in_card and tag == "footer"):
        return "chrome"
    if role in _CHROME_ROLES or not names.isdisjoint(_CHROME) or (tag == "header" and not in_card):
        return "chrome"
    if (
        tag == "footer"
        or not names.isdisjoint(_META)
        or not {"author", "tag"}.isdisjoint((element.get("rel") or "").split())
    ):
        return "meta"
    if tag == "aside" or role == "complementary" or not names.isdisjoint(_ASIDE):
        return "aside"
    return ""


def _is_article(element: Any, names: frozenset[str]) -> bool:
    if element.tag == "article" or element.get("itemtype", "").endswith(("Article", "Posting")):
        return True
    return element.tag not in ("section", "ul", "ol", "table") and not names.isdisjoint(_ARTICLE_NAMES)


def _signature(element: Any) -> str:
    """Return tag and first class of an element; cells and links without a class get their index among few siblings."""
    first = next((name for name in (element.get("class") or "").split()[:4] if not _VARIES.search(name)), "")
    if first or element.tag not in ("td", "a"):
        return f"{element.tag}.{first}"
    siblings = list(islice(element.getparent().iterchildren(element.tag), MOST_COLUMNS))
    few = MOST_COLUMNS if element.tag == "td" else MOST_LINKS_IN_CARD
    return f"{element.tag}.{siblings.index(element) if element in siblings and len(siblings) <= few else ''}"
