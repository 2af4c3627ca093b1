"""How well the articles of the listing pages in tests/data/pages/listings are found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from aggregator.dates import parse_date
from aggregator.model import Item
from aggregator.urls import canonical

LISTINGS = Path(__file__).parents[1] / "data" / "pages" / "listings"


class Page(msgspec.Struct, frozen=True):
    """A listing page. `articles`: what it lists, each with `title`, `url`, and `date` where it is stated; `also`: addresses
    that need not be found, and are no junk."""

    file: str
    url: str
    shape: str
    articles: list[dict[str, Any]]
    also: list[Any] = []

    @property
    def body(self) -> bytes:
        return (LISTINGS / self.file).read_bytes()


class Score(msgspec.Struct):
    """How many articles were wanted, found, and found that are none; how many of the found bear their title and
    date, of those that state one."""

    wanted: int = 0
    found: int = 0
    junk: int = 0
    titled: int = 0
    dated: int = 0
    dates: int = 0
    missed: list[str] = []
    wrong: list[str] = []

    def add(self, other: Score) -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def pages() -> Iterator[Page]:
    for line in (LISTINGS / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        yield msgspec.json.decode(line, type=Page)


def key(url: str | None) -> str:
    """Two addresses are one if they are the same but for what does not matter; a fragment does, on a live page."""
    return f"{canonical(url or '')}#{(url or '').partition('#')[2]}"


def score(page: Page, items: Sequence[Item]) -> Score:
    wanted = {key(one["url"]): one for one in page.articles}
    also = {key(one if isinstance(one, str) else one["url"]) for one in page.also}
    given = {key(item.url): item for item in items}
    found = [(wanted[one], given[one]) for one in wanted if one in given]
    stated = [(one, item) for one, item in found if one.get("date")]
    return Score(
        wanted=len(wanted),
        found=len(found),
        junk=len([one for one in given if one not in wanted and one not in also]),
        titled=sum(_same(one["title"], item.title) for one, item in found),
        dated=sum(_day(one["date"]) == _day(item.published) for one, item in stated),
        dates=len(stated),
        missed=[one["title"] for one in page.articles if key(one["url"]) not in given],
        wrong=[f"{item.title} {item.url}" for one, item in given.items() if one not in wanted and one not in also],
    )


def _same(one: str | None, other: str | None) -> bool:
    return "".join(filter(str.isalnum, one or "")) == "".join(filter(str.isalnum, other or ""))


def _day(date: Any) -> Any:
    moment = parse_date(date)
    return moment and moment.date()


if __name__ == "__main__":
    import sys
    import time

    from aggregator.pages.listing import read_listing

    total = Score()
    for page in pages():
        if len(sys.argv) > 1 and not any(one in page.file for one in sys.argv[1:]):
            continue
        start = time.perf_counter()
        items = read_listing(page.body, page.url)
        one = score(page, items)
        total.add(one)
        print(
            f"{page.file:45} {one.found}/{one.wanted} junk {one.junk} titled {one.titled} dated {one.dated}/{one.dates}  {time.perf_counter() - start:.2f}s"
        )
        for line in one.missed[:6]:
            print("      -", line)
        for line in one.wrong[:8]:
            print("      +", line)
        if len(sys.argv) > 1:
            for item in items:
                print("   ", item)
    print(
        f"found {total.found}/{total.wanted} {total.found / total.wanted:.1%} junk {total.junk} {total.junk / max(1, total.found + total.junk):.1%} titled {total.titled} dated {total.dated}/{total.dates}"
    )
