"""Paths into a JSON document: parsing, evaluation, and the explanation of a path that matches nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

import msgspec

from aggregator.text.plain import printable
from aggregator.text.suggest import closest_name

MAX_LENGTH = 500
"""Characters of a path."""

MAX_SUGGESTIONS = 200
"""Names of an object that are compared with a misspelt one."""

_STEP = re.compile(r'(?:^|\.)([^.\[\]{}"?]+)|\[(-?\d{1,9}|\*)\]|\["([^"]*)"\]')
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PLAIN_NAME = re.compile(r'[^.\[\]{}"?*]+')

Step = str | int | None
"""A name in an object, an index in a list, or None for the wildcard."""


class PathNotFoundError(Exception):
    """A path matches nothing. `explain`: builds the message, only when it is shown, since that takes time."""

    def __init__(self, explain: Callable[..., str], *arguments: Any) -> None:
        super().__init__()
        self._explain = partial(explain, *arguments)

    def __str__(self) -> str:
        return self._explain()


class Path(msgspec.Struct, frozen=True):
    """A parsed path. `text`: as written; `steps`: from the outside to the inside."""

    text: str
    steps: tuple[Step, ...]


class Template(msgspec.Struct, frozen=True):
    """A text with paths in it: `texts` stand before, between and after `paths`."""

    texts: tuple[str, ...]
    paths: tuple[Path, ...]


def parse_path(text: str) -> Path:
    """Parse a path. Raises ValueError with the position of the mistake."""
    steps: list[Step] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position) if len(text) <= MAX_LENGTH else None
        if not match:
            rest = text[position:][:40]
            raise ValueError(f'is not a path from "{rest}" on; write a path like data.posts[0].tags.*.name')
        name, index, quoted = match.groups()
        steps.append(_step(name, index) if quoted is None else quoted)
        position = match.end()
    return Path(text, tuple(steps))


def _step(name: str | None, index: str | None) -> Step:
    if "*" in (name, index):
        return None
    return name if index is None else int(index)


def parse_template(text: str) -> Template:
    """Parse a text with paths in braces. Raises ValueError for an unbalanced brace or an invalid path."""
    texts = _PLACEHOLDER.split(text)
    if any("{" in literal or "}" in literal for literal in texts[::2]):
        raise ValueError("has an unbalanced brace")
    return Template(tuple(texts[::2]), tuple(parse_path(path) for path in texts[1::2]))


def evaluate(value: Any, path: Path, root: str) -> Any:
    """Return the value at a path: a list if the path has a wildcard; None if a value on the way is null.

    `root`: what the path starts at, for messages. Raises PathNotFoundError.
    """
    return _evaluate(value, path.steps, 0, root)


def _evaluate(value: Any, steps: Sequence[Step], start: int, root: str) -> Any:
    for position in range(start, len(steps)):
        step = steps[position]
        if value is None:
            return None
        if step is None:
            return _evaluate_wildcard(value, steps, position, root)
        if not _has(value, step):
            raise PathNotFoundError(_explain_missing, value, step, format_path(steps[:position]) or root)
        value = value[step]
    return value


def _has(value: Any, step: str | int) -> bool:
    if isinstance(step, str):
        return isinstance(value, Mapping) and step in value
    return isinstance(value, list) and -len(value) <= step < len(value)


def _evaluate_wildcard(value: Any, steps: Sequence[Step], position: int, root: str) -> list[Any]:
    """Collect the values of all members. Members without the rest of the path are skipped, unless all lack it."""
    members = list(value.values()) if isinstance(value, Mapping) else value
    if not isinstance(members, list):
        raise PathNotFoundError(_explain_no_list, value, format_path(steps[:position]) or root)
    nested = None in steps[position + 1 :]
    values: list[Any] = []
    missing = None
    for member in members:
        try:
            inner = _evaluate(member, steps, position + 1, root)
        except PathNotFoundError as error:
            missing = missing or error
            continue
        if nested:
            values += inner or ()
        elif inner is not None:
            values.append(inner)
    if missing and not values:
        raise missing
    return values


def _explain_missing(value: Any, step: Step, where: str) -> str:
    """Describe the value that lacks a step."""
    if isinstance(step, str) and isinstance(value, Mapping):
        return f'{where} has no "{step}", but {list_names(value)}{_suggestion(step, value)}'
    if isinstance(step, int) and isinstance(value, list):
        return f"{where} is {describe(value)}, and has no [{step}]"
    hint = "; use * for all members or [0] for the first" if isinstance(value, list) else ""
    return f"{where} is {describe(value)}{hint}"


def _explain_no_list(value: Any, where: str) -> str:
    return f"{where} is {describe(value)}, not a list"


def _suggestion(name: str, value: Mapping[str, Any]) -> str:
    closest = closest_name(name, islice(value, MAX_SUGGESTIONS))
    return f'; did you mean "{format_path((closest,))}"?' if closest else ""


def format_path(steps: Sequence[Step], start: str = "") -> str:
    """Write steps as a path, safe for a message. `start`: a path that they continue."""
    path = start + "".join(_format_steps(steps))
    return printable(path if start else path.removeprefix("."))


def _format_steps(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, int):
            yield f"[{step}]"
        elif step is None:
            yield ".*"
        else:
            yield f".{step}" if _PLAIN_NAME.fullmatch(step) else f'["{step}"]'


def describe(value: Any) -> str:
    """Describe a JSON value for a message: its type, and a short part of it."""
    if isinstance(value, Mapping):
        return f"an object with {list_names(value)}" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f'the text "{printable(value[:40])}"' if isinstance(value, str) else f"the number {value!s:.40}"


def list_names(value: Mapping[str, Any], most: int = 12) -> str:
    """List the first names in an object."""
    names = [printable(name[:40]) for name in islice(value, most)]
    more = f" and {len(value) - most} more" if len(value) > most else ""
    return ", ".join(names) + more if names else "nothing"
