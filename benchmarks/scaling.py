"""Measure how collecting grows with the number of workers, with a publisher whose responses take time.

    python benchmarks/scaling.py URL [--feeds 1200] [--hosts 200] [--latency-ms 200] [--requests 10] [--workers 1 2 4]

URL: of a database in which this may create and drop schemas. Each worker sends at most `--requests` requests at once,
so that it waits for the publisher most of the time, as workers do whose sources are far away. For each number of
workers, all feeds are collected once by new workers: first complete (`cold`), then unchanged. Prints the sources a
second, from the first request of any worker to the last result, and the ratio to one worker.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from collecting import publisher


def configure(folder: Path, urls: Sequence[str], requests: int) -> None:
    """Write a configuration with these sources, which are due once."""
    sources = "".join(f'[[sources]]\nurl = "{url}"\nevery = "10h"\n' for url in urls)
    http = f'[http]\nallow_private = ["127.0.0.0/8"]\nconcurrency = {requests}\n'
    (folder / "config.toml").write_text(f'store = {{ env = "SCALING_STORE" }}\n{http}{sources}')


@contextmanager
def schema(url: str, name: str) -> Iterator[tuple[str, psycopg.Connection[Any]]]:
    """Create a schema, and yield the address of a store in it, and a connection."""
    with psycopg.connect(url, autocommit=True, options=f"-c search_path={name}") as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE".encode())
        connection.execute(f"CREATE SCHEMA {name}".encode())
        mark = "&" if "?" in url else "?"
        yield f"{url}{mark}options=-csearch_path%3D{name}", connection
        connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


def collect(folder: Path, url: str, connection: psycopg.Connection[Any], workers: int, feeds: int) -> float:
    """Let workers collect what is due, and return the seconds between the first job and the last one."""
    environment = os.environ | {"SCALING_STORE": url}
    command = [sys.executable, "-m", "aggregator", "-c", str(folder / "config.toml"), "work", "--no-publish"]
    logs = [folder / f"worker{number}.log" for number in range(workers)]
    with ExitStack() as stack:
        started = []
        for log in logs:
            stream = stack.enter_context(log.open("w"))
            process = subprocess.Popen([*command, "--log-json"], env=environment, stderr=stream)
            started.append(stack.enter_context(process))
        while done(connection) < feeds:
            time.sleep(0.2)
        for process in started:
            process.terminate()
    events = [json.loads(line) for log in logs for line in log.read_text().splitlines()]
    times = [event["time"] for event in events if event["event"] in ("job started", "job finished")]
    return seconds(max(times)) - seconds(min(times))


def done(connection: psycopg.Connection[Any]) -> int:
    """Return the number of sources that are not due any more."""
    row = connection.execute("SELECT to_regclass('schedule')").fetchone()
    if row is None or row[0] is None:
        return 0
    row = connection.execute("SELECT count(*) FROM schedule WHERE due > extract(epoch FROM now())").fetchone()
    return int(row[0]) if row else 0


def seconds(moment: str) -> float:
    """Return the epoch seconds of a logged time."""
    from datetime import datetime

    return datetime.fromisoformat(moment).timestamp()


def main() -> None:
    """Measure each number of workers, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--feeds", type=int, default=1200)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--latency-ms", type=float, default=200)
    parser.add_argument("--requests", type=int, default=10)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    options = parser.parse_args()
    first: dict[str, float] = {}
    with publisher(options.feeds, options.hosts, options.latency_ms) as urls, TemporaryDirectory() as name:
        folder = Path(name)
        configure(folder, urls, options.requests)
        print("workers  phase      sources/s  ratio  of linear")
        for workers in options.workers:
            with schema(options.url, f"scaling_{workers}") as (url, connection):
                for phase in ("cold", "unchanged"):
                    rate = options.feeds / collect(folder, url, connection, workers, options.feeds)
                    ratio = rate / first.setdefault(phase, rate)
                    print(f"{workers:7}  {phase:9}  {rate:9.0f}  {ratio:5.2f}  {ratio / workers:9.2f}", flush=True)
                    connection.execute("UPDATE schedule SET due = 0")
                    connection.execute("UPDATE sources SET last_try = NULL, next_due = NULL")


if __name__ == "__main__":
    main()
