"""What a subscriber sees of growing feeds: each story once, with news only where there is some, and nothing lost.

Several sources report the same events over ten runs. After each run, a feed reader (feedparser) reads the feed and
follows its links to further pages, as long as there is something new.
"""

from __future__ import annotations

from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, NamedTuple

import feedparser
import pytest
import time_machine
from feed_pages import check_pages
from feed_rules import check_atom, check_json_feed, check_rss
from lxml import html
from project import Project
from publisher import Publisher
from sample_feeds import rss, words

from aggregator.report import OutputCount, Report

pytestmark = pytest.mark.e2e

START = datetime(2026, 11, 23, 6, tzinfo=UTC)
RUNS, EVENTS = 10, 60
SITE = "https://daily.example/"
OUTLETS = ("river", "metro", "harbour")


class Reported(NamedTuple):
    """An article of an outlet about an event, from the run in which it appears. `copies`: with the first one's text."""

    outlet: str
    event: int
    run: int
    corrected: int = RUNS
    copies: bool = False

    @property
    def url(self) -> str:
        return f"https://{self.outlet}.example/{self.event}"

    def item(self, run: int) -> dict[str, str]:
        """Return the item of its feed. From the run in which it is corrected on, it has another title."""
        published = START + timedelta(hours=self.run) - timedelta(minutes=1 + self.event)
        own = 0 if self.copies else OUTLETS.index(self.outlet)
        names = words(self.event, 6).title().split()
        first, second = (words(1000 * (own + 1) + 10 * self.event + n, 14) for n in range(2))
        title = f"{' '.join(names[own : own + 4])} {' '.join(first.split()[:3])}"
        return {
            "guid": f"{self.outlet}-{self.event}",
            "title": f"Corrected: {title}" if run >= self.corrected else title,
            "link": self.url,
            "pubDate": format_datetime(published),
            "description": f"{first.capitalize()} {' '.join(names)} {100 + self.event} {second}.",
        }


def reports() -> list[Reported]:
    """Return the articles of all runs: six events a run, half of which others report or copy in later runs."""
    found = []
    for event in range(EVENTS):
        run = event // 6
        found.append(Reported("river", event, run, corrected=run + 2 if event % 5 == 0 else RUNS))
        if event % 2 == 0:
            found.append(Reported("metro", event, run + 1))
        if event % 4 == 0:
            found.append(Reported("harbour", event, run + 3))
        if event % 6 == 1:
            found.append(Reported("harbour", event, run + 2, copies=True))
    return [report for report in found if report.run < RUNS]


class Item(NamedTuple):
    link: str
    title: str
    published: str
    updated: datetime
    links: frozenset[str]
    accounts: frozenset[str]
    """Those of `links` before the outlets that have a copy."""


class Subscriber:
    """Reads a feed as a reader does: its first page, and further ones until one has nothing new."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.seen: dict[str, Item] = {}

    def poll(self) -> dict[str, Item]:
        """Return what the reader has now: all items of the pages that it reads."""
        found: dict[str, Item] = {}
        following: str | None = SITE + self.name
        while following:
            parsed = feedparser.parse((self.folder / following.removeprefix(SITE)).read_bytes())
            assert not parsed.bozo
            page = {entry.id: read(entry) for entry in parsed.entries}
            assert len(page) == len(parsed.entries) and not page.keys() & found.keys(), "an item is there twice"
            found |= page
            news = [guid for guid, item in page.items() if guid not in self.seen or item != self.seen[guid]]
            links = {link.rel: link.href for link in parsed.feed.get("links", [])}
            following = links.get("next") if news else None
        return found


def read(entry: Any) -> Item:
    body = entry.content[0].value if "content" in entry else entry.summary
    accounts, links = links_of(body.partition("Also published by")[0]), links_of(body)
    stated = entry.updated_parsed if "updated_parsed" in entry else entry.published_parsed
    updated = datetime.fromtimestamp(timegm(stated), UTC)
    return Item(entry.link, entry.title, entry.published, updated, links, accounts)


def links_of(body: str) -> frozenset[str]:
    return frozenset(map(str, html.fromstring(f"<div>{body}</div>").xpath("//a/@href")))


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def configure(project: Project, publisher: Publisher, outputs: str) -> None:
    sources = "".join(f'[[sources]]\nurl = "{publisher.url(f"/{outlet}.xml")}"\nevery = "1h"\n' for outlet in OUTLETS)
    project.configure(f'title = "Daily"\nurl = "{SITE}"\nstore = "news.db"\ntimezone = "UTC"\n{sources}\n{outputs}')


def serve(publisher: Publisher, run: int) -> None:
    for outlet in OUTLETS:
        items = [report.item(run) for report in reports() if report.outlet == outlet and report.run <= run]
        publisher.serve(f"/{outlet}.xml", rss(items[::-1], outlet.title(), f"https://{outlet}.example/"))


OUTPUTS = "".join(
    f'[[outputs]]\nplugin = "{plugin}"\npath = "public/{name}"\nlimit = 20\n'
    for plugin, name in (("rss", "feed.xml"), ("atom", "atom.xml"), ("jsonfeed", "feed.json"))
)


@pytest.mark.both_databases
def test_ten_runs(project: Project, publisher: Publisher, clock: time_machine.Traveller) -> None:
    configure(project, publisher, OUTPUTS)
    folder = project.folder / "public"
    subscribers = [Subscriber(folder, "feed.xml"), Subscriber(folder, "atom.xml")]
    for run in range(RUNS):
        clock.move_to(START + timedelta(hours=run))
        serve(publisher, run)
        report = project.run("--force")
        assert report["errors"] == [] and [output["missed"] for output in report["outputs"]] == [0, 0, 0]
        for subscriber in subscribers:
            check_changes(subscriber.seen, now := subscriber.poll())
            subscriber.seen |= now
            check_complete(subscriber.seen, run)
    check_documents(folder, {*subscribers[0].seen})


def check_changes(before: dict[str, Item], now: dict[str, Item]) -> None:
    for guid in before.keys() & now.keys():
        old, new = before[guid], now[guid]
        assert (new.link, new.published) == (old.link, old.published), "a guid changed its article"
        assert new.updated >= old.updated
        assert (new.updated > old.updated) == ((new.title, new.accounts) != (old.title, old.accounts))


def check_complete(seen: dict[str, Item], run: int) -> None:
    """Check that each published article is in one item: it is that, or is listed in it; and corrections are seen."""
    published = {report.url: report for report in reports() if report.run <= run}
    shown = [url for item in seen.values() for url in {item.link, *item.links} if url in published]
    assert sorted(shown) == sorted(published)
    for item in seen.values():
        if (report := published[item.link]).event % 2:  # others may have the headline of another outlet
            assert item.title.startswith("Corrected") == (report.corrected <= run)


def check_documents(folder: Path, expected: set[str]) -> None:
    for name, check in (("feed.xml", check_rss), ("atom.xml", check_atom), ("feed.json", check_json_feed)):
        path = folder / name
        pages = [path, *sorted(path.with_suffix("").glob(f"2*{path.suffix}"), reverse=True)]
        for page in pages:
            check(page.read_bytes(), ())
        ids = check_pages({SITE + page.relative_to(folder).as_posix(): page.read_bytes() for page in pages})
        assert set(ids) == expected and len(pages) > 1


def test_report_counts_new_and_revised_stories(
    project: Project, publisher: Publisher, clock: time_machine.Traveller
) -> None:
    configure(project, publisher, '[[outputs]]\nplugin = "rss"\npath = "public/feed.xml"\n')
    counted = []
    for run in range(3):  # in run 1, metro reports half of the first six; in run 2, two of them are corrected, too
        clock.move_to(START + timedelta(hours=run))
        serve(publisher, run)
        (output,) = project.run("--force")["outputs"]
        counted.append((output["new"], output["revised"]))
    assert counted == [(6, 0), (6, 3), (6, 5)]
    line = OutputCount("feed.xml", 2, 1, 6, 5).line
    assert line == "feed.xml: 2 written, 1 unchanged; 6 new stories, 5 revised"
    assert line in Report(START, outputs=[OutputCount("feed.xml", 2, 1, 6, 5)]).as_text()


def test_items_per_article(project: Project, publisher: Publisher, clock: time_machine.Traveller) -> None:
    configure(project, publisher, '[[outputs]]\nplugin = "rss"\npath = "public/feed.xml"\nby = "article"\n')
    subscriber = Subscriber(project.folder / "public", "feed.xml")
    for run in (0, 3, 6):
        clock.move_to(START + timedelta(hours=run))
        serve(publisher, run)
        project.run("--force")
        now = subscriber.poll()
        for guid in now.keys() & subscriber.seen.keys():
            old, new = subscriber.seen[guid], now[guid]  # only a publisher knows when an article was corrected
            assert (new.link, new.published, new.updated) == (old.link, old.published, old.updated)
        subscriber.seen |= now
        originals = [report.url for report in reports() if report.run <= run and not report.copies]
        assert sorted(item.link for item in subscriber.seen.values()) == sorted(originals)


@pytest.mark.parametrize(("url", "missed"), [("", 10), (SITE, 0)])
def test_what_no_page_lists_is_reported(
    project: Project, publisher: Publisher, clock: time_machine.Traveller, url: str, missed: int
) -> None:
    configure(project, publisher, '[[outputs]]\nplugin = "rss"\npath = "public/feed.xml"\nlimit = 6\n')
    project.configure(project.read("config.toml").replace(f'url = "{SITE}"', f'url = "{url}"' if url else ""))
    serve(publisher, 0)
    assert project.run("--force")["outputs"][0]["missed"] == 0  # what there was before is not missed
    clock.shift(timedelta(hours=2))
    serve(publisher, 2)
    result = project.aggregate("run", "--force")
    assert (f"feed.xml: {missed} stories have arrived" in result.err) == (missed > 0)
    assert ("raise its `limit`" in result.err) == (missed > 0)
