"""Kills runs of the command at random moments, and compares what they leave with runs that nobody disturbed.

A publisher changes its feeds from step to step. In each step, the twin runs once; the victim is started and killed
several times, and then runs to its end. Afterwards both must hold the same articles and stories, and the same files.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from forked_python import ForkedProcess, start_python
from lxml import etree
from project import DATA, Project
from publisher import Publisher
from sample_feeds import rss, words

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
ITEMS = 12
"""Items that a feed lists."""
STATUS = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}
EXPECTED = re.compile(r"/5\.xml: .*500|Outlet 5: |held no article")
"""What a run may report: the feed that fails in some steps, and the plugin that has nothing new after a kill."""
IN_DESTRUCTOR = re.compile(r"Exception ignored in: .*\nTraceback[^\0]*?\nKeyboardInterrupt:? *\n")
"""What Python prints, and then continues, when a signal arrives while it destroys an object."""
OUTPUTS = {
    "rss": "feed.xml",
    "atom": "feed.atom",
    "jsonfeed": "feed.json",
    "html": "index.html",
    "markdown": "days",
    "jsonl": "articles.jsonl",
    "opml": "sources.opml",
}
KILL_AT_STATEMENT = """
import os, signal, sys
from pathlib import Path
from aggregator.store import postgresql, sqlite

left = int(sys.argv[-1])

def count(*_):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

class Counted(sqlite.SqliteConnection):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.set_trace_callback(count)

sqlite.SqliteConnection = Counted

def counted(method):
    def call(*arguments):
        count()
        return method(*arguments)
    return call

for name in ("execute", "executemany"):
    setattr(postgresql.PostgresqlConnection, name, counted(getattr(postgresql.PostgresqlConnection, name)))
"""
"""The beginning of a program that kills itself before the SQL statement whose number is its last argument."""
PLUGIN = """
from pathlib import Path

from aggregator import Item, hookimpl


async def incremental(http, url, state):
    numbers = [int(line) for line in (await http.get(url)).text.split()]
    new = [number for number in numbers if number > state.get("last", -1)]
    for number in new:
        yield Item(id=number, title=f"Number {number} of the incremental source", published="2026-03-02T06:00:00Z")
    state["last"] = max(numbers)


@hookimpl
def register_sources(register):
    register(incremental)


@hookimpl
def run_finished(report):
    with Path("finished.txt").open("a") as file:
        file.write(f"{report.started.isoformat()}\\n")
"""


class ChangingPublisher:
    """Serves feeds that change with each step: new items, changed texts, changed guids, the same event at several
    outlets, copies, a failing feed, and a list that a plugin reads incrementally."""

    def __init__(self, publisher: Publisher, feeds: int) -> None:
        self.publisher = publisher
        self.feeds = feeds
        self.step = 0

    def advance(self, step: int) -> None:
        """Serve the feeds of this step."""
        self.step = step
        for number in range(self.feeds):
            failed = number == 5 and step % 4 == 1
            body = rss(self._items(number), title=f"Outlet {number}", link=f"https://outlet{number}.example/")
            tag = f'"{step if number % 3 else step // 3}-{number}"'
            status = 500 if failed else 200
            self.publisher.serve(f"/{number}.xml", body, status=status, headers={"ETag": tag})
        numbers = "\n".join(str(n) for n in range(step * 2, step * 2 + 8)).encode()
        self.publisher.serve("/numbers.txt", numbers, content_type="text/plain")

    def _items(self, feed: int) -> Iterator[dict[str, str]]:
        newest = ITEMS + (self.step if feed % 3 else self.step // 3)
        for n in range(newest - ITEMS, newest):
            event = f"{feed // 4 if n % 3 == 0 else feed}:{n}"
            seed = random.Random(event).randrange(1 << 30)
            changed = " It has been updated." if n % 5 == 0 and (self.step - n) % 3 == 0 and feed % 3 else ""
            text = f"{words(-seed, 30).capitalize()}.{changed}"
            renewed = "b" if feed == 7 and self.step % 7 > 3 else ""
            title = words(seed, 7 if n % 2 else 6).capitalize()
            yield {
                "guid": f"tag:{feed}:{n}{renewed}",
                "title": title if n % 4 == 0 else f"{title} {words(feed + seed, 2)}",
                "link": f"https://outlet{feed}.example/news/{n}",
                "pubDate": format_datetime(START + timedelta(minutes=30 * n + feed), usegmt=True),
                "description": text,
            }

    def configure(self, project: Project) -> None:
        """Write the configuration of a project that publishes these feeds."""
        tables = "".join(
            f'[[sources]]\nurl = "{self.publisher.url(f"/{n}.xml")}"\ntags = ["t{n % 3}"]\n' for n in range(self.feeds)
        )
        tables += f'[[sources]]\nplugin = "incremental"\nurl = "{self.publisher.url("/numbers.txt")}"\n'
        tables += '[[filters]]\nplugin = "drop"\ntitle = "(?i)^ba"\n'
        for plugin, path in OUTPUTS.items():
            tables += f'[[outputs]]\nplugin = "{plugin}"\npath = "public/{path}"\n'
            # All stories: which ones are the newest depends on when runs revised them.
            tables += "limit = 0\n" if plugin in ("rss", "atom", "jsonfeed", "jsonl") else ""
        project.write("mine/incremental.py", PLUGIN)
        project.configure(f'url = "https://daily.example/"\nstore = "news.db"\nplugins = ["mine"]\n{tables}')


def use_old_store(project: Project, articles: int) -> None:
    """Put a store of version 1 into a project, with this many articles more, so that its migration takes a while."""
    path = project.write("news.db", gzip.decompress((DATA / "stores" / "version-1.db.gz").read_bytes()))
    with sqlite3.connect(path) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(articles)")]
        first = dict(zip(columns, database.execute("SELECT * FROM articles LIMIT 1").fetchone(), strict=True))
        database.execute("INSERT INTO stories (id, updated) VALUES ('urn:uuid:old', 1)")
        rows = []
        for n in range(articles):
            title = f"Old article {n} {words(n, 6)}"
            new = {
                "key": 1000 + n,
                "id": f"old:{n}",
                "guid": f"old:{n}",
                "url": f"https://old.example/{n}",
                "text": b"%d" % n,
            }
            new |= {"fingerprint": b"%016d" % n, "title": title, "story": "urn:uuid:old", "duplicate_of": None}
            rows.append(tuple((first | new)[column] for column in columns))
        marks = ", ".join("?" * len(columns))
        database.executemany(f"INSERT INTO articles ({', '.join(columns)}) VALUES ({marks})", rows)
    database.close()


ATOM = "{http://www.w3.org/2005/Atom}"
RUN_TIMES = re.compile(
    rb'"(?:first_seen|date_modified)":\s?"[^"]*"|<(updated|lastBuildDate|dcterms:modified)>[^<]*</\1>'
    rb'|<time [^>]*>[^<]*</time>|<div class="latest">.*?</div>',
    re.DOTALL,
)
"""When runs collected articles and revised stories, and what lists the latest of these."""

LINK = re.compile(rb'href="([^"]*)"')
ENTRY = re.compile(rb"(?=<(?:item|entry)>)|(?=</(?:channel|feed)>)|\n(?=\{)|(?<=\}),?\n(?=  (?:  \{|\]))")
"""Between the entries of feeds, whose order depends on when runs revised them."""


def start(project: Project) -> ForkedProcess:
    errors = project.write("errors.txt", "")
    return start_python("-m", "aggregator", "run", "--force", folder=project.folder, errors=errors)


def outputs(project: Project) -> dict[str, bytes]:
    """Each output file without the times of runs, which alone may differ: when articles were first seen, and when
    stories were revised, and the order that results."""
    files = [path for path in sorted((project.folder / "public").rglob("*")) if path.is_file()]
    texts = {str(path.relative_to(project.folder)): path.read_bytes() for path in files}
    return {name: _comparable(name, text) for name, text in texts.items()}


def _comparable(name: str, text: bytes) -> bytes:
    """Return a file without the order of its entries. Of a page, only the links remain: its layout depends on how much
    room the list of the latest stories takes."""
    if name.endswith("feed.json"):
        feed = json.loads(text)
        items = [{key: value for key, value in item.items() if key != "date_modified"} for item in feed["items"]]
        return json.dumps([feed | {"items": []}, sorted(items, key=lambda item: str(item["id"]))]).encode()
    text = RUN_TIMES.sub(b"", text)
    if name.endswith(".html"):
        return b"\n".join(sorted(set(LINK.findall(text))))
    return b"\n".join(sorted(part.strip() for part in ENTRY.split(text)))


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the articles, stories, copies and dropped items of a store, without keys and times of collecting."""
    queries = {
        "integrity": "PRAGMA integrity_check",
        "foreign keys": "PRAGMA foreign_key_check",
        "articles": "SELECT s.address, a.id, a.guid, a.url, a.title, a.summary, a.published, c.html FROM articles a "
        "JOIN sources s ON s.key = a.source LEFT JOIN contents c ON c.article = a.key ORDER BY 1, 2, 3",
        "stories": "SELECT a.story, s.address, a.id, t.size FROM articles a JOIN sources s ON s.key = a.source "
        "LEFT JOIN stories t ON t.id = a.story ORDER BY 1, 2, 3",
        "copies": "SELECT s.address, a.id, o.id FROM articles a JOIN sources s ON s.key = a.source "
        "JOIN articles o ON o.key = a.duplicate_of ORDER BY 1, 2",
        "dropped": "SELECT s.address, d.id, d.title, d.reason FROM dropped d JOIN sources s ON s.key = d.source "
        "ORDER BY 1, 2, 3",
        "states": "SELECT address, name, etag, memory, failures > 0 FROM sources ORDER BY 1",
    }
    database = sqlite3.connect(path)
    try:
        return {name: database.execute(query).fetchall() for name, query in queries.items()}
    finally:
        database.close()


def malformed(project: Project) -> list[str]:
    """Return what is wrong with the output files, of which each must be complete at any time."""
    wrong = []
    for path in (project.folder / "public").rglob("*"):
        if not path.is_file() or path.name.endswith(".part"):
            continue
        body = path.read_bytes()
        try:
            if path.suffix in (".xml", ".atom", ".opml"):
                entries = etree.fromstring(body).iter("item", f"{ATOM}entry")
                guids = [entry.findtext("guid") or entry.findtext(f"{ATOM}id") for entry in entries]
                if len(guids) != len(set(guids)):
                    wrong.append(f"{path.name}: an id occurs twice")
            elif path.suffix == ".json":
                json.loads(body)
            elif path.suffix == ".jsonl":
                for line in body.splitlines():
                    json.loads(line)
            elif path.suffix == ".html" and not body.rstrip().endswith(b"</html>"):
                wrong.append(f"{path.name}: ends early")
        except ValueError as error:
            wrong.append(f"{path.name}: {error}")
    return wrong


class KillDrill:
    """A victim and its twin. `phases`: how many kills hit each phase of a run; `wrong`: every difference found."""

    def __init__(self, feeds: ChangingPublisher, folder: Path, seed: int) -> None:
        self.feeds = feeds
        self.chance = random.Random(seed)
        self.twin, self.victim = Project(folder / "twin"), Project(folder / "victim")
        for project in (self.twin, self.victim):
            project.folder.mkdir(parents=True)
            feeds.configure(project)
        self.phases: Counter[str] = Counter()
        self.signals: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._before: dict[str, bytes] = {}
        self._versions = 0

    def step(self, number: int, kills: int) -> int:
        """Advance the publisher, run the twin, kill the victim up to `kills` times, let it finish, and compare.

        Returns the number of kills: fewer if a run finished before.
        """
        self.feeds.advance(number)
        self._before = outputs(self.victim) if (self.victim.folder / "public").exists() else {}
        began = time.monotonic()
        self._finish(self.twin, "twin")
        seconds = time.monotonic() - began
        self._expected = contents(self.twin.folder / "news.db"), outputs(self.twin)
        done = 0
        while done < kills and self._kill(seconds):
            done += 1
        self._finish(self.victim, "victim")
        self._compare(f"step {number}")
        return done

    def _finish(self, project: Project, name: str) -> None:
        status, errors = start(project).wait(300), project.read("errors.txt")
        expected = [line for line in errors.splitlines() if not EXPECTED.search(line)]
        if status or expected:
            self.wrong.append(f"step {self.feeds.step}: {name} ended with {status}: {errors}")

    def _kill(self, seconds: float) -> bool:
        """Start the victim and kill it. Returns False if it finished before."""
        number = self.chance.choices(list(STATUS), (8, 1, 1))[0]
        process = start(self.victim)
        self._wait(process, seconds)
        early = not _has_handler(process.pid)
        process.send_signal(number)
        try:
            status = process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
            self.wrong.append(f"step {self.feeds.step}: signal {number} did not end the run within a minute")
        phase = "finished before" if status == 0 else "start-up" if early else self._phase()
        self.phases[phase] += 1
        self.signals[f"{signal.Signals(number).name} {status}"] += 1
        errors = self.victim.read("errors.txt")
        self.wrong += [f"step {self.feeds.step}: after {phase}: {one}" for one in malformed(self.victim)]
        errors = IN_DESTRUCTOR.sub("", errors)
        if ("Traceback" in errors or status not in (0, STATUS[number])) and not early:
            self.wrong.append(f"step {self.feeds.step}: signal {number} in {phase}: status {status}: {errors}")
        return status != 0

    def _wait(self, process: ForkedProcess, seconds: float) -> None:
        """Wait until a random moment: any, or one soon after the store or an output is written to."""
        kind = self.chance.choices(("any", "store", "output", "end"), (40, 25, 25, 10))[0]
        if kind in ("any", "end"):
            time.sleep(self.chance.uniform(0.8 if kind == "end" else 0, 1) * seconds)
            return
        folder = self.victim.folder if kind == "store" else self.victim.folder / "public"
        changes = self.chance.randint(1, 8)
        state, deadline = _state(folder), time.monotonic() + 60
        while changes and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.0005)
            now = _state(folder)
            changes -= now != state
            state = now
        time.sleep(self.chance.choice((0, 0, self.chance.uniform(0, 0.02), self.chance.uniform(0, 0.3))))

    def _phase(self) -> str:
        """Return how far the killed run came, judged from a copy of the store: to open it would repair it."""
        path, copy = self.victim.folder / "news.db", self.victim.folder.parent / "copy"
        if not path.exists():
            return "before the store" if not path.with_name(".news.db.part").exists() else "creating the store"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for file in self.victim.folder.glob("news.db*"):
            shutil.copy(file, copy / file.name)
        database = sqlite3.connect(copy / "news.db")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version < 4:
            database.close()
            return "before or within the migration"
        unplaced = database.execute("SELECT count(*) FROM articles WHERE story IS NULL").fetchone()[0]
        database.close()
        stored = contents(copy / "news.db")
        now = outputs(self.victim) if (self.victim.folder / "public").exists() else {}
        if list((self.victim.folder / "public").rglob("*.part")):
            return "writing an output"
        if now == self._expected[1]:
            return "after publishing, or nothing to do"
        if stored["articles"] != self._expected[0]["articles"]:
            return "before collecting" if not unplaced and now == self._before else "collecting"
        if unplaced:
            return "collected, not grouped"
        return "grouped, not published" if now == self._before else "publishing"

    def _compare(self, where: str) -> None:
        stored, files = contents(self.victim.folder / "news.db"), outputs(self.victim)
        expected_stored, expected_files = self._expected
        for name in stored:
            if stored[name] != expected_stored[name]:
                differing = sorted(set(map(repr, stored[name])) ^ set(map(repr, expected_stored[name])))
                self.wrong.append(f"{where}: {name} differ in {len(differing)} rows: {differing[:4]}")
        if stored["integrity"] != [("ok",)] or stored["foreign keys"]:
            self.wrong.append(f"{where}: {stored['integrity']} {stored['foreign keys']}")
        for name in sorted(files.keys() | expected_files.keys()):
            if files.get(name) != expected_files.get(name):
                self.wrong.append(f"{where}: {name} differs")
        left = [str(path) for path in self.victim.folder.rglob("*.part")]
        left += [path.name for path in self.victim.folder.glob("news.db-*")]
        self.wrong += [f"{where}: left behind: {path}" for path in left]
        self.wrong += [f"{where}: still runs: {line}" for line in processes_in(self.victim.folder)]


def _has_handler(pid: int) -> bool:
    """Whether a process handles SIGTERM: Python itself answers a signal during the start."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
    return bool(int(re.findall(r"SigCgt:\s*(\w+)", status)[0], 16) >> (signal.SIGTERM - 1) & 1)


def _state(folder: Path) -> dict[str, tuple[int, int]]:
    state = {}
    for path in folder.rglob("*"):
        try:
            stat = path.stat()
        except OSError:
            continue
        state[str(path)] = (stat.st_size, stat.st_mtime_ns)
    return state


def processes_in(folder: Path, patience: float = 5) -> list[str]:
    """Return the command lines of the processes that still run in a folder after a while."""
    deadline = time.monotonic() + patience
    while (found := list(_processes_in(folder))) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def _processes_in(folder: Path) -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                yield (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
