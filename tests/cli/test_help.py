"""The help: verbs by purpose, no line that is cut, help for each verb, and what a stranger sees who has no set-up."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from project import Project

from aggregator.cli.commands import all_commands
from aggregator.cli.verb_sections import SECTIONS, SUBVERBS

VERBS = {command.name or "": command for command in all_commands()}
GROUPS = [name for name, command in VERBS.items() if isinstance(command, click.Group)]

# A call of each verb that gets as far as its configuration.
CALLS = {
    "add": ["https://feeds.example/"],
    "completion": None,  # does not need one
    "explain": ["https://feeds.example/"],
    "help": None,
    "import": ["feeds.opml"],
    "init": None,
    "pause": ["x"],
    "plugins": None,
    "preview": None,
    "remove": ["x"],
    "rename": ["x", "y"],
    "resume": ["x"],
    "schema": None,
    "search": ["x"],
    "store": None,
    "tag": ["x"],
}


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("AGGREGATE_PLUGINS", "none")


def rows(text: str) -> Iterator[tuple[str, str]]:
    """Yield (verb, short help) for each row of the list of verbs."""
    after_options = text.split("-h, --help", 1)[1].splitlines()[1:]
    for line in after_options:
        assert len(line) <= 80, line
        if line.startswith("  "):
            name, _, short = line.strip().partition("  ")
            yield name, short.strip()


def test_help_shows_each_verb_on_one_whole_line(project: Project) -> None:
    listed = dict(rows(project.aggregate("--help").out))
    assert listed.keys() == VERBS.keys()
    assert all(short.endswith(".") and not short.endswith("..") for short in listed.values()), listed


@pytest.mark.parametrize("group", GROUPS)
def test_help_of_a_group_shows_each_verb_on_one_whole_line(project: Project, group: str) -> None:
    command = VERBS[group]
    assert isinstance(command, click.Group)
    listed = dict(rows(project.aggregate(group, "--help").out))
    assert listed.keys() == command.commands.keys()
    assert all(short.endswith(".") and not short.endswith("..") for short in listed.values()), listed


def test_each_verb_is_in_one_section() -> None:
    names = [name for section in SECTIONS.values() for name in section]
    assert len(names) == len(set(names))
    assert VERBS.keys() <= set(names)


def test_help_shows_the_verbs_by_purpose(project: Project) -> None:
    lines = project.aggregate("--help").out.splitlines()
    titles = [line for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert titles == ["Options:", *(f"{title}:" for title in SECTIONS)]
    assert lines.index("Getting started:") + 1 == next(n for n, line in enumerate(lines) if line.startswith("  init "))


@pytest.mark.parametrize("verb", [[], *([name] for name in VERBS), *([a, b] for a in SUBVERBS for b in SUBVERBS[a])])
def test_help_verb_shows_what_its_option_shows(project: Project, verb: list[str]) -> None:
    shown, expected = project.aggregate("help", *verb), project.aggregate(*verb, "--help")
    assert shown.status == 0
    assert shown.out == expected.out
    assert "Usage: aggregate" in shown.out


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["srouces"], "'sources'"),
        (["serach", "--json"], "'search'"),
        (["help", "srouces"], "'sources'"),
        (["help", "stories", "shwo"], "'show'"),
        (["plugins", "lits"], "'list'"),
        (["run", "--dryrun"], "'--dry-run'"),
        (["search", "--limt", "3", "x"], "'--limit'"),
        (["--confg", "x.toml"], "'--config'"),
        (["schema", "storie"], '"stories"'),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_one(project: Project, arguments: list[str], hint: str) -> None:
    result = project.aggregate(*arguments)
    assert result.status == 2
    assert result.out == ""
    assert f"id you mean {hint}?" in result.err


def test_help_of_what_has_no_verbs_says_so(project: Project) -> None:
    result = project.aggregate("help", "run", "now")
    assert result.status == 2
    assert "`aggregate run` has no verbs of its own" in result.err


@pytest.mark.parametrize("verb", [name for name in VERBS if CALLS.get(name, []) is not None])
def test_each_verb_says_how_to_begin_in_an_empty_folder(project: Project, verb: str) -> None:
    (project.folder / "config.toml").unlink(missing_ok=True)
    result = project.aggregate(verb, *CALLS.get(verb) or [])
    assert result.status == 2
    assert result.out == ""
    assert "`aggregate init`" in result.err
    assert len(result.err.splitlines()) == 1
    assert list(project.folder.iterdir()) == []


def test_no_verb_says_how_to_begin_in_an_empty_folder(project: Project) -> None:
    (project.folder / "config.toml").unlink(missing_ok=True)
    result = project.aggregate()
    assert (result.status, result.out) == (2, "")
    assert "`aggregate init`" in result.err
