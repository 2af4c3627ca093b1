"""A worker that holds the lease of one shard: `python lease_holder.py DATABASE URL`. It prints "holding".

For each line of its input, it tries to send a request to URL and to commit a row, and prints what came of it.
"""

from __future__ import annotations

import asyncio
import sys

from jobs_database import FAST, open_database

from aggregator.jobs.connection import lost_connection
from aggregator.jobs.foreign import Permits
from aggregator.jobs.leases import LeaseLostError, Leases
from aggregator.jobs.shards import shard_of
from aggregator.store.transactions import transaction


async def hold(database_url: str, url: str) -> None:
    with open_database(database_url) as database:
        leases = Leases(database.connection, times=FAST)
        assert leases.acquire([shard_of(url)])
        beating = asyncio.create_task(leases.keep())
        print("holding", flush=True)
        async with Permits(database_url, leases) as permits:
            while await asyncio.to_thread(sys.stdin.readline):
                sent = committed = ""
                try:
                    async with permits.permit(url):
                        sent = "sent"
                except LeaseLostError as error:
                    sent = type(error).__name__
                try:
                    with transaction(database.connection):
                        database.connection.execute("INSERT INTO collected VALUES (1, 1, 1)")
                        committed = "committed"
                except Exception as error:
                    committed = "refused" if lost_connection(error) else repr(error)
                print(f"{sent}, {committed}", flush=True)
        beating.cancel()


if __name__ == "__main__":
    asyncio.run(hold(*sys.argv[1:]))
