"""Sandbox for plugins under test: forbids the network except through `http`, writing files, and starting programs.

It is an audit hook (PEP 578), which sees these actions whatever library performs them. Python cannot remove an audit
hook: the first test installs it, and it does nothing between tests.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import msgspec

Kind = Literal["network", "writes", "programs"]
NetworkAccess = Literal["none", "loopback", "all"]


ADVICE: dict[Kind, str] = {
    "network": "use http.get, which is polite, bounded and recorded",
    "writes": "a plugin writes no files; use its parameter `state` for what it needs in later runs",
    "programs": "a test cannot check what another program does",
}


class Violation(msgspec.Struct, frozen=True):
    """A forbidden action of a plugin. `action`: in words; `where`: file and line of the plugin's code, or ""."""

    kind: Kind
    action: str
    where: str

    @property
    def message(self) -> str:
        """The action, where it happened, and what to do instead."""
        return f"{self.action}{f' ({self.where})' if self.where else ''}: {ADVICE[self.kind]}"


class _Sandbox:
    def __init__(self, code_folder: Path, access: NetworkAccess) -> None:
        self.code_folder = code_folder
        self.access = access
        self.temporary = os.path.abspath(tempfile.gettempdir())  # noqa: PTH100 - in the hook, it would call the hook
        self.violations: list[Violation] = []
        self.busy = False


_active: list[_Sandbox] = []
_installed: list[bool] = []


@contextmanager
def sandboxed(code_folder: Path, access: NetworkAccess = "none") -> Iterator[list[Violation]]:
    """Raise PermissionError for forbidden actions within the context, and collect them in the list that it returns.

    `code_folder`: the folder of the plugin's code; `access`: the allowed direct connections.
    """
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_hook)
    sandbox = _Sandbox(code_folder, access)
    _active.append(sandbox)
    try:
        yield sandbox.violations
    finally:
        _active.remove(sandbox)


_NETWORK = frozenset("socket.connect socket.sendto socket.sendmsg socket.getaddrinfo socket.gethostbyname".split())
_PROGRAMS = frozenset("subprocess.Popen os.system os.exec os.posix_spawn os.spawn os.fork pty.spawn".split())
_CHANGES = frozenset(
    "os.mkdir os.rename os.remove os.rmdir os.link os.symlink os.truncate os.chmod os.chown os.utime"
    " sqlite3.connect".split()
)
_LOCAL = ("127.", "::1", "localhost", "/")


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _active or _active[-1].busy:
        return
    sandbox = _active[-1]
    sandbox.busy = True  # the code below raises audit events, too
    try:
        violation = _check(event, arguments, sandbox)
    finally:
        sandbox.busy = False
    if violation:
        raise PermissionError(f"not allowed to a plugin under test: {violation.action}")


def _check(event: str, arguments: Sequence[Any], sandbox: _Sandbox) -> Violation | None:
    kind = _forbidden_kind(event, arguments, sandbox)
    if kind is None:
        return None
    where = _plugin_line(sys._getframe(2), sandbox.code_folder)
    if kind == "programs" and not where:
        return None  # the core itself starts a worker process for large documents
    violation = Violation(kind, _describe(kind, event, arguments), where)
    if violation not in sandbox.violations:
        sandbox.violations.append(violation)
    return violation


def _forbidden_kind(event: str, arguments: Sequence[Any], sandbox: _Sandbox) -> Kind | None:
    """Return the kind of an action that is forbidden; None for an allowed one."""
    if event in _NETWORK:
        allowed = sandbox.access == "all" or (sandbox.access == "loopback" and _is_local(event, arguments))
        return None if allowed else "network"
    if event in _PROGRAMS:
        return "programs"
    if event == "open":
        path, mode, flags = arguments
        changes = bool(set(mode or "") & set("wax+")) or bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        return "writes" if changes and not _is_writable(path, sandbox) else None
    if event not in _CHANGES or _is_relative_to_descriptor(event, arguments):
        return None
    paths = arguments[:2] if event in ("os.rename", "os.link", "os.symlink") else arguments[:1]
    return None if all(_is_writable(path, sandbox) for path in paths) else "writes"


def _is_relative_to_descriptor(event: str, arguments: Sequence[Any]) -> bool:
    """Whether the path is relative to an open folder, as when a tree is deleted; opening it was checked before."""
    return event != "os.truncate" and isinstance(arguments[-1], int) and arguments[-1] >= 0


def _host(event: str, arguments: Sequence[Any]) -> str:
    """Return the host of a network event."""
    address = arguments[0] if event.startswith("socket.get") else arguments[-1]
    return str(address[0] if isinstance(address, tuple) else address)


def _is_local(event: str, arguments: Sequence[Any]) -> bool:
    return _host(event, arguments).startswith(_LOCAL)


def _is_writable(path: object, sandbox: _Sandbox) -> bool:
    """Whether every plugin may write there: temporary files, compiled modules, and devices."""
    if not isinstance(path, str | bytes | os.PathLike):
        return True  # an open descriptor
    name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - Path.resolve reads the disk
    is_device = name.startswith("/dev/") and not name.startswith("/dev/shm/")  # noqa: S108 - files in memory
    return is_device or f"{name}/".startswith(f"{sandbox.temporary}/") or "__pycache__" in name


def _describe(kind: Kind, event: str, arguments: Sequence[Any]) -> str:
    if kind == "network":
        return f"connects to {_host(event, arguments)} directly"
    if kind == "programs":
        return f"starts a program: {str(arguments[0])[:80]}"
    return f"writes to {os.fsdecode(arguments[0])}"


def _plugin_line(frame: FrameType | None, code_folder: Path) -> str:
    """Return file and line of the innermost frame of the plugin's code, or ""."""
    while frame:
        if frame.f_code.co_filename.startswith(str(code_folder)):
            return f"{frame.f_code.co_filename}, line {frame.f_lineno}"
        frame = frame.f_back
    return ""
