"""Finds the name of an outlet in the title of its feed or page, which says more: "World news | The Guardian".

The title is split at separators. A part that is the domain of the site is its name. Parts that consist of words for
sections and feeds ("World news", "Startseite", "RSS Feed") are no name; the words are in wording.toml. What cannot be
decided stays whole.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from aggregator.text.domains import domain_of_host
from aggregator.text.folding import fold, folded_words
from aggregator.text.hosts import unicode_host
from aggregator.text.plain import shorten
from aggregator.text.urls import without_www
from aggregator.text.wording import wording

USUAL_LENGTH = 40
"""Characters above which a name is reduced to one of its parts."""
MAX_LENGTH = 80
"""Characters of a name at most; a longer one without separators ends with "…"."""
_MOST_STEPS = 5
_READ = 300
"""Characters of a title that are read."""
_SEPARATOR = re.compile(r"\s[-–—|:·•»›>/~]{1,3}(?:\s|$)|(?:^|\s)[|»›>]\s?|[|｜]|(?<=\w):\s|：")
_SEPARATORS = " -–—|:·•»›>/~"
_PHRASE = 4
"""Words of a phrase at the beginning of a title at most."""
_ARTICLES = frozenset("a an das de der die el het il l la las le les lo los o os the".split())
_SERVICES = frozenset("amp api beta blog blogs cdn feed feeds feeds2 m mobile news newsletter rss web www xml".split())
"""Names of servers, which say nothing about the outlet."""
_FEED_AFTER = re.compile(
    r"\s(?:(?:RSS|Atom|XML|News|Latest)\s){0,2}(?:(?:RSS|Atom)(?:\s(?:\d(?:\.\d{1,2})?|Feeds?))?|feeds?|Newsfeed)$"
    r"|\s(?:search\s)?(?:records|results)\sfound\b.{0,20}$|\s[(\[](?:RSS|Atom|Feed|RSS Feed)[)\]]$",
    re.IGNORECASE,
)
_ONLY_WITH_NAME = re.compile(r"(?<!RSS)(?<!Atom)\s(?:Feeds?|Newsfeed)$")
"""Words after a name that may belong to it: only removed if the rest is the domain."""
_CATEGORY = re.compile(
    r"(?:categor(?:y|ie|ía|ia)|catégorie|kategorie|rubrik|tag|tags|tagged|topic|thema|section|posts tagged)\b:?\s",
    re.IGNORECASE,
)
_CATEGORY_AFTER = re.compile(r"\s(?:Topics?|Categor(?:y|ies)|Sections?|Channel|Tags?|Rubrik|Ressort)$")
_PAGES = frozenset("accueil feed forside headlines home homepage inicio index latest portada rss startseite".split())
"""Words after a name that never belong to it, unlike "News"."""
_LONG_PART = 4
"""Words from which a part beside the name of the site describes it."""


class _Site(NamedTuple):
    """The names of a site in its host, folded. `domain`: to show; `labels`: without suffix, most specific first."""

    domain: str
    labels: tuple[str, ...]
    hosts: frozenset[str]


def outlet_name(name: str, url: str | None = None) -> str:
    """Return the name of an outlet as it should be shown.

    `name`: as its feed or page states it, plain text; `url`: its home page, or None if unknown. A name that says only
    "World" or "RSS" is replaced with the host. At most 80 characters, about 40 where there is a place to cut. Empty
    only if `name` is empty and `url` has no host. Not for names that a user has configured: these are as wanted.

    >>> outlet_name("World news | The Guardian", "https://www.theguardian.com/world")
    'The Guardian'
    >>> outlet_name("Top Stories", "https://www.abc.net.au/news")
    'abc.net.au'
    >>> outlet_name("The World", None)
    'The World'
    """
    return _outlet_name(name[:_READ], url)


@lru_cache(maxsize=4096)
def _outlet_name(name: str, url: str | None) -> str:
    site = _site(url)
    shown = " ".join(name.split())
    for _ in range(_MOST_STEPS):
        before, shown = shown, _cleaned(shown, site)
        if shown == before:
            break
    return shown


def same_outlet(text: str, name: str, url: str | None = None) -> bool:
    """Return whether a text is the name of an outlet, or its host: regardless of case, accents, punctuation, "The".

    >>> same_outlet("DER SPIEGEL", "Spiegel - Schlagzeilen", "https://www.spiegel.de/")
    True
    """
    folded = _without_article(text)
    shown = outlet_name(name, url)
    return bool(folded) and (folded in (_without_article(name), _without_article(shown)) or _is_site(text, _site(url)))


def _cleaned(name: str, site: _Site) -> str:
    label, title = _comments_label(name.strip(_SEPARATORS) or name)
    while (shorter := _shorter(title, site)) != title:
        title = shorter
    if site.domain and (not title or _is_generic(title, site)):
        title = site.domain
    return shorten(label + title, MAX_LENGTH - 1)


def _shorter(name: str, site: _Site) -> str:
    """Return a name without one of the things around it, or as it is."""
    if name.startswith("www.") and " " not in name:
        return without_www(name) or name
    if _is_site(name, site):
        return name
    bare = _FEED_AFTER.sub("", name).strip(_SEPARATORS)
    if bare != name and bare and (_is_site(bare, site) or not _ONLY_WITH_NAME.search(name)):
        return bare
    return _without_furniture(_without_prefix(_best_part(name, site)), site)


def _without_prefix(name: str) -> str:
    """Remove the beginning of "Latest news from Example"."""
    count = _phrase_before(name, wording().prefixes)
    return " ".join(name.split(" ")[count:])


def _comments_label(name: str) -> tuple[str, str]:
    """Split "Comments on: Example" after the colon; the label is empty for other titles."""
    words = name.split(" ")
    count = _phrase_before(name, wording().comments)
    return "".join(f"{word} " for word in words[:count]), " ".join(words[count:])


def _phrase_before(name: str, phrases: frozenset[tuple[str, ...]]) -> int:
    """Return of how many words a phrase at the beginning of a name consists, 0 without one."""
    words = name.split(" ", _PHRASE)
    beginning: tuple[str, ...] = ()
    found = 0
    for count, word in enumerate(words[:-1], 1):
        beginning += tuple(folded_words(word))
        if beginning in phrases:
            found = count
    return found


def _without_furniture(name: str, site: _Site) -> str:
    """Remove words for feeds before and after the domain: "BILD.de Home". "Sky News" stays, "Sky Top News" does not."""
    words = name.split(" ")
    folded = [fold(word) for word in words]
    is_furniture = [word in wording().furniture for word in folded]
    for count in range(1, len(words)):
        before, after = " ".join(words[:count]), " ".join(words[count:])
        if all(is_furniture[:count]) and _is_site(after, site):
            return after
        is_certain = count < len(words) - 1 or folded[-1] in _PAGES
        if is_certain and all(is_furniture[count:]) and _is_site(before, site):
            return before
    return name


def _best_part(name: str, site: _Site) -> str:
    """Return the part of a title that is the name of the site, or the title without parts that are not."""
    parts, separators = _split(name)
    if len(parts) < 2:
        return parts[0] if parts else name
    own = [part for part in parts if _is_site(part, site)]
    if own:
        best = min(own, key=lambda part: _specificity(part, site))
        others = [part for part in parts if not _is_site(part, site)]
        if len(own) > 1 or len(name) > USUAL_LENGTH or all(_says_little(part, site) for part in others):
            return best
    kept = [number for number, part in enumerate(parts) if not _is_title(part, site)]
    if not kept:
        return parts[0] if not site.domain else name
    first, last = kept[0], kept[-1]
    if first == last:
        return _CATEGORY_AFTER.sub("", parts[first]) or parts[first]
    joined = "".join(part + separators[number] for number, part in enumerate(parts[first:last], first)) + parts[last]
    if len(joined) <= USUAL_LENGTH:
        return joined
    related = [parts[number] for number in kept if _resembles_site(parts[number], site)]
    return (related or [parts[first]])[0]


def _split(name: str) -> tuple[list[str], list[str]]:
    """Return the parts of a title that have letters, and the separator after each."""
    parts: list[str] = []
    separators: list[str] = []
    position = 0
    for match in _SEPARATOR.finditer(name):
        if fold(name[position : match.start()]):
            parts.append(name[position : match.start()].strip())
            separators.append(match[0])
        position = match.end()
    if fold(name[position:]):
        parts.append(name[position:].strip())
        separators.append("")
    return parts, separators


def _says_little(part: str, site: _Site) -> bool:
    is_domain = any(fold(part).startswith(host) for host in site.hosts)
    return is_domain or _is_title(part, site) or part.count(" ") >= _LONG_PART - 1


def _is_generic(part: str, site: _Site) -> bool:
    """Return whether a part consists of words for sections and feeds, and is not the site ("Science")."""
    if _CATEGORY.match(part):
        return True
    words = folded_words(part)
    known = wording()
    if tuple(words) in known.titles:
        return True
    if not words or not all(word in known.names or word in known.joining or word.isdigit() for word in words):
        return False
    if words[0] not in known.names or words[-1] not in known.names:
        return False
    return not _is_site(part, site) or all(word in known.furniture for word in words)


def _is_title(part: str, site: _Site) -> bool:
    """Return whether a part beside another is the title of a section or a list, also with an article: "Les titres"."""
    words = folded_words(part)
    is_list = words[:1] != [] and words[0] in _ARTICLES and all(word in wording().furniture for word in words[1:])
    return _is_generic(part, site) or (is_list and len(words) > 1)


def _is_site(part: str, site: _Site) -> bool:
    """Return whether a part is the domain of the site, with or without its suffix, an article and spaces."""
    folded = fold(part)
    return bool(folded) and (
        folded in site.hosts or folded in site.labels or _without_article(part) in (*site.labels, *site.hosts)
    )


def _specificity(part: str, site: _Site) -> int:
    labels = [number for number, label in enumerate(site.labels) if label in (fold(part), _without_article(part))]
    return labels[0] if labels else len(site.labels)


def _resembles_site(part: str, site: _Site) -> bool:
    """Return whether a part and a name of the site begin alike, or the part begins with its initials."""
    folded = _without_article(part)
    initials = "".join(word[0] for word in folded_words(part))
    return any(
        len(label) > 1
        and (folded.startswith(label) or initials == label or (len(folded) > 2 and label.startswith(folded)))
        for label in site.labels
    )


def _without_article(text: str) -> str:
    words = folded_words(text)
    return "".join(words[1:] if len(words) > 1 and words[0] in _ARTICLES else words)


@lru_cache(maxsize=4096)
def _site(url: str | None) -> _Site:
    try:
        host = (urlsplit(url or "").hostname or "").rstrip(".")
    except ValueError:
        host = ""
    if not host:
        return _Site("", (), frozenset())
    domain = domain_of_host(host) or host
    own = domain.partition(".")[0]
    before = host.removesuffix(domain).strip(".").split(".")
    labels = [*(label for label in before if label and label not in _SERVICES), own]
    shown = ".".join([*labels[:-1], domain])
    names = [_without_article(unicode_host(label).replace("-", " ")) for label in labels]
    folded = dict.fromkeys(
        name
        for label, name in zip(labels, names, strict=True)
        for name in (fold(unicode_host(label)), name, _bare(label))
    )
    hosts = (unicode_host(name) for name in (host, domain, shown, without_www(host)))
    return _Site(unicode_host(shown), tuple(filter(None, folded)), frozenset(fold(name) for name in hosts))


def _bare(label: str) -> str:
    """Return a label without an article that is part of it: "guardian" for "theguardian"."""
    folded = fold(unicode_host(label))
    return folded.removeprefix("the") if len(folded) > 6 else folded
