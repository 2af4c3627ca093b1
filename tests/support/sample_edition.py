"""A sample edition for the tests of the outputs, and functions to render it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec

from aggregator import (
    Article,
    Copy,
    Deferred,
    Delivery,
    Edition,
    Enclosure,
    Outlet,
    Publication,
    Section,
    Story,
    Subscription,
)
from aggregator.plugin.loader import load_plugins

NOON = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
RIVER, METRO, HARBOUR, CIRCUIT, PITCH, ZEITUNG = OUTLETS = (
    Outlet("River Post", "https://river.example/"),
    Outlet("Metro Ledger", "https://metro.example/"),
    Outlet("Harbour Times", "https://harbour.example/"),
    Outlet("Circuit & Co", "https://circuit.example/"),
    Outlet("Touchline"),
    Outlet("Rheinische Tagesschau", "https://rheinische.example/"),
)


def article(outlet: Outlet, title: str, hours: float, summary: str = "", **more: Any) -> Article:
    """Create an article published `hours` before noon, with an address derived from its title."""
    slug = "-".join(re.findall("[a-z0-9]+", title.lower())[:4])
    values: dict[str, Any] = {
        "id": slug,
        "url": f"{outlet.url or 'https://touchline.example/'}{slug}",
        "title": title,
        "summary": summary,
        "published": NOON - timedelta(hours=hours),
        "first_seen": NOON,
        "language": "en",
        "source": outlet,
    }
    return Article(**values | more)


def story(number: int, *articles: Article, copies: tuple[Copy, ...] = ()) -> Story:
    why = tuple(f"shares names with “{articles[0].title}”" for _ in articles[1:])
    return Story(id=f"urn:uuid:00000000-0000-5000-8000-{number:012}", articles=articles, why=why, copies=copies)


BRIDGE = story(
    1,
    article(
        RIVER,
        "Mayor opens Wren Bridge four years late, and walks home across it",
        3,
        "The first new crossing east of the docks in thirty years opened on foot on Tuesday, at twice its first price "
        "and with the lifts still to come. Ten thousand people crossed before noon.",
        content="<p>The first new crossing <b>east of the docks</b> opened on foot on Tuesday.</p>"
        '<script>alert("no")</script><p><a href="/lifts" onclick="steal()">Lifts</a> are still to come.</p>',
        authors=("Ada Lark", "Tom Fenn"),
        tags=("london",),
        image="https://river.example/bridge.jpg",
    ),
    article(METRO, "Wren Bridge opens at last: what it means for your commute", 2.5, tags=("london",)),
    article(HARBOUR, "Twice the price, half the lifts: the bill for Wren Bridge", 1, tags=("london", "business")),
    article(CIRCUIT, "The 1,400 sensors inside London's newest bridge", 0.5, tags=("technology",)),
    article(ZEITUNG, "London eröffnet Brücke mit vier Jahren Verspätung", 0, tags=("world",), language="de"),
    copies=(Copy(article(PITCH, "Mayor opens Wren Bridge", 2), "mayor-opens-wren-bridge", "the same text"),),
)
PODCAST = story(
    2,
    article(
        CIRCUIT,
        "Podcast: who owns the weather?",
        5,
        "Forecasts were public once. Three companies now sell them back to the farmers who measured the rain.",
        tags=("technology", "podcast"),
        enclosures=(
            Enclosure("https://circuit.example/cover.png", "image/png"),
            Enclosure("https://circuit.example/weather.mp3", "audio/mpeg", 24_986_239, 1_934),
        ),
    ),
)
GERMAN = story(
    3,
    article(
        ZEITUNG,
        "Niedrigwasser: Am Rhein fahren die Schiffe nur noch halb beladen",
        7,
        "Der Pegel bei Kaub fiel auf 78 Zentimeter. Die Reedereien verlangen Zuschläge, die Chemie sucht Züge.",
        tags=("world",),
        language="de",
        image="https://rheinische.example/kaub.jpg",
    ),
)
NIGHT_TUBE = story(
    4,
    article(
        METRO,
        "Night Tube returns to the Harrow line after signal tests",
        4,
        "Trains will run every twelve minutes from Friday. Drivers' pay for the small hours was settled last week.",
        tags=("london",),
    ),
    article(RIVER, "All-night trains back on the Harrow line from Friday", 3.8, tags=("london",)),
)
LOW_PAY = story(
    5,
    article(
        HARBOUR,
        "Cranes fall still as dockers reject 4.1 % offer",
        6,
        "A two-day stoppage from Thursday would hold up forty ships. Both sides will talk until Wednesday night.",
        tags=("business",),
        image="https://harbour.example/cranes.jpg",
    ),
    article(RIVER, "Dockers to walk out for two days over pay", 5.5, tags=("london",)),
    article(METRO, "Port strike: which goods will run short first", 5, tags=("business",)),
)
CUP = story(
    6,
    article(
        PITCH,
        "Non-league Aldersey hold the champions to 0:0 in the mud",
        14,
        "Their goalkeeper, a postman, saved two penalties and was at work by six.",
        tags=("sport",),
    ),
)
RATES = story(
    7,
    article(
        HARBOUR,
        "Bank holds rate at 3.25 % and drops the word “gradual”",
        26,
        "Seven of nine members voted to wait; markets now expect the next cut in March rather than in February.",
        tags=("business",),
    ),
    article(METRO, "Interest rate stays at 3.25 %: what your mortgage will cost", 25, tags=("business",)),
)
CHIP = story(
    8,
    article(
        CIRCUIT,
        "Open chip design passes its first audit without a fix",
        9,
        "The auditors found eleven remarks and no flaw. Two makers want to build it next year.",
        tags=("technology",),
    ),
)
OWLS = story(9, article(RIVER, "Tawny owls return to the Marsh Lane cemetery", 11, tags=("nature",)))
STORIES = (BRIDGE, LOW_PAY, NIGHT_TUBE, PODCAST, GERMAN, RATES, CHIP, CUP, OWLS)
FOLDERS = (("london",), ("london",), ("business",), ("technology",), (), ("world", "london"))
SUBSCRIPTIONS = tuple(
    Subscription(outlet.name, outlet.url and f"{outlet.url}feed.xml", outlet.url, tags)
    for outlet, tags in zip(OUTLETS, FOLDERS, strict=True)
)


def publication(plugin: str, path: str) -> Publication:
    return Publication(plugin, path, f"https://daily.example/{path}")


PUBLICATIONS = (
    publication("html", "index.html"),
    publication("rss", "feed.xml"),
    publication("atom", "atom.xml"),
    publication("jsonfeed", "feeds/feed.json"),
    publication("opml", "sources.opml"),
    publication("jsonl", "articles.jsonl"),
)


def edition(*stories: Story, **more: Any) -> Edition:
    """Create an edition of these stories, in sections by their first tag."""
    by_tag: dict[str, list[Story]] = {}
    for member in stories:
        by_tag.setdefault(next(iter(member.tags), ""), []).append(member)
    values: dict[str, Any] = {
        "title": "London Daily",
        "tagline": "Focus on the big picture.",
        "url": "https://daily.example/",
        "date": max((member.updated for member in stories), default=NOON),
        "stories": stories,
        "sections": tuple(Section(tag, tuple(members)) for tag, members in by_tag.items()),
        "sources": OUTLETS,
        "subscriptions": SUBSCRIPTIONS,
        "itself": publication("html", "index.html"),
        "publications": PUBLICATIONS,
    }
    return Edition(**values | more)


EDITION = edition(*STORIES)
HOSTILE_TEXTS = (
    "<script>document.title = 'owned'</script>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "</title></style></script><h1>owned</h1>",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    "[owned](javascript:alert(1)) `code` **bold** <b>bold</b>",
    "# heading\n\n- item\n> quote",
    "1. one\n2) two\n+ three\n--- \n===",
    "]]> <![CDATA[ x ]]> &amp; &#x3C; &nbsp; <!-- -->",
    "../../etc/passwd",
    "bell\x07 escape\x1b[31m null\x00 non\uffff half\ud800 right\u202e left",
    "long " * 2_000,
    "👩\u200d👩\u200d👧 नमस्ते עברית 日本",
)
HOSTILE_ADDRESSES = (
    "javascript:document.title='owned'",
    " java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    'https://x.example/"><script>document.title=`owned`</script>?a=1&copy;=2',
    "https://x.example/(round) [square] a b",
    "file:///etc/passwd",
    "//x.example/relative",
    "https://[broken",
    "vbscript:x",
    "https://x.example/ok",
)


def hostile_stories() -> Iterator[Story]:
    """Yield stories in which all texts and addresses are malicious."""
    for number, text in enumerate(HOSTILE_TEXTS):
        address = HOSTILE_ADDRESSES[number % len(HOSTILE_ADDRESSES)]
        outlet = Outlet(text, address)
        texts: dict[str, Any] = {"content": text, "authors": (text,), "tags": (text,), "language": text}
        addresses: dict[str, Any] = {"url": address, "image": address, "enclosures": (Enclosure(address, text),)}
        first = article(outlet, text, number, text, **texts, **addresses)
        yield story(number, first, first.replace(id="second"), copies=(Copy(first.replace(id="third"), first.id),))


def hostile_edition() -> Edition:
    text = " ".join(HOSTILE_TEXTS[:6])
    return edition(*hostile_stories(), title=text, tagline=text)


@cache
def output(name: str) -> Callable[..., Iterator[Any]]:
    """Return the function of an output plugin."""
    return load_plugins([]).get("output", name).function


def render(name: str, of: Edition = EDITION, **options: Any) -> bytes:
    """Return the first file that an output writes."""
    return next(iter(render_all(name, of, **options).values()))


def render_all(name: str, of: Edition = EDITION, **options: Any) -> dict[str, bytes]:
    """Return all files that an output writes, by name."""
    itself = next((publication for publication in of.publications if publication.plugin == name), of.itself)
    yielded = output(name)(msgspec.structs.replace(of, itself=itself), **options)
    files = (one for one in yielded if not isinstance(one, Delivery))
    return {file: body.render() if isinstance(body, Deferred) else body for file, body in files}
