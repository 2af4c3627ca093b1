"""Drops headlines that differ from the main list of the page: promotions, topics, links of the page footer.

The articles of the main list have dates, or headings, and URLs in the same folders, with numbers or many words. A small
number of other links without these properties are not articles.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from aggregator.pages.dates import date_in_url
from aggregator.pages.listing.link import Headline, Kind
from aggregator.pages.url_shape import last_segment, rough_domain, slug_words, url_folder

FEWEST = 3
"""Minimum number of headlines of one kind in the main list."""
MOST, MOST_BARE = 1, 3
"""Maximum size of a group that may be dropped, as a multiple of the main list: in general, and of bare links."""
NEARLY_ALL = 0.9
TERSE = 1.5
"""Minimum ratio of the mean length of headlines to that of menu links, in words."""
WORDY = 3
"""Minimum number of words in a URL that repeats a headline."""

_SITE_INFO = re.compile(
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
"""Topics of links in the footer of a site."""
_OTHER_FOLDERS = frozenset(
    "agenda calendar event events eventos faq help job jobs kalender services shop termine veranstaltungen".split()
)
"""Folders of content other than articles."""
_NUMBER = re.compile(r"\d{4}")


def drop_outliers(headlines: Sequence[Headline]) -> list[Headline]:
    """Return the headlines without the few that differ from the main list of the page."""
    kinds: dict[Kind, list[Headline]] = defaultdict(list)
    for headline in headlines:
        kinds[headline.link.kind].append(headline)
    excluded = _unrelated_kinds(kinds)
    lists = [group for kind, group in kinds.items() if len(group) >= FEWEST and kind not in excluded]
    dated = [group for group in lists if 2 * sum(map(_is_dated, group)) >= len(group)]
    in_headings = [group for group in lists if group[0].link.is_heading]
    described = [group for group in lists if 2 * sum(map(_is_described, group)) >= len(group)]
    main_groups = dated or in_headings or described or sorted(lists, key=len)[-1:]
    main = [headline for group in main_groups for headline in group]
    kept_ids, profile = {id(headline) for headline in main}, _Profile(main)
    small_groups = (group for group in kinds.values() if len(group) <= _max_ratio(group) * len(main))
    few_ids = {id(headline) for group in small_groups for headline in group}
    terse = {kind for kind, group in kinds.items() if _is_bare(group) and profile.words > TERSE * _mean_words(group)}
    candidates = [one for one in headlines if id(one) in kept_ids or one.link.kind not in excluded | terse]
    kept_ids |= {id(headline) for headline in candidates if dated and _is_dated(headline)}
    return [one for one in candidates if id(one) in kept_ids or id(one) not in few_ids or profile.fits(one)]


def _unrelated_kinds(kinds: Mapping[Kind, list[Headline]]) -> set[Kind]:
    """Return the kinds of footer links, and of links to events, jobs and the like unless the page has nothing else."""
    site_info = {kind for kind, group in kinds.items() if _is_site_info(group)}
    other = {
        kind
        for kind, group in kinds.items()
        if all(url_folder(headline.link.target)[1] in _OTHER_FOLDERS for headline in group)
    }
    return site_info | other if len(other) < len(kinds) else site_info


def _max_ratio(group: Sequence[Headline]) -> int:
    return MOST_BARE if _is_bare(group) else MOST


def _is_site_info(group: Sequence[Headline]) -> bool:
    """Return whether a group consists of footer links: bare links, a third of them on legal or service topics."""
    if not _is_bare(group):
        return False
    return 3 * sum(1 for headline in group if _SITE_INFO.search(headline.link.title)) >= len(group)


def _is_described(headline: Headline) -> bool:
    return bool(headline.record.summary or headline.record.image or headline.record.is_recent)


def _is_bare(group: Sequence[Headline]) -> bool:
    """Return whether no link of a group has a heading, a date, a summary or a picture."""
    return not any(headline.link.is_heading or _is_dated(headline) or _is_described(headline) for headline in group)


class _Profile:
    """Common properties of the headlines in the main list, and of their URLs."""

    def __init__(self, main: Sequence[Headline]) -> None:
        urls = [headline.link.target for headline in main]
        self.folders = {url_folder(url) for url in urls}
        is_dated_folder = len(self.folders) == 1 and _nearly_all(map(_is_dated, main))
        self.folder = next(iter(self.folders)) if is_dated_folder else None
        domains = {rough_domain(url) for url in urls}
        self.domain = domains.pop() if len(domains) == 1 else None
        self.have_folders = _nearly_all(bool(url_folder(url)[1]) for url in urls)
        self.have_numbers = _nearly_all(map(_has_number, urls))
        self.words = _mean_words(main)
        self.are_headings = _nearly_all(headline.link.is_heading for headline in main)
        self.have_words = _nearly_all(_slug_length(url) >= WORDY for url in urls)

    def fits(self, headline: Headline) -> bool:
        """Return whether a headline may be an article of the list."""
        url, is_heading = headline.link.target, headline.link.is_heading
        if self.folder and self.folder != url_folder(url):
            return False
        if self.domain and self.domain != rough_domain(url) and not is_heading:
            return False
        if self.are_headings and not is_heading and not (_url_repeats_title(headline) and self._shares_folder(url)):
            return False
        if _has_number(url) and (is_heading or not self.have_folders or url_folder(url)[1]):
            return True
        if self.have_numbers or (self.have_words and _slug_length(url) < WORDY - 1):
            return False
        return is_heading or not self.have_folders or bool(url_folder(url)[1])

    def _shares_folder(self, url: str) -> bool:
        """Return whether a URL is in a folder of the list; the articles of a front page are in many folders."""
        return len(self.folders) >= FEWEST or url_folder(url) in self.folders


def _nearly_all(conditions: Iterable[bool]) -> bool:
    values = list(conditions)
    return sum(values) >= NEARLY_ALL * len(values)


def _has_number(url: str) -> bool:
    parts = urlsplit(url)
    return _NUMBER.search(f"{parts.path}?{parts.query}") is not None


def _mean_words(group: Sequence[Headline]) -> float:
    return sum(headline.link.words for headline in group) / max(1, len(group))


def _url_repeats_title(headline: Headline) -> bool:
    return len(slug_words(headline.link.target) & slug_words(headline.link.title)) >= WORDY


def _slug_length(url: str) -> int:
    return len(slug_words(last_segment(url)))


def _is_dated(headline: Headline) -> bool:
    return bool(headline.record.date or date_in_url(headline.link.target))
