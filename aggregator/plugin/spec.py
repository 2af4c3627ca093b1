"""Specifications of the hooks that a plugin may implement.

Plugins register functions; the core decides when to call these, in which order, with which time-out, and isolates them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import pluggy

if TYPE_CHECKING:
    import click

    from aggregator.model import Article, Story
    from aggregator.report import Report

hookspec = pluggy.HookspecMarker("aggregator")
hookimpl = pluggy.HookimplMarker("aggregator")


class Register(Protocol):
    """The callback that the register hooks receive: call it once for each function."""

    def __call__(
        self,
        function: Callable[..., Any],
        name: str | None = None,
        *,
        spare: bool = False,
        deliver: Callable[..., None] | None = None,
        files: bool | None = None,
    ) -> None:
        """Register a function.

        `function`: its keyword parameters are the options, its docstring the help. `name`: the name used in
        configurations; by default the function's own. `spare`: another plugin of this name replaces it. `deliver`: of
        an output, the function that sends each `Delivery` that it yields; its other parameters are options of the
        output, `http`, `path` and `config_folder`. `files`: whether its outputs write files, and
        need a `path`; by default, those that do not deliver.
        """


@hookspec
def register_sources(register: Register) -> None:
    """Register sources: functions, plain or async, that yield or return `Item`s.

    :param register: call it with each function.
    """


@hookspec
def register_filters(register: Register) -> None:
    """Register filters: functions that take an `Article` and return it, a changed one, or None to drop it.

    :param register: call it with each function.
    """


@hookspec
def register_outputs(register: Register) -> None:
    """Register outputs: functions that take an `Edition` and yield `(relative path, bytes)`, or `Delivery`s.

    :param register: call it with each function; `register(function, deliver=send)` for one that yields `Delivery`s.
    """


@hookspec
def register_commands(cli: click.Group) -> None:
    """Add verbs to the command line. The name of an existing verb is refused.

    :param cli: the click group to add commands to.
    """


@hookspec(firstresult=True)
def same_story(a: Article, b: Article) -> bool | None:
    """Decide whether two articles cover the same story (True), different ones (False), or leave it open (None).

    Called for each candidate pair with at least one new article: about two pairs for each new article. If several
    plugins have this hook, the first result that is not None wins; plugins loaded last are called first. A plugin that
    raises is skipped for that pair and named in the report. What to expect: [Stories](#stories).

    :param a: the later of the two, by date.
    :param b: the earlier one.
    """


@hookspec(firstresult=True)
def rank(story: Story, score: float) -> float | None:
    """Return another score for a story in the ranking of an edition, or None for no opinion.

    The story with the highest score leads. Called once for each candidate of each edition. If several plugins have this
    hook, the first result that is not None wins; plugins loaded last are called first. A plugin that raises is skipped
    for that story and named in the report. The function must depend only on its arguments, so that an edition changes
    only if its stories do. How scores are made: [Ranking](ranking.md).

    :param story: the story, with all its articles.
    :param score: its score by accounts, age and weights; 1.0 for a single account as new as the newest story.
    """


@hookspec
def run_finished(report: Report) -> None:
    """Called once at the end of a run, when its outputs are written.

    :param report: what was fetched, new, written, and what failed.
    """
