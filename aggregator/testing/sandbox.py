"""Keep plugins under test from what they have no business with: the network beyond `http`, files, other programs.

An audit hook (PEP 578) sees it whatever library does it. It cannot be taken away again, so it is there from the first
test on and does nothing between them.
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
Reach = Literal["nobody", "this machine", "anybody"]


ADVICE: dict[Kind, str] = {
    "network": "use http.get, which is polite, bounded and recorded",
    "writes": "a plugin leaves no files; what is to be kept belongs into its parameter `state`",
    "programs": "what another program does, no test can watch",
}


class Deed(msgspec.Struct, frozen=True):
    """Something that a plugin did. `what`: in words; `where`: file and line of its own code, or ""."""

    kind: Kind
    what: str
    where: str

    @property
    def told(self) -> str:
        """What it did, where, and what to do instead."""
        return f"{self.what}{f' ({self.where})' if self.where else ''}: {ADVICE[self.kind]}"


class _Guard:
    def __init__(self, home: Path, reach: Reach) -> None:
        self.home = home
        self.reach = reach
        self.temporary = os.path.abspath(tempfile.gettempdir())  # noqa: PTH100 - in the hook it would wait for itself
        self.deeds: list[Deed] = []
        self.busy = False


_current: list[_Guard] = []
_installed: list[bool] = []


@contextmanager
def guarded(home: Path, reach: Reach = "nobody") -> Iterator[list[Deed]]:
    """Within, what is not allowed raises PermissionError, and is in the list that this gives.

    `home`: the folder of the plugin's own code; `reach`: who may be connected to.
    """
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_hook)
    guard = _Guard(home, reach)
    _current.append(guard)
    try:
        yield guard.deeds
    finally:
        _current.remove(guard)


_NETWORK = frozenset("socket.connect socket.sendto socket.sendmsg socket.getaddrinfo socket.gethostbyname".split())
_PROGRAMS = frozenset("subprocess.Popen os.system os.exec os.posix_spawn os.spawn os.fork pty.spawn".split())
_CHANGES = frozenset(
    "os.mkdir os.rename os.remove os.rmdir os.link os.symlink os.truncate os.chmod os.chown os.utime"
    " sqlite3.connect".split()
)
_LOCAL = ("127.", "::1", "localhost", "/")


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _current or _current[-1].busy:
        return
    guard = _current[-1]
    guard.busy = True  # what is done below raises events, too
    try:
        deed = _judge(event, arguments, guard)
    finally:
        guard.busy = False
    if deed:
        raise PermissionError(f"not allowed to a plugin under test: {deed.what}")


def _judge(event: str, arguments: Sequence[Any], guard: _Guard) -> Deed | None:
    kind = _kind(event, arguments, guard)
    if kind is None:
        return None
    where = _where(sys._getframe(2), guard.home)
    if kind == "programs" and not where:
        return None  # the core reads beside this process where there is much to read
    deed = Deed(kind, _words(kind, event, arguments), where)
    if deed not in guard.deeds:
        guard.deeds.append(deed)
    return deed


def _kind(event: str, arguments: Sequence[Any], guard: _Guard) -> Kind | None:
    if event in _NETWORK:
        allowed = guard.reach == "anybody" or (guard.reach == "this machine" and _is_local(event, arguments))
        return None if allowed else "network"
    if event in _PROGRAMS:
        return "programs"
    if event == "open":
        path, mode, flags = arguments
        changes = bool(set(mode or "") & set("wax+")) or bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        return "writes" if changes and not _is_free(path, guard) else None
    if event not in _CHANGES or _is_within(event, arguments):
        return None
    paths = arguments[:2] if event in ("os.rename", "os.link", "os.symlink") else arguments[:1]
    return None if all(_is_free(path, guard) for path in paths) else "writes"


def _is_within(event: str, arguments: Sequence[Any]) -> bool:
    """Whether it happens in a folder that is open already, as when a tree is taken away: that was judged before."""
    return event != "os.truncate" and isinstance(arguments[-1], int) and arguments[-1] >= 0


def _place(event: str, arguments: Sequence[Any]) -> str:
    """The host that an event of the network is about."""
    where = arguments[0] if event.startswith("socket.get") else arguments[-1]
    return str(where[0] if isinstance(where, tuple) else where)


def _is_local(event: str, arguments: Sequence[Any]) -> bool:
    return _place(event, arguments).startswith(_LOCAL)


def _is_free(path: object, guard: _Guard) -> bool:
    """Whether anybody may write there: temporary files, what importing leaves behind, and no file at all."""
    if not isinstance(path, str | bytes | os.PathLike):
        return True  # a descriptor that is open already
    name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - Path.resolve reads the disk
    return f"{name}/".startswith((f"{guard.temporary}/", "/dev/")) or "__pycache__" in name


def _words(kind: Kind, event: str, arguments: Sequence[Any]) -> str:
    if kind == "network":
        return f"asks {_place(event, arguments)} by itself"
    if kind == "programs":
        return f"starts a program: {str(arguments[0])[:80]}"
    return f"writes to {os.fsdecode(arguments[0])}"


def _where(frame: FrameType | None, home: Path) -> str:
    while frame:
        if frame.f_code.co_filename.startswith(str(home)):
            return f"{frame.f_code.co_filename}, line {frame.f_lineno}"
        frame = frame.f_back
    return ""
