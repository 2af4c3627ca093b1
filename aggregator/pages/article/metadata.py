"""Reads the metadata that a page states about its article: title, authors, dates, image.

Nothing is guessed: a date that is not stated for the article stays unknown, and the date of an edition in the masthead
is not that of the article.

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
from aggregator.pages.article.titles import best_heading, fold, site_names, strip_site, word_overlap
from aggregator.pages.tree import canonical_urls
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
"""Maximum number of elements with one `itemprop` that are read."""


class Metadata(msgspec.Struct):
    """Metadata of an article. URLs are absolute, dates as written.

    `titles`: all titles of the page, best first; `is_sure`: whether the best one is stated outside `<title>`; `body`:
    the text, if the JSON-LD contains it.
    """

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


def read_metadata(root: Any, url: str | None, hint: str | None = None) -> Metadata:
    """Read the metadata of the article. `root`: with its head and scripts; `hint`: the title known from elsewhere."""
    metas = _Metas(root)
    url = url or _canonical_url(root, None)
    base = absolute(_attribute(root, "base", "href"), url) or url
    sites = site_names(root, metas.all(("og:site_name",)), url)
    headings = [plain(heading.text_content()) for heading in islice(root.iter("h1"), 5)]
    headings = [heading for heading in headings if heading and fold(heading) not in sites]
    meta_titles = metas.all(_TITLES)
    titles = [strip_site(title, sites) for title in [*meta_titles, *_page_titles(root), *([hint] if hint else [])]]
    titles = [title for title in titles if fold(title) not in sites]
    node = _matching(jsonld.article_nodes(root), [*titles, *headings], url)

    def json_ld(name: str) -> list[str]:
        return jsonld.texts_in(node.get(name))

    authors = json_ld("author") or [name for name in metas.all(_AUTHORS) if "://" not in name] or _markup_authors(root)
    descriptions = [*metas.all(_DESCRIPTIONS), *json_ld("description"), *_texts(_properties(root, "description"))]
    tags = json_ld("keywords") or metas.all(_TAGS)[:1] + metas.all(_TAGS[:1])[1:]
    heading = best_heading([*json_ld("headline"), *titles], headings)
    return Metadata(
        titles=list(dict.fromkeys([*([heading] if heading else []), *json_ld("headline"), *titles, *headings[:1]])),
        is_sure=bool(heading or json_ld("headline") or meta_titles),
        url=_canonical_url(root, base),
        base=base,
        summary=next(iter(descriptions), None),
        authors=list(dict.fromkeys(authors)),
        published=_first_date([*json_ld("datePublished"), *metas.all(_PUBLISHED), *_markup_dates(root, "Published")]),
        updated=_first_date([*json_ld("dateModified"), *metas.all(_UPDATED), *_markup_dates(root, "Modified")]),
        image=_first_url([*metas.all(_IMAGES), *jsonld.texts_in(node.get("image"), "url")], base),
        language=_language(root, metas, node),
        tags=[tag.strip() for text in tags for tag in text.split(",")],
        files=[file for text in metas.all(_FILES) if (file := absolute(text, base))][:5],
        body=_text(node.get("articleBody")),
    )


class _Metas:
    """The contents of the `meta` elements of a page, by name."""

    def __init__(self, root: Any) -> None:
        self._contents: dict[str, list[str]] = {}
        for element in root.iter("meta"):
            name = element.get("property") or element.get("name") or ""
            if content := plain(element.get("content") or ""):
                self._contents.setdefault(name.strip().lower(), []).append(content)

    def all(self, names: Iterable[str]) -> list[str]:
        """Return the contents under these names, in the order of the names."""
        return [content for name in names for content in self._contents.get(name, ())]


def _attribute(root: Any, tag: str, name: str) -> str:
    return next((value for element in root.iter(tag) if (value := element.get(name))), "")


def _page_titles(root: Any) -> list[str]:
    return [text for title in islice(root.iter("title"), 1) if (text := plain(title.text or ""))]


def _matching(nodes: Sequence[jsonld.Node], titles: Sequence[str], url: str | None) -> jsonld.Node:
    """Return the node of the article, by its headline or URL; a single node without a headline matches too."""
    if not titles and len(nodes) == 1:
        return nodes[0]
    for node in nodes:
        headlines = jsonld.texts_in(node.get("headline"))
        if any(word_overlap(headline, title) > _ALIKE for headline in headlines for title in titles):
            return node
    for node in nodes:
        urls = [*jsonld.texts_in(node.get("url")), *jsonld.texts_in(node.get("mainEntityOfPage"), "@id")]
        if url and url in urls:
            return node
    untitled = [node for node in nodes if not node.get("headline")]
    return untitled[0] if len(untitled) == len(nodes) == 1 else {}


def _canonical_url(root: Any, base: str | None) -> str | None:
    """Return the canonical URL of the page; one on another site than `base` is ignored."""
    urls = canonical_urls(root, base)
    return next((url for url in urls if base is None or registrable_domain(url) == registrable_domain(base)), None)


def _properties(root: Any, name: str) -> list[Any]:
    """Return the elements with an `itemprop` (microdata) whose item is an article."""
    elements = []
    for element in root.xpath(f"//*[@itemprop='{name}']")[:_MOST]:
        item = next((ancestor for ancestor in element.iterancestors() if "itemscope" in ancestor.attrib), None)
        if item is not None and (item.get("itemtype") or "").endswith(("Article", "Posting", "Report")):
            elements.append(element)
    return elements


def _markup_authors(root: Any) -> list[str]:
    """Return the authors marked with `itemprop`, or `p-author` in a single h-entry."""
    entries = root.find_class("h-entry")
    authors = _properties(root, "author") or (entries[0].find_class("p-author")[:1] if len(entries) == 1 else [])
    names = [next(iter(author.xpath(".//*[@itemprop='name']")), author) for author in authors]
    return [name for text in _texts(names) if (name := wording.strip_by(text))]


def _texts(elements: Iterable[Any]) -> list[str]:
    """Return the `datetime`, `content` or text of each element, without empty ones."""
    texts = (element.get("datetime") or element.get("content") or plain(element.text_content()) for element in elements)
    return [text for text in texts if text]


def _markup_dates(root: Any, what: str) -> list[str]:
    """Return dates marked with `itemprop` (microdata), `dt-` (h-entry) or `pubdate`. `what`: Published or Modified."""
    elements = _properties(root, f"date{what}")
    name = {"Published": "dt-published", "Modified": "dt-updated"}[what]
    entries, times = root.find_class("h-entry"), root.xpath("//time[@pubdate]")
    if len(entries) == 1:  # of several, most are those of other articles
        elements += entries[0].find_class(name)[:1]
    if len(times) == 1 and what == "Published":
        elements += times
    return _texts(elements)


def _first_date(values: Iterable[str]) -> str | None:
    return next((value for value in values if parse_date(value)), None)


def _first_url(values: Iterable[str], base: str | None) -> str | None:
    return next((url for value in values if (url := absolute(value, base))), None)


def _language(root: Any, metas: _Metas, node: jsonld.Node) -> str | None:
    languages = [
        root.get("lang") or "",
        *jsonld.texts_in(node.get("inLanguage")),
        *metas.all(("og:locale", "content-language")),
    ]
    return next((language.split(",")[0].strip() for language in languages if language.strip()), None)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
