"""Paths into a JSON document, and what is said where one leads nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

import msgspec

from aggregator.text.plain import printable
from aggregator.text.suggest import closest_name

LONGEST = 500
"""Characters of a path."""

MOST_COMPARED = 200
"""Names among which the one is looked for that may have been meant."""

_STEP = re.compile(r'(?:^|\.)([^.\[\]{}"?]+)|\[(-?\d{1,9}|\*)\]|\["([^"]*)"\]')
_HOLE = re.compile(r"\{([^{}]*)\}")
_PLAIN = re.compile(r'[^.\[\]{}"?*]+')

Step = str | int | None
"""A name, a place in a list, or None for all."""


class Missing(Exception):  # noqa: N818 - what the answer lacks
    """A path leads nowhere. `say`: puts it into words, which takes time, and is asked of few."""

    def __init__(self, say: Callable[..., str], *arguments: Any) -> None:
        super().__init__()
        self._say = partial(say, *arguments)

    def __str__(self) -> str:
        return self._say()


class Path(msgspec.Struct, frozen=True):
    """Steps from the outside to the inside. `text`: as written."""

    text: str
    steps: tuple[Step, ...]


class Template(msgspec.Struct, frozen=True):
    """A text with paths in it: `texts` stand before, between and after `paths`."""

    texts: tuple[str, ...]
    paths: tuple[Path, ...]


def parse_path(text: str) -> Path:
    """Raises ValueError that says where it is wrong."""
    steps: list[Step] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at) if len(text) <= LONGEST else None
        if not found:
            raise ValueError(f'is no path from "{text[at:][:40]}" on; one is written like data.posts[0].tags.*.name')
        name, place, quoted = found.groups()
        steps.append(_step(name, place) if quoted is None else quoted)
        at = found.end()
    return Path(text, tuple(steps))


def _step(name: str | None, place: str | None) -> Step:
    if "*" in (name, place):
        return None
    return name if place is None else int(place)


def parse_template(text: str) -> Template:
    """Raises ValueError for a brace that is not closed, or for what is no path between two."""
    texts = _HOLE.split(text)
    if any("{" in one or "}" in one for one in texts[::2]):
        raise ValueError("has a brace without its other half")
    return Template(tuple(texts[::2]), tuple(parse_path(one) for one in texts[1::2]))


def find(value: Any, path: Path, root: str) -> Any:
    """What stands at the path: a list where it takes all of something; None where a part of the way is null.

    `root`: what the path begins at, in words. Raises Missing.
    """
    return _find(value, path.steps, 0, root)


def _find(value: Any, steps: Sequence[Step], at: int, root: str) -> Any:
    for number in range(at, len(steps)):
        step = steps[number]
        if value is None:
            return None
        if step is None:
            return _find_all(value, steps, number, root)
        if not _has(value, step):
            raise Missing(_instead, value, step, written(steps[:number]) or root)
        value = value[step]
    return value


def _has(value: Any, step: str | int) -> bool:
    if isinstance(step, str):
        return isinstance(value, Mapping) and step in value
    return isinstance(value, list) and -len(value) <= step < len(value)


def _find_all(value: Any, steps: Sequence[Step], number: int, root: str) -> list[Any]:
    """What is found in each; those that lack it are passed over, unless all do."""
    each = list(value.values()) if isinstance(value, Mapping) else value
    if not isinstance(each, list):
        raise Missing(_no_list, value, written(steps[:number]) or root)
    flat = None in steps[number + 1 :]
    found: list[Any] = []
    missing = None
    for one in each:
        try:
            inner = _find(one, steps, number + 1, root)
        except Missing as error:
            missing = missing or error
            continue
        if flat:
            found += inner or ()
        elif inner is not None:
            found.append(inner)
    if missing and not found:
        raise missing
    return found


def _instead(value: Any, step: Step, where: str) -> str:
    """What is there, where a step leads nowhere."""
    if isinstance(step, str) and isinstance(value, Mapping):
        return f'{where} has no "{step}", but {keys(value)}{_close(step, value)}'
    if isinstance(step, int) and isinstance(value, list):
        return f"{where} is {words(value)}, and has no [{step}]"
    hint = ", of which * takes all and [0] the first" if isinstance(value, list) else ""
    return f"{where} is {words(value)}{hint}"


def _no_list(value: Any, where: str) -> str:
    return f"{where} is {words(value)}, no list"


def _close(name: str, value: Mapping[str, Any]) -> str:
    closest = closest_name(name, islice(value, MOST_COMPARED))
    return f'; did you mean "{written((closest,))}"?' if closest else ""


def written(steps: Sequence[Step], start: str = "") -> str:
    """Steps as a path is written, fit for a message. `start`: a path that they go on from."""
    path = start + "".join(_written(steps))
    return printable(path if start else path.removeprefix("."))


def _written(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, int):
            yield f"[{step}]"
        elif step is None:
            yield ".*"
        else:
            yield f".{step}" if _PLAIN.fullmatch(step) else f'["{step}"]'


def words(value: Any) -> str:
    """A value in the words of a message: what it is, never all of it."""
    if isinstance(value, Mapping):
        return f"an object with {keys(value)}" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f'the text "{printable(value[:40])}"' if isinstance(value, str) else f"the number {value!s:.40}"


def keys(value: Mapping[str, Any], most: int = 12) -> str:
    """The names in an object, as many as a message holds."""
    names = [printable(name[:40]) for name in islice(value, most)]
    more = f" and {len(value) - most} more" if len(value) > most else ""
    return ", ".join(names) + more if names else "nothing"
