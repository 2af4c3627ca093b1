"""Runs a program with limits on time and output, and terminates all its processes."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryFile
from typing import Any, NamedTuple

from aggregator.text.plain import printable, shorten

MAX_OUTPUT = 20 * 1024 * 1024
"""Bytes of output."""
MAX_ERROR_OUTPUT = 4096
"""Bytes kept from the end of standard error."""
MESSAGE_LENGTH = 200
"""Characters of standard error in an error message."""
TERMINATION_GRACE = 2
"""Seconds between SIGTERM and SIGKILL."""


class Result(NamedTuple):
    """The output of a program. `failure`: why it failed, or could not be started, or ""."""

    output: bytes
    failure: str
    started: bool = True


async def run_program(
    program: Sequence[str], folder: Path, variables: Mapping[str, str], seconds: float, stdin: bytes = b""
) -> Result:
    """Run a program in a folder and return its output, with a timeout in seconds.

    `variables`: added to the environment of this process; `stdin`: its standard input.
    """
    try:
        process = _start(program, folder, {**os.environ, **variables}, stdin)
    except OSError as error:
        return Result(b"", _explain_start_error(program[0], folder, error), started=False)
    except ValueError as error:  # a null byte in an argument or in the environment
        return Result(b"", f"cannot be started ({error})", started=False)
    output, errors = _Capture(), _TailCapture()
    failure = ""
    try:
        async with asyncio.timeout(seconds):
            await _capture(process, output, errors)
    except TimeoutError:
        failure = f"did not end within {seconds:g} s: terminated"
    finally:
        if process.returncode is None:
            await _terminate(process, output, errors)
        output.close()
        errors.close()
    if output.is_full:
        failure = f"printed more than {MAX_OUTPUT >> 20} MiB: terminated"
    failure = failure or _describe_status(process.returncode)
    last = errors.data.decode("utf-8", "replace").strip().rpartition("\n")[2]
    if failure and last:
        failure = f"{failure}: {shorten(printable(last), MESSAGE_LENGTH)}"
    return Result(bytes(output.data[:MAX_OUTPUT]), failure)


class _Capture(asyncio.Protocol):
    """Collects the output of a program up to the limit. `ended`: set at end of file, or at the limit."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended = asyncio.Event()
        self._transport: asyncio.BaseTransport | None = None

    @property
    def is_full(self) -> bool:
        return len(self.data) > MAX_OUTPUT

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.data += data
        if self.is_full:
            self.ended.set()
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.ended.set()

    def close(self) -> None:
        if self._transport:
            self._transport.close()


class _TailCapture(_Capture):
    """Keeps the end of the output of a program."""

    def data_received(self, data: bytes) -> None:
        self.data = (self.data + data)[-MAX_ERROR_OUTPUT:]


def explain_if_not_startable(name: str, folder: Path) -> str:
    """Return why a program cannot be started in a folder, and what to do, as far as its file shows it; else ""."""
    path = folder / name if "/" in name else Path(shutil.which(name) or "")
    if not folder.is_dir() or not path.is_file():
        return _explain_start_error(name, folder, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
    if not os.access(path, os.X_OK):
        return _explain_start_error(name, folder, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    return ""


def _start(program: Sequence[str], folder: Path, environment: Mapping[str, str], stdin: bytes) -> Popen[bytes]:
    """Start a program in a new session, so that it can be terminated with its child processes.

    This does not use `asyncio.create_subprocess_exec`: when that is cancelled, the process id is lost. Standard input
    is a file, which the program need not read to its end.
    """
    with TemporaryFile() as file:
        file.write(stdin)
        file.seek(0)
        return Popen(  # noqa: S603 - the configuration names the program
            program, cwd=folder, env=environment, stdin=file, stdout=PIPE, stderr=PIPE, start_new_session=True
        )


def _explain_start_error(name: str, folder: Path, error: OSError) -> str:
    """Explain why a program cannot be started, and what to do."""
    path = folder / name
    if not folder.is_dir():
        return f"cannot be started: the folder {folder} does not exist"
    if error.errno == errno.ENOENT and not path.exists():
        return f"program not found in {folder if '/' in name else 'the PATH'}"
    if error.errno == errno.ENOENT and "/" not in name:
        return f'program not found in the PATH; for the one in {folder}, write "./{name}"'
    if error.errno == errno.ENOENT:
        return "cannot be started: the interpreter in its first line (#!) does not exist"
    if error.errno == errno.EACCES:
        return f"is not executable: run `chmod +x {path}`"
    if error.errno == errno.ENOEXEC:
        return 'cannot be executed: it needs a first line such as "#!/usr/bin/env python3"'
    return f"cannot be started ({error.strerror})"


async def _capture(process: Popen[bytes], output: _Capture, errors: _Capture) -> None:
    """Read the output until the program and all its children close it, or until the limit is reached."""
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: output, process.stdout)
    await loop.connect_read_pipe(lambda: errors, process.stderr)
    await output.ended.wait()
    if not output.is_full:
        await _wait_for_end(output, errors)
        await asyncio.to_thread(process.wait)


async def _terminate(process: Popen[bytes], output: _Capture, errors: _Capture) -> None:
    """Terminate a program and its child processes, first with SIGTERM, then with SIGKILL."""
    try:
        _signal(process, signal.SIGTERM)
        await _wait_briefly(_wait_for_end(output, errors))
    finally:
        _signal(process, signal.SIGKILL)
    await _wait_briefly(asyncio.to_thread(process.wait))


def _signal(process: Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


async def _wait_for_end(output: _Capture, errors: _Capture) -> None:
    await output.ended.wait()
    await errors.ended.wait()


async def _wait_briefly(end: Coroutine[Any, Any, object]) -> None:
    """Wait for at most two seconds: a process that has left the session may keep the output open."""
    with suppress(TimeoutError):
        await asyncio.wait_for(end, TERMINATION_GRACE)


def _describe_status(status: int | None) -> str:
    """Describe an exit status; "" for success."""
    if not status:
        return ""
    if status > 0:
        return f"ended with status {status}"
    names = {number.value: number.name for number in signal.Signals}
    return f"was terminated by {names.get(-status, f'signal {-status}')}"
