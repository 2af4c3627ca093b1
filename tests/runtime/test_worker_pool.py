"""Worker processes: calls return even if one hangs or ends, and their exceptions are raised in this process."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from processes import is_running
from worker_calls import exit_unless_in, stop_unless_in

from aggregator.errors import SourceError
from aggregator.runtime import worker_process, worker_start
from aggregator.runtime.messages import send
from aggregator.runtime.worker_main import MAX_MEMORY
from aggregator.runtime.worker_pool import (
    CallTimeoutError,
    NoWorkerError,
    OutOfMemoryError,
    WorkerDiedError,
    WorkerPool,
    aside,
    expect_large_call,
)
from aggregator.runtime.worker_start import BATCH_SIZE, MIN_CALLS, start_worker

pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the worker import the functions of this file."""
    tests = Path(__file__).parents[1]
    monkeypatch.setenv("PYTHONPATH", f"{tests / 'runtime'}{os.pathsep}{tests / 'support'}")


def results_of(*calls: tuple[Callable[..., Any], tuple[Any, ...]], timeout: float = 20) -> list[Any]:
    """Return the result of each call, or its exception, once the worker has started."""

    async def body() -> list[Any]:
        async with WorkerPool(timeout):
            while await aside(os.getpid) == os.getpid():
                await asyncio.sleep(0.01)
            return await asyncio.gather(*(aside(f, *a) for f, a in calls), return_exceptions=True)

    return asyncio.run(body())


def raise_source_error(word: str) -> None:
    raise SourceError(f"no {word} here")


def hang_unless_in(process: int) -> int:
    if os.getpid() != process:
        time.sleep(3600)
    return os.getpid()


def stop_at_first(marker: Path) -> int:
    """Stop the process that is the first to be asked, and return the number of the next one."""
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGSTOP)
    return os.getpid()


def unpicklable() -> threading.Lock:
    return threading.Lock()


def test_calls_run_in_another_process() -> None:
    pids = results_of((os.getpid, ()), (os.getpid, ()))
    assert len({*pids}) == 1
    assert pids[0] != os.getpid()


def test_the_worker_ends_with_the_run() -> None:
    (pid,) = results_of((os.getpid, ()))
    assert not is_running(pid)


def test_a_few_calls_do_not_start_a_worker() -> None:
    async def body() -> list[int]:
        async with WorkerPool(20):
            return [await aside(os.getpid) for _ in range(MIN_CALLS - 1)]

    assert {*asyncio.run(body())} == {os.getpid()}


def test_expected_calls_start_the_worker_at_once() -> None:
    async def body() -> int:
        async with WorkerPool(20) as pool:
            pool.expect(MIN_CALLS)
            return await aside(os.getpid)

    assert asyncio.run(body()) != os.getpid()


def test_a_worker_that_was_started_already_makes_the_calls() -> None:
    async def body() -> int:
        async with WorkerPool(20) as worker:
            worker.adopt(started)
            worker.expect(MIN_CALLS)
            return await aside(os.getpid)

    with closing(start_worker(20, ())) as started:
        assert asyncio.run(body()) == started.process.pid
        assert not is_running(started.process.pid)


def test_a_worker_that_was_started_in_vain_ends() -> None:
    with closing(start_worker(20, ())) as started:
        assert is_running(started.process.pid)
    assert not is_running(started.process.pid)


def test_the_first_of_many_possible_calls_starts_the_worker() -> None:
    async def body(possible: int) -> int:
        async with WorkerPool(20) as worker:
            worker.expect(0, possible=possible)
            return await aside(os.getpid)

    assert asyncio.run(body(MIN_CALLS)) != os.getpid()
    assert asyncio.run(body(MIN_CALLS - 1)) == os.getpid()


def test_calls_run_in_this_process_if_the_worker_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> int:
        async with WorkerPool(20) as pool:
            pool.expect(MIN_CALLS)
            return await aside(os.getpid)

    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert asyncio.run(body()) == os.getpid()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert asyncio.run(body()) == os.getpid()


def test_exceptions_of_a_call_are_raised_in_its_caller() -> None:
    first, second, third = results_of((raise_source_error, ("feed",)), (len, ("abc",)), (int, ("x",)))
    assert (type(first), str(first)) == (SourceError, "no feed here")
    assert second == 3
    assert isinstance(third, ValueError)


def test_a_call_that_kills_the_worker_fails_and_the_others_succeed() -> None:
    before, failure, after = results_of((len, ("ab",)), (exit_unless_in, (os.getpid(),)), (len, ("abc",)))
    assert (before, after) == (2, 3)
    assert isinstance(failure, SourceError)
    assert "ended the process" in str(failure)


def test_a_call_that_hangs_fails_and_the_others_succeed() -> None:
    before, failure, after = results_of((len, ("ab",)), (hang_unless_in, (os.getpid(),)), (len, ("abc",)), timeout=8)
    assert (before, after) == (2, 3)
    assert isinstance(failure, CallTimeoutError)


def test_calls_that_hang_one_after_another_take_less_than_the_timeout_each() -> None:
    start = time.monotonic()
    *failures, last = results_of(*[(hang_unless_in, (os.getpid(),))] * 5, (len, ("abc",)), timeout=8)
    assert {type(failure) for failure in failures} == {CallTimeoutError}
    assert last == 3
    assert time.monotonic() - start < 5 * 8


def test_a_call_that_keeps_the_interpreter_busy_stops_no_other_process() -> None:
    """A regular expression lets no other thread run, so that it must not be repeated in a thread of this process."""
    failure, after = results_of((re.match, ("(a|a)*$", "a" * 60 + "b")), (len, ("abc",)), timeout=8)
    assert isinstance(failure, CallTimeoutError)
    assert after == 3


def test_a_new_worker_replaces_a_killed_one() -> None:
    async def body() -> tuple[int, int]:
        async with WorkerPool(8) as pool:
            pool.expect(MIN_CALLS)
            first = await aside(os.getpid)
            with pytest.raises(CallTimeoutError):
                await aside(hang_unless_in, os.getpid())
            return first, await aside(os.getpid)

    first, second = asyncio.run(body())
    assert len({first, second, os.getpid()}) == 3


def test_a_worker_whose_parent_is_killed_during_a_call_ends_after_the_timeout() -> None:
    code = """
import asyncio, os, time
from aggregator.runtime.worker_pool import WorkerPool, aside
async def body():
    async with WorkerPool(4):
        while (pid := await aside(os.getpid)) == os.getpid():
            pass
        task = asyncio.ensure_future(aside(time.sleep, 3600))
        await asyncio.sleep(0.2)
        print(pid, flush=True)
        os.kill(os.getpid(), 9)
asyncio.run(body())
"""
    completed = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    while is_running(int(completed.stdout)):  # until the timeout of the test
        time.sleep(0.05)


def test_calls_that_cannot_be_pickled_run_in_this_process() -> None:
    pid, lock = results_of((lambda: os.getpid(), ()), (unpicklable, ()))
    assert pid == os.getpid()
    assert lock.locked() is False


def test_an_idle_worker_ends_when_its_parent_is_killed() -> None:
    code = """
import asyncio, os
from aggregator.runtime.worker_pool import WorkerPool, aside
async def body():
    async with WorkerPool(20):
        while (pid := await aside(os.getpid)) == os.getpid():
            await asyncio.sleep(0.01)
        print(pid, flush=True)
        os.kill(os.getpid(), 9)
asyncio.run(body())
"""
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert completed.returncode == -9, completed.stderr
    while is_running(int(completed.stdout)):  # until the timeout of the test
        time.sleep(0.01)


def test_a_stopped_worker_is_replaced(tmp_path: Path) -> None:
    number, length = results_of((stop_at_first, (tmp_path / "stopped",)), (len, ("abc",)), timeout=4)
    assert number not in (os.getpid(), None)
    assert length == 3


def test_a_call_that_stops_each_worker_fails() -> None:
    failure, length = results_of((stop_unless_in, (os.getpid(),)), (len, ("abc",)), timeout=4)
    assert isinstance(failure, CallTimeoutError)
    assert length == 3


def test_the_worker_is_not_reached_by_ctrl_c_and_says_nothing_when_its_parent_is_gone() -> None:
    code = """
import asyncio, os, signal
from aggregator.runtime.worker_pool import WorkerPool

async def body():
    async with WorkerPool(20) as worker:
        worker.expect(100)
        assert os.getpgid(worker._processes[0].pid) != os.getpgid(0)
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(body())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "")  # standard error ends when the worker has ended


def allocate(size: int) -> int:
    return len(bytearray(size))


def test_a_call_that_takes_too_much_memory_fails() -> None:
    failure, length = results_of((allocate, (4 * MAX_MEMORY,)), (len, ("abc",)))
    assert str(failure) == "could not be parsed within 512 MiB of memory"
    assert length == 3


def test_a_worker_that_cannot_even_receive_a_call_ends_without_a_traceback() -> None:
    code = """
import socket, sys
from aggregator.runtime import worker_main
worker_main.MAX_MEMORY = 60 << 20
worker_main.run_worker(socket.socket(fileno=int(sys.argv[1])), 20)
"""
    ours, theirs = socket.socketpair()
    with ours:
        command = [sys.executable, "-c", code, str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stderr=subprocess.PIPE, text=True)
        theirs.close()
        with suppress(OSError):
            send(ours, bytes(120 << 20))
        assert (process.communicate()[1], process.returncode) == ("", 0)


def test_a_large_call_is_done_by_the_worker_even_if_it_is_the_only_one() -> None:
    async def body() -> int:
        async with WorkerPool(20):
            expect_large_call()
            return await aside(os.getpid)

    assert asyncio.run(body()) != os.getpid()


def isolated_results(*calls: tuple[Callable[..., Any], tuple[Any, ...]]) -> list[Any]:
    """Return the result of each isolated call, or its exception."""

    async def body() -> list[Any]:
        async with WorkerPool(20, min_calls=1, isolated=True):
            return await asyncio.gather(*(aside(f, *a) for f, a in calls), return_exceptions=True)

    return asyncio.run(body())


def test_isolated_calls_are_never_done_in_this_process() -> None:
    ours = os.getpid()
    raised, died, done = isolated_results((raise_source_error, ("feed",)), (exit_unless_in, (ours,)), (os.getpid, ()))
    assert isinstance(raised, NoWorkerError)
    assert isinstance(died, WorkerDiedError)
    assert isinstance(done, int) and done != ours


def test_isolated_calls_fail_without_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    assert [type(result) for result in isolated_results((os.getpid, ()), (os.getpid, ()))] == [NoWorkerError] * 2


@pytest.mark.parametrize("exhausting", [False, True])
def test_a_worker_is_replaced_after_many_calls_and_when_it_ran_out_of_memory(
    monkeypatch: pytest.MonkeyPatch, exhausting: bool
) -> None:
    monkeypatch.setattr(worker_process, "MAX_CALLS", worker_process.MAX_CALLS if exhausting else 3)

    async def body() -> list[int]:
        async with WorkerPool(20, min_calls=1):
            processes = [await aside(os.getpid) for _ in range(3)]
            if exhausting:
                with pytest.raises(OutOfMemoryError):
                    await aside(allocate, 4 * MAX_MEMORY)
            return processes + await asyncio.gather(*(aside(os.getpid) for _ in range(7)))

    processes = asyncio.run(body())
    assert os.getpid() not in processes
    assert len(set(processes[:3])) == 1
    assert processes[0] not in processes[3:]


def test_other_tasks_use_the_worker_that_they_expect_calls_of() -> None:
    async def body() -> int:
        opened: asyncio.Future[WorkerPool] = asyncio.get_running_loop().create_future()
        done = asyncio.Event()

        async def use() -> int:
            worker = await opened
            worker.expect(1)
            return await asyncio.create_task(aside(os.getpid))

        async def keep_open() -> None:
            async with WorkerPool(20, min_calls=1) as worker:
                opened.set_result(worker)
                await done.wait()

        using = asyncio.create_task(use())
        opening = asyncio.create_task(keep_open())
        process = await using
        done.set()
        await opening
        return process

    assert asyncio.run(body()) != os.getpid()


def is_imported(module: str) -> bool:
    return module in sys.modules


def test_a_worker_imports_what_its_calls_need_beforehand() -> None:
    async def body() -> list[bool]:
        async with WorkerPool(20, min_calls=1, preload=("no_such_module", "colorsys")):
            return [await aside(is_imported, module) for module in ("colorsys", "aiohttp")]

    assert asyncio.run(body()) == [True, False]


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> int:
    """Have a pool start three processes; return a number of calls that are worth it, for long."""
    monkeypatch.setattr(worker_start, "processors", lambda: 3)
    return 20 * MIN_CALLS


def wait_for_others(folder: Path, number: int) -> int:
    """Wait until so many processes make this call at the same time; return the number of this one."""
    (folder / str(os.getpid())).touch()
    while len([*folder.iterdir()]) < number:
        time.sleep(0.01)
    return os.getpid()


def test_many_calls_are_made_by_several_workers_at_once(three: int, tmp_path: Path) -> None:
    async def body() -> list[int]:
        async with WorkerPool(20) as pool:
            pool.expect(three)
            return await asyncio.gather(*(aside(wait_for_others, tmp_path, 3) for _ in range(6)))

    pids = asyncio.run(body())
    assert len(set(pids)) == 3
    assert not any(map(is_running, pids))


def test_workers_end_that_the_remaining_calls_are_not_worth(three: int, tmp_path: Path) -> None:
    async def body() -> None:
        async with WorkerPool(20) as pool:
            pool.expect(three)
            pids = await asyncio.gather(*(aside(wait_for_others, tmp_path, 3) for _ in range(3)))
            assert all(map(is_running, pids))
            await asyncio.gather(*(aside(os.getpid) for _ in range(three)))
            while sum(map(is_running, pids)) > 1:
                await asyncio.sleep(0.01)
            assert await aside(os.getpid) in pids

    asyncio.run(body())


def test_workers_that_were_started_already_share_the_calls(three: int, tmp_path: Path) -> None:
    async def body() -> set[int]:
        async with WorkerPool(20) as pool:
            for worker in (first, second):
                pool.adopt(worker)
            pool.expect(MIN_CALLS)
            return {*await asyncio.gather(*(aside(wait_for_others, tmp_path, 2) for _ in range(4)))}

    with closing(start_worker(20, ())) as first, closing(start_worker(20, ())) as second:
        assert asyncio.run(body()) == {first.process.pid, second.process.pid}


@pytest.mark.parametrize("fatal", [exit_unless_in, hang_unless_in])
def test_a_worker_that_fails_costs_only_its_call(three: int, tmp_path: Path, fatal: Callable[..., Any]) -> None:
    async def body() -> list[Any]:
        async with WorkerPool(8) as pool:
            pool.expect(three)
            first = await asyncio.gather(*(aside(wait_for_others, tmp_path, 3) for _ in range(3)))
            calls = [aside(fatal, os.getpid()), *(aside(len, "abc") for _ in range(40))]
            failure, *lengths = await asyncio.gather(*calls, return_exceptions=True)
            assert isinstance(failure, SourceError)
            assert lengths == [3] * 40
            again = await asyncio.gather(*(aside(os.getpid) for _ in range(20)))
            assert {*first} & {*again}, "the others go on"
            return again

    assert os.getpid() not in asyncio.run(body())


def test_calls_run_in_this_process_if_no_worker_starts(three: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> set[int]:
        async with WorkerPool(20) as pool:
            pool.expect(three)
            return {*await asyncio.gather(*(aside(os.getpid) for _ in range(5)))}

    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert asyncio.run(body()) == {os.getpid()}


def call_once_at_a_time(file: Path, argument: bytes) -> int:
    """Fail if another process makes this call at the same time."""
    file.touch(exist_ok=False)
    time.sleep(0.1)
    file.unlink()
    return os.getpid()


def test_large_calls_are_made_one_at_a_time_beside_small_ones(three: int, tmp_path: Path) -> None:
    """What they need would add up in memory."""

    async def body() -> list[int]:
        async with WorkerPool(20) as pool:
            pool.expect(three)
            await asyncio.gather(*(aside(wait_for_others, tmp_path, 3) for _ in range(3)))
            large = [aside(call_once_at_a_time, tmp_path / "large", bytes(BATCH_SIZE + 1)) for _ in range(5)]
            small = [aside(os.getpid) for _ in range(30)]
            pids = await asyncio.gather(*large, *small)
            return pids[5:]

    assert len({*asyncio.run(body())}) >= 2
