"""What the address of a link tells of it: articles have words, a day or a number in theirs; topics, forms and people
have other ones."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from aggregator.pages.dates import date_of_address

_NEVER = frozenset(
    """
    account auteur author authors autor autoren by career careers cart categoria categories category checkout comment
    comments contact contact-us contributor contributors etiqueta job jobs kategorie login logout newsletter newsletters
    page privacy product products profile rubrik schlagwort search settings share shop signin sign-in signup sign-up
    store tag tags tema temas thema themen topic topics u user users vote writer writers
    """.split()
)
"""Steps of an address below which no articles lie."""
_RELEASE = "/releases/tag/"
"""What code forges have in the addresses of releases."""
_OFFERS = (
    "abbon", "abonn", "assin", "forgot", "login", "password", "prenumer", "regist", "sign-in", "sign-up", "subscri",
    "suscri",
)  # fmt: skip
"""How steps of addresses begin that lead to a form."""
_LAST = frozenset(
    """
    about about-us accessibility advertise all app apps archive archives cookie cookies datenschutz donate event events
    faq feed feedback follow help hide imprint impressum join kontakt legal list member members newest people plan plans
    podcasts preferences pricing privacy-policy register rss section sections show shows site-map sitemap sponsors staff
    submit support team terms welcome
    """.split()
)
"""Last steps of addresses that lead to no article."""
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
    """The words of a headline or an address, as addresses write them: "Züge" is "zuge" or "zuege", both alike here."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return {_UMLAUT.sub("", word) for word in _SLUG_WORD.findall(bare)}


def last_step(url: str) -> str:
    """The last part of an address's path."""
    return unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]


def site_of(address: str) -> str:
    """What the hosts of one publisher have in common, roughly."""
    return ".".join((urlsplit(address).hostname or "").split(".")[-2:])


def place_of(target: str) -> tuple[str, str]:
    """Where an address lies: its host, and the first folder of its path, or the program that it calls. A folder that
    is named for a language or a day is none."""
    parts = urlsplit(target)
    *folders, last = parts.path.strip("/").split("/")
    folders = [_DIGITS.sub("0", folder) for folder in folders if not _LANGUAGE.fullmatch(folder)]
    return parts.netloc, folders[0] if folders else last if parts.query else ""


def sections_of(targets: Iterable[str]) -> set[str]:
    """Addresses that others lie below."""
    found: dict[str, set[str]] = defaultdict(set)
    for target in targets:
        parts = urlsplit(target)
        steps = [step for step in parts.path.split("/") if step]
        for n in range(1, len(steps)):
            found[f"{parts.scheme}://{parts.netloc}/{'/'.join(steps[:n])}"].add(target)
    return {address for address, below in found.items() if len(below) > 1}


def address_weight(target: str, title: str) -> float:
    """What an address says for its being that of an article called `title`, as log-odds."""
    parts = urlsplit(target)
    steps = [step for step in unquote(parts.path).lower().split("/") if step]
    if not steps and not parts.query:
        return -5.0
    if _SHARES.search(target):
        return -6.0
    last = steps[-1] if steps else ""
    weight = 0.0
    if (not _NEVER.isdisjoint(steps) and _RELEASE not in target) or last in _LAST or any(map(_offers, steps)):
        weight -= 4.0
    if date_of_address(target):
        weight += 1.5
    elif _NUMBER.search(f"{parts.path}?{parts.query}"):
        weight += 0.7
    slug = slug_words(last)
    shared = len(slug & slug_words(title))
    if shared >= 3:
        return weight + (2.0 if shared > 3 else 1.0)
    return weight + (1.0 if len(slug) >= 4 else 0.3 if last.endswith(("html", "htm", "php")) else 0.0)


def _offers(step: str) -> bool:
    return step.startswith(_OFFERS) and step.count("-") < 2
