"""Introspection of plugin functions: their parameters, and whether they are asynchronous.

All of the core inspects plugin functions through this module. It follows decorators that use `functools.wraps`,
`functools.partial` objects, methods and callable instances to the function that does the work.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

Function = Callable[..., Any]


def parameters(function: Function) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a function, without those that decorators or `partial` have filled.

    Raises TypeError, in one line, where Python cannot tell them.
    """
    try:
        return inspect.signature(function).parameters
    except NameError as error:
        raise TypeError(f"{name_of(function)}(): an annotation names something unknown: {error}") from error
    except ValueError as error:
        raise TypeError(f"{name_of(function)}(): its parameters cannot be read: {error}") from error


def layers(function: Function) -> Iterator[Function]:
    """Yield a function, then each callable that it wraps; the last one does the work."""
    seen: list[Function] = []
    while not any(function is layer for layer in seen):
        seen.append(function)
        yield function
        if isinstance(function, partial):
            function = function.func
        elif inspect.ismethod(function):
            function = function.__func__
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif not inspect.isroutine(function) and not inspect.isclass(function):
            function = type(function).__call__


def innermost(function: Function) -> Function:
    """Return the function that does the work, below decorators and `partial` objects."""
    return list(layers(function))[-1]


def returns_awaitable(function: Function) -> bool:
    """Whether a call of this function itself, whatever it wraps, returns a coroutine or an asynchronous generator."""
    if not inspect.isroutine(function) and not isinstance(function, partial):
        function = type(function).__call__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def is_async(function: Function) -> bool:
    """Whether a call may return a coroutine or an asynchronous generator: the function or one that it wraps does."""
    return any(returns_awaitable(layer) for layer in layers(function))


def name_of(function: Function) -> str:
    """Return the name of a function; of a `partial` object or a callable instance, that of its function or class."""
    if isinstance(function, partial):
        return name_of(function.func)
    return str(getattr(function, "__name__", type(function).__name__))


def docstring_of(function: Function) -> str:
    """Return the docstring of a function, or of the class of a callable instance."""
    while isinstance(function, partial):
        function = function.func
    return inspect.getdoc(function) or ""
