"""Estimates from the shape of a URL whether it leads to an article.

URLs of articles contain words of the headline, a date or a number; URLs of topics, forms and people do not.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from aggregator.pages.dates import date_in_url

_NOT_ABOVE_ARTICLES = frozenset(
    """
    account auteur author authors autor autoren by career careers cart categoria categories category checkout comment
    comments contact contact-us contributor contributors etiqueta job jobs kategorie login logout newsletter newsletters
    page privacy product products profile rubrik schlagwort search settings share shop signin sign-in signup sign-up
    store tag tags tema temas thema themen topic topics u user users vote writer writers
    """.split()
)
"""Path segments below which there are no articles."""
_RELEASE = "/releases/tag/"
"""Path of releases on code forges."""
_FORM_PREFIXES = (
    "abbon", "abonn", "assin", "forgot", "login", "password", "prenumer", "regist", "sign-in", "sign-up", "subscri",
    "suscri",
)  # fmt: skip
"""Beginnings of path segments that lead to a form."""
_SERVICE_PAGES = frozenset(
    """
    about about-us accessibility advertise all app apps archive archives cookie cookies datenschutz donate event events
    faq feed feedback follow help hide imprint impressum join kontakt legal list member members newest people plan plans
    podcasts preferences pricing privacy-policy register rss section sections show shows site-map sitemap sponsors staff
    submit support team terms welcome
    """.split()
)
"""Last path segments of pages that are not articles."""
_SHARES = re.compile(
    r"sharer|/share\b|intent/|shareArticle|/submit\b|/(?:send|tell)-us-|addtoany"
    r"|[?&](?:u|url|uri|href|link|text|status)=(?:http|mailto|%23|%2f)",
    re.IGNORECASE,
)
_SLUG_WORD = re.compile(r"[^\W\d_]{2,}|\d{4,}")
_NUMBER = re.compile(r"\d{4,}")
_DIGITS = re.compile(r"\d+")
_LANGUAGE = re.compile(r"[a-z]{2}(?:-[a-z]{2})?")
_UMLAUT = re.compile(r"(?<=[aou])e")


def slug_words(text: str) -> set[str]:
    """Return the words of a headline or a URL as slugs spell them; "zuge" and "zuege" for "Züge" are made equal."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return {_UMLAUT.sub("", word) for word in _SLUG_WORD.findall(bare)}


def last_segment(url: str) -> str:
    """Return the last path segment of a URL, decoded."""
    return unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]


def rough_domain(address: str) -> str:
    """Return the last two labels of the host, which the hosts of one publisher usually share."""
    return ".".join((urlsplit(address).hostname or "").split(".")[-2:])


def url_folder(target: str) -> tuple[str, str]:
    """Return the host of a URL, and the first folder of its path, or the script that it calls.

    Language codes do not count as folders; digits are replaced by 0.
    """
    parts = urlsplit(target)
    *folders, last = parts.path.strip("/").split("/")
    folders = [_DIGITS.sub("0", folder) for folder in folders if not _LANGUAGE.fullmatch(folder)]
    return parts.netloc, folders[0] if folders else last if parts.query else ""


def section_urls(targets: Iterable[str]) -> set[str]:
    """Return the URLs that at least two of these URLs lie below."""
    children: dict[str, set[str]] = defaultdict(set)
    for target in targets:
        parts = urlsplit(target)
        segments = [segment for segment in parts.path.split("/") if segment]
        for n in range(1, len(segments)):
            children[f"{parts.scheme}://{parts.netloc}/{'/'.join(segments[:n])}"].add(target)
    return {url for url, below in children.items() if len(below) > 1}


def url_weight(target: str, title: str) -> float:
    """Return the log-odds that a URL is that of an article called `title`."""
    parts = urlsplit(target)
    segments = [segment for segment in unquote(parts.path).lower().split("/") if segment]
    if not segments and not parts.query:
        return -5.0
    if _SHARES.search(target):
        return -6.0
    last = segments[-1] if segments else ""
    weight = 0.0
    in_section = not _NOT_ABOVE_ARTICLES.isdisjoint(segments) and _RELEASE not in target
    if in_section or last in _SERVICE_PAGES or any(map(_is_form, segments)):
        weight -= 4.0
    if date_in_url(target):
        weight += 1.5
    elif _NUMBER.search(f"{parts.path}?{parts.query}"):
        weight += 0.7
    slug = slug_words(last)
    shared = len(slug & slug_words(title))
    if shared >= 3:
        return weight + (2.0 if shared > 3 else 1.0)
    return weight + (1.0 if len(slug) >= 4 else 0.3 if last.endswith(("html", "htm", "php")) else 0.0)


def _is_form(segment: str) -> bool:
    return segment.startswith(_FORM_PREFIXES) and segment.count("-") < 2
