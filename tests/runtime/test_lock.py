"""The lock: one run at a time, gone with its process."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator.errors import LockedError, StoreError
from aggregator.runtime.lock import run_lock

HOLD = """
import sys, pathlib
from aggregator.runtime.lock import run_lock
with run_lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_it_is_held_by_one(tmp_path: Path) -> None:
    held = run_lock(tmp_path / "a.db"), run_lock(tmp_path / "b.db")
    with held[0], held[1], pytest.raises(LockedError, match="another run"), run_lock(tmp_path / "a.db"):
        pass
    with run_lock(tmp_path / "a.db"):
        pass


def test_it_dies_with_its_process(tmp_path: Path) -> None:
    store = tmp_path / "a.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, store], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match=str(process.pid)), run_lock(store):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        with run_lock(store):
            pass


def test_the_folder_is_made(tmp_path: Path) -> None:
    with run_lock(tmp_path / "data" / "a.db"):
        assert (tmp_path / "data").is_dir()


def test_where_it_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"), run_lock(tmp_path / "file" / "a.db"):
        pass
