"""The links of a page: where each leads, what it is called, and what it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import msgspec

from aggregator.pages.blocks import HEADINGS
from aggregator.pages.tree import BLOCKS, is_hidden, lines_of, names_of, sizes_of, text_of, words_in
from aggregator.urls import absolute, canonical

MOST_LINKS = 5_000
"""Links of a page that are looked at."""
LONGEST_TITLE = 300
LEAD = 30
"""Characters before a link in its line from which on it is in the midst of a text: a date may stand before a title."""
MOST_BEFORE = 20
HIGHEST_CARD = 6
MOST_IN_CARD = 4
MOST_OF = 0.5
"""Share of a page's text from which on an element holds the page itself, whatever its name says."""

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
_TITLE_NAMES = frozenset("title headline heading hed titleline".split())
_FILES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|avif|mp[34]|m4a|ogg|webm|zip|gz|exe|dmg|ics|css|js|xml|rss|atom)$", re.I
)
SAYS_MORE = re.compile(
    r"""^(?:
    (?:continue|keep)\ reading.* | read(?:\ the)?\ (?:more|full|on|story|article)\b.*
    | more(?:\ (?:about|articles|from|in|info|news|on|posts|stories)\b.{0,40})?
    | (?:see|view|show|load|learn)\ (?:all|more)\b.* | all\ (?:articles|news|posts|stories)
    | (?:newer|next|older|past|previous)(?:\ (?:articles?|entries|issues?|news|page|posts?|site|stories|story)\b.*)?
    | archived?(?:\ .{0,20})? | (?:19|20)\d\d | skip\ to.* | back\ to\ (?:the\ )?(?:home|list|news|overview|top)\b.*
    | (?:sign|log)\ ?(?:in|out|up)\b.* | subscribe.* | register(?:\ (?:for|here|now)\b.*)? | donate(?:\ .{0,12})?
    | download(?:\ (?:now|our|pdf|the)\b.*)? | send\ us\b.* | contact\ us\b.* | get\ in\ touch\b.* | follow\ us\b.*
    | weiterlesen.* | mehr(?:\ (?:anzeigen|dazu|erfahren|lesen))? | lire\ (?:la\ suite|plus)\b.* | en\ savoir\ plus
    | leer\ más.* | leggi\ (?:di\ più|tutto).* | czytaj\ (?:dalej|więcej).* | lees\ (?:meer|verder).* | läs\ mer.*
    | (?:no|\d[\d.,k]*)\s(?:comments?|commentaires?|comentarios?|kommentare?|likes?|points?|reactions?|replies|shares?)
    | leave\ a\ (?:comment|reply).* | share(?:\ (?:on|this|via)\b.*)? | advertisement
    | sponsored(?:\ (?:by|content|post)\b.*)? | discuss | e-?mail | permalink | print
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
"""What links say that lead on, and do not say where to."""
_ORNAMENT = re.compile(r"\d{1,3}[.)]?|#\d{1,3}|\d{1,2}:\d\d(?::\d\d)?|[|•·»›→▶]+")
"""Ranks, lengths of films, arrows."""
_SLUG_WORD = re.compile(r"[^\W_]{2,}")
_VARIES = re.compile(r"\d")


class Place(msgspec.Struct, frozen=True):
    """What an element stands in.

    `region`: "chrome" (what a site puts around every page), "ad", "meta" (what is said of an article), "aside", or "";
    `heading`: whether in a heading; `entry`: in an element that is marked as an article's; `path`: the elements
    around it, by name and first class, the outermost first.
    """

    region: str = ""
    heading: bool = False
    entry: bool = False
    path: tuple[str, ...] = ()


class Link(msgspec.Struct, eq=False):
    """A link. `url`: absolute; `target`: the same without what does not matter; `title`: plain text, of so many
    `words`, of which it is so `sure` (see `title_of`); `within`: in the midst of a text."""

    element: Any
    url: str
    target: str
    title: str
    words: int
    place: Place
    sure: int
    within: bool

    @property
    def heading(self) -> bool:
        """Whether a heading says what it is called."""
        return self.sure == 2

    @property
    def kind(self) -> tuple[str, ...]:
        """The same for links that are made alike."""
        return (self.place.region, *self.place.path[-4:])


def links_of(root: Any, base: str) -> Iterator[Link]:
    """The links of a page to other pages, in its order. Those without an absolute address are left out."""
    places = Places(root)
    for number, element in enumerate(root.iter("a", "area")):
        if number >= MOST_LINKS:
            break
        if link := _link(element, base, places):
            yield link


def _link(element: Any, base: str, places: Places) -> Link | None:
    href = (element.get("href") or "").strip()
    url = absolute(href, base) if href and not href.startswith("#") else None
    if url is None or _FILES.search(urlsplit(url).path) or is_hidden(element):
        return None
    place = places.of(element)
    title, sure = title_of(element, url)
    if (not title or SAYS_MORE.match(title)) and place.region != "chrome" and (named := _beside(element)):
        title, sure = named, 2
    return Link(
        element=element,
        url=url,
        target=canonical(url) or url,
        title=title[:LONGEST_TITLE],
        words=words_in(title),
        place=place,
        within=_lead(element) > LEAD,
        sure=2 if sure and place.heading else sure,
    )


def title_of(element: Any, url: str) -> tuple[str, int]:
    """What a link is called, and how sure that is its title: 2 for a heading in it, 1 for its text, 0 for what is said
    of a picture."""
    headings = [" ".join(lines_of(one, _ORNAMENT)) for one in islice(element.iter(*HEADINGS), MOST_IN_CARD)]
    if title := _fullest(headings or [text_of(one) for one in islice(_named(element), MOST_IN_CARD)], url):
        return title, 2
    if title := _fullest(lines_of(element, _ORNAMENT), url):
        return title, 1
    picture = element.find(".//img[@alt]")
    stated = element.get("aria-label") or element.get("title") or (picture.get("alt") if picture is not None else "")
    return " ".join(stated.split()), 0


def _fullest(titles: list[str], url: str) -> str:
    """The one that the address repeats, else the first that is more than a label, else the longest."""
    slug = set(_SLUG_WORD.findall(urlsplit(url).path.rstrip("/").rpartition("/")[2].lower()))
    if len(titles) > 1 and len(slug) > 1:
        shared = [len(slug.intersection(_SLUG_WORD.findall(title.lower()))) for title in titles]
        if 2 * max(shared) >= len(slug):
            return titles[shared.index(max(shared))]
    return next((title for title in titles if words_in(title) > 2), max(titles, key=len, default=""))


def _named(element: Any) -> Iterator[Any]:
    """The elements in a link that are called its title."""
    for one in element.iter():
        if one is not element and isinstance(one.tag, str) and not _TITLE_NAMES.isdisjoint(names_of(one)):
            yield one


def _lead(element: Any) -> int:
    """Characters of text that stand before a link in its line, as far as they matter."""
    length = 0
    for _ in range(MOST_BEFORE):
        before = element.getprevious()
        if before is not None:
            length += len((before.tail or "").strip())
            if before.tag in BLOCKS or length > LEAD:
                return length
            if isinstance(before.tag, str) and before.tag != "a":
                length += len("".join(before.itertext()).strip())
            element = before
        else:
            element = element.getparent()
            length += len((element.text or "").strip()) if element is not None else 0
            if element is None or element.tag in BLOCKS:
                return length
        if length > LEAD:
            return length
    return length


def _beside(element: Any) -> str:
    """The heading of the card whose only link an element is, or one of a few; "" where there is none."""
    card = element.getparent()
    for _ in range(HIGHEST_CARD):
        if card is None or card.tag in ("body", "main") or sum(1 for _ in islice(card.iter("a"), 9)) > MOST_IN_CARD:
            return ""
        few = islice(card.iter(*HEADINGS), MOST_IN_CARD)
        headings = [text for one in few if one.find(".//a[@href]") is None and (text := text_of(one))]
        if headings:
            return headings[0] if len(headings) == 1 else ""
        card = card.getparent()
    return ""


class Places:
    """Where the elements of a page stand; each is looked at once."""

    def __init__(self, root: Any) -> None:
        self._known: dict[Any, Place] = {}
        self._sizes = sizes_of(root)
        self._most = self._sizes[root] * MOST_OF

    def of(self, element: Any) -> Place:
        chain = []
        while element is not None and element not in self._known:
            chain.append(element)
            element = element.getparent()
        place = self._known[element] if element is not None else Place()
        for one in reversed(chain):
            place = self._known[one] = self._within(place, one)
        return place

    def _within(self, around: Place, element: Any) -> Place:
        tag, names = element.tag, names_of(element)
        if tag in ("html", "body", "main"):
            return Place(path=(*around.path, tag))
        region = around.region
        if region not in ("chrome", "ad") and self._sizes.get(element, 0) <= self._most:
            region = _region(around, element, names) or region
        return Place(
            region=region,
            heading=around.heading or tag in HEADINGS or (tag != "div" and not names.isdisjoint(_TITLE_NAMES)),
            entry=around.entry or _is_entry(element, names),
            path=(*around.path[-8:], _signature(element)),
        )


def _region(around: Place, element: Any, names: frozenset[str]) -> str:
    tag, role = element.tag, (element.get("role") or "").lower()
    if not names.isdisjoint(_AD) or "sponsored" in (element.get("rel") or ""):
        return "ad"
    if tag in _CHROME_TAGS and not (around.entry and tag == "footer"):
        return "chrome"
    if role in _CHROME_ROLES or not names.isdisjoint(_CHROME) or (tag == "header" and not around.entry):
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


def _is_entry(element: Any, names: frozenset[str]) -> bool:
    if element.tag == "article" or element.get("itemtype", "").endswith(("Article", "Posting")):
        return True
    return element.tag not in ("section", "ul", "ol", "table") and not names.isdisjoint(_ARTICLE_NAMES)


def _signature(element: Any) -> str:
    first = next((name for name in (element.get("class") or "").split()[:4] if not _VARIES.search(name)), "")
    return f"{element.tag}.{first}"
