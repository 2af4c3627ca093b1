"""Workers, their database and their network are killed, stopped and cut off: nothing is lost, stored twice or impolite.

`benchmarks/workers.py` does the same many more times.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from postgresql_server import PostgresqlServer, running_postgresql
from project import ROOT
from publishing_scenarios import group_while_collecting, kill_publishing
from watching_publisher import Answer, watching
from worker_drill import QUICK, drill, drill_on_machines
from worker_scenarios import (
    cut_connections,
    kill_server,
    kill_workers,
    separate_machines,
    stop_worker,
)

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]

SHORT_LEASES = (*QUICK, "--beat", "0.2", "--send", "1", "--stale", "2", "--wait", "2")


def test_killed_workers(postgresql_server: PostgresqlServer, tmp_path: Path) -> None:
    with drill(postgresql_server, tmp_path, workers=2, feeds=12, hosts=2) as prepared:
        kill_workers(prepared, 4, random.Random(1))
        assert prepared.wrong == []


def test_killed_database(tmp_path: Path) -> None:
    with (
        running_postgresql(durable=True) as server,
        drill(server, tmp_path, workers=2, feeds=12, hosts=2) as prepared,
    ):
        kill_server(prepared, server, 2, random.Random(1))
        assert prepared.wrong == []


def test_stopped_worker(postgresql_server: PostgresqlServer, tmp_path: Path) -> None:
    with drill(
        postgresql_server, tmp_path, workers=2, feeds=12, hosts=2, seconds=0.2, command=SHORT_LEASES
    ) as prepared:
        stop_worker(prepared, 1, random.Random(1))
        assert prepared.wrong == []


def test_workers_on_two_machines(tmp_path: Path) -> None:
    with (
        running_postgresql(listen="*") as server,
        drill_on_machines(server, tmp_path, feeds=24, command=QUICK) as (prepared, machines),
    ):
        separate_machines(prepared, machines, rounds=0, cuts=1)
        assert prepared.wrong == []


def test_killed_publishing(postgresql_server: PostgresqlServer, tmp_path: Path) -> None:
    with drill(postgresql_server, tmp_path, workers=2, feeds=12, hosts=2) as prepared:
        kill_publishing(prepared, 2, random.Random(1), tmp_path)
        assert prepared.wrong == []


def test_cut_connections_of_a_run(postgresql_server: PostgresqlServer, tmp_path: Path) -> None:
    with drill(postgresql_server, tmp_path, workers=1, feeds=12, hosts=2) as prepared:
        cut_connections(prepared, 2, random.Random(1))
        assert prepared.wrong == []


def test_workers_make_the_stories_of_a_single_run(postgresql_server: PostgresqlServer, tmp_path: Path) -> None:
    files = sorted(path for path in (ROOT / "samples").iterdir() if path.suffix in (".xml", ".atom", ".rdf", ".json"))
    with watching(seconds=0.9) as publisher:
        bodies = {f"/{path.name}": path.read_bytes() for path in files}
        publisher.answer = lambda visit: Answer(bodies[visit.path])
        addresses = [f"http://127.0.0.2:{publisher.ports[0]}{path}" for path in bodies]
        figures, wrong = group_while_collecting(postgresql_server, tmp_path, addresses, workers=2, jobs=1)
    assert (wrong, publisher.wrong) == ([], [])
    assert figures["groupings"] > 1
    assert figures["pairwise F1"] >= 0.95
