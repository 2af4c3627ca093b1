"""Files are replaced as a whole; what is not a file is written to."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from aggregator.runtime.atomic_write import create_file, replace_file


def test_link_and_mode_are_kept(tmp_path: Path) -> None:
    target, link = tmp_path / "target.xml", tmp_path / "link.xml"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    replace_file(link, b"new")
    assert (link.is_symlink(), target.read_bytes(), target.stat().st_mode & 0o777) == (True, b"new", 0o640)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.xml", "target.xml"]


def test_fifo_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    fifo, received = tmp_path / "fifo", list[bytes]()
    os.mkfifo(fifo)
    reader = threading.Thread(target=lambda: received.append(fifo.read_bytes()))
    reader.start()
    replace_file(fifo, b"text")
    reader.join(30)
    assert (received, fifo.is_fifo()) == ([b"text"], True)


def test_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    device = tmp_path / "null"
    device.symlink_to("/dev/null")
    replace_file(device, b"text")
    assert Path("/dev/null").is_char_device()


def test_file_that_cannot_be_completed_is_removed(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        create_file(tmp_path / "new.toml", "\ud800")
    assert list(tmp_path.iterdir()) == []


def test_existing_file_is_not_created_again(tmp_path: Path) -> None:
    (tmp_path / "old.toml").write_text("mine")
    with pytest.raises(FileExistsError):
        create_file(tmp_path / "old.toml", "theirs")
    assert (tmp_path / "old.toml").read_text() == "mine"
