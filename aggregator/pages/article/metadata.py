"""What a page states of its article: title, authors, dates, image. Nothing is guessed: a date that the page does not
state for the article stays unknown, and an edition's date in the masthead is not the article's.

Sources: JSON-LD and microdata of https://schema.org/Article, https://ogp.me (article:published_time), Dublin Core,
HTML's `meta` names, and h-entry (https://microformats.org/wiki/h-entry).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import msgspec

from aggregator.http.origins import registrable_domain
from aggregator.pages import jsonld, wording
from aggregator.pages.article.titles import alike, bare, folded, heading_that_says, names_of_site
from aggregator.text.dates import parse_date
from aggregator.text.plain import plain
from aggregator.text.urls import absolute

_TITLES = ("og:title", "twitter:title", "title", "dc.title", "headline", "parsely-title", "sailthru.title")
_DESCRIPTIONS = ("og:description", "description", "twitter:description", "dc.description")
_PUBLISHED = tuple(
    """
    article:published_time og:article:published_time og:published_time datepublished dc.date.issued dcterms.issued
    dcterms.created dc.date.created parsely-pub-date sailthru.date publish-date pubdate publication_date
    article.published citation_publication_date cxenseparse:recs:publishtime publishdate article:published date dc.date
    """.split()
)
_UPDATED = tuple("article:modified_time og:updated_time datemodified dcterms.modified dc.date.modified lastmod".split())
_AUTHORS = tuple(
    "author article:author dc.creator dcterms.creator parsely-author sailthru.author byl citation_author".split()
)
_IMAGES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src", "parsely-image-url")
_TAGS = ("article:tag", "news_keywords", "parsely-tags", "sailthru.tags", "keywords")
_FILES = ("og:audio:secure_url", "og:audio:url", "og:audio")
_ALIKE = 0.5
_MOST = 100
"""Elements marked with one property that are looked at."""


class Stated(msgspec.Struct):
    """What a page states. `titles`: all that it calls itself, the best first; `is_sure`: whether that one stands
    elsewhere than in its `<title>`; `body`: its text, where a script holds it. Addresses are absolute, dates as
    written."""

    titles: list[str]
    is_sure: bool = False
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
    url = url or next(iter(_own_addresses(root, metas, None)), None)
    base = absolute(_attribute(root, "base", "href"), url) or url
    sites = names_of_site(root, metas.all(("og:site_name",)), url)
    headings = [plain(one.text_content()) for one in islice(root.iter("h1"), 5)]
    headings = [one for one in headings if one and folded(one) not in sites]
    named = metas.all(_TITLES)
    own = [bare(title, sites) for title in [*named, *_page_titles(root), *([hint] if hint else [])]]
    own = [title for title in own if folded(title) not in sites]
    thing = _matching(jsonld.articles(root), [*own, *headings], url)

    def said(name: str) -> list[str]:
        return jsonld.texts(thing.get(name))

    authors = said("author") or [one for one in metas.all(_AUTHORS) if "://" not in one] or _marked_authors(root)
    descriptions = [*metas.all(_DESCRIPTIONS), *said("description"), *_texts(_properties(root, "description"))]
    tags = said("keywords") or metas.all(_TAGS)[:1] + metas.all(_TAGS[:1])[1:]
    heading = heading_that_says([*said("headline"), *own], headings)
    return Stated(
        titles=list(dict.fromkeys([*([heading] if heading else []), *said("headline"), *own, *headings[:1]])),
        is_sure=bool(heading or said("headline") or named),
        url=next(iter(_own_addresses(root, metas, base)), None),
        base=base,
        summary=next(iter(descriptions), None),
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


def _own_addresses(root: Any, metas: _Metas, base: str | None) -> list[str]:
    """The addresses that the page states for itself, where they are of the same site."""
    links = [one.get("href") or "" for one in root.iter("link") if (one.get("rel") or "").lower() == "canonical"]
    found = [address for one in [*links, *metas.all(("og:url",))] if (address := absolute(one, base))]
    return [one for one in found if base is None or registrable_domain(one) == registrable_domain(base)]


def _properties(root: Any, name: str) -> list[Any]:
    """The elements with an `itemprop` (microdata) within what is marked as an article."""
    found = []
    for element in root.xpath(f"//*[@itemprop='{name}']")[:_MOST]:
        around = next((one for one in element.iterancestors() if "itemscope" in one.attrib), None)
        if around is not None and (around.get("itemtype") or "").endswith(("Article", "Posting", "Report")):
            found.append(element)
    return found


def _marked_authors(root: Any) -> list[str]:
    """Those marked with `itemprop`; `p-` of a lone h-entry."""
    entries = root.find_class("h-entry")
    marked = _properties(root, "author") or (entries[0].find_class("p-author")[:1] if len(entries) == 1 else [])
    named = [next(iter(one.xpath(".//*[@itemprop='name']")), one) for one in marked]
    return [name for text in _texts(named) if (name := wording.without_by(text))]


def _texts(elements: Iterable[Any]) -> list[str]:
    """What marked elements say."""
    texts = (one.get("datetime") or one.get("content") or plain(one.text_content()) for one in elements)
    return [text for text in texts if text]


def _marked(root: Any, what: str) -> list[str]:
    """Dates marked with `itemprop` (microdata), `dt-` (h-entry) or `pubdate`, within what is marked as an article."""
    found = _properties(root, f"date{what}")
    name = {"Published": "dt-published", "Modified": "dt-updated"}[what]
    entries, times = root.find_class("h-entry"), root.xpath("//time[@pubdate]")
    if len(entries) == 1:  # of several, most are those of other articles
        found += entries[0].find_class(name)[:1]
    if len(times) == 1 and what == "Published":
        found += times
    return _texts(found)


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
