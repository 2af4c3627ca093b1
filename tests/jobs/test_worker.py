"""Worker processes on a real server: killed, stopped, terminated, and while the server restarts."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from forked_python import start_python
from jobs_database import Database, addresses_of, config_of, open_database, schedule_all, worker_setup
from postgresql_server import PASSWORD, PostgresqlServer, running_postgresql

from aggregator.jobs.connection import ConnectionLostError
from aggregator.jobs.leases import SHARD_LOCKS
from aggregator.jobs.once import collect_due
from aggregator.jobs.schedule import count_due
from aggregator.jobs.status import read_jobs
from aggregator.jobs.tasks import WorkOptions
from aggregator.jobs.worker import work

WORKER = Path(__file__).parents[1] / "support" / "jobs_database.py"
PATIENCE = 60
pytestmark = [pytest.mark.slow, pytest.mark.e2e]


class WorkerProcess:
    """A worker in a process of its own, with its log in a file."""

    def __init__(self, url: str, log: Path, sources: int, seconds: float, *more: str) -> None:
        self._log = log
        log.touch()
        arguments = str(WORKER), url, str(sources), str(seconds), *more
        self.process = start_python(*arguments, folder=log.parent, output=log, errors=log)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the events of this name in the log."""
        lines = self.text().splitlines()
        assert all(line.startswith("{") for line in lines), self.text()
        return [entry for entry in map(json.loads, lines) if entry["event"] == name]

    def text(self) -> str:
        return self._log.read_text()


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    with open_database(postgresql_url) as opened:
        yield opened


@pytest.fixture
def start(postgresql_url: str, tmp_path: Path) -> Iterator[Callable[..., WorkerProcess]]:
    """Start workers, which are killed after the test."""
    with workers(postgresql_url, tmp_path) as starting:
        yield starting


@contextmanager
def workers(url: str, folder: Path) -> Iterator[Callable[..., WorkerProcess]]:
    started: list[WorkerProcess] = []

    def begin(sources: int, seconds: float, *more: str) -> WorkerProcess:
        started.append(WorkerProcess(url, folder / f"worker{len(started)}.log", sources, seconds, *more))
        return started[-1]

    try:
        yield begin
    finally:
        for worker in started:
            worker.process.kill()
            worker.process.wait()


def wait_until(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def collected(database: Database) -> Counter[int]:
    return Counter(source for (source,) in database.rows("SELECT source FROM collected"))


def assert_each_once(database: Database, number: int) -> None:
    counts = collected(database)
    assert len(counts) == number
    assert set(counts.values()) == {1}


def locks(database: Database) -> int:
    [(number,)] = database.rows(
        f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = {SHARD_LOCKS}"
    )
    return int(number)


def test_once_collects_all_that_is_due_and_ends(start: Callable[..., WorkerProcess], database: Database) -> None:
    worker = start(200, 0.01, "once")
    assert worker.process.wait(PATIENCE) == 0, worker.text()
    assert_each_once(database, 200)
    assert locks(database) == 0
    assert database.rows("SELECT count(*) FROM procrastinate_jobs") == [(0,)]
    assert sum(event["sources"] for event in worker.events("job started")) == 200
    assert start(200, 0.01, "once").process.wait(PATIENCE) == 0
    assert_each_once(database, 200)


def test_sources_that_no_configuration_has_are_left_alone(
    start: Callable[..., WorkerProcess], database: Database
) -> None:
    """They belong to a worker with another configuration, which synchronised the roster last."""
    worker = start(3, 2.0, "once")
    wait_until(lambda: locks(database))
    schedule_all(database, addresses_of(6))
    assert worker.process.wait(PATIENCE) == 0, worker.text()
    assert sum(collected(database).values()) == 3
    assert worker.events("sources left that nobody collects")[0]["sources"] == 3
    assert database.rows("SELECT count(*) FROM schedule WHERE due = 0 AND asked = 0") == [(3,)]


def test_named_sources_are_collected_whether_they_are_due_or_not(
    start: Callable[..., WorkerProcess], database: Database
) -> None:
    assert start(10, 0.0, "once").process.wait(PATIENCE) == 0
    one, two = addresses_of(2)
    worker = start(10, 0.0, "once", one, two, "https://unknown.example/")
    assert worker.process.wait(PATIENCE) == 0, worker.text()
    again = {source for source, number in collected(database).items() if number == 2}
    assert again == {key for (key,) in database.rows(f"SELECT key FROM sources WHERE address IN ('{one}', '{two}')")}
    assert worker.events("roster synchronised") == []  # as it was


def test_named_source_waits_for_the_worker_that_holds_its_shard(
    start: Callable[..., WorkerProcess], database: Database
) -> None:
    first = start(1, 3.0)
    wait_until(lambda: locks(database))
    second = start(1, 0.0, "once", *addresses_of(1))
    assert second.process.wait(PATIENCE) == 0, second.text()
    assert collected(database) == {1: 2}
    assert first.process.poll() is None


def test_status_shows_workers_and_their_jobs(start: Callable[..., WorkerProcess], database: Database) -> None:
    schedule_all(database, addresses_of(100))
    assert (count_due(database.connection, int(time.time())), read_jobs(database.connection).workers) == (100, [])
    worker = start(100, 2.0)
    wait_until(lambda: read_jobs(database.connection).running.get("collect") == 4)
    jobs = read_jobs(database.connection)
    [session] = jobs.workers
    assert session.name.endswith(f":{worker.process.pid}")
    assert session.shards > 4
    assert session.silent < 10
    assert jobs.stalled == 0


def test_two_runs_at_once_share_the_work(start: Callable[..., WorkerProcess], database: Database) -> None:
    both = [start(200, 0.1, "once") for _ in range(2)]
    assert [worker.process.wait(PATIENCE) for worker in both] == [0, 0]
    assert_each_once(database, 200)


def test_killed_worker_is_replaced_by_another(start: Callable[..., WorkerProcess], database: Database) -> None:
    first, second = start(200, 0.3), start(200, 0.3)
    wait_until(lambda: len(collected(database)) > 20 and locks(database))
    first.process.kill()
    wait_until(lambda: len(collected(database)) == 200)
    assert_each_once(database, 200)
    wait_until(lambda: database.rows("SELECT count(*) FROM procrastinate_workers") == [(1,)])
    wait_until(lambda: database.rows("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'collect'") == [(0,)])
    assert second.process.poll() is None


def test_stopped_worker_is_superseded_and_goes_on_later(
    start: Callable[..., WorkerProcess], database: Database
) -> None:
    first = start(100, 0.5)
    wait_until(lambda: locks(database) and collected(database))
    first.process.send_signal(signal.SIGSTOP)
    second = start(100, 0.1)
    wait_until(lambda: len(collected(database)) == 100)
    assert second.events("session of a stopped worker ended")
    first.process.send_signal(signal.SIGCONT)
    wait_until(lambda: first.events("database is back"))
    assert_each_once(database, 100)
    second.process.terminate()
    assert second.process.wait(PATIENCE) == 0, second.text()
    database.connection.execute("UPDATE sources SET last_try = NULL, next_due = NULL WHERE key = 1")
    database.connection.execute("UPDATE schedule SET due = 0 WHERE source = 1")
    wait_until(lambda: collected(database)[1] == 2)
    assert len(first.events("database is out of reach")) == 1
    first.process.terminate()
    assert first.process.wait(PATIENCE) == 0, first.text()


def test_sigterm_ends_a_worker_when_its_jobs_have_ended(
    start: Callable[..., WorkerProcess], database: Database
) -> None:
    worker = start(100, 0.5)
    wait_until(lambda: locks(database))
    worker.process.terminate()
    assert worker.process.wait(PATIENCE) == 0, worker.text()
    assert [len(worker.events(name)) for name in ("worker is stopping", "worker stopped")] == [1, 1]
    assert len(worker.events("job started")) == len([e for e in worker.events("job finished") if e["job"] == "collect"])
    done = collected(database)
    assert done and set(done.values()) == {1}
    assert locks(database) == 0
    assert database.rows("SELECT count(*) FROM procrastinate_workers") == [(0,)]
    assert start(100, 0.0, "once").process.wait(PATIENCE) == 0
    assert_each_once(database, 100)


def test_sigterm_gives_back_what_does_not_end_in_time(start: Callable[..., WorkerProcess], database: Database) -> None:
    worker = start(20, 60)
    wait_until(lambda: locks(database))
    worker.process.terminate()
    assert worker.process.wait(PATIENCE) == 0, worker.text()
    assert locks(database) == 0
    assert database.rows("SELECT count(*) FROM collected") == [(0,)]
    assert database.rows("SELECT count(*) FROM schedule WHERE due = 0 AND asked = 0") == [(20,)]


def test_worker_goes_on_when_the_server_is_back(tmp_path: Path) -> None:
    with running_postgresql() as server:
        url = server.create_database(tcp=True)
        with workers(url, tmp_path) as start:
            worker = start(200, 0.2)
            wait_until(lambda: collected_on(server, url) > 30)
            server.stop()
            wait_until(lambda: worker.events("database is out of reach"))
            server.start()
            wait_until(lambda: collected_on(server, url) >= 200)
            with open_database(url) as database:
                assert_each_once(database, 200)
            [line] = worker.events("database is out of reach")
            assert line["level"] == "warning"
            assert len(worker.events("database is back")) == 1
            worker.process.terminate()
            assert worker.process.wait(PATIENCE) == 0, worker.text()
            assert PASSWORD not in worker.text()
            assert "Traceback" not in worker.text()


def collected_on(server: PostgresqlServer, url: str) -> int:
    try:
        return int(server.execute("SELECT count(*) FROM collected", database=server.name_of(url))[0][0])
    except Exception:
        return 0


@pytest.mark.parametrize("run", [work, collect_due])
def test_server_that_is_down_at_the_start_is_reported_in_one_line(run: Callable[..., Any]) -> None:
    setup = worker_setup("postgresql://me:s3cret-word@127.0.0.1:1/news", config_of([]))
    with pytest.raises(ConnectionLostError, match="refused") as failed:
        asyncio.run(run(setup, WorkOptions()))
    assert "s3cret-word" not in str(failed.value)
    assert "\n" not in str(failed.value)


def test_worker_publishes_and_plans_by_itself(start: Callable[..., WorkerProcess], database: Database) -> None:
    worker = start(4, 0.0)
    wait_until(lambda: len(collected(database)) == 4)
    wait_until(lambda: any(event["job"] == "publish" for event in worker.events("job finished")))
    schedule_all(database, addresses_of(4))
    database.connection.execute("UPDATE schedule SET due = 0")
    database.connection.execute("UPDATE sources SET last_try = NULL, next_due = NULL")
    wait_until(lambda: set(collected(database).values()) == {2})
