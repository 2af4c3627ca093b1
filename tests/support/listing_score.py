"""Scores the extraction of listings against the truth in tests/data/pages/listings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from project import DATA

from aggregator.model import Item
from aggregator.text.dates import parse_date
from aggregator.text.urls import canonical

LISTINGS = DATA / "pages" / "listings"


class Page(msgspec.Struct, frozen=True):
    """A listing page with its truth.

    `articles`: expected articles, each with `title`, `url`, and `date` if stated; `also`: optional articles, which are
    not false positives; `body`: as received.
    """

    file: str
    url: str
    articles: list[dict[str, Any]]
    also: list[dict[str, Any]] = []
    body: bytes = b""


class Score(msgspec.Struct, kw_only=True):
    """Counts of the expected articles (`wanted`), the `found` ones, and false positives (`junk`).

    Of the found ones, `titled` have the right title, `dates` state a date, `dated` have the right day, and `invented`
    have a date that the page does not state.
    """

    wanted: int = 0
    found: int = 0
    junk: int = 0
    titled: int = 0
    dated: int = 0
    dates: int = 0
    invented: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})

    @property
    def recall(self) -> float:
        return self.found / self.wanted

    @property
    def junk_share(self) -> float:
        return self.junk / max(1, self.found + self.junk)


def pages() -> Iterator[Page]:
    """Yield the pages of the corpus."""
    return pages_in(LISTINGS)


def pages_in(folder: Path) -> Iterator[Page]:
    """Yield the pages of a folder that has a `truth.jsonl`."""
    for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        page = msgspec.json.decode(line, type=Page)
        yield msgspec.structs.replace(page, body=(folder / page.file).read_bytes())


def key(url: str | None) -> str:
    """Return the canonical URL with its fragment, which distinguishes updates of a live page."""
    return f"{canonical(url or '')}#{(url or '').partition('#')[2]}"


def score(page: Page, items: Sequence[Item]) -> Score:
    """Compare the extracted items with the truth of a page."""
    wanted = {key(article["url"]): article for article in page.articles}
    accepted = wanted.keys() | {key(article["url"]) for article in page.also}
    extracted = {key(item.url): item for item in items}
    found = [(article, extracted[url]) for url, article in wanted.items() if url in extracted]
    stated = [(article, item) for article, item in found if article.get("date")]
    return Score(
        wanted=len(wanted),
        found=len(found),
        junk=len(extracted.keys() - accepted),
        titled=sum(_letters(article["title"]) == _letters(item.title) for article, item in found),
        dated=sum(_day(article["date"]) == _day(item.published) for article, item in stated),
        dates=len(stated),
        invented=sum(not article.get("date") and item.published is not None for article, item in found),
    )


def _letters(text: str | None) -> str:
    return "".join(filter(str.isalnum, text or ""))


def _day(date: Any) -> Any:
    moment = parse_date(date)
    return moment and moment.date()
