"""The queue on a real server: its tables, one waiting job for each part, and jobs whose worker has ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from jobs_database import Database, open_database

from aggregator.errors import SourceError
from aggregator.jobs import engine
from aggregator.jobs.connection import ConnectionLostError
from aggregator.jobs.engine import COLLECT, Engine
from aggregator.jobs.queue_tables import JobCounts, job_counts
from aggregator.jobs.shards import Part

PARTS = [Part(number, 4) for number in range(4)]


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    with open_database(postgresql_url) as opened:
        yield opened


class RecordedTasks:
    """Records the parts that are collected. `more`: how many times there is more to collect."""

    def __init__(self, more: int = 0, error: Exception | None = None) -> None:
        self.collected: list[Part] = []
        self._more = more
        self._error = error

    async def plan(self) -> list[Part]:
        return PARTS

    async def collect(self, part: Part) -> bool:
        self.collected.append(part)
        if self._error:
            raise self._error
        self._more -= 1
        return self._more >= 0

    async def publish(self) -> None:
        raise AssertionError("not asked for")


def with_queue(url: str, test: Callable[[Engine], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with engine.opened(url, periodic=False) as jobs:
            return await test(jobs)

    return asyncio.run(run())


def test_each_part_waits_in_the_queue_once(postgresql_url: str, database: Database) -> None:
    assert job_counts(database.connection) == JobCounts({}, {}, 0)

    async def run(jobs: Engine) -> None:
        assert await jobs.defer(PARTS) == 4
        assert await jobs.defer([*PARTS, Part(5, 8)]) == 1

    with_queue(postgresql_url, run)
    assert job_counts(database.connection) == JobCounts({"collect": 5}, {}, 0)


def test_jobs_run_until_none_is_waiting_and_are_deleted(postgresql_url: str, database: Database) -> None:
    async def run(jobs: Engine) -> RecordedTasks:
        tasks = RecordedTasks(more=1)
        await jobs.defer(PARTS)
        await jobs.run(tasks, queues=[COLLECT])
        await jobs.run(tasks, queues=[COLLECT])
        return tasks

    assert sorted(with_queue(postgresql_url, run).collected) == sorted([PARTS[0], *PARTS])
    assert job_counts(database.connection) == JobCounts({}, {}, 0)
    assert database.rows("SELECT count(*) FROM procrastinate_events") == [(0,)]


def test_error_ends_a_job_and_not_the_worker(
    postgresql_url: str, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async def run(jobs: Engine) -> RecordedTasks:
        tasks = RecordedTasks(error=SourceError("it is broken"))
        await jobs.defer(PARTS)
        await jobs.run(tasks, queues=[COLLECT])
        return tasks

    with caplog.at_level(logging.INFO):
        assert len(with_queue(postgresql_url, run).collected) == 4
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.message for record in errors] == ["job failed"] * 4
    fields = sorted((record.fields["job"], record.fields["error"]) for record in errors)  # type: ignore[attr-defined]
    assert fields == [(f"collect {number}/4", "SourceError: it is broken") for number in range(4)]
    assert job_counts(database.connection) == JobCounts({}, {}, 0)


def test_lost_connection_of_a_job_ends_the_run(postgresql_url: str) -> None:
    async def run(jobs: Engine) -> None:
        await jobs.defer(PARTS)
        await jobs.run(RecordedTasks(error=ConnectionLostError("cable cut")), queues=[COLLECT])

    with pytest.raises(ConnectionLostError, match="cable cut"):
        with_queue(postgresql_url, run)


def test_worker_that_others_deleted_registers_again(postgresql_url: str, database: Database) -> None:
    """It was stopped for a while, and then goes on: the run ends as if the connection was lost, and is begun again."""

    async def run(jobs: Engine) -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(jobs.run(RecordedTasks(), stop=stop, queues=[COLLECT]))
        while not database.rows("SELECT 1 FROM procrastinate_workers"):
            await asyncio.sleep(0.02)
        database.connection.execute("DELETE FROM procrastinate_workers")
        await jobs.defer(PARTS)
        with pytest.raises(ConnectionLostError, match="foreign key"):
            await running
        tasks = RecordedTasks()
        await jobs.run(tasks, queues=[COLLECT])
        assert len(tasks.collected) == 4

    with_queue(postgresql_url, run)


def test_jobs_of_workers_that_ended_are_deleted(postgresql_url: str, database: Database) -> None:
    async def run(jobs: Engine) -> int:
        await jobs.defer(PARTS)
        database.connection.execute(
            "WITH one AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour'), "
            "(now()) RETURNING id) UPDATE procrastinate_jobs SET status = 'doing', "
            "worker_id = (SELECT CASE WHEN procrastinate_jobs.id = 1 THEN max(id) ELSE min(id) END FROM one)"
        )
        assert job_counts(database.connection) == JobCounts({}, {"collect": 4}, 3)
        return await jobs.rescue()

    assert with_queue(postgresql_url, run) == 3
    assert job_counts(database.connection) == JobCounts({}, {"collect": 1}, 0)


def test_processes_create_the_tables_at_once(postgresql_url: str, database: Database) -> None:
    async def one() -> int:
        async with engine.opened(postgresql_url, periodic=False) as jobs:
            return await jobs.defer(PARTS)

    async def run() -> list[int]:
        return await asyncio.gather(*(one() for _ in range(4)))

    assert sum(asyncio.run(run())) == 4
    assert job_counts(database.connection).waiting == {"collect": 4}


def test_tables_of_an_older_release_are_migrated(postgresql_url: str, database: Database) -> None:
    async def run(jobs: Engine) -> int:
        return await jobs.defer(PARTS)

    assert with_queue(postgresql_url, run) == 4
    comment = "SELECT obj_description('procrastinate_jobs'::regclass)"
    [(newest,)] = database.rows(comment)
    database.connection.execute("DROP TRIGGER procrastinate_trigger_status_events_update_v1 ON procrastinate_jobs")
    older = "03.04.00_01_pre_add_retry_failed_job_procedure.sql"
    database.connection.execute(f"COMMENT ON TABLE procrastinate_jobs IS '{older}'")
    assert with_queue(postgresql_url, run) == 0
    assert database.rows(comment) == [(newest,)]
    triggers = "SELECT count(*) FROM pg_trigger WHERE tgname = 'procrastinate_trigger_status_events_update_v1'"
    assert database.rows(triggers) == [(1,)]


def test_unreachable_server_is_reported_in_one_line() -> None:
    async def run(jobs: Engine) -> None:
        raise AssertionError("was opened")

    with pytest.raises(ConnectionLostError, match="refused") as failed:
        with_queue("postgresql://me:s3cret-word@127.0.0.1:1/news", run)
    assert "s3cret-word" not in str(failed.value)
