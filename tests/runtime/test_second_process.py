"""The second process: both halves are computed whatever happens to it, and it never outlasts its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from processes import is_running
from worker_calls import exit_unless_in, stop_unless_in

from aggregator.runtime import second_process as module
from aggregator.runtime.second_process import both, second_process

pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the second process import the functions of this file, and wait for its start."""
    tests = Path(__file__).parents[1]
    monkeypatch.setenv("PYTHONPATH", f"{tests / 'runtime'}{os.pathsep}{tests / 'support'}")
    monkeypatch.setattr(module, "START", 20)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


def process_and(value: object) -> tuple[int, object]:
    return os.getpid(), value


def raise_in(process: int) -> int:
    if os.getpid() == process:
        raise ValueError("in this process")
    return os.getpid()


def fill_memory_unless_in(process: int) -> int:
    return len(b"x" * (600 << 20)) if os.getpid() != process else process


def lock_of(value: int) -> threading.Lock:
    return threading.Lock()


def test_the_second_half_is_computed_in_another_process() -> None:
    with second_process([]):
        results = [both(process_and, ("a",), (half,)) for half in ("b", b"c" * 5_000_000)]
    assert [[value for _, value in halves] for halves in results] == [["a", "b"], ["a", b"c" * 5_000_000]]
    assert {first for (first, _), _ in results} == {os.getpid()}
    assert len({second for _, (second, _) in results} - {os.getpid()}) == 1


def test_without_a_second_process_both_halves_are_computed_here() -> None:
    assert both(process_and, ("a",), ("b",)) == [(os.getpid(), "a"), (os.getpid(), "b")]


def test_it_ends_with_its_context() -> None:
    with second_process([]):
        [_, (process, _)] = both(process_and, ("a",), ("b",))
        assert is_running(process)
    assert not is_running(process)


@pytest.mark.parametrize("function", [exit_unless_in, stop_unless_in, fill_memory_unless_in])
def test_if_it_fails_this_process_computes_its_half(
    function: Callable[[int], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 2)
    with second_process([]):
        assert both(function, (os.getpid(),), (os.getpid(),)) == [os.getpid()] * 2
        assert both(process_and, ("a",), ("b",)) == [(os.getpid(), "a"), (os.getpid(), "b")]


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
def test_if_it_does_not_start_this_process_computes_its_half(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", program)
    with second_process([]):
        assert both(process_and, ("a",), ("b",)) == [(os.getpid(), "a"), (os.getpid(), "b")]


def test_while_it_is_starting_this_process_computes_its_half(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "START", 0)
    with second_process([]):
        assert both(process_and, ("a",), ("b",)) == [(os.getpid(), "a"), (os.getpid(), "b")]
        while both(process_and, ("a",), ("b",))[1] == (os.getpid(), "b"):  # until the timeout of the test
            time.sleep(0.01)


def test_it_is_not_started_on_a_single_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    with second_process([]):
        assert both(process_and, ("a",), ("b",)) == [(os.getpid(), "a"), (os.getpid(), "b")]


def test_exceptions_are_raised_in_this_process() -> None:
    with second_process([]):
        with pytest.raises(ValueError, match="in this process"):
            both(raise_in, (os.getpid(),), (os.getpid(),))
        assert both(process_and, ("a",), ("b",)) == [(os.getpid(), "a"), (os.getpid(), "b")]
    with second_process([]), pytest.raises(ZeroDivisionError):
        both(divmod, (1, 1), (1, 0))


def test_what_cannot_be_pickled_is_computed_in_this_process() -> None:
    with second_process([]):
        assert [lock.locked() for lock in both(lock_of, (1,), (2,))] == [False, False]
    with second_process([]):
        first, second = both(process_and, (1,), (threading.Lock(),))
        assert (first[0], second[0]) == (os.getpid(), os.getpid())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_its_parent_is_killed(number: signal.Signals) -> None:
    code = f"""
import os
from aggregator.runtime import second_process as module
module.START, module.processors = 20, lambda: 2
with module.second_process([]):
    print(module.both(divmod, (1, 1), (2, 1)), module._current.get()._worker.process.pid, flush=True)
    os.kill(os.getpid(), {number:d})
"""
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert completed.returncode == -number, completed.stderr
    while is_running(int(completed.stdout.split()[-1])):  # until the timeout of the test
        time.sleep(0.01)
