"""Reads date, summary, picture and authors of an article from the elements of a listing that belong to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from aggregator.pages.dates import find_date
from aggregator.pages.tree import BLOCKS, class_words, count_words, is_hidden, lines_of, text_of, visible_texts
from aggregator.text.dates import parse_date
from aggregator.text.lazy_images import largest_candidate

LONGEST_SUMMARY = 1000
LEAST_SUMMARY = 25
SHORT = 150
MOST_PARTS = 500
"""Maximum number of elements that are read from one record."""
HIGHEST_PART = 2
MOST_IN_DATE, LONGEST_DATE = 4, 40
"""Maximum number of text nodes of a date (day, month, year), and its maximum length in characters."""

_DATE_ATTRIBUTES = (
    "datetime",
    "content",
    "data-datetime",
    "data-date",
    "data-timestamp",
    "data-time",
    "title",
    "data-published",
)
_DATE_NAMES = frozenset("date datetime time timestamp published pubdate posted dateline age ago".split())
_UPDATED = frozenset("last lastpost latest modified updated".split())
"""Classes of elements with the date of an update or of the last reply."""
_REPLIED = re.compile(
    r"\b(?:answered|commented|replied|last (?:activity|answer|comment|post|reply)|latest reply)\s?[:·]?\s*$",
    re.IGNORECASE,
)
"""Text before the date of the last reply."""
_PUBLISHED = ("datePublished", "dateCreated", "uploadDate")
_AUTHOR_NAMES = frozenset("author authors byline bylines writer".split())
_NOT_SUMMARY = frozenset(
    "author authors byline caption comments credit date kicker meta score subtext tags time".split()
)
_EVENTS = frozenset("event vevent event-item event-card event-list-item tribe-events-calendar-list__event".split())
_INNER_BLOCKS = BLOCKS - {"br"}
_AFTER_TITLE = " .:–—-|"
_BY = re.compile(r"^(?:written |posted |words )?(?:by|von|par|por|di|door|av|af)\b[:\s]+", re.IGNORECASE)
_AGO = re.compile(
    r"\b\d+\s?(?:d|days?|h|hours?|hrs?|m|min|mins|minutes?)\s+ago\b|\b(?:hace|il y a|vor)\s\d", re.IGNORECASE
)
"""Relative times, which change from hour to hour."""
_PIXEL = re.compile(r"^(?:data:|about:)|(?:spacer|pixel|blank|placeholder)\.(?:gif|png)|\.svg(?:$|\?)", re.IGNORECASE)
_LAZY = ("data-src", "data-lazy-src", "data-original", "src")


class Record:
    """The elements that belong to one article of a listing: one, or several siblings such as table rows.

    `title`: the headline; `order`: of day and month in dates, see `date_order`; `group_day`: the date heading above it.
    """

    def __init__(self, elements: Sequence[Any], title: str, order: str = "", group_day: str | None = None) -> None:
        self.elements = elements
        self.title = title
        self.order = order
        self.group_day = group_day

    @cached_property
    def parts(self) -> list[Any]:
        """All elements of the record."""
        return list(
            islice((part for top in self.elements for part in top.iter() if isinstance(part.tag, str)), MOST_PARTS)
        )

    @cached_property
    def lines(self) -> list[str]:
        """The text of the record, a line for each block."""
        return [line for element in self.elements for line in lines_of(element)]

    @cached_property
    def date(self) -> str | None:
        """The date of publication as written; dates of updates are ignored."""
        if any(_is_event(part) for part in self.parts):
            return None  # the date is that of the event
        for part in sorted(filter(_is_date_element, self.parts), key=_date_rank):
            if date := _date_of(part, self.order):
                return date
        for line in self.lines:
            if line != self.title and (date := find_date(line, self.order)):
                return date
        parts = (part for part in self.parts if part.text != self.title)
        return next((date for part in parts if (date := _bare_date(part, self.order))), self.group_day)

    @cached_property
    def summary(self) -> str | None:
        """The first text beside the headline that reads like a summary."""
        for part in self.parts:
            is_stated = part.get("itemprop") == "description"
            if is_stated or part.tag in ("p", "dd", "div", "td", "span", "blockquote", "font", "section"):
                text = self._summary_in(part)
                if text:
                    return text
        return None

    def _summary_in(self, element: Any) -> str | None:
        inner = islice(element.iterdescendants(), MOST_PARTS)
        if any(part.tag in _INNER_BLOCKS for part in inner) or self._is_headline(element):
            return None
        if is_hidden(element) or not _NOT_SUMMARY.isdisjoint(class_words(element)):
            return None
        text = text_of(element)
        before, title, after = text.partition(self.title) if self.title else ("", "", "")
        if title and len(before) < LEAST_SUMMARY and after[:1] in _AFTER_TITLE:
            text = after.lstrip(_AFTER_TITLE)
        if len(text) < LEAST_SUMMARY or count_words(text) < 4 or find_date(text, self.order):
            return None
        if _BY.match(text) or (len(text) < SHORT and _AGO.search(text)):
            return None
        return text[:LONGEST_SUMMARY]

    def _is_headline(self, element: Any) -> bool:
        return element.tag in ("h1", "h2", "h3", "h4", "h5", "h6") or text_of(element) == self.title

    @cached_property
    def is_recent(self) -> bool:
        """Whether the record states its age in hours, such as "3 hours ago"."""
        return any(len(line) < SHORT and _AGO.search(line) for line in self.lines)

    @cached_property
    def image(self) -> str | None:
        """The URL of the picture, as written."""
        for picture in self.parts:
            if picture.tag == "img":
                for name in _LAZY:
                    url = (picture.get(name) or "").strip()
                    is_pixel = _PIXEL.search(url) or "1" in (picture.get("width"), picture.get("height"))
                    if url and not is_pixel:
                        return url
                url = largest_candidate(picture.get("srcset") or picture.get("data-srcset") or "") or ""
                if url and not _PIXEL.search(url):
                    return url
        return None

    @cached_property
    def authors(self) -> list[str]:
        """The names in the first element marked as an author, or as a by-line."""
        for part in self.parts:
            if _is_author(part):
                name = part.find(".//*[@itemprop='name']")
                if names := _people(text_of(name if name is not None else part)):
                    return list(dict.fromkeys(names))
        return []


def _is_author(element: Any) -> bool:
    if element.get("itemprop") == "author" or "author" in (element.get("rel") or "").split():
        return True
    return not _AUTHOR_NAMES.isdisjoint(class_words(element)) and element.tag not in ("article", "li", "section")


def _is_event(element: Any) -> bool:
    if (element.get("itemtype") or "").endswith("Event"):
        return True
    return not _EVENTS.isdisjoint((element.get("class") or "").lower().split())


def _is_date_element(element: Any) -> bool:
    if element.tag == "time" or element.get("datetime") or element.get("itemprop") in _PUBLISHED:
        return not _REPLIED.search(_text_before(element))
    if element.get("data-timestamp"):
        return True
    return element.tag not in ("article", "li", "section", "ul") and not _DATE_NAMES.isdisjoint(class_words(element))


def _text_before(element: Any) -> str:
    """Return the end of the text directly before an element, among its siblings."""
    previous = element.getprevious()
    parent = element.getparent()
    text = previous.tail if previous is not None else parent.text if parent is not None else ""
    return (text or "")[-SHORT:]


def _date_rank(element: Any) -> tuple[bool, bool, bool]:
    """Sort dates of updates last, hidden dates before them, and `time` elements and the like first."""
    path = [element, *islice(element.iterancestors(), HIGHEST_PART)]
    names = class_words(element)
    is_update = element.get("itemprop") == "dateModified" or any(_UPDATED & class_words(part) for part in path)
    any_hidden = any(map(is_hidden, path))
    is_markup = element.tag == "time" or element.get("datetime") or element.get("itemprop")
    return is_update and "published" not in names, any_hidden, not is_markup


def _date_of(element: Any, order: str) -> str | None:
    for name in _DATE_ATTRIBUTES:
        value = (element.get(name) or "").strip()
        if len(value) >= 8 and parse_date(value):
            return value
        if value and (date := find_date(value, order)):
            return date
    return find_date(text_of(element), order) or find_date(
        " ".join(text for _, text in islice(visible_texts(element), MOST_IN_DATE)), order
    )


def _bare_date(element: Any, order: str) -> str | None:
    """Return the date of an unmarked element that contains nothing else; day, month and year may be child elements."""
    if len(element) == 0:
        parent = element.getparent()
        is_alone = parent is not None and not any((text or "").strip() for text in (parent.text, element.tail))
        return find_date(element.text or "", order) if is_alone and len(element.text or "") <= LONGEST_DATE else None
    if len(element) > MOST_IN_DATE:
        return None
    pieces = [text.strip() for _, text in islice(visible_texts(element), 2 * MOST_IN_DATE) if text.strip()]
    return None if any(" " in piece for piece in pieces) else find_date(" ".join(pieces), order)


def _people(text: str) -> list[str]:
    """Return the names in a by-line."""
    text = _BY.sub("", text.strip())
    names = [name.strip(" ,") for name in re.split(r",| and | & | und | et | y ", text)]
    return [name for name in names if 1 <= count_words(name) <= 5 and len(name) <= 60 and not re.search(r"\d", name)]
