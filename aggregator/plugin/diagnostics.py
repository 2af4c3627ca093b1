"""Messages about plugins that fail: mistakes in hooks and signatures, and exceptions, each with what to change."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from aggregator.errors import PluginError
from aggregator.plugin import introspection
from aggregator.plugin.plugin import FIRST, SUPPLIED, SUPPLIED_TO_DELIVER, Kind
from aggregator.text.suggest import did_you_mean


def check_signature(kind: Kind, function: Callable[..., Any]) -> None:
    """Raises PluginError for parameters that a source, filter or output cannot have."""
    from aggregator.plugin.options import read_options

    try:
        read_options(function, ())
        parameters = introspection.parameters(function)
    except TypeError as error:
        raise PluginError(str(error)) from error
    if mistake := _signature_mistake(kind, function, parameters):
        raise PluginError(f"{introspection.name_of(function)}(): {mistake}")


def check_deliver_signature(kind: Kind, output: Callable[..., Any], deliver: Callable[..., Any]) -> None:
    """Raises PluginError for a deliver function whose parameters are not a delivery and options of its output."""
    try:
        parameters = list(introspection.parameters(deliver).values())
        known = [*introspection.parameters(output)][1:]
    except TypeError as error:
        raise PluginError(str(error)) from error
    if mistake := _deliver_mistake(kind, deliver, parameters, known):
        raise PluginError(f"{introspection.name_of(deliver)}(): {mistake}")


def _deliver_mistake(
    kind: Kind, deliver: Callable[..., Any], parameters: list[inspect.Parameter], known: list[str]
) -> str:
    if kind != "output":
        return f"only an output delivers, not a {kind}"
    if introspection.is_async(deliver):
        return "a deliver function is a plain function: write `def`, and `http.post(...)` without `await`"
    if not parameters or parameters[0].kind is inspect.Parameter.KEYWORD_ONLY:
        return "its first parameter must be the delivery"
    allowed = [name for name in known if name not in SUPPLIED["output"]] + [*SUPPLIED_TO_DELIVER]
    for parameter in parameters[1:]:
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            return f"takes {parameter}: name each option"
        if parameter.name not in allowed:
            return f"its parameter {parameter.name} is no option of the output; {did_you_mean(parameter.name, allowed)}"
    return ""


def _signature_mistake(kind: Kind, function: Callable[..., Any], parameters: Mapping[str, inspect.Parameter]) -> str:
    positional = [one for one in parameters.values() if one.kind is not one.KEYWORD_ONLY]
    if kind == "source":
        return _source_mistake(positional, parameters)
    if not positional:
        return f"its first parameter must be the {FIRST[kind]}"
    if kind == "filter" and "http" in parameters and not introspection.is_async(function):
        return "a filter with the parameter `http` is asynchronous: write `async def`, and `await http.get(...)`"
    if kind == "output" and introspection.returns_awaitable(function):
        return "an output is a plain function: write `def`, and take what it needs from the edition"
    return ""


def _source_mistake(positional: list[inspect.Parameter], parameters: Mapping[str, inspect.Parameter]) -> str:
    if "http" in parameters or not positional:
        return ""
    first = positional[0]
    if first.default is not first.empty or first.annotation is not first.empty or first.name in ("url", "state"):
        return ""
    return (
        f'its first parameter is "{first.name}": call it `http` if it is to receive the HTTP client, or put `*, ` '
        "before it if it is an option"
    )


def coroutine_returned(kind: str, result: Coroutine[Any, Any, Any]) -> str:
    """Return the message for a source or filter that returned a coroutine instead of awaiting it, and close that."""
    result.close()  # otherwise Python warns that it was never awaited
    return f"returned a coroutine: write `async def` before the {kind}'s name, and `await` before the call"


def explain_hook_error(error: pluggy.PluginValidationError, specs: ModuleType) -> str:
    """Explain pluggy's error about a hook that does not exist, or about its parameters."""
    text = " ".join(str(error).split())
    known = [name for name, value in vars(specs).items() if inspect.isfunction(value)]
    if unknown := re.search(r"unknown hook '(\w+)'", text):
        return f'there is no hook "{unknown[1]}"; {did_you_mean(unknown[1], sorted(known))}'
    hook, surplus = re.search(r"hook '(\w+)'", text), re.search(r"Argument\(s\) \{([^{}]*)\}", text)
    if hook and surplus:
        wanted = ", ".join(inspect.signature(getattr(specs, hook[1])).parameters)
        wrong = surplus[1].replace("'", "")
        return f"the hook {hook[1]}() has no parameter {wrong}: it is written {hook[1]}({wanted})"
    return text


def _await_hint(error: BaseException) -> str:
    """Return advice in parentheses for exceptions about `await` that do not give any, else ""."""
    if "coroutine" in str(error) and isinstance(error, AttributeError | TypeError):
        return " (write `await` before the call, as in `(await http.get(...)).json()`)"
    if isinstance(error, TypeError) and "can't be used in 'await' expression" in str(error):
        return " (in a plain function, `http.get(...)` needs no `await`)"
    return ""


def failure_line(name: str, origin: str, error: BaseException) -> str:
    """Describe in one line that a plugin raised an exception: its name, where it comes from, and the exception."""
    return f'plugin "{name}" ({origin}): {describe_exception(error, origin)}'


def describe_exception(error: BaseException, origin: str = "") -> str:
    """Describe a plugin's exception in one line: type, text, and the last line of the plugin's own code in it."""
    if isinstance(error, PluginError):
        return str(error)
    message = " ".join(str(error).split())
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    if isinstance(error, SyntaxError) and error.filename:
        return f"SyntaxError: {error.msg} in {error.filename}, line {error.lineno}"
    text += _await_hint(error)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_plugin_code(f.filename, origin)]
    return f"{text} in {frames[-1].filename}, line {frames[-1].lineno}" if frames else text


def _is_plugin_code(filename: str, origin: str) -> bool:
    if origin.endswith(".py"):
        return filename.startswith(str(Path(origin).parent))
    core = str(Path(__file__).parents[1])
    return not filename.startswith((core, "<")) and "/pluggy/" not in filename and "importlib" not in filename


def type_with_article(value: object) -> str:
    """Return the type of a value with its indefinite article: "a dict", "an int"."""
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
