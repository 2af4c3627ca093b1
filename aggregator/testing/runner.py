"""Checks the contract of a plugin in a subprocess with an empty home folder, and yields the results."""

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
from aggregator.plugin.loader import plugin_paths
from aggregator.testing.checks import Check

CHECK_TIMEOUT = 60.0
"""Seconds that a check may take."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin to test.

    `target`: its path, or its name if `by_name`; `options`: `KEY=VALUE` texts; `config`: the path of the configuration,
    which may not exist.
    """

    target: str
    by_name: bool
    options: tuple[str, ...]
    config: str

    @property
    def name(self) -> str:
        """The name to show before the plugin is loaded."""
        return self.target if self.by_name else Path(self.target).stem


class CheckStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Message: a check has started."""

    kind: str
    plugin: str
    check: str


class InvalidOptions(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Message: the plugin cannot be tested with these options."""

    problems: tuple[str, ...]


def check_contract(job: Job) -> Iterator[Check]:
    """Yield the result of each check as soon as it is known. Raises ConfigError for invalid options.

    A plugin that hangs, or ends its process, fails the check in which it does so; that ends the test.
    """
    with tempfile.TemporaryDirectory(prefix="aggregate-test-") as home:
        Path(home, "tmp").mkdir()
        environment = {"HOME": home, "TMPDIR": str(Path(home, "tmp")), "PYTHONDONTWRITEBYTECODE": "1"}
        child = subprocess.Popen(
            [sys.executable, "-m", "aggregator.testing.runner_main"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=home,
            env=os.environ | environment,
        )
        try:
            yield from _read_checks(child, job)
        finally:
            child.kill()
            child.communicate()


def _read_checks(child: subprocess.Popen[bytes], job: Job) -> Iterator[Check]:
    assert child.stdin
    child.stdin.write(msgspec.json.encode(job))
    child.stdin.close()
    child.stdin = None
    current = CheckStarted(kind="plugin", plugin=job.name, check="loads")
    decode = msgspec.json.Decoder(type=CheckStarted | InvalidOptions | Check).decode
    done = False
    try:
        for message in map(decode, _lines(child)):
            if isinstance(message, InvalidOptions):
                raise ConfigError(message.problems)
            if isinstance(message, CheckStarted):
                current, done = message, False
            else:
                done = True
                yield message
    except TimeoutError:
        yield _failed(current, f"does not end: cancelled after {CHECK_TIMEOUT:g} s")
        return
    if not done:
        status = child.wait()
        yield _failed(current, f"ends the process that it runs in (exit status {status}): raise an exception instead")


def _lines(child: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """Yield the lines that the process writes. Raises TimeoutError after CHECK_TIMEOUT without one."""
    assert child.stdout
    rest = b""
    while True:
        ready, _, _ = select.select([child.stdout], [], [], CHECK_TIMEOUT)
        if not ready:
            raise TimeoutError
        read = os.read(child.stdout.fileno(), 1 << 16)
        if not read:
            return
        *whole, rest = (rest + read).split(b"\n")
        yield from whole


def _failed(started: CheckStarted, finding: str) -> Check:
    return Check(kind=started.kind, plugin=started.plugin, check=started.check, state="failed", findings=(finding,))


def plugins_in(target: str) -> list[Path] | None:
    """Return the plugin files and packages in a folder; None for the path of a plugin, or a name.

    Raises PluginError for a folder that cannot be read or has no plugins.
    """
    folder = Path(target).expanduser()
    if not folder.is_dir() or (folder / "__init__.py").is_file():
        return None
    try:
        paths = plugin_paths(folder)
    except OSError as error:
        raise PluginError(f"{target}: cannot be read: {error.strerror}") from error
    if not paths:
        raise PluginError(
            f"{target}: contains no plugin: neither a file that ends with .py, nor a folder with an __init__.py; "
            'tests, and names that begin with "_", are left out'
        )
    return [path.parent if path.name == "__init__.py" else path for path in paths]


def make_job(target: str, options: tuple[str, ...], config: Path) -> Job:
    """Return the job for a path if it exists, otherwise for a name. Raises PluginError."""
    path = Path(target).expanduser()
    by_name = not path.exists() and not target.endswith(".py")
    if by_name and "/" in target:
        raise PluginError(f"{target}: there is no such file or folder")
    return Job(
        target=target if by_name else str(path.absolute()),
        by_name=by_name,
        options=options,
        config=str(config.absolute()),
    )
