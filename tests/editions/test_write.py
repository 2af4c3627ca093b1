"""Writing the files of outputs: atomically, only if their content changed, never outside the path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator.editions.write import OutputCall, are_intact, emit, remove_outdated
from aggregator.errors import OutputError
from aggregator.model import Deferred, Edition, Publication
from aggregator.plugin.plugin import Plugin
from aggregator.report import OutputCount
from aggregator.store import WrittenFile

EDITION = Edition(title="T", date=datetime(2026, 11, 24, tzinfo=UTC), itself=Publication("x", "x", "x"))
Files = Mapping[str, bytes | Deferred]


def output(files: Files) -> Plugin:
    def render(edition: Edition) -> Iterator[tuple[str, bytes | Deferred]]:
        yield from files.items()

    return plugin(render)


def plugin(function: Callable[..., Any]) -> Plugin:
    return Plugin("output", "test", function, "tests", __file__)


def write(plugin: Plugin, path: Path, **options: Any) -> OutputCount:
    return emit(OutputCall(plugin=plugin, options={}, path=path), EDITION, **options).count


def test_unchanged_file_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "feed.xml"
    assert write(output({"": b"one"}), path).written == 1
    before = path.stat()
    count = write(output({"": b"one"}), path)
    assert (count.written, count.unchanged) == (0, 1)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_output_of_several_files(tmp_path: Path) -> None:
    write(output({"index.html": b"a", "articles/1.html": b"b"}), tmp_path / "site")
    assert (tmp_path / "site/articles/1.html").read_bytes() == b"b"


def test_dry_run_only_counts(tmp_path: Path) -> None:
    assert write(output({"": b"one"}), tmp_path / "f", write=None).written == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "a\\b", "nul\0", "link/x"])
def test_nothing_is_written_outside_the_path(tmp_path: Path, name: str) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "site/link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="file name"):
        write(output({"good.html": b"", name: b"x"}), tmp_path / "site")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["elsewhere", "link", "site"]


def test_failing_output_writes_nothing(tmp_path: Path) -> None:
    def fail(edition: Edition) -> Iterator[tuple[str, bytes]]:
        yield "a", b"a"
        raise KeyError("title")

    with pytest.raises(OutputError, match=r"KeyError: 'title' in .*test_write.py, line \d+"):
        write(plugin(fail), tmp_path / "site")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [None, 3])
def test_output_with_wrong_result_is_reported(tmp_path: Path, value: Any) -> None:
    with pytest.raises(OutputError, match="must yield"):
        write(plugin(lambda edition: value), tmp_path / "f")


def test_file_output_with_a_folder_as_path_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="its path must name a file"):
        write(output({"": b"x"}), tmp_path)


def test_existing_file_is_intact_after_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(b"old")
    (tmp_path / ".feed.xml.part").mkdir()  # blocks the temporary file, even for root
    with pytest.raises(OutputError, match="cannot be written"):
        write(output({"": b"new"}), path)
    assert path.read_bytes() == b"old"


def test_symbolic_link_is_kept(tmp_path: Path) -> None:
    (tmp_path / "real.xml").write_bytes(b"old")
    (tmp_path / "feed.xml").symlink_to("real.xml")
    write(output({"": b"new"}), tmp_path / "feed.xml")
    assert (tmp_path / "feed.xml").readlink() == Path("real.xml")
    assert (tmp_path / "real.xml").read_bytes() == b"new"


def test_output_with_a_file_may_write_into_the_folder_of_that_name(tmp_path: Path) -> None:
    write(output({"": b"1", "2026-11-24.xml": b"2"}), tmp_path / "feed.xml")
    assert (tmp_path / "feed.xml").read_bytes() == b"1"
    assert (tmp_path / "feed/2026-11-24.xml").read_bytes() == b"2"


def test_deferred_file_is_rendered_only_if_it_has_changed(tmp_path: Path) -> None:
    rendered: list[str] = []

    def files(*digests: bytes) -> Plugin:
        def page(number: int, digest: bytes) -> Deferred:
            return Deferred(digest, lambda: rendered.append(f"{number}") or b"page of " + digest)  # type: ignore[func-returns-value]

        return output({f"{number}.html": page(number, digest) for number, digest in enumerate(digests)})

    def run(plugin: Plugin, known: Mapping[str, WrittenFile]) -> dict[str, WrittenFile]:
        return emit(OutputCall(plugin=plugin, options={}, path=tmp_path), EDITION, known).files

    known = run(files(b"a", b"b"), {})
    assert (rendered, are_intact(known)) == (["0", "1"], True)
    known = run(files(b"a", b"c"), known)
    assert (rendered, (tmp_path / "1.html").read_bytes()) == (["0", "1", "1"], b"page of c")
    (tmp_path / "0.html").write_bytes(b"changed by somebody")
    assert not are_intact(known)
    run(files(b"a", b"c"), known)
    assert (rendered, (tmp_path / "0.html").read_bytes()) == (["0", "1", "1", "0"], b"page of a")


def test_files_that_are_no_longer_yielded_are_removed(tmp_path: Path) -> None:
    def run(*names: str) -> dict[str, WrittenFile]:
        return emit(OutputCall(plugin=output(dict.fromkeys(names, b"x")), options={}, path=tmp_path), EDITION).files

    before = run("a.xml", "b.xml", "c.xml", "picture.jpg")
    (tmp_path / "c.xml").write_bytes(b"changed by somebody else")
    remove_outdated(before, run("a.xml"), ".xml")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xml", "c.xml", "picture.jpg"]
