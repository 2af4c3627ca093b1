"""Workers as processes on one database and several publishers, to be killed, stopped and cut off."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from changing_outlets import Outlets
from forked_python import ForkedProcess, start_python
from kill_drill import malformed
from network_namespaces import Machine, machines
from postgresql_server import PostgresqlServer
from project import Project
from watching_publisher import watching

from aggregator.jobs.leases import SHARD_LOCKS

PATIENCE = 120.0
QUICK = (sys.executable, str(Path(__file__).with_name("quick_worker.py")))
WORK = (sys.executable, "-m", "aggregator", "work", "--log-json", "--concurrency", "2")


class Worker:
    """A worker with a folder of its own, which is started again and again. `prefix`: the beginning of its command."""

    def __init__(self, project: Project, name: str, command: Sequence[str], prefix: Sequence[str] = ()) -> None:
        self.name = name
        self.project = project
        self.prefix = prefix
        self.command = [*prefix, *command]
        self.process: ForkedProcess | subprocess.Popen[bytes] | None = None
        self._log = project.folder / "log"
        self._log.touch()

    def start(self, *more: str) -> None:
        """Start it. `more`: arguments for this time."""
        if not self.prefix:
            arguments = *self.command[1:], *more
            self.process = start_python(*arguments, folder=self.project.folder, output=self._log, errors=self._log)
            return
        with self._log.open("ab") as log:
            self.process = subprocess.Popen([*self.command, *more], cwd=self.project.folder, stderr=log, stdout=log)

    def signal(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def text(self) -> str:
        return self._log.read_text(errors="replace")

    def events(self, name: str | None = None) -> list[dict[str, Any]]:
        """Return the events of its log; a kill may have cut a line short."""
        found = []
        for line in self.text().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return [one for one in found if name in (None, one["event"])]

    def moments(self, name: str) -> list[float]:
        """Return when events happened, by the monotonic clock."""
        offset = time.monotonic() - time.time()
        return [datetime.fromisoformat(one["time"]).timestamp() + offset for one in self.events(name)]


class Drill:
    """Workers on one database. `wrong`: all that they did wrong."""

    def __init__(self, outlets: Outlets | None, url: str, workers: Sequence[Worker]) -> None:
        if outlets:
            self.outlets = outlets
            self.publisher = outlets.publisher
        self.url = url
        self.workers = workers
        self.wrong: list[str] = []

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def begin_round(self) -> None:
        """Change the feeds, and make all sources due."""
        self.outlets.advance()
        if self.rows("SELECT to_regclass('schedule')")[0][0]:
            earlier = "last_try = last_try - 7200, next_due = next_due - 7200"
            self.rows(f"UPDATE sources SET {earlier} WHERE retry_at IS NULL")
            self.rows("UPDATE schedule SET due = 0 FROM sources WHERE key = source AND retry_at IS NULL")

    def due(self, within: int = 0) -> int:
        """Return how many sources are due within some seconds, apart from those that ask for a pause."""
        if not self.rows("SELECT to_regclass('schedule')")[0][0]:
            return 1
        [(due, total)] = self.rows(
            f"SELECT count(*) FILTER (WHERE due <= {int(time.time()) + within}), count(*) FROM schedule "
            "JOIN sources ON key = source WHERE address NOT LIKE '%/busy/%'"
        )
        return int(due) if total else 1

    def is_idle(self) -> bool:
        """Whether no source is due, none is postponed, and no worker collects."""
        locks = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = {SHARD_LOCKS}"
        return not self.due(600) and self.rows(locks) == [(0,)]

    def wait(self, condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> bool:
        """Wait until something is so; if it does not become so, that is wrong."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.1)
        self.wrong.append(f"not within {patience:.0f} s: {what}")
        return False

    def stop(self) -> None:
        """End all workers as an administrator does."""
        for worker in self.workers:
            worker.signal(signal.SIGTERM)
        for worker in self.workers:
            assert worker.process
            if worker.process.wait(PATIENCE):
                self.wrong.append(f"{worker.name} ended with {worker.process.returncode}")

    def check(self, *, visits: bool = True) -> None:
        """Compare the store, the outputs and the logs with what they must be."""
        self.wrong += self.publisher.wrong
        self._check_articles()
        self._check_stories()
        if visits:
            self._check_visits()
        for worker in self.workers:
            self.wrong += [f"{worker.name}: {line}" for line in malformed(worker.project)]
            self.wrong += [f"{worker.name}: {one}" for one in worker.events("job failed")]
            text = worker.text()
            if "Traceback" in text:
                self.wrong.append(f"{worker.name}: {text[text.index('Traceback') :][:3000]}")
        self._check_outputs(self.workers[0].project)

    def _check_articles(self) -> None:
        query = "SELECT s.address, a.guid, a.summary FROM articles a JOIN sources s ON s.key = a.source"
        stored: Counter[tuple[str, str]] = Counter()
        summaries = {}
        for address, guid, summary in self.rows(query):
            stored[address, guid] += 1
            summaries[address, guid] = summary
        self.wrong += [f"stored {number} times: {one}" for one, number in stored.items() if number > 1]
        for address in self.outlets.complete:
            for entry in self.outlets.entries_of(address):
                key = f"http://{address}", entry["guid"]
                if key not in stored:
                    self.wrong.append(f"lost: {key}")
                elif summaries[key] != entry["description"]:
                    self.wrong.append(f"not the last edition: {key}: {summaries[key][-20:]}")
        expected = sum(len(self.outlets.entries_of(address)) for address in self.outlets.complete)
        if len(stored) != expected:
            self.wrong.append(f"{len(stored)} articles instead of {expected}")

    def _check_stories(self) -> None:
        queries = {
            "without a story": "SELECT key FROM articles WHERE story IS NULL",
            "story with a wrong size": "SELECT s.id, s.size, count(a.key) FROM stories s LEFT JOIN articles a "
            "ON a.story = s.id AND a.duplicate_of IS NULL GROUP BY s.id HAVING s.size <> count(a.key)",
            "story without articles": "SELECT id FROM stories WHERE id NOT IN (SELECT story FROM articles)",
            "story without one founder": "SELECT story FROM articles GROUP BY story "
            "HAVING count(*) FILTER (WHERE founder = 1) <> 1",
            "copy in another story": "SELECT a.key FROM articles a LEFT JOIN articles o ON o.key = a.duplicate_of "
            "WHERE a.duplicate_of IS NOT NULL AND a.story IS DISTINCT FROM o.story",
        }
        for what, query in queries.items():
            if rows := self.rows(query):
                self.wrong.append(f"{what}: {len(rows)}: {rows[:3]}")

    def _check_visits(self) -> None:
        """Each round visits a source once, however often it was asked."""
        query = "SELECT s.address, asked FROM schedule JOIN sources s ON s.key = schedule.source"
        counted = dict(self.rows(query))
        for address in self.outlets.plain:
            if counted.get(f"http://{address}") != self.outlets.round:
                number = counted.get(f"http://{address}")
                self.wrong.append(f"{address}: {number} visits counted in {self.outlets.round} rounds")

    def _check_outputs(self, project: Project) -> None:
        lines = [json.loads(line)["id"] for line in project.read("public/articles.jsonl").splitlines()]
        items = [item["id"] for item in json.loads(project.read("public/feed.json"))["items"]]
        for what, ids in {"articles": lines, "stories": items}.items():
            [(stored,)] = self.rows(f"SELECT count(*) FROM {what}")
            if what == "articles" and len(ids) != stored:
                self.wrong.append(f"{len(ids)} of {stored} articles in the output")
            elif what == "stories" and (len(ids) != stored or len(set(ids)) != stored):
                self.wrong.append(f"{len(set(ids))} of {stored} stories in the output, {len(ids)} entries")


@contextmanager
def drill(
    server: PostgresqlServer,
    folder: Path,
    *,
    workers: int = 3,
    feeds: int = 24,
    hosts: int = 5,
    seconds: float = 0.1,
    command: Sequence[str] = QUICK,
) -> Iterator[Drill]:
    """Set up workers on a new database, and end them afterwards. They are not started."""
    url = server.create_database(tcp=True)
    with watching(seconds=seconds) as publisher, ExitStack() as stack:
        outlets = Outlets(publisher, [f"127.0.0.{number + 2}" for number in range(hosts + 1)], feeds)
        made = [make_worker(folder, outlets, url, f"worker{number}", command) for number in range(workers)]
        for worker in made:
            stack.callback(worker.kill)
        yield Drill(outlets, url, made)


@contextmanager
def drill_on_machines(
    server: PostgresqlServer, folder: Path, *, feeds: int = 36, seconds: float = 0.15, command: Sequence[str] = WORK
) -> Iterator[tuple[Drill, list[Machine]]]:
    """Set up two workers on machines of their own, and publishers with several host names, addresses and ports.

    `server` must listen on all addresses. Skips the test where there are no network namespaces.
    """
    names = {"feeds.one.example": 1, "www.one.example": 2, "one.example": 1, "two.example": 3, "cdn.two.example": 2}
    with machines(2, "1234", names | {"busy.example": 3}) as (made, own), ExitStack() as stack:
        publisher = stack.enter_context(watching(seconds=seconds, ports=2))
        outlets = Outlets(publisher, [*names, own[1], own[3], "busy.example"], feeds)
        url = server.url(server.name_of(server.create_database()), host=own[0])
        workers = [
            make_worker(folder, outlets, url, f"worker{n}", command, machine.prefix) for n, machine in enumerate(made)
        ]
        for worker in workers:
            stack.callback(worker.kill)
        local = server.url(server.name_of(url), tcp=True)
        yield Drill(outlets, local, workers), made


def make_worker(
    folder: Path, outlets: Outlets, store: str, name: str, command: Sequence[str], prefix: Sequence[str] = ()
) -> Worker:
    """Make the folder of a worker, with its configuration."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each worker compiles every module
    project = Project(folder / name)
    project.folder.mkdir(parents=True)
    project.configure(outlets.configuration(store, name))
    return Worker(project, name, command, prefix)
