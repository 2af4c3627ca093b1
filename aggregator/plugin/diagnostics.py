"""The mistakes that authors of plugins make, told with what to change."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Container, Coroutine
from types import ModuleType
from typing import Any

import pluggy

from aggregator.errors import PluginError
from aggregator.text.suggest import did_you_mean

FIRST = {"filter": "article", "output": "edition"}


def check_signature(kind: str, function: Callable[..., Any]) -> None:
    """Raises PluginError that says what is wrong with the parameters of a source, filter or output."""
    from aggregator.plugin.options import read_options

    try:
        read_options(function, ())
    except TypeError as error:
        raise PluginError(str(error)) from error
    if mistake := _mistake(kind, function):
        raise PluginError(f"{function.__name__}(): {mistake}")


def _mistake(kind: str, function: Callable[..., Any]) -> str:
    parameters = inspect.signature(function).parameters
    positional = [one for one in parameters.values() if one.kind is not one.KEYWORD_ONLY]
    if kind == "source":
        return _source_mistake(positional, parameters)
    if not positional:
        return f"its first parameter must be the {FIRST[kind]}"
    if kind == "filter" and "http" in parameters and not inspect.iscoroutinefunction(function):
        return "a filter that asks the network is asynchronous: write `async def`, and `await http.get(...)`"
    if kind == "output" and (inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)):
        return "an output is a plain function: write `def`, and take what it needs from the edition"
    return ""


def _source_mistake(positional: list[inspect.Parameter], names: Container[str]) -> str:
    if "http" in names or not positional:
        return ""
    first = positional[0]
    bare = first.default is first.empty and first.annotation is first.empty and first.name not in ("url", "state")
    if not bare:
        return ""
    return (
        f'its first parameter is "{first.name}": call it `http` if it is the door to the network, or put `*, ` before '
        "it if it is an option"
    )


def coroutine_returned(kind: str, result: Coroutine[Any, Any, Any]) -> str:
    """What to say of a source or filter that forgot to wait for another function."""
    result.close()  # else Python warns of it, in words that help nobody
    return f"returned a coroutine: write `async def` before the {kind}'s name, and `await` before the call"


def hook_mistake(error: pluggy.PluginValidationError, specs: ModuleType) -> str:
    """What pluggy says of a hook that it does not know, or of its parameters, with what was meant."""
    words = " ".join(str(error).split())
    known = sorted(name for name, value in vars(specs).items() if inspect.isfunction(value))
    if unknown := re.search(r"unknown hook '(\w+)'", words):
        return f'there is no hook "{unknown[1]}"; {did_you_mean(unknown[1], known)}'
    if declared := re.search(r"hook '(\w+)'.*Argument\(s\) \{([^}]*)\}", words):
        wanted = ", ".join(inspect.signature(getattr(specs, declared[1])).parameters)
        wrong = declared[2].replace("'", "")
        return f"the hook {declared[1]}() has no parameter {wrong}: it is written {declared[1]}({wanted})"
    return words


def hint_at(error: BaseException) -> str:
    """What to change, for exceptions that do not say it."""
    if "coroutine" in str(error) and isinstance(error, AttributeError | TypeError):
        return " (write `await` before the call, as in `(await http.get(...)).json()`)"
    if isinstance(error, TypeError) and "can't be used in 'await' expression" in str(error):
        return " (in a plain function, `http.get(...)` needs no `await`)"
    return ""


def type_with_article(value: object) -> str:
    """Return the type of a value with its indefinite article: "a dict", "an int"."""
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
