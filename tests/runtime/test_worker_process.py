"""Work in another process: it is done whatever becomes of that process, and what it raises is raised here."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aggregator.errors import SourceError
from aggregator.runtime.worker_process import WORTH, Beside, aside

pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process find the functions of this file."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


def called(*calls: tuple[Callable[..., Any], tuple[Any, ...]], patience: float = 20) -> list[Any]:
    """What each call gives once the process is up, or the exception."""

    async def body() -> list[Any]:
        async with Beside(patience):
            while await aside(os.getpid) == os.getpid():
                await asyncio.sleep(0.01)
            return await asyncio.gather(*(aside(f, *a) for f, a in calls), return_exceptions=True)

    return asyncio.run(body())


def refuse(word: str) -> None:
    raise SourceError(f"no {word} here")


def end_unless_in(process: int) -> int:
    if os.getpid() != process:
        os._exit(1)
    return os.getpid()


def hang_unless_in(process: int) -> int:
    if os.getpid() != process:
        time.sleep(3600)
    return os.getpid()


def unpicklable() -> threading.Lock:
    return threading.Lock()


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended may still be listed until somebody asks how."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    listed = Path(f"/proc/{pid}/stat")
    return not listed.exists() or listed.read_text().rpartition(")")[2].split()[0] != "Z"


def test_calls_are_made_in_another_process() -> None:
    pids = called((os.getpid, ()), (os.getpid, ()))
    assert len({*pids}) == 1
    assert pids[0] != os.getpid()


def test_the_process_ends_with_the_run() -> None:
    (pid,) = called((os.getpid, ()))
    assert not lives(pid)


def test_a_few_calls_start_no_process() -> None:
    async def body() -> list[int]:
        async with Beside(20):
            return [await aside(os.getpid) for _ in range(WORTH - 1)]

    assert {*asyncio.run(body())} == {os.getpid()}


def test_calls_that_are_sure_to_come_start_it_at_once() -> None:
    async def body() -> int:
        async with Beside(20, WORTH):
            return await aside(os.getpid)

    assert asyncio.run(body()) != os.getpid()


def test_a_process_that_does_not_start_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> int:
        async with Beside(20, WORTH):
            return await aside(os.getpid)

    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert asyncio.run(body()) == os.getpid()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert asyncio.run(body()) == os.getpid()


def test_what_a_call_raises_is_raised_where_it_was_called() -> None:
    first, second, third = called((refuse, ("feed",)), (len, ("abc",)), (int, ("x",)))
    assert (type(first), str(first)) == (SourceError, "no feed here")
    assert second == 3
    assert isinstance(third, ValueError)


def test_a_call_that_ends_the_process_costs_no_other() -> None:
    one, ended, other = called((len, ("ab",)), (end_unless_in, (os.getpid(),)), (len, ("abc",)))
    assert (one, other) == (2, 3)
    assert isinstance(ended, SourceError)
    assert "ended the process" in str(ended)


def test_a_process_that_hangs_is_given_up() -> None:
    assert called((hang_unless_in, (os.getpid(),)), (len, ("abc",)), patience=8) == [os.getpid(), 3]


def test_after_one_that_hung_another_is_started() -> None:
    async def body() -> tuple[int, int]:
        async with Beside(8, WORTH):
            first = await aside(os.getpid)
            assert await aside(hang_unless_in, os.getpid()) == os.getpid()
            return first, await aside(os.getpid)

    first, second = asyncio.run(body())
    assert len({first, second, os.getpid()}) == 3


def test_a_process_whose_parent_was_killed_in_the_midst_of_a_call_ends_in_time() -> None:
    code = """
import asyncio, os, time
from aggregator.runtime.worker_process import Beside, aside
async def body():
    async with Beside(4):
        while (pid := await aside(os.getpid)) == os.getpid():
            pass
        task = asyncio.ensure_future(aside(time.sleep, 3600))
        await asyncio.sleep(0.2)
        print(pid, flush=True)
        os.kill(os.getpid(), 9)
asyncio.run(body())
"""
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    while lives(int(done.stdout)):  # until the test's own time-out
        time.sleep(0.05)


def test_what_no_other_process_can_import_or_send_is_done_here() -> None:
    alone, lock = called((lambda: os.getpid(), ()), (unpicklable, ()))
    assert alone == os.getpid()
    assert lock.locked() is False


def test_the_process_does_not_outlive_one_that_was_killed() -> None:
    code = """
import asyncio, os
from aggregator.runtime.worker_process import Beside, aside
async def body():
    async with Beside(20):
        while (pid := await aside(os.getpid)) == os.getpid():
            await asyncio.sleep(0.01)
        print(pid, flush=True)
        os.kill(os.getpid(), 9)
asyncio.run(body())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    while lives(int(done.stdout)):  # until the test's own time-out
        time.sleep(0.01)
