"""Finds every regular expression of the code: in the names of each module, in its classes, and in calls such as
`re.sub(r"...", ...)`."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

PACKAGES = ("aggregator", "aggregator_plugins")
NOT_IMPORTED = ("aggregator.__main__", "aggregator.cli.scaffold")
METHODS = frozenset({"search", "match", "fullmatch", "finditer", "sub", "split"})
_SAME = {"findall": "finditer", "subn": "sub", "compile": ""}


class Found(NamedTuple):
    """A regular expression. `place`: where it stands; `methods`: those that it is used with."""

    place: str
    pattern: re.Pattern[Any]
    methods: frozenset[str]


class Unknown(NamedTuple):
    """A regular expression that is only known when the code runs. `place`: the function; `text`: as it is written."""

    place: str
    text: str


def modules() -> Iterator[ModuleType]:
    """Import and yield every module."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not found.name.startswith(NOT_IMPORTED):
                yield importlib.import_module(found.name)


@cache
def found_patterns() -> tuple[list[Found], list[Unknown]]:
    """Return the expressions that are known without running the code, each once, and those that are not."""
    found: dict[tuple[str | bytes, int], Found] = {}
    unknown: list[Unknown] = []
    methods = _methods_by_name()
    for module in modules():
        for name, value in vars(module).items():
            for pattern in _patterns_in(value, module.__name__):
                used = methods.get((module.__name__ if name.startswith("_") else "", name)) or METHODS
                _add(found, Found(f"{module.__name__}.{name}", pattern, used))
        for call in _calls(module):
            _add(found, call) if isinstance(call, Found) else unknown.append(call)
    return list(found.values()), unknown


@cache
def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def _add(found: dict[tuple[str | bytes, int], Found], new: Found) -> None:
    key = (new.pattern.pattern, new.pattern.flags)
    old = found.get(key, new)
    found[key] = Found(old.place, old.pattern, old.methods | new.methods)


def _patterns_in(value: object, module: str, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, type) and value.__module__ == module:
        for attribute in vars(value).values():
            yield from _patterns_in(attribute, module, depth - 1)
    elif depth and isinstance(value, Mapping | list | tuple | set | frozenset):
        values = [*value.keys(), *value.values()] if isinstance(value, Mapping) else value
        for one in values:
            yield from _patterns_in(one, module, depth - 1)


def _methods_by_name() -> dict[tuple[str, str], frozenset[str]]:
    """Return the methods that are called on each name of each module; all of them if it is also used without a call.

    A private name is only used in its own module; for others, the uses in all modules count ("").
    """
    used: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for module in modules():
        nodes = [*ast.walk(_tree(module))]
        methods = {node.value: _SAME.get(node.attr, node.attr) for node in nodes if isinstance(node, ast.Attribute)}
        for node in nodes:
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                name = node.id if isinstance(node, ast.Name) else node.attr
                place = module.__name__ if name.startswith("_") else ""
                method = methods.get(node)
                used[place, name] |= {method} if method in METHODS else METHODS
    return {key: frozenset(methods) for key, methods in used.items()}


def _calls(module: ModuleType) -> Iterator[Found | Unknown]:
    """Yield the expressions in calls of functions of `re`."""
    for statement in _tree(module).body:
        for node in ast.walk(statement):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            method = _SAME.get(node.func.attr, node.func.attr)
            if ast.unparse(node.func.value) != "re" or method not in METHODS | {""}:
                continue
            place = f"{module.__name__}.{getattr(statement, 'name', '')}".rstrip(".")
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            flags = given.get("flags") or (node.args[-1] if node.args[1:] else None)
            yield _evaluated(module, place, node.args[0], flags if method else given.get("flags", flags), method)


def _evaluated(module: ModuleType, place: str, text: ast.expr, flags: ast.expr | None, method: str) -> Found | Unknown:
    try:
        value = eval(ast.unparse(text), vars(module))
    except NameError:
        return Unknown(place, ast.unparse(text))
    try:
        number = eval(ast.unparse(flags), vars(module)) if flags else 0
    except NameError:
        number = 0
    number = number if isinstance(number, re.RegexFlag) else 0
    return Found(place, re.compile(value, number), frozenset({method} - {""}))
