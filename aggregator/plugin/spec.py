"""The hooks a plugin may implement. Each is called once, to register; the core then owns order, time-outs and
isolation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import pluggy

if TYPE_CHECKING:
    import click

    from aggregator.model import Article
    from aggregator.report import Report

hookspec = pluggy.HookspecMarker("aggregator")
hookimpl = pluggy.HookimplMarker("aggregator")


class Register(Protocol):
    """What the register hooks are handed: call it once for each function."""

    def __call__(self, function: Callable[..., Any], name: str | None = None, *, spare: bool = False) -> None:
        """`function`: its keyword parameters are the options, its docstring the help. `name`: what the configuration
        calls it; the function's own name when not given. `spare`: it gives way where another plugin has this name."""


@hookspec
def register_sources(register: Register) -> None:
    """Offer sources: functions, plain or async, that yield or return `Item`s.

    :param register: call it with each function.
    """


@hookspec
def register_filters(register: Register) -> None:
    """Offer filters: functions that take an `Article` and return it, a changed one, or None to drop it.

    :param register: call it with each function.
    """


@hookspec
def register_outputs(register: Register) -> None:
    """Offer outputs: functions that take an `Edition` and yield `(relative path, bytes)`.

    :param register: call it with each function.
    """


@hookspec
def register_commands(cli: click.Group) -> None:
    """Add verbs to the command line. A name the core uses is refused.

    :param cli: the click group to add commands to.
    """


@hookspec(firstresult=True)
def same_story(a: Article, b: Article) -> bool | None:
    """Say that two articles tell the same story (True), that they do not (False), or nothing (None).

    Asked of each pair worth comparing, of which one at least is new: about two for each new article. Where several
    plugins have this hook, the first word counts, and the one that was found last is asked first. One that raises says
    nothing of that pair; the report names it. What to expect: [Stories](#stories).

    :param a: the later of the two, by date.
    :param b: the earlier one.
    """


@hookspec
def run_finished(report: Report) -> None:
    """Told once when a run is over and its outputs are in place.

    :param report: what was fetched, new, written, and what failed.
    """
