"""Runs `aggregate work` as a process, and reads its log."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from forked_python import start_python
from project import Project

PATIENCE = 60


WORK = ("-m", "aggregator", "work", "--log-json")
QUICK = (str(Path(__file__).with_name("quick_worker.py")),)


class Worker:
    """A process `aggregate work`. `program`: what Python runs; `log`: its events."""

    def __init__(self, project: Project, *arguments: str, program: Sequence[str] = WORK) -> None:
        self._file = project.folder / f"worker-{time.monotonic_ns()}.log"
        self._file.touch()
        self.process = start_python(*program, *arguments, folder=project.folder, errors=self._file)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._file.read_text().splitlines() if line.endswith("}")]

    def finished(self, job: str) -> list[dict[str, Any]]:
        return [one for one in self.events if one["event"] == "job finished" and one["job"] == job]


@contextmanager
def workers(project: Project, count: int, *arguments: str, program: Sequence[str] = WORK) -> Iterator[list[Worker]]:
    with ExitStack() as stack:
        started = [Worker(project, *arguments, program=program) for _ in range(count)]
        for worker in started:
            stack.callback(worker.process.wait)
            stack.callback(worker.process.kill)
        yield started


def wait_for(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
