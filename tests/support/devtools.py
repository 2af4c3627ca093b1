"""Starts Chromium and speaks the Chrome DevTools Protocol with it, through two pipes. For tests, use `browser`."""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Callable
from fcntl import F_DUPFD_CLOEXEC, fcntl
from pathlib import Path
from typing import Any

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --disable-extensions --disable-dev-shm-usage --mute-audio"
    " --hide-scrollbars --force-color-profile=srgb --lang=en-GB --remote-debugging-pipe"
).split()
NO_INTERNET = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
TIMEOUT = 60.0
"""Seconds after which a command without an answer is an error; generous, since machines of tests are busy."""

Values = dict[str, Any]


class BrowserError(Exception):
    """The browser refused a command, a script raised an exception, or no answer came in time."""


def pipe() -> tuple[int, int]:
    """Create a pipe whose numbers leave 3 and 4 free, which the browser reads from and writes to."""
    ends = os.pipe()
    reader, writer = (fcntl(end, F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return reader, writer


class DevTools:
    """A browser process, its commands and their results, and its events."""

    def __init__(self, executable: str, profile: Path) -> None:
        commands, self.writer = pipe()
        self.reader, answers = pipe()
        command = [executable, *FLAGS, NO_INTERNET, f"--user-data-dir={profile}"]
        silent = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
        pipes = [(os.POSIX_SPAWN_DUP2, commands, 3), (os.POSIX_SPAWN_DUP2, answers, 4)]
        # A process group of its own, so that all processes of the browser can be ended
        self.process = os.posix_spawn(executable, command, os.environ, file_actions=[*silent, *pipes], setpgroup=0)
        os.close(commands)
        os.close(answers)
        self.received = bytearray()
        self.last_id = 0
        self.results: dict[int, Values] = {}
        self.listeners: dict[str, Callable[[str, Values], None]] = {}

    def post(self, method: str, session: str = "", **parameters: Any) -> int:
        """Send a command without waiting for its result, and return its number."""
        self.last_id += 1
        message: Values = {"id": self.last_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.writer, data) :]
        return self.last_id

    def send(self, method: str, session: str = "", **parameters: Any) -> Values:
        """Send a command and return its result."""
        number = self.post(method, session, **parameters)
        self.wait(lambda: number in self.results, method)
        answer = self.results.pop(number)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error'].get('message')}")
        result: Values = answer["result"]
        return result

    def wait(self, arrived: Callable[[], bool], what: str) -> None:
        """Handle messages of the browser until the condition is true."""
        deadline = time.monotonic() + TIMEOUT
        while not arrived():
            self._handle(json.loads(self._read(deadline, what)))

    def _read(self, deadline: float, what: str) -> bytes:
        while b"\0" not in self.received:
            if not select.select([self.reader], [], [], max(0, deadline - time.monotonic()))[0]:
                raise BrowserError(f"{what}: no answer in {TIMEOUT:.0f} s")
            data = os.read(self.reader, 1 << 20)
            if not data:
                raise BrowserError(f"{what}: the browser has ended")
            self.received += data
        message, _, self.received = self.received.partition(b"\0")
        return bytes(message)

    def _handle(self, message: Values) -> None:
        if "id" in message:
            self.results[message["id"]] = message
        elif listener := self.listeners.get(message.get("sessionId", "")):
            listener(message["method"], message["params"])

    def close(self) -> None:
        """End the browser and all its processes."""
        os.close(self.writer)
        os.close(self.reader)
        os.killpg(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
