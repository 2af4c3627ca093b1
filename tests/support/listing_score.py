"""How well the articles of the listing pages in tests/data/pages/listings are found."""

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
    """A listing page. `articles`: what it lists, each with `title`, `url`, and `date` where it states one; `also`:
    others that need not be found, and are no junk; `body`: as received."""

    file: str
    url: str
    articles: list[dict[str, Any]]
    also: list[dict[str, Any]] = []
    body: bytes = b""


class Score(msgspec.Struct, kw_only=True):
    """Articles that a page lists (`wanted`), those that were `found`, and `junk` that is none; how many of the found
    bear their title, and of those that state a date (`dates`), their day; dates that nobody stated."""

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
    return pages_in(LISTINGS)


def pages_in(folder: Path) -> Iterator[Page]:
    """The pages of a folder with their `truth.jsonl`."""
    for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        page = msgspec.json.decode(line, type=Page)
        yield msgspec.structs.replace(page, body=(folder / page.file).read_bytes())


def key(url: str | None) -> str:
    """Two addresses are one if they are the same but for what does not matter; a fragment does, on a live page."""
    return f"{canonical(url or '')}#{(url or '').partition('#')[2]}"


def score(page: Page, items: Sequence[Item]) -> Score:
    wanted = {key(one["url"]): one for one in page.articles}
    fine = wanted.keys() | {key(one["url"]) for one in page.also}
    given = {key(item.url): item for item in items}
    found = [(wanted[one], given[one]) for one in wanted if one in given]
    stated = [(one, item) for one, item in found if one.get("date")]
    return Score(
        wanted=len(wanted),
        found=len(found),
        junk=len(given.keys() - fine),
        titled=sum(_letters(one["title"]) == _letters(item.title) for one, item in found),
        dated=sum(_day(one["date"]) == _day(item.published) for one, item in stated),
        dates=len(stated),
        invented=sum(not one.get("date") and item.published is not None for one, item in found),
    )


def _letters(text: str | None) -> str:
    return "".join(filter(str.isalnum, text or ""))


def _day(date: Any) -> Any:
    moment = parse_date(date)
    return moment and moment.date()
