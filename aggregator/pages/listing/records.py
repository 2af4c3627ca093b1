"""What a listing says of an article beside its headline: date, summary, picture, authors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from aggregator.pages.dates import find_date
from aggregator.pages.tree import BLOCKS, class_words, count_words, is_hidden, lines_of, text_of, visible_texts
from aggregator.text.dates import parse_date

LONGEST_SUMMARY = 1000
LEAST_SUMMARY = 25
SHORT = 150
MOST_PARTS = 500
"""Elements of one record that are looked at."""
HIGHEST_PART = 2
MOST_IN_DATE, LONGEST_DATE = 4, 40
"""Pieces that a date may be in: its day, its month, its year."""

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
_CHANGED = frozenset("last lastpost latest modified updated".split())
"""What elements are called that say when an article was changed, or answered last."""
_ANSWERED = re.compile(
    r"\b(?:answered|commented|replied|last (?:activity|answer|comment|post|reply)|latest reply)\s?[:·]?\s*$",
    re.IGNORECASE,
)
"""What stands before the moment of the last answer."""
_PUBLISHED = ("datePublished", "dateCreated", "uploadDate")
_AUTHOR_NAMES = frozenset("author authors byline bylines writer".split())
_NOT_SUMMARY = frozenset(
    "author authors byline caption comments credit date kicker meta score subtext tags time".split()
)
_EVENTS = frozenset("event vevent event-item event-card event-list-item tribe-events-calendar-list__event".split())
_PARTS = BLOCKS - {"br"}
_AFTER_TITLE = " .:–—-|"
_BY = re.compile(r"^(?:written |posted |words )?(?:by|von|par|por|di|door|av|af)\b[:\s]+", re.IGNORECASE)
_AGO = re.compile(
    r"\b\d+\s?(?:d|days?|h|hours?|hrs?|m|min|mins|minutes?)\s+ago\b|\b(?:hace|il y a|vor)\s\d", re.IGNORECASE
)
"""What changes from hour to hour."""
_PIXEL = re.compile(r"^(?:data:|about:)|(?:spacer|pixel|blank|placeholder)\.(?:gif|png)|\.svg(?:$|\?)", re.IGNORECASE)
_LAZY = ("data-src", "data-lazy-src", "data-original", "src")


class Record:
    """What belongs to one article of a listing: one element, or several that follow each other, as rows of a table do.

    `title`: its headline; `order`: of day and month in its dates, see `date_order`; `above`: the date that it is listed
    under.
    """

    def __init__(self, elements: Sequence[Any], title: str, order: str = "", above: str | None = None) -> None:
        self.elements = elements
        self.title = title
        self.order = order
        self.above = above

    @cached_property
    def parts(self) -> list[Any]:
        """The elements in it."""
        return list(
            islice((one for top in self.elements for one in top.iter() if isinstance(one.tag, str)), MOST_PARTS)
        )

    @cached_property
    def lines(self) -> list[str]:
        """Its text, a line for each block."""
        return [line for one in self.elements for line in lines_of(one)]

    @cached_property
    def date(self) -> str | None:
        """When it was published, as far as the page states it; what is said of changes does not count."""
        if any(_is_event(one) for one in self.parts):
            return None  # its date is when it takes place
        marked = [one for one in self.parts if _marks_date(one)]
        for one in sorted(marked, key=_date_rank):
            if found := _marked_date(one, self.order):
                return found
        for line in self.lines:
            if line != self.title and (found := find_date(line, self.order)):
                return found
        parts = (one for one in self.parts if one.text != self.title)
        return next((found for one in parts if (found := _date_in_parts(one, self.order))), self.above)

    @cached_property
    def summary(self) -> str | None:
        """The text beside the headline that says what it is about."""
        for one in self.parts:
            stated = one.get("itemprop") == "description"
            if stated or one.tag in ("p", "dd", "div", "td", "span", "blockquote", "font", "section"):
                text = self._summary_in(one)
                if text:
                    return text
        return None

    def _summary_in(self, element: Any) -> str | None:
        inner = islice(element.iterdescendants(), MOST_PARTS)
        if any(one.tag in _PARTS for one in inner) or self._is_headline(element):
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
        """Whether it says how many hours ago it was published."""
        return any(len(line) < SHORT and _AGO.search(line) for line in self.lines)

    @cached_property
    def image(self) -> str | None:
        """The address of its picture, as written."""
        for one in self.parts:
            if one.tag == "img":
                for name in _LAZY:
                    address = (one.get(name) or "").strip()
                    if address and not _PIXEL.search(address) and "1" not in (one.get("width"), one.get("height")):
                        return address
                if address := _first_of(one.get("srcset") or one.get("data-srcset")):
                    return address
        return None

    @cached_property
    def authors(self) -> list[str]:
        """Who wrote it, as far as that is marked."""
        found: dict[str, None] = {}
        for one in self.parts:
            if (
                one.get("itemprop") == "author"
                or "author" in (one.get("rel") or "").split()
                or (not _AUTHOR_NAMES.isdisjoint(class_words(one)) and one.tag not in ("article", "li", "section"))
            ):
                name = one.find(".//*[@itemprop='name']")
                for author in _people(text_of(name if name is not None else one)):
                    found.setdefault(author)
                if found:
                    break
        return list(found)


def _is_event(element: Any) -> bool:
    if (element.get("itemtype") or "").endswith("Event"):
        return True
    return not _EVENTS.isdisjoint((element.get("class") or "").lower().split())


def _marks_date(element: Any) -> bool:
    if element.tag == "time" or element.get("datetime") or element.get("itemprop") in _PUBLISHED:
        return not _ANSWERED.search(_said_before(element))
    if element.get("data-timestamp"):
        return True
    return element.tag not in ("article", "li", "section", "ul") and not _DATE_NAMES.isdisjoint(class_words(element))


def _said_before(element: Any) -> str:
    """The last of the text that stands right before an element, among its siblings."""
    before = element.getprevious()
    around = element.getparent()
    text = before.tail if before is not None else around.text if around is not None else ""
    return (text or "")[-SHORT:]


def _date_rank(element: Any) -> tuple[bool, bool, bool]:
    """Dates of a change come last, before them those that are not shown, and what HTML marks as a date first."""
    around = [element, *islice(element.iterancestors(), HIGHEST_PART)]
    names = class_words(element)
    changed = element.get("itemprop") == "dateModified" or any(_CHANGED & class_words(one) for one in around)
    hidden = any(map(is_hidden, around))
    marked = element.tag == "time" or element.get("datetime") or element.get("itemprop")
    return changed and "published" not in names, hidden, not marked


def _marked_date(element: Any, order: str) -> str | None:
    for name in _DATE_ATTRIBUTES:
        value = (element.get(name) or "").strip()
        if len(value) >= 8 and parse_date(value):
            return value
        if value and (found := find_date(value, order)):
            return found
    return find_date(text_of(element), order) or find_date(
        " ".join(text for _, text in islice(visible_texts(element), MOST_IN_DATE)), order
    )


def _date_in_parts(element: Any, order: str) -> str | None:
    """The date that an element is, and nothing else stands in its line without a mark: itself, or with its day, month
    and year in elements of their own."""
    if len(element) == 0:
        around = element.getparent()
        alone = around is not None and not any((text or "").strip() for text in (around.text, element.tail))
        return find_date(element.text or "", order) if alone and len(element.text or "") <= LONGEST_DATE else None
    if len(element) > MOST_IN_DATE:
        return None
    pieces = [text.strip() for _, text in islice(visible_texts(element), 2 * MOST_IN_DATE) if text.strip()]
    return None if any(" " in piece for piece in pieces) else find_date(" ".join(pieces), order)


def _first_of(srcset: str | None) -> str | None:
    address = (srcset or "").strip().split(",")[0].split(" ")[0]
    return address if address and not _PIXEL.search(address) else None


def _people(text: str) -> list[str]:
    """The names in a byline."""
    text = _BY.sub("", text.strip())
    names = [name.strip(" ,") for name in re.split(r",| and | & | und | et | y ", text)]
    return [name for name in names if 1 <= count_words(name) <= 5 and len(name) <= 60 and not re.search(r"\d", name)]
