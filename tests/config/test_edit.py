"""Editing the sources of a configuration: the new values, and the rest of the file, which stays unchanged."""

from __future__ import annotations

import difflib
import resource
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.config.edit import add_sources, remove_source, set_enabled
from aggregator.errors import ConfigError

CONFIG = '''\
title = "x" # top
text = """
[[sources]]
# not a comment
"""
lists = [
    [1],  # [[sources]]
    ["[[sources]]"],
]

# first source
[[sources]] # one
url = "https://a.example/" # a

# second source
# two lines
[[sources]]
url = "https://b.example/"
# note in the second

[sources.headers]
x = 1

# third
[[sources]]
url = "https://c.example/"

# ---- filters ----

# my filter
[[filters]]
plugin = "drop"

[[sources]]
url = "https://d.example/"
# the end
'''
NEW: list[dict[str, Any]] = [{"url": "https://n.example/", "tags": ["a", "b"], "every": "30m"}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    return path


def changed_lines(path: Path, change: Callable[[], None], before: str = CONFIG) -> list[str]:
    """Apply a change; return the lines that it removes ("-") and adds ("+")."""
    change()
    lines = difflib.ndiff(before.splitlines(), path.read_text().splitlines())
    return [line[0] + line[2:] for line in lines if line[0] in "+-"]


@pytest.mark.parametrize(
    ("number", "removed"),
    [
        (0, ["", "# first source", "[[sources]] # one", 'url = "https://a.example/" # a']),
        (
            1,
            [
                "# second source",
                "# two lines",
                "[[sources]]",
                'url = "https://b.example/"',
                "# note in the second",
                "",
                "[sources.headers]",
                "x = 1",
                "",
            ],
        ),
        (2, ["# third", "[[sources]]", 'url = "https://c.example/"', ""]),
        (3, ["", "[[sources]]", 'url = "https://d.example/"', "# the end"]),
    ],
)
def test_a_source_is_removed_with_its_comments(path: Path, number: int, removed: list[str]) -> None:
    assert changed_lines(path, lambda: remove_source(path, number)) == [f"-{line}" for line in removed]


def test_all_sources_can_be_removed(path: Path) -> None:
    for _ in range(4):
        remove_source(path, 0)
    text = path.read_text()
    assert "sources" not in tomllib.loads(text)
    assert text.endswith(']\n\n# ---- filters ----\n\n# my filter\n[[filters]]\nplugin = "drop"\n')


def test_resuming_a_paused_source_restores_the_file(path: Path) -> None:
    assert changed_lines(path, lambda: set_enabled(path, 1, False)) == ["+enabled = false"]
    assert tomllib.loads(path.read_text())["sources"][1] == {
        "url": "https://b.example/",
        "enabled": False,
        "headers": {"x": 1},
    }
    set_enabled(path, 1, True)
    assert path.read_text() == CONFIG


def test_pausing_changes_an_explicit_value_of_enabled(path: Path) -> None:
    path.write_text('[[sources]]\nenabled = true # for now\nurl = "a"\n')
    set_enabled(path, 0, False)
    assert path.read_text() == '[[sources]]\nenabled = false # for now\nurl = "a"\n'


def test_a_source_is_added_after_the_last_one(path: Path) -> None:
    expected = ["", "[[sources]]", 'url = "https://n.example/"', 'tags = ["a", "b"]', 'every = "30m"']
    assert changed_lines(path, lambda: add_sources(path, NEW)) == [f"+{line}" for line in expected]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[[sources]]\nurl = "n"\n'),
        ("title = 'x'", "title = 'x'\n\n[[sources]]\nurl = \"n\"\n"),
        ("# only a comment\n\n\n", '# only a comment\n\n[[sources]]\nurl = "n"\n'),
        (
            "[[sources]]\nurl='a'\n[[outputs]]\nplugin='x'\n",
            "[[sources]]\nurl='a'\n\n[[sources]]\nurl = \"n\"\n\n[[outputs]]\nplugin='x'\n",
        ),
        (
            "[[sources]]\nurl='a'\n\n# about outputs\n[[outputs]]\nplugin='x'\n",
            "[[sources]]\nurl='a'\n\n[[sources]]\nurl = \"n\"\n\n# about outputs\n[[outputs]]\nplugin='x'\n",
        ),
    ],
)
def test_an_added_source_is_separated_by_empty_lines(path: Path, before: str, after: str) -> None:
    path.write_text(before)
    add_sources(path, [{"url": "n"}])
    assert path.read_text() == after


def test_windows_line_endings_are_preserved(path: Path) -> None:
    path.write_bytes(b'# c\r\n[[sources]]\r\nurl = "a"\r\n\r\n[[outputs]]\r\nplugin = "x"\r\n')
    add_sources(path, NEW)
    set_enabled(path, 0, False)
    remove_source(path, 1)
    assert (
        path.read_bytes()
        == b'# c\r\n[[sources]]\r\nurl = "a"\r\nenabled = false\r\n\r\n[[outputs]]\r\nplugin = "x"\r\n'
    )


def test_values_of_every_type_are_written(path: Path) -> None:
    table = {"url": 'q"\\\n\u202e', "n": 1.5, "h": {"token": {"env": "T"}, "x": [1]}, "l": [{"a": [{"b": True}]}]}
    add_sources(path, [table])
    assert tomllib.loads(path.read_text())["sources"][-1] == table


def test_the_file_mode_and_a_symbolic_link_are_preserved(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    add_sources(link, NEW)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(tmp_path.iterdir()) == [path, link]


@pytest.mark.parametrize("text", ['sources = [{ url = "a" }]\n', "sources = []\n[x]\ny = 1\n"])
def test_an_inline_array_of_sources_is_not_edited(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(ConfigError, match="cannot be edited automatically"):
        add_sources(path, NEW)
    with pytest.raises(ConfigError, match="cannot be edited automatically"):
        remove_source(path, 0)
    with pytest.raises(ConfigError, match="cannot be edited automatically"):
        set_enabled(path, 0, False)
    assert path.read_text() == text


def test_a_failed_write_leaves_the_file_unchanged(path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(ConfigError, match="cannot be written: File too large"):
            add_sources(path, NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == CONFIG
    assert list(path.parent.iterdir()) == [path]


LINES = st.lists(
    st.sampled_from(
        [
            "",
            "# a comment",
            "[[sources]]",
            "[sources.headers]",
            "[[outputs]]",
            "[http]",
            "  [[ sources ]]  # spaced",
            "a = '''\n[[sources]]\n# x\n'''",
            "b = [\n[1],\n# c\n[2]]",
            "enabled = true",
            "'sources'.c = 1",
        ]
    ),
    max_size=14,
)


@given(LINES, st.integers(0, 3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_is_edited_correctly_or_left_unchanged(path: Path, lines: list[str], number: int) -> None:
    text = "\n".join(lines)
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    path.write_text(text)
    sources = before.get("sources", [])
    try:
        add_sources(path, NEW)
        assert tomllib.loads(path.read_text()) == before | {"sources": sources + NEW}
        remove_source(path, len(sources))
        assert path.read_text().split() == text.split()
        set_enabled(path, number, False)
        paused = tomllib.loads(path.read_text())
        assert paused["sources"][number]["enabled"] is False
        remove_source(path, number)
        remaining = tomllib.loads(path.read_text())
    except ConfigError:
        assert not isinstance(sources, list) or number >= len(sources)
        return
    assert remaining.get("sources", []) == sources[:number] + sources[number + 1 :]
    assert {**remaining, "sources": []} == {**before, "sources": []}
