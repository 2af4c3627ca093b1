"""Put a plugin to the contract, in a process of its own with a home of its own, and hear what is found."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from aggregator.errors import ConfigError, PluginError
from aggregator.testing.checks import Check

LONGEST = 60.0
"""Seconds that a check may take."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to test. `what`: the path of a plugin, or, where `by_name`, the name of one; `options`: `KEY=VALUE` texts;
    `config`: the path of the configuration, which may be missing."""

    what: str
    by_name: bool
    options: tuple[str, ...]
    config: str

    @property
    def name(self) -> str:
        """What to call it before it is loaded."""
        return self.what if self.by_name else Path(self.what).stem


class Begins(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """That a check is begun."""

    kind: str
    plugin: str
    check: str


class Usage(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """That the plugin cannot be tested as was asked for."""

    problems: tuple[str, ...]


def trial(job: Job) -> Iterator[Check]:
    """Each check, as soon as it is made. Raises ConfigError for options that the plugin does not have.

    A plugin that hangs, or ends its process, fails the check in which it does so, and is tested no further.
    """
    with tempfile.TemporaryDirectory(prefix="aggregate-test-") as home:
        Path(home, "tmp").mkdir()
        own = {"HOME": home, "TMPDIR": str(Path(home, "tmp")), "PYTHONDONTWRITEBYTECODE": "1"}
        child = subprocess.Popen(
            [sys.executable, "-m", "aggregator.testing.runner_main"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=home,
            env=os.environ | own,
        )
        try:
            yield from _heard(child, job)
        finally:
            child.kill()
            child.communicate()


def _heard(child: subprocess.Popen[bytes], job: Job) -> Iterator[Check]:
    assert child.stdin
    child.stdin.write(msgspec.json.encode(job))
    child.stdin.close()
    child.stdin = None
    now = Begins(kind="plugin", plugin=job.name, check="loads")
    decode = msgspec.json.Decoder(type=Begins | Usage | Check).decode
    done = False
    try:
        for message in map(decode, _lines(child)):
            if isinstance(message, Usage):
                raise ConfigError(message.problems)
            if isinstance(message, Begins):
                now, done = message, False
            else:
                done = True
                yield message
    except TimeoutError:
        yield _failed(now, f"does not come to an end: given up after {LONGEST:g} s")
        return
    if not done:
        yield _failed(now, f"ends the process that it runs in (exit status {child.wait()}): raise an exception instead")


def _lines(child: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """What the process says, a line each. Raises TimeoutError where it says nothing for too long."""
    assert child.stdout
    rest = b""
    while True:
        ready, _, _ = select.select([child.stdout], [], [], LONGEST)
        if not ready:
            raise TimeoutError
        read = os.read(child.stdout.fileno(), 1 << 16)
        if not read:
            return
        *whole, rest = (rest + read).split(b"\n")
        yield from whole


def _failed(now: Begins, words: str) -> Check:
    return Check(kind=now.kind, plugin=now.plugin, check=now.check, state="failed", findings=(words,))


def job_for(what: str, options: tuple[str, ...], config: Path) -> Job:
    """What to test: a path where there is one, else a name. Raises PluginError."""
    path = Path(what).expanduser()
    by_name = not path.exists() and not what.endswith(".py")
    if by_name and "/" in what:
        raise PluginError(f"{what}: there is no such file or folder")
    return Job(
        what=what if by_name else str(path.absolute()),
        by_name=by_name,
        options=options,
        config=str(config.absolute()),
    )
