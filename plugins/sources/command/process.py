"""A program from its start to its end: what it prints, within bounds, and nothing of it left behind."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import NamedTuple

from aggregator import SourceError
from aggregator.text import printable, shorten

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
    transport, ear = await _start(program, folder, {**os.environ, **variables})
    fault = ""
    try:
        async with asyncio.timeout(seconds):
            await ear.enough.wait()
    except TimeoutError:
        fault = f"had not ended after {seconds:g} s: stopped"
    finally:
        await _stop(transport, ear)
        transport.close()
    if ear.is_full:
        fault = f"printed more than {MOST >> 20} MiB: stopped"
    fault = fault or _verdict(transport.get_returncode())
    last = ear.complaint.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return Printed(bytes(ear.output[:MOST]), f"{fault}: {shorten(printable(last), SHOWN)}" if fault and last else fault)


class _Ear(asyncio.SubprocessProtocol):
    """Hears what a program prints. `ended`: nothing more will come; `enough`: nothing more is wanted."""

    def __init__(self) -> None:
        self.output = bytearray()
        self.complaint = b""
        self.enough, self.ended = asyncio.Event(), asyncio.Event()

    @property
    def is_full(self) -> bool:
        return len(self.output) > MOST

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self.complaint = (self.complaint + data)[-KEPT:]
        elif not self.is_full:
            self.output += data
            if self.is_full:
                self.enough.set()

    def connection_lost(self, error: Exception | None) -> None:
        self.ended.set()
        self.enough.set()


async def _start(
    program: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> tuple[asyncio.SubprocessTransport, _Ear]:
    """In a session of its own, so that it can be ended with all that it starts."""
    start = partial(asyncio.get_running_loop().subprocess_exec, _Ear, *program, cwd=folder, env=environment)
    try:
        return await start(stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True)
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


async def _stop(transport: asyncio.SubprocessTransport, ear: _Ear) -> None:
    """See to it that nothing goes on of a program that has not ended: neither it nor what it has started."""
    if ear.ended.is_set():
        return
    try:
        _signal(transport, signal.SIGTERM)
        await _end(ear)
    finally:
        _signal(transport, signal.SIGKILL)
    await _end(ear)


def _signal(transport: asyncio.SubprocessTransport, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(transport.get_pid(), number)


async def _end(ear: _Ear) -> None:
    """Wait for it, but not long: something that has left its session may hold its output open."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LEISURE):
            await ear.ended.wait()


def _verdict(status: int | None) -> str:
    """How it ended, in words; "" where all was well."""
    if not status:
        return ""
    if status > 0:
        return f"ended with status {status}"
    names = {number.value: number.name for number in signal.Signals}
    return f"was ended by {names.get(-status, f'signal {-status}')}"
