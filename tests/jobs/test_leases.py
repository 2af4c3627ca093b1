"""Leases of shards: two workers on one database, and what happens when one is killed or stopped."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from jobs_database import FAST, Database, open_database

from aggregator.jobs.connection import ConnectionLostError, lost_connection
from aggregator.jobs.foreign import Permits, ShardBusyError
from aggregator.jobs.leases import LeaseLostError, Leases
from aggregator.jobs.shards import shard_of

HOLDER = Path(__file__).parents[1] / "support" / "lease_holder.py"
URL = "https://one.example/feed"
SHARD = shard_of(URL)


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    with open_database(postgresql_url) as opened:
        yield opened


@pytest.fixture
def other(postgresql_url: str) -> Iterator[Database]:
    with open_database(postgresql_url) as opened:
        yield opened


@contextmanager
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    """Run a process that holds the shard of URL. Each line on its input makes it try to send and to commit."""
    command = [sys.executable, str(HOLDER), url, URL]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "holding\n"
        yield process
        process.kill()


def wait_until(condition: Callable[[], object], patience: float = 30) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


class RecordedPauses:
    """Records when Retry-After rules are read and written."""

    def __init__(self) -> None:
        self.calls: list[object] = []

    def read(self, shards: object) -> None:
        self.calls.append(shards)

    def write(self) -> None:
        self.calls.append("write")

    def forget(self, shards: object) -> None:
        self.calls.append(("forget", shards))


def test_a_shard_has_one_holder(database: Database, other: Database) -> None:
    one, two = Leases(database.connection), Leases(other.connection)
    assert one.acquire([1, 2, 3]) == [1, 2, 3]
    assert two.acquire([3, 4]) == [4]
    assert one.held_by_anyone() == {1, 2, 3, 4}
    one.release([3])
    assert two.acquire([3, 4]) == [3]
    assert one.holds(1)
    assert not one.holds(3)


def test_two_jobs_of_a_worker_do_not_share_a_shard(database: Database) -> None:
    leases = Leases(database.connection)
    assert leases.acquire([1]) == [1]
    assert leases.acquire([1, 2]) == [2]
    leases.release([1, 2])
    assert leases.held_by_anyone() == set()
    assert leases.acquire([]) == []


def test_pauses_are_read_after_acquiring_and_written_before_releasing(database: Database, other: Database) -> None:
    pauses = RecordedPauses()
    leases = Leases(database.connection, pauses)
    leases.acquire([1, 2])
    leases.acquire([1])
    leases.release([1, 2])
    assert pauses.calls == [[1, 2], "write", ("forget", [1, 2])]


def test_pauses_are_written_when_a_request_ends(database: Database) -> None:
    pauses = RecordedPauses()
    leases = Leases(database.connection, pauses)
    leases.acquire([1])
    pauses.calls.clear()
    with pytest.raises(ZeroDivisionError), leases.use(1):
        assert pauses.calls == []
        raise ZeroDivisionError
    assert pauses.calls == ["write"]


def test_pauses_of_a_foreign_shard_are_forgotten_before_it_is_released(
    postgresql_url: str, database: Database, other: Database
) -> None:
    class FreeWhenForgotten(RecordedPauses):
        def forget(self, shards: object) -> None:
            super().forget(shards)
            self.calls.append(Leases(other.connection).acquire([SHARD]))

    async def send() -> None:
        async with Permits(postgresql_url, leases) as permits, permits.permit(URL):
            pass

    pauses = FreeWhenForgotten()
    leases = Leases(database.connection, pauses)
    asyncio.run(send())
    assert pauses.calls == [[SHARD], "write", ("forget", [SHARD]), []]
    assert Leases(other.connection).acquire([SHARD]) == [SHARD]


def test_lease_is_kept_until_requests_of_other_shards_have_ended(database: Database, other: Database) -> None:
    one, two = Leases(database.connection), Leases(other.connection)
    one.acquire([1])
    with one.use(1):
        one.release([1])
        assert not one.holds(1)
        assert two.acquire([1]) == []
    assert two.acquire([1]) == [1]


def test_without_heartbeats_no_request_is_sent(database: Database) -> None:
    clock = [100.0]
    leases = Leases(database.connection, clock=lambda: clock[0])
    leases.acquire([1])
    clock[0] += 10
    leases.check()
    clock[0] += 1
    with pytest.raises(LeaseLostError, match="11 s ago"), leases.use(1):
        pass
    leases.beat()
    leases.check()


@pytest.mark.parametrize("acquired", [[SHARD], []])
def test_permit_ends_without_heartbeats(postgresql_url: str, database: Database, acquired: list[int]) -> None:
    """As if the worker had been stopped while it made the connection: of its own shard, and of a foreign one."""
    clock = [100.0]

    async def stop_while_connecting() -> None:
        leases = Leases(database.connection, clock=lambda: clock[0])
        leases.acquire(acquired)
        async with Permits(postgresql_url, leases) as permits, permits.permit(URL) as still_permitted:
            still_permitted()
            clock[0] += 11
            with pytest.raises(LeaseLostError, match="11 s ago"):
                still_permitted()

    asyncio.run(stop_while_connecting())


def test_lost_session_is_noticed_by_the_heartbeat(database: Database, other: Database) -> None:
    leases = Leases(database.connection, times=FAST)
    other.rows(f"SELECT pg_terminate_backend({database.pid()})")
    with pytest.raises(ConnectionLostError, match="terminating connection"):
        asyncio.run(leases.keep())


def test_nothing_is_released_on_a_lost_session(database: Database, other: Database) -> None:
    """Neither at the end of a job nor of a request: the heartbeat reports it, once."""
    leases = Leases(database.connection, times=FAST)
    leases.acquire([1, 2])
    with leases.use(1):
        leases.release([1])
        other.rows(f"SELECT pg_terminate_backend({database.pid()})")
        leases.release([2])
    assert Leases(other.connection).acquire([1, 2]) == [1, 2]


@pytest.mark.slow
def test_killed_worker_frees_its_shards(postgresql_url: str, database: Database) -> None:
    leases = Leases(database.connection)
    with holder(postgresql_url) as process:
        assert leases.acquire([SHARD]) == []
        process.kill()
        wait_until(lambda: leases.acquire([SHARD]), patience=10)


@pytest.mark.slow
def test_stopped_worker_is_superseded_and_can_neither_send_nor_commit(postgresql_url: str, database: Database) -> None:
    leases = Leases(database.connection, times=FAST)
    with holder(postgresql_url) as process:
        assert process.stdin and process.stdout
        print("try", file=process.stdin, flush=True)
        assert process.stdout.readline() == "sent, committed\n"
        assert leases.break_stale() == []
        process.send_signal(signal.SIGSTOP)
        assert leases.acquire([SHARD]) == []
        wait_until(leases.break_stale)
        wait_until(lambda: leases.acquire([SHARD]))
        process.send_signal(signal.SIGCONT)
        print("try", file=process.stdin, flush=True)
        assert process.stdout.readline() == "LeaseLostError, refused\n"
    assert database.rows("SELECT count(*) FROM collected") == [(1,)]


@pytest.mark.slow
def test_worker_that_sends_heartbeats_is_not_superseded(postgresql_url: str, database: Database) -> None:
    leases = Leases(database.connection, times=FAST)
    with holder(postgresql_url):
        time.sleep(FAST.stale + 0.5)
        assert leases.break_stale() == []
        assert leases.acquire([SHARD]) == []


# Permits


def with_permits(
    url: str, database: Database, test: Callable[[Permits, Leases], object], pauses: object = None
) -> None:
    async def run() -> None:
        leases = Leases(database.connection, pauses, times=FAST)  # type: ignore[arg-type]
        async with Permits(url, leases) as permits:
            beating = asyncio.gather(leases.keep(), permits.keep())
            await test(permits, leases)  # type: ignore[misc]
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    asyncio.run(run())


def test_foreign_shard_is_held_for_the_request_only(postgresql_url: str, database: Database, other: Database) -> None:
    second, pauses = Leases(other.connection), RecordedPauses()

    async def run(permits: Permits, leases: Leases) -> None:
        async with permits.permit(URL):
            assert second.acquire([SHARD]) == []
            async with permits.permit(URL + "/again"):
                pass
            assert second.acquire([SHARD]) == []
        assert second.acquire([SHARD]) == [SHARD]

    with_permits(postgresql_url, database, run, pauses)
    assert pauses.calls == [[SHARD], "write", ("forget", [SHARD])]


def test_own_shard_needs_no_further_lock(postgresql_url: str, database: Database) -> None:
    async def run(permits: Permits, leases: Leases) -> None:
        leases.acquire([SHARD])
        async with permits.permit(URL):
            [(holders,)] = database.rows("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            assert holders == 1

    with_permits(postgresql_url, database, run)


def test_foreign_shard_is_waited_for(postgresql_url: str, database: Database, other: Database) -> None:
    second = Leases(other.connection)
    second.acquire([SHARD])

    async def run(permits: Permits, leases: Leases) -> None:
        async def ask() -> float:
            async with permits.permit(URL):
                return time.monotonic()

        asked = asyncio.create_task(ask())
        await asyncio.sleep(0.3)
        assert not asked.done()
        released = time.monotonic()
        second.release([SHARD])
        assert await asked >= released

    with_permits(postgresql_url, database, run)


def test_busy_foreign_shard_is_given_up(postgresql_url: str, database: Database, other: Database) -> None:
    second = Leases(other.connection)
    second.acquire([SHARD])

    async def run(permits: Permits, leases: Leases) -> None:
        with pytest.raises(ShardBusyError, match="another worker"):
            async with permits.permit(URL):
                pass
        second.release([SHARD])
        async with permits.permit(URL):
            assert second.acquire([SHARD]) == []

    with_permits(postgresql_url, database, run)


def test_cancelled_request_leaves_no_lock(postgresql_url: str, database: Database, other: Database) -> None:
    second = Leases(other.connection)
    second.acquire([SHARD])

    async def run(permits: Permits, leases: Leases) -> None:
        async def ask() -> None:
            async with permits.permit(URL):
                await asyncio.sleep(60)

        for wait in (0.1, 0.4):
            task = asyncio.create_task(ask())
            await asyncio.sleep(wait)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            second.release([SHARD])
            for _ in range(100):
                if second.acquire([SHARD]):
                    break
                await asyncio.sleep(0.02)
            assert second.holds(SHARD)
            second.release([SHARD])

    with_permits(postgresql_url, database, run)


def test_many_requests_to_many_foreign_shards(postgresql_url: str, database: Database) -> None:
    """More shards than connections: the permits wait for each other, and all are given back."""

    async def run(permits: Permits, leases: Leases) -> None:
        async def ask(number: int) -> None:
            async with permits.permit(f"https://outlet{number % 20}.example/{number}"):
                await asyncio.sleep(0.01)

        await asyncio.gather(*(ask(number) for number in range(60)))
        assert leases.held_by_anyone() == set()

    with_permits(postgresql_url, database, run)


def test_stopped_holder_of_a_foreign_shard_sends_nothing(postgresql_url: str, database: Database) -> None:
    clock = [100.0]

    async def run() -> None:
        leases = Leases(database.connection, clock=lambda: clock[0])
        async with Permits(postgresql_url, leases) as permits, permits.permit(URL):
            clock[0] += 30
            leases.beat()
            clock[0] += 1
            with pytest.raises(LeaseLostError):
                async with permits.permit("https://two.example/"):
                    clock[0] += 30
                    async with permits.permit("https://two.example/"):
                        pass

    asyncio.run(run())


def test_errors_of_one_statement_are_not_those_of_the_connection(database: Database, other: Database) -> None:
    other.connection.execute("SELECT pg_advisory_lock(7)")
    with pytest.raises(psycopg.Error) as failed:
        database.connection.execute("SET lock_timeout = 1; SELECT pg_advisory_lock(7)")
    assert lost_connection(failed.value) is None
    assert lost_connection(ValueError()) is None
    assert lost_connection(ExceptionGroup("two", [ValueError(), failed.value])) is None


def test_lost_connection_is_found_among_the_errors_of_tasks() -> None:
    lost = ConnectionLostError("cable cut")
    wrapped = ValueError("wrapper")
    wrapped.__cause__ = lost
    assert lost_connection(ExceptionGroup("two", [ValueError(), wrapped])) is lost


@pytest.mark.parametrize("server", ["127.0.0.1:1", "127.0.0.1:x", "[127.0.0.1"])
def test_messages_do_not_show_the_password(server: str) -> None:
    url = f"postgresql://me:s3cret-word@{server}/news"
    with pytest.raises(Exception, match=r"refused|resolve|invalid") as failed, open_database(url):
        pass
    lost = lost_connection(failed.value)
    assert lost
    assert "s3cret-word" not in str(lost)
    assert "\n" not in str(lost)
