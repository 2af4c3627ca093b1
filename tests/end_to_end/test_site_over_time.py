"""A newspaper in a folder over several runs and days: what is written, what is kept, and what leads where."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import time_machine
from lxml import html as lxml_html
from project import Project
from publisher import Publisher
from sample_feeds import item, rss
from time_machine import Traveller

pytestmark = pytest.mark.e2e

START = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def news(number: int, hours: float = 0) -> dict[str, str]:
    return item(number) | {"pubDate": format_datetime(START + timedelta(hours=hours))}


def serve(project: Project, publisher: Publisher, *items: dict[str, str]) -> dict[str, str]:
    """Publish these items, run, and return the files that were written, with their contents."""
    publisher.serve("/feed.xml", rss(items))
    before = files(project.folder / "public")
    project.configure(
        f'title = "Daily"\nurl = "https://daily.example/"\ntimezone = "UTC"\n'
        f'[[sources]]\nurl = "{publisher.url("/feed.xml")}"\nevery = "1m"\ntags = ["world"]\n'
        '[[outputs]]\nplugin = "html"\npath = "public"\n'
    )
    report = project.run()
    assert report["errors"] == []
    after = files(project.folder / "public")
    written = [name for name in after if after[name] != before.get(name)]
    assert len(written) - report["outputs"][0]["written"] in (0, 1)  # 1: the edition of a day that has ended
    return {name: content for name, content in after.items() if content != before.get(name)}


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()
    }


def page_with(written: dict[str, str], title: str) -> str:
    """Return the name of the article page with a headline."""
    found = [name for name, text in written.items() if name.startswith("articles/") and f"<h1>{title}</h1>" in text]
    assert len(found) == 1, found
    return found[0]


def test_a_new_article_writes_its_page_and_the_lists(project: Project, publisher: Publisher, clock: Traveller) -> None:
    first = serve(project, publisher, *(news(number) for number in range(5)))
    assert len([name for name in first if name.startswith("articles/")]) == 5
    clock.shift(timedelta(minutes=10))
    second = serve(project, publisher, *(news(number) for number in range(6)))
    article = page_with(second, news(5)["title"])
    lists = {"tags.html", "sources.html", "tags/world.html", "search/2026-11-23.js", "sitemaps/2026-11-23.xml"}
    rest = set(second) - lists - {article, "index.html", "2026/11/23/index.html"}
    rest -= {"archive.html"}  # it may lead the day
    assert {name for name in rest if not name.startswith(("sources/", "tags/"))} == set()


def test_an_unchanged_run_writes_nothing(project: Project, publisher: Publisher, clock: Traveller) -> None:
    serve(project, publisher, news(1), news(2))
    clock.shift(timedelta(minutes=10))
    assert serve(project, publisher, news(1), news(2)) == {}


def test_a_deleted_page_is_written_again(project: Project, publisher: Publisher, clock: Traveller) -> None:
    first = serve(project, publisher, news(1), news(2))
    name = page_with(first, news(1)["title"])
    (project.folder / "public" / name).unlink()
    clock.shift(timedelta(minutes=10))
    assert serve(project, publisher, news(1), news(2)) == {name: first[name]}


def test_pages_of_earlier_days_are_kept_listed_and_found(
    project: Project, publisher: Publisher, clock: Traveller
) -> None:
    first = serve(project, publisher, news(1), news(2))
    old = page_with(first, news(1)["title"])
    for day in range(1, 5):
        clock.move_to(START + timedelta(days=day))
        serve(project, publisher, *(news(100 * day + number, 24 * day) for number in range(60)))
    now = files(project.folder / "public")
    assert now[old] == first[old]
    archive = lxml_html.document_fromstring(now["archive.html"])
    days = [link.get("href") for calendar in archive.find_class("calendar") for link in calendar.iter("a")]
    assert days == [f"2026/11/{day}/index.html" for day in range(23, 28)]
    assert all(name in now for name in days)
    assert news(1)["title"] in now["search/2026-11-23.js"]
    assert [f"2026-11-{day}" in now["search/days.js"] for day in range(23, 28)] == [True] * 5
    assert [f"sitemaps/2026-11-{day}.xml" in now["sitemap.xml"] for day in range(23, 28)] == [True] * 5
    edition = lxml_html.document_fromstring(now["2026/11/25/index.html"])
    around = {link.get("rel"): link.get("href") for link in edition.iter("link")}
    assert around["prev"] == "../../../2026/11/24/index.html"


@pytest.mark.both_databases
def test_a_corrected_article_keeps_its_address(project: Project, publisher: Publisher, clock: Traveller) -> None:
    first = serve(project, publisher, news(1))
    name = page_with(first, news(1)["title"])
    clock.shift(timedelta(hours=1))
    corrected = news(1, -48) | {"title": "A corrected headline", "link": "https://world.example/corrected"}
    second = serve(project, publisher, corrected)
    assert page_with(second, "A corrected headline") == name
