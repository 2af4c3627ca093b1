"""What a page states of its article: title, authors, dates, image. Nothing is guessed: a date that the page does not
state for the article stays unknown, and an edition's date in the masthead is not the article's.

Sources: JSON-LD and microdata of https://schema.org/Article, https://ogp.me (article:published_time), Dublin Core,
HTML's `meta` names, h-entry (https://microformats.org/wiki/h-entry), and a `<time>` beside the headline.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import msgspec

from aggregator.dates import parse_date
from aggregator.origins import domain, site
from aggregator.pages import jsonld
from aggregator.pages.blocks import Block, words_of
from aggregator.text import plain
from aggregator.urls import absolute

_TITLES = ("og:title", "twitter:title", "title", "dc.title", "headline", "parsely-title", "sailthru.title")
_DESCRIPTIONS = ("og:description", "description", "twitter:description", "dc.description")
_PUBLISHED = tuple(
    """
    article:published_time og:article:published_time og:published_time datepublished dc.date.issued dcterms.issued
    dcterms.created dc.date.created parsely-pub-date sailthru.date publish-date pubdate publication_date
    article.published citation_publication_date cxenseparse:recs:publishtime publishdate article:published
    """.split()
)
_UPDATED = tuple("article:modified_time og:updated_time datemodified dcterms.modified dc.date.modified lastmod".split())
_AUTHORS = tuple(
    "author article:author dc.creator dcterms.creator parsely-author sailthru.author byl citation_author".split()
)
_IMAGES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src", "parsely-image-url")
_TAGS = ("article:tag", "news_keywords", "parsely-tags", "sailthru.tags", "keywords")
_FILES = ("og:audio:secure_url", "og:audio:url", "og:audio")
_MARKS = (" | ", " — ", " – ", " - ", " :: ", " » ", " · ")
_ALIKE, _ENOUGH = 0.5, 0.3


class Stated(msgspec.Struct):
    """What a page states. `titles`: all that it calls itself, the best first; `body`: its text, where a script holds
    it. Addresses are absolute, dates as written."""

    titles: list[str]
    url: str | None = None
    base: str | None = None
    summary: str | None = None
    authors: list[str] = []
    published: str | None = None
    updated: str | None = None
    image: str | None = None
    language: str | None = None
    tags: list[str] = []
    files: list[str] = []
    body: str = ""


def stated(root: Any, url: str | None, hint: str | None = None) -> Stated:
    """What a page states of its article; `root`: with its head and scripts, `hint`: what others call it."""
    metas = _Metas(root)
    base = absolute(_attribute(root, "base", "href"), url) or url
    headings = [plain(one.text_content()) for one in root.iter("h1")][:5]
    sites = _sites(metas, url)
    headings = [one for one in headings if one and _folded(one) not in sites]
    own = [_bare(title, sites) for title in [*metas.all(_TITLES), *_page_titles(root), *([hint] if hint else [])]]
    own = [title for title in own if _folded(title) not in sites]
    thing = _matching(jsonld.articles(root), [*own, *headings], url)

    def said(name: str) -> list[str]:
        return jsonld.texts(thing.get(name))

    authors = said("author") or [one for one in metas.all(_AUTHORS) if "://" not in one]
    tags = said("keywords") or metas.all(_TAGS)[:1] + metas.all(_TAGS[:1])[1:]
    return Stated(
        titles=_ranked([*said("headline"), *own], headings),
        url=_canonical(root, metas, base),
        base=base,
        summary=next(iter([*metas.all(_DESCRIPTIONS), *said("description")]), None),
        authors=list(dict.fromkeys(authors)),
        published=_date(
            [*jsonld.texts(thing.get("datePublished")), *metas.all(_PUBLISHED), *_marked(root, "Published")]
        ),
        updated=_date([*jsonld.texts(thing.get("dateModified")), *metas.all(_UPDATED), *_marked(root, "Modified")]),
        image=_first_address([*metas.all(_IMAGES), *jsonld.texts(thing.get("image"), "url")], base),
        language=_language(root, metas, thing),
        tags=[tag.strip() for text in tags for tag in text.split(",")],
        files=[address for one in metas.all(_FILES) if (address := absolute(one, base))][:5],
        body=_text(thing.get("articleBody")),
    )


class _Metas:
    """The `meta` elements of a page by their names."""

    def __init__(self, root: Any) -> None:
        self._contents: dict[str, list[str]] = {}
        for element in root.iter("meta"):
            name = element.get("property") or element.get("name") or ""
            if content := plain(element.get("content") or ""):
                self._contents.setdefault(name.strip().lower(), []).append(content)

    def all(self, names: Iterable[str]) -> list[str]:
        """What stands under these names, in their order."""
        return [content for name in names for content in self._contents.get(name, ())]


def _attribute(root: Any, tag: str, name: str) -> str:
    return next((value for one in root.iter(tag) if (value := one.get(name))), "")


def _page_titles(root: Any) -> list[str]:
    return [text for one in islice(root.iter("title"), 1) if (text := plain(one.text or ""))]


def _bare(title: str, sites: set[str]) -> str:
    """A title without the site's name before or behind it."""
    for mark in _MARKS:
        parts = [part.strip() for part in title.split(mark)]
        left = [part for part in parts if _folded(part) not in sites]
        if left and len(left) < len(parts):
            title = mark.join(left)
    return title


def _folded(text: str) -> str:
    return "".join(words_of(text)).casefold()


def _sites(metas: _Metas, url: str | None) -> set[str]:
    """What the site may be called: what it says, and its domain with and without its end."""
    names = set(map(_folded, metas.all(("og:site_name",))))
    place = domain(site(url).removeprefix("www.")) if url else ""
    return names | {_folded(place), _folded(place.partition(".")[0])} - {""}


def alike(one: str, other: str) -> float:
    """How much of the words of the shorter of two titles is in the other, 0 to 1."""
    ours, theirs = _folded_words(one), _folded_words(other)
    return len(ours & theirs) / max(1, min(len(ours), len(theirs)))


def _folded_words(text: str) -> set[str]:
    return {word.casefold() for word in words_of(text)}


def _ranked(titles: Sequence[str], headings: Sequence[str]) -> list[str]:
    """All titles, first the heading that says most of what they say: a page's first heading may be its masthead."""
    likeness = {heading: max((_likeness(heading, title) for title in titles), default=1.0) for heading in headings}
    best = max(likeness, key=lambda one: likeness[one], default="")
    sure = [best] if likeness.get(best, 0) > _ENOUGH else []
    return list(dict.fromkeys([*sure, *titles, *headings[:1]]))


def _likeness(one: str, other: str) -> float:
    ours, theirs = _folded_words(one), _folded_words(other)
    return len(ours & theirs) / max(1, len(ours | theirs))


def _matching(things: Sequence[jsonld.Thing], titles: Sequence[str], url: str | None) -> jsonld.Thing:
    """The article of this page among those it states, by its headline or address; the only one where that has none."""
    if not titles and len(things) == 1:
        return things[0]
    for thing in things:
        if any(alike(headline, title) > _ALIKE for headline in jsonld.texts(thing.get("headline")) for title in titles):
            return thing
    for thing in things:
        places = [*jsonld.texts(thing.get("url")), *jsonld.texts(thing.get("mainEntityOfPage"), "@id")]
        if url and url in places:
            return thing
    bare = [thing for thing in things if not thing.get("headline")]
    return bare[0] if len(bare) == len(things) == 1 else {}


def _canonical(root: Any, metas: _Metas, base: str | None) -> str | None:
    """The address that the page states for itself, where it is one of the same site; else None."""
    links = [one.get("href") or "" for one in root.iter("link") if (one.get("rel") or "").lower() == "canonical"]
    for link in [*links, *metas.all(("og:url",))]:
        address = absolute(link, base)
        if address and (base is None or domain(site(address)) == domain(site(base))):
            return address
    return None


def _marked(root: Any, what: str) -> list[str]:
    """Dates marked with `itemprop` (microdata), `dt-` (h-entry) or `pubdate`, within what is marked as an article."""
    found = []
    for element in root.xpath(f"//*[@itemprop='date{what}']"):
        around = next((one for one in element.iterancestors() if "itemscope" in one.attrib), None)
        if around is not None and (around.get("itemtype") or "").endswith(("Article", "Posting", "Report")):
            found.append(element)
    name = {"Published": "dt-published", "Modified": "dt-updated"}[what]
    entries, times = root.find_class("h-entry"), root.xpath("//time[@pubdate]")
    if len(entries) == 1:  # of several, most are those of other articles
        found += entries[0].find_class(name)[:1]
    if len(times) == 1 and what == "Published":
        found += times
    return [one.get("datetime") or one.get("content") or plain(one.text_content()) for one in found]


def _date(values: Iterable[str]) -> str | None:
    return next((value for value in values if parse_date(value)), None)


def _first_address(values: Iterable[str], base: str | None) -> str | None:
    return next((address for value in values if (address := absolute(value, base))), None)


def _language(root: Any, metas: _Metas, thing: jsonld.Thing) -> str | None:
    named = [
        root.get("lang") or "",
        *jsonld.texts(thing.get("inLanguage")),
        *metas.all(("og:locale", "content-language")),
    ]
    return next((one.split(",")[0].strip() for one in named if one.strip()), None)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def date_beside(headline: Block, first: Block, blocks: Sequence[Block]) -> str | None:
    """The date of a `<time>` between the headline and the text, or right above the headline within the article's own
    header; the masthead's is in neither."""
    start, end = blocks.index(headline), blocks.index(first)
    within = [*blocks[start:end], *(one for one in blocks[max(0, start - 3) : start] if _share_header(one, headline))]
    times = [time for block in within for time in (block.element, *block.element.iter("time")) if time.tag == "time"]
    return _date(time.get("datetime") or plain(time.text_content()) for time in times)


def _share_header(one: Block, headline: Block) -> bool:
    """Whether both stand in the same small element: an article, its header, its first part."""
    around = next((element for element in headline.place if element in one.place), None)
    if around is None or around.tag in ("body", "html", "main"):
        return False
    return around.tag in ("header", "article", "hgroup", "div", "section") and len(list(around.iter("h1", "h2"))) == 1
