"""Links of a page that look like headlines, but are not like the page's headlines: offers, topics, what its foot says.

The rows of the page's main list tell what its articles are like: they have dates, or headings, and addresses that lie
in the same places, with numbers or many words in them. A few others with nothing of that are no articles.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from aggregator.pages.dates import date_in_url
from aggregator.pages.listing.link import Headline, Kind
from aggregator.pages.url_shape import last_segment, rough_domain, slug_words, url_folder

FEWEST = 3
"""Headlines that are made alike, for their being the page's main list."""
MOST, MOST_BARE = 1, 3
"""How many times the main list's size others have at most that may be left out, and links with nothing beside them."""
NEARLY_ALL = 0.9
TERSE = 1.5
"""How many times as many words headlines have as the links of a menu."""
WORDY = 3
"""Words that an address has at least which repeats a headline."""

_HOUSE = re.compile(
    r"""\b(?:
    accessibility | advertis(?:e|ing)\ (?:with|here) | complaint | cookies? | copyright | data\ protection
    | legal\ notice | modern\ slavery | personal\ data | privacy | site\ ?map | terms\ (?:and|of)
    | barrierefreiheit | datenschutz | impressum | nutzungsbedingungen
    | confidentialité | mentions\ légales | conditions\ générales | accesibilidad | aviso\ legal | privacidad
    | privacidade | note\ legali | informativa | privacybeleid | voorwaarden | prywatności | regulamin
    | integritetspolicy | tietosuoja | конфиденциальности | соглашение )\b
    | プライバシー | 利用規約 | 隐私 | 条款 | 개인정보 | الخصوصية | الشروط""",
    re.IGNORECASE | re.VERBOSE,
)
"""What the links at a site's foot are about."""
_OTHER = frozenset(
    "agenda calendar event events eventos faq help job jobs kalender services shop termine veranstaltungen".split()
)
"""Folders of what a site has beside articles."""
_NUMBER = re.compile(r"\d{4}")


def drop_outliers(found: Sequence[Headline]) -> list[Headline]:
    """The headlines without those few that are unlike the page's main list."""
    kinds: dict[Kind, list[Headline]] = defaultdict(list)
    for one in found:
        kinds[one.link.kind].append(one)
    house = {kind for kind, group in kinds.items() if _is_of_the_house(group)}
    other = {kind for kind, group in kinds.items() if all(url_folder(one.link.target)[1] in _OTHER for one in group)}
    if len(other) < len(kinds):
        house |= other
    lists = [group for kind, group in kinds.items() if len(group) >= FEWEST and kind not in house]
    dated = [group for group in lists if 2 * sum(map(_is_dated, group)) >= len(group)]
    headed = [group for group in lists if group[0].link.heading]
    described = [group for group in lists if 2 * sum(map(_is_described, group)) >= len(group)]
    main = [one for group in dated or headed or described or sorted(lists, key=len)[-1:] for one in group]
    known, usual = {id(one) for one in main}, _Profile(main)
    few = {id(one) for group in kinds.values() if len(group) <= _most(group) * len(main) for one in group}
    terse = {kind for kind, group in kinds.items() if _is_bare(group) and usual.words > TERSE * _mean_words(group)}
    left = [one for one in found if id(one) in known or one.link.kind not in house | terse]
    known |= {id(one) for one in left if dated and _is_dated(one)}
    return [one for one in left if id(one) in known or id(one) not in few or usual.fits(one)]


def _most(group: Sequence[Headline]) -> int:
    return MOST_BARE if _is_bare(group) else MOST


def _is_of_the_house(group: Sequence[Headline]) -> bool:
    """Whether links are those of a site's foot, by what a third of them say; those have nothing beside them."""
    if not _is_bare(group):
        return False
    return 3 * sum(1 for one in group if _HOUSE.search(one.link.title)) >= len(group)


def _is_described(one: Headline) -> bool:
    return bool(one.record.summary or one.record.image or one.record.is_recent)


def _is_bare(group: Sequence[Headline]) -> bool:
    """Whether links have nothing beside them, as those of a site's foot."""
    return not any(one.link.heading or _is_dated(one) or _is_described(one) for one in group)


class _Profile:
    """What the addresses of the main list have in common."""

    def __init__(self, main: Sequence[Headline]) -> None:
        addresses = [one.link.target for one in main]
        self.places = places = {url_folder(one) for one in addresses}
        self.place = next(iter(places)) if len(places) == 1 and _nearly_all(map(_is_dated, main)) else None
        sites = {rough_domain(one) for one in addresses}
        self.site = sites.pop() if len(sites) == 1 else None
        self.foldered = _nearly_all(bool(url_folder(one)[1]) for one in addresses)
        self.numbered = _nearly_all(map(_has_number, addresses))
        self.words = _mean_words(main)
        self.headed = _nearly_all(one.link.heading for one in main)
        self.wordy = _nearly_all(_words(one) >= WORDY for one in addresses)

    def fits(self, one: Headline) -> bool:
        """Whether it may be an article too."""
        address = one.link.target
        if self.place and self.place != url_folder(address):
            return False
        if self.site and self.site != rough_domain(address) and not one.link.heading:
            return False
        if self.headed and not one.link.heading and not (_repeats(one) and self._is_near(address)):
            return False
        if _has_number(address) and (one.link.heading or not self.foldered or url_folder(address)[1]):
            return True
        if self.numbered or (self.wordy and _words(address) < WORDY - 1):
            return False
        return one.link.heading or not self.foldered or bool(url_folder(address)[1])

    def _is_near(self, address: str) -> bool:
        """Whether it lies where the others do; those of a front page lie in many places."""
        return len(self.places) >= FEWEST or url_folder(address) in self.places


def _nearly_all(signs: Iterable[bool]) -> bool:
    found = list(signs)
    return sum(found) >= NEARLY_ALL * len(found)


def _has_number(address: str) -> bool:
    parts = urlsplit(address)
    return _NUMBER.search(f"{parts.path}?{parts.query}") is not None


def _mean_words(group: Sequence[Headline]) -> float:
    return sum(one.link.words for one in group) / max(1, len(group))


def _repeats(one: Headline) -> bool:
    return len(slug_words(one.link.target) & slug_words(one.link.title)) >= WORDY


def _words(address: str) -> int:
    return len(slug_words(last_segment(address)))


def _is_dated(one: Headline) -> bool:
    return bool(one.record.date or date_in_url(one.link.target))
