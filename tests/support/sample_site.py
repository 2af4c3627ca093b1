"""A sample newspaper in a folder, for the tests of its pages, and functions to write and read one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from lxml import etree
from lxml import html as lxml_html
from sample_edition import (
    BRIDGE,
    HARBOUR,
    METRO,
    NOON,
    PITCH,
    RIVER,
    STORIES,
    article,
    edition,
    output,
    publication,
    story,
)

from aggregator import Article, Edition, Enclosure, Outlet, Related, Story
from aggregator.model import Archive, Deferred, Storyline, StoryReference

LONG_TEXT = """
<h1>Ferry strike: the third day</h1>
<p>The ferries stayed in port for a third day.<sup id="fnref:1"><a href="#fn:1">1</a></sup> <a href="/talks">Talks</a>
began at noon, said a spokeswoman of the <span lang="cy">Cwmni</span> line.</p>
<h3>Who is affected</h3><p>Forty thousand commuters.</p><h5>Freight</h5><p>Two ports.</p><h2>What comes next</h2>
<figure><img src="https://harbour.example/quay.jpg" width="1200" height="800" alt="The quay"><figcaption>The quay at
noon</figcaption></figure>
<table><tr><th>Port</th><th>Day</th><th>Ferries that did not leave</th><th align="right">Passengers</th></tr>
<tr><td>Aldersey-on-the-Estuary-Harbour</td><td>Tuesday</td><td>Seventeen-of-seventeen</td><td>12,000</td></tr></table>
<pre>timetable --line ferry --from "Aldersey" --to "Wren Island" --day tuesday --format long --show cancelled</pre>
<p>Averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongwordwithoutanyspaceoranyhyphenatall</p>
<video src="https://harbour.example/quay.mp4" poster="https://harbour.example/poster.jpg" autoplay></video>
<ol><li id="fn:1">Counted from Sunday. <a href="#fnref:1">↩</a></li></ol>
"""
FERRY = msgspec.structs.replace(
    story(
        20,
        article(
            HARBOUR,
            "Ferry strike: the third day",
            20,
            "Commuters took the bus, and freight waited: what the strike of the crews means for both ports.",
            content=LONG_TEXT,
            tags=("business", "ferries"),
            updated=NOON - timedelta(hours=2),
            related=(Related("Ferry crews reject offer", "https://harbour.example/offer"), Related("Fares to rise")),
        ),
        article(RIVER, "No ferries on Tuesday either", 18, "Buses run every ten minutes.", tags=("ferries",)),
        article(METRO, "Ferries: the latest", 6, tags=("ferries",)),
        article(RIVER, "Talks about the ferries fail", 2, tags=("ferries",)),
        article(PITCH, "Cup match moved because of the ferries", 1, tags=("sport",)),
    ),
    storyline=Storyline(
        id="urn:uuid:line",
        title="Ferry strike",
        earlier=(
            StoryReference(BRIDGE.id, "Wren Bridge opens", "https://river.example/bridge", NOON - timedelta(days=2)),
            StoryReference("urn:uuid:old", "Crews vote", "https://river.example/vote", NOON - timedelta(days=9)),
        ),
    ),
    merged=(StoryReference("urn:uuid:former", "No ferries on Tuesday either"),),
)
ARABIC = story(
    21,
    article(
        Outlet("الميناء", "https://mina.example/"),
        "إضراب العبّارات يدخل يومه الثالث",
        3,
        "بقيت العبّارات في الميناء لليوم الثالث، وبدأت المحادثات عند الظهر.",
        content="<h2>المحادثات</h2><p>بقيت العبّارات في الميناء. <a href='/x'>المزيد</a></p><ul><li>واحد</li></ul>",
        language="ar",
    ),
)
EPISODE = story(
    22,
    article(
        PITCH,
        "The postman who saved two penalties",
        4,
        "Half an hour with the goalkeeper of Aldersey.",
        enclosures=(
            Enclosure("https://touchline.example/22.mp3", "audio/mpeg", 24_986_239, 1_934),
            Enclosure("https://touchline.example/22.mp4", "video/mp4"),
            Enclosure("https://touchline.example/notes.pdf", "application/pdf", 400_000),
        ),
    ),
)
YESTERDAY, TODAY = date(2026, 11, 23), date(2026, 11, 24)


def site(*stories: Story, **more: Any) -> Edition:
    """Return an edition that is published as a folder."""
    return edition(*stories, **({"itself": publication("html", "")} | more))


SITE = site(*STORIES, FERRY, ARABIC, EPISODE)


def pages(of: Edition = SITE, folder: Path | str = "public", **options: Any) -> dict[str, bytes | Deferred]:
    """Return what the output yields, by name. Raises AssertionError if it yields a name twice."""
    archive = options.pop("archive", Archive((YESTERDAY, of.day)))
    yielded = list(output("html")(of, path=str(folder), archive=archive, **options))
    names = [name for name, _ in yielded]
    assert len(set(names)) == len(names)
    return dict(yielded)


def rendered(content: bytes | Deferred) -> bytes:
    return content.render() if isinstance(content, Deferred) else content


def write_site(folder: Path, of: Edition = SITE, change: Callable[[bytes], bytes] = bytes, **options: Any) -> list[str]:
    """Write the files of a site, each changed by a function, and return their names."""
    made = {name: rendered(content) for name, content in pages(of, folder, **options).items()}
    for name, body in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(change(body) if name.endswith(".html") else body)
    return list(made)


def page(name: str, of: Edition = SITE, **options: Any) -> Any:
    """Return a page as a tree of elements."""
    return lxml_html.document_fromstring(rendered(pages(of, **options)[name]))


def words(element: Any) -> str:
    """Return the text of an element, with single spaces."""
    return " ".join(element.text_content().split())


def links(element: Any) -> dict[str, str]:
    """Return the links in an element by their texts."""
    return {words(link): link.get("href") for link in element.iter("a")}


def articles_of(of: Edition) -> Iterator[Article]:
    for member in (*of.stories, *of.newest, *of.older):
        yield from member.articles


def later(hours: float) -> datetime:
    return (NOON + timedelta(hours=hours)).astimezone(UTC)


def xml(body: bytes | Deferred) -> Any:
    return etree.fromstring(rendered(body))
