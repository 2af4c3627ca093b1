"""A program from its start to its end: what it prints, within bounds, and nothing of it left behind."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Any, NamedTuple

from aggregator import SourceError
from aggregator.text.plain import printable, shorten

MOST = 20 * 1024 * 1024
"""Bytes of output that are taken."""
KEPT = 4096
"""Bytes of its standard error that are kept, the last."""
SHOWN = 200
"""Characters of that which a message shows."""
LEISURE = 2
"""Seconds that a program has to end by itself when it is told to."""


class Printed(NamedTuple):
    """What a program has printed. `fault`: how it failed, in words; "" where it did not."""

    output: bytes
    fault: str


async def finish(program: Sequence[str], folder: Path, variables: Mapping[str, str], seconds: float) -> Printed:
    """Start a program in a folder and wait for its end, but no longer than so many seconds.

    `variables`: of its environment, beside those of this process. Raises SourceError where it cannot be started.
    """
    process = _start(program, folder, {**os.environ, **variables})
    output, complaint = _Ear(), _LastWords()
    fault = ""
    try:
        async with asyncio.timeout(seconds):
            await _listen(process, output, complaint)
    except TimeoutError:
        fault = f"had not ended after {seconds:g} s: stopped"
    finally:
        if process.returncode is None:
            await _stop(process, output, complaint)
        output.close()
        complaint.close()
    if output.is_full:
        fault = f"printed more than {MOST >> 20} MiB: stopped"
    fault = fault or _verdict(process.returncode)
    last = complaint.heard.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return Printed(
        bytes(output.heard[:MOST]), f"{fault}: {shorten(printable(last), SHOWN)}" if fault and last else fault
    )


class _Ear(asyncio.Protocol):
    """Hears what a program prints, until that is enough. `over`: nothing more will come, or is wanted."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.over = asyncio.Event()
        self._transport: asyncio.BaseTransport | None = None

    @property
    def is_full(self) -> bool:
        return len(self.heard) > MOST

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard += data
        if self.is_full:
            self.over.set()
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.over.set()

    def close(self) -> None:
        if self._transport:
            self._transport.close()


class _LastWords(_Ear):
    """Hears everything, and keeps the end of it."""

    def data_received(self, data: bytes) -> None:
        self.heard = (self.heard + data)[-KEPT:]


def _start(program: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Popen[bytes]:
    """In a session of its own, so that it can be ended with all that it starts.

    Not asyncio's way to start one: where that is cancelled, nobody knows whom to end.
    """
    try:
        return Popen(  # noqa: S603 - it is what the configuration says
            program, cwd=folder, env=environment, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    except OSError as error:
        raise SourceError(f"{program[0]}: {_hindrance(program[0], folder, error)}") from error
    except ValueError as error:  # a zero byte, in it or in its environment
        raise SourceError(f"{program[0]}: cannot be started ({error})") from error


def _hindrance(name: str, folder: Path, error: OSError) -> str:
    """Why a program cannot be started, and what to do."""
    path = folder / name
    if not folder.is_dir():
        return f"cannot be started: there is no folder {folder}"
    if error.errno == errno.ENOENT and not path.exists():
        return f"there is no such program in {folder if '/' in name else 'the PATH'}"
    if error.errno == errno.ENOENT and "/" not in name:
        return f'there is no such program in the PATH; that in {folder} is written "./{name}"'
    if error.errno == errno.ENOENT:
        return "cannot be started: what its first line (#!) names is not there"
    if error.errno == errno.EACCES:
        return f"may not be executed: say `chmod +x {path}`"
    if error.errno == errno.ENOEXEC:
        return 'cannot be executed: its first line should be such as "#!/usr/bin/env python3"'
    return f"cannot be started ({error.strerror})"


async def _listen(process: Popen[bytes], output: _Ear, complaint: _Ear) -> None:
    """Until it has ended, and whoever else prints in its place; or until it has printed too much."""
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: output, process.stdout)
    await loop.connect_read_pipe(lambda: complaint, process.stderr)
    await output.over.wait()
    if not output.is_full:
        await _silence(output, complaint)
        await asyncio.to_thread(process.wait)


async def _stop(process: Popen[bytes], output: _Ear, complaint: _Ear) -> None:
    """See to it that nothing goes on of a program: neither it nor what it has started."""
    try:
        _signal(process, signal.SIGTERM)
        await _soon(_silence(output, complaint))
    finally:
        _signal(process, signal.SIGKILL)
    await _soon(asyncio.to_thread(process.wait))


def _signal(process: Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


async def _silence(output: _Ear, complaint: _Ear) -> None:
    await output.over.wait()
    await complaint.over.wait()


async def _soon(end: Coroutine[Any, Any, object]) -> None:
    """Wait for it, but not long: something that has left the session may hold the output open."""
    with suppress(TimeoutError):
        await asyncio.wait_for(end, LEISURE)


def _verdict(status: int | None) -> str:
    """How it ended, in words; "" where all was well."""
    if not status:
        return ""
    if status > 0:
        return f"ended with status {status}"
    names = {number.value: number.name for number in signal.Signals}
    return f"was ended by {names.get(-status, f'signal {-status}')}"
