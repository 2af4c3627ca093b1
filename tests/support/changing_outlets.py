"""Several publishers, whose feeds change from round to round: new entries, edits, the same events at several outlets.

Some redirect to another publisher, some have their full texts on pages of another one, and some ask for a pause.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from kill_drill import OUTPUTS
from sample_feeds import rss, words
from watching_publisher import Answer, Visit, WatchingPublisher

START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=5)
EVERY = 3600.0
POSTPONED = 4.0
"""Seconds until a source may be asked again whose foreign page or target was busy; `quick_worker` waits that long."""


class Outlets:
    """Feeds of several publishers. `hosts`: their names or addresses; the last one always asks for a pause.

    `plain`, `moved`, `texts`, `busy`: addresses of feeds: simple ones, those that redirect to the next host, those
    with pages on the next host, and those that ask for a pause. One of `busy` is on the first host.
    """

    def __init__(self, publisher: WatchingPublisher, hosts: Sequence[str], feeds: int, entries: int = 8) -> None:
        self.publisher = publisher
        self.hosts = [f"{host}:{publisher.ports[n % len(publisher.ports)]}" for n, host in enumerate(hosts)]
        self.entries = entries
        self.round = 0
        *open_hosts, busy = self.hosts
        self.plain: list[str] = []
        self.moved: list[str] = []
        self.texts: list[str] = []
        self.busy = [f"{open_hosts[0]}/busy/0"]
        for number in range(feeds):
            host = open_hosts[number % len(open_hosts)]
            kind = ("plain", "plain", "moved", "plain", "texts", "plain")[number // len(open_hosts) % 6]
            getattr(self, kind).append(f"{host}/{kind}/{number}")
        self.busy += [f"{busy}/busy/{number}" for number in range(1, 4)]
        self._open_hosts = open_hosts
        publisher.answer = self.answer

    @property
    def complete(self) -> list[str]:
        """The feeds whose articles must all be stored."""
        return [*self.plain, *self.moved, *self.texts]

    def advance(self) -> None:
        """Change the feeds, and let all be due."""
        self.round += 1
        self.publisher.begin_round()

    def entries_of(self, address: str) -> list[dict[str, str]]:
        """Return the entries of a feed in this round: all that it ever had, some with a changed text."""
        number = int(address.rpartition("/")[2])
        host = address.partition("/")[0]
        pages = self._next(host)
        entries = []
        for n in range(self.entries + 2 * (self.round - 1)):
            event = f"{number // 4 if n % 3 == 0 else number}:{n}"
            seed = random.Random(event).randrange(1 << 30)
            edited = f" Edition {self.round}." if n % 5 == 0 and n < self.entries else ""
            title = words(seed, 7).capitalize()
            text_url = f"http://{pages}/page/{number}-{n}"
            plain_url = f"https://outlet{number}.example/{n}"
            entries.append(
                {
                    "guid": f"tag:{number}:{n}",
                    "title": title if n % 4 == 0 else f"{title} {words(number + seed, 2)}",
                    "link": text_url if "/texts/" in address else plain_url,
                    "pubDate": format_datetime(START + timedelta(minutes=30 * n + number % 30), usegmt=True),
                    "description": f"{words(-seed, 30).capitalize()}.{edited}",
                }
            )
        return entries

    def answer(self, visit: Visit) -> Answer:
        """Return the response for a request."""
        kind, _, number = visit.path[1:].partition("/")
        if kind == "robots.txt":
            return Answer(b"User-agent: *\nDisallow: /private\n", headers={"Content-Type": "text/plain"})
        if kind == "busy":
            return Answer(status=429, retry_after=3600, interval=EVERY)
        if kind == "moved":
            target = f"http://{self._next(visit.host)}/target/{number}"
            return Answer(status=302, headers={"Location": target}, interval=POSTPONED)
        if kind == "page":
            text = " ".join(f"<p>{words(hash(number) + n, 60).capitalize()}.</p>" for n in range(6))
            page = f"<html><body><article><h1>Page</h1>{text}</article></body></html>"
            return Answer(page.encode(), headers={"Content-Type": "text/html"})
        tag = f'"{self.round}-{number}"'
        interval = {"plain": EVERY, "texts": POSTPONED}.get(kind)
        headers = {"ETag": tag, "Content-Type": "application/xml"}
        if visit.etag == tag:
            return Answer(status=304, headers=headers, interval=interval)
        address = visit.host + visit.path
        body = rss(self.entries_of(address), title=f"Outlet {number}", link=f"https://outlet{number}.example/")
        return Answer(body, headers=headers, interval=interval)

    def _next(self, host: str) -> str:
        return self._open_hosts[(self._open_hosts.index(host) + 1) % len(self._open_hosts)]

    def configuration(self, database: str, worker: str) -> str:
        """Return the configuration of a worker."""
        addresses = [*self.complete, *self.busy]
        sources = "".join(f'[[sources]]\nurl = "http://{one}"\nname = "{one}"\nevery = "1h"\n' for one in addresses)
        filters = "".join(f'"{one}", ' for one in self.texts)
        tables = f'[[filters]]\nplugin = "fulltext"\nsources = [{filters}]\n' if self.texts else ""
        for plugin, path in OUTPUTS.items():
            tables += f'[[outputs]]\nplugin = "{plugin}"\npath = "public/{path}"\n'
            tables += "limit = 0\n" if plugin in ("rss", "atom", "jsonfeed", "jsonl") else ""
        networks = '["127.0.0.0/8", "10.0.0.0/8"]'
        http = f'[http]\ncontact = "{worker}"\nper_host = {self.publisher.per_host}\nallow_private = {networks}\n'
        return f'store = "{database}"\nurl = "https://daily.example/"\nkeep = "30 days"\n{sources}{tables}{http}'
