"""Runs over a publisher that changes, killed at random moments, against a twin that nobody disturbed.

`benchmarks/kills.py` does the same a thousand times.
"""

from __future__ import annotations

import signal
import sqlite3
from pathlib import Path

import pytest
from forked_python import start_python
from kill_drill import KILL_AT_STATEMENT, ChangingPublisher, KillDrill, contents, use_old_store
from project import Project
from publisher import Publisher

from aggregator.store import Store

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.mark.parametrize("old_store", [False, True])
def test_killed_runs_leave_what_undisturbed_ones_do(publisher: Publisher, tmp_path: Path, old_store: bool) -> None:
    drill = KillDrill(ChangingPublisher(publisher, feeds=8), tmp_path, seed=17)
    if old_store:
        for project in (drill.twin, drill.victim):
            use_old_store(project, articles=500)
    kills = sum(drill.step(number, kills=2) for number in range(2))
    assert drill.wrong == []
    assert kills > 0


KILLED_AT = f"""{KILL_AT_STATEMENT}
from aggregator.store import Store

with Store.open(Path(sys.argv[1])):
    pass
"""


def test_migration_can_be_killed_before_any_statement(tmp_path: Path) -> None:
    expected, killed = Project(tmp_path / "expected"), Project(tmp_path / "killed")
    use_old_store(expected, articles=20)
    with Store.open(expected.folder / "news.db"):
        pass
    use_old_store(killed, articles=20)
    path = killed.folder / "news.db"
    program = killed.write("program.py", KILLED_AT)
    for statement in range(0, 80, 8):
        process = start_python(str(program), str(path), str(statement), folder=killed.folder)
        process.wait()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
        with sqlite3.connect(path) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.close()
    with Store.open(path):
        pass
    assert contents(path) == contents(expected.folder / "news.db")
