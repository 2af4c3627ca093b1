"""The lock of a store: one run at a time, released when its process ends."""

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


def test_only_one_run_holds_the_lock(tmp_path: Path) -> None:
    first, other_store = run_lock(tmp_path / "a.db"), run_lock(tmp_path / "b.db")
    with first, other_store, pytest.raises(LockedError, match="another run"), run_lock(tmp_path / "a.db"):
        pass
    with run_lock(tmp_path / "a.db"):
        pass


def test_the_lock_is_released_when_its_process_is_killed(tmp_path: Path) -> None:
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


def test_the_folder_of_the_store_is_created(tmp_path: Path) -> None:
    with run_lock(tmp_path / "data" / "a.db"):
        assert (tmp_path / "data").is_dir()


def test_a_lock_file_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be created"), run_lock(tmp_path / "file" / "a.db"):
        pass
