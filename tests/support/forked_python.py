"""Starts `python ARGUMENTS` as a process that is forked from one that has imported the command: a third of the time.

    process = start_python("-m", "aggregator", "run", folder=project.folder, errors=project.folder / "errors.txt")
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 143

It is a process like any other: it can be stopped and killed, and ends with a status. Tests of the start (the
interpreter, the console script, closed streams, what is imported) use `subprocess`.
"""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

IMPORTED = [
    "aggregator.cli.progress",
    "aggregator.config.validate",
    "aggregator.grouping.grouper",
    "aggregator.ingest.session",
    "aggregator.jobs.worker",
    "aggregator.outputs.text_templates",
    "aggregator.pipeline",
    "aggregator.store.postgresql",
    "aggregator_plugins.outputs.html",
    "aggregator_plugins.outputs.rss",
    "aggregator_plugins.sources.feed",
]
"""What most commands and workers would import."""

_CONTEXT = get_context("forkserver")  # started with the first process, ends with this one
_CONTEXT.set_forkserver_preload(IMPORTED)


class ForkedProcess:
    """A running process, used like `subprocess.Popen`."""

    def __init__(self, arguments: list[str], folder: Path, output: Path, errors: Path) -> None:
        call = (arguments, dict(os.environ), folder, output, errors)
        self._process = _CONTEXT.Process(target=_call, args=call, daemon=True)  # ends with the tests at the latest
        self._process.start()
        assert self._process.pid
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("python", timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start_python(
    *arguments: str, folder: Path, output: Path = Path(os.devnull), errors: Path = Path(os.devnull)
) -> ForkedProcess:
    """Start Python in a folder with the arguments `-m MODULE …` or `FILE …`. What it prints is appended to files."""
    return ForkedProcess(list(arguments), folder, output, errors)


def run_python(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run Python in the same way until it ends, and return its status and what it printed."""
    with TemporaryDirectory() as name:
        output, errors = Path(name, "output"), Path(name, "errors")
        status = start_python(*arguments, folder=folder, output=output, errors=errors).wait()
        printed = (path.read_text(encoding="utf-8") for path in (output, errors))
        return subprocess.CompletedProcess(arguments, status, *printed)


def _call(arguments: list[str], environment: dict[str, str], folder: Path, *streams: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in enumerate(streams, start=1):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")
