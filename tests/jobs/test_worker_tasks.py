"""The jobs of a worker, without processes: what they hold while they collect."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from jobs_database import Database, StubSession, addresses_of, config_of, schedule_all, worker_setup

from aggregator.jobs.foreign import Permits
from aggregator.jobs.leases import Leases
from aggregator.jobs.shards import Part, shard_of
from aggregator.jobs.tasks import DueSource, WorkerTasks


class WaitingSession(StubSession):
    """Collects until it is let go. `collecting`: the sources of each job, by their number."""

    def __init__(self, database: Database, permits: Permits) -> None:
        super().__init__(database, permits, 0.0)
        self.collecting: list[list[str]] = []
        self.gates: list[asyncio.Event] = []

    async def collect(self, due: Sequence[DueSource], now: datetime) -> dict[str, int]:
        self.collecting.append([one.source.settings.key for one in due])
        self.gates.append(asyncio.Event())
        await self.gates[-1].wait()
        return await super().collect(due, now)


def test_a_job_does_not_release_what_another_job_of_the_worker_holds(postgresql_url: str, database: Database) -> None:
    """The first job leaves a shard to the next one, since it may collect from one source only."""
    addresses = addresses_of(2)
    schedule_all(database, addresses)
    one, two = map(shard_of, addresses)
    assert one != two

    async def run_both() -> None:
        leases = Leases(database.connection)
        async with Permits(postgresql_url, leases) as permits:
            session = WaitingSession(database, permits)
            setup = worker_setup(postgresql_url, config_of(addresses))
            tasks = WorkerTasks(setup, database.connection, leases, session, 1)
            jobs = [asyncio.create_task(tasks.collect(Part(0, 1)))]
            while len(session.gates) < 1:
                await asyncio.sleep(0.01)
            jobs.append(asyncio.create_task(tasks.collect(Part(0, 1))))
            while len(session.gates) < 2:
                await asyncio.sleep(0.01)
            assert leases.held_by_anyone() == {one, two}
            session.gates[0].set()
            await jobs[0]
            [address] = session.collecting[1]
            assert leases.held_by_anyone() == {shard_of(address)}
            session.gates[1].set()
            await jobs[1]
            assert leases.held_by_anyone() == set()

    asyncio.run(run_both())
