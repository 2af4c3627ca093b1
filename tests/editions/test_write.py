"""Writing the files of outputs: atomically, only if their content changed, never outside the path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator.editions.write import emit
from aggregator.errors import OutputError
from aggregator.model import Edition, Publication
from aggregator.plugin.plugin import Plugin

EDITION = Edition(title="T", date=datetime(2026, 11, 24, tzinfo=UTC), itself=Publication("x", "x", "x"))
Files = dict[str, bytes]


def output(files: Files) -> Plugin:
    def render(edition: Edition) -> Iterator[tuple[str, bytes]]:
        yield from files.items()

    return plugin(render)


def plugin(function: Callable[..., Any]) -> Plugin:
    return Plugin("output", "test", function, "tests", __file__)


def test_unchanged_file_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "feed.xml"
    assert emit(output({"": b"one"}), EDITION, {}, path).written == 1
    before = path.stat()
    count = emit(output({"": b"one"}), EDITION, {}, path)
    assert (count.written, count.unchanged) == (0, 1)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_output_of_several_files(tmp_path: Path) -> None:
    emit(output({"index.html": b"a", "articles/1.html": b"b"}), EDITION, {}, tmp_path / "site")
    assert (tmp_path / "site/articles/1.html").read_bytes() == b"b"


def test_dry_run_only_counts(tmp_path: Path) -> None:
    assert emit(output({"": b"one"}), EDITION, {}, tmp_path / "f", write=False).written == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "a\\b", "nul\0", "link/x"])
def test_nothing_is_written_outside_the_path(tmp_path: Path, name: str) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "site/link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="file name"):
        emit(output({"good.html": b"", name: b"x"}), EDITION, {}, tmp_path / "site")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["elsewhere", "link", "site"]


def test_failing_output_writes_nothing(tmp_path: Path) -> None:
    def fail(edition: Edition) -> Iterator[tuple[str, bytes]]:
        yield "a", b"a"
        raise KeyError("title")

    with pytest.raises(OutputError, match=r"KeyError: 'title' in .*test_write.py, line \d+"):
        emit(plugin(fail), EDITION, {}, tmp_path / "site")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [None, 3])
def test_output_with_wrong_result_is_reported(tmp_path: Path, value: Any) -> None:
    with pytest.raises(OutputError, match="must yield"):
        emit(plugin(lambda edition: value), EDITION, {}, tmp_path / "f")


def test_file_output_with_a_folder_as_path_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="its path must name a file"):
        emit(output({"": b"x"}), EDITION, {}, tmp_path)


def test_existing_file_is_intact_after_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(b"old")
    (tmp_path / ".feed.xml.part").mkdir()  # blocks the temporary file, even for root
    with pytest.raises(OutputError, match="cannot be written"):
        emit(output({"": b"new"}), EDITION, {}, path)
    assert path.read_bytes() == b"old"


def test_symbolic_link_is_kept(tmp_path: Path) -> None:
    (tmp_path / "real.xml").write_bytes(b"old")
    (tmp_path / "feed.xml").symlink_to("real.xml")
    emit(output({"": b"new"}), EDITION, {}, tmp_path / "feed.xml")
    assert (tmp_path / "feed.xml").readlink() == Path("real.xml")
    assert (tmp_path / "real.xml").read_bytes() == b"new"
