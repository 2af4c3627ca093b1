"""A plugin's options are its function's keyword parameters: read from the signature, checked before a run.

A parameter's annotation is any type that msgspec converts (`str`, `int`, `bool`, `list[str]`, `Literal[...]`,
`Annotated[int, msgspec.Meta(ge=1, description="...")]`), and `re.Pattern[str]`, which is given as text and checked as a
regular expression. What is held otherwise than it is written says how it is read, in `Meta(title="in words", extra={
"written": str, "read": function})`, where the function raises ValueError; so does a class with such a `Meta` as its
`as_option`. A default makes an option optional.
"""

from __future__ import annotations

import inspect
import re
import tomllib
import types
import typing
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Any

import msgspec

from aggregator.errors import ConfigError
from aggregator.text.patterns import compile_pattern
from aggregator.text.suggest import did_you_mean
from aggregator.text.units import format_duration


class Option(msgspec.Struct, frozen=True):
    """One option. `type`: the annotation; `description`: from `Annotated[..., Meta(description=...)]`, or ""."""

    name: str
    type: Any
    required: bool
    default: Any
    description: str

    @property
    def type_text(self) -> str:
        """The type in words a configuration's author knows."""
        return type_words(self.type)


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with one option. `key`: its name; `found`: the value as written, "" where missing; `allowed`:
    what to do."""

    key: str
    found: str
    allowed: str


_WORDS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a table",
    Any: "anything",
    type(None): "nothing",
}


_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}


def type_words(annotation: Any) -> str:
    """`int | None` → "a whole number"; `list[str]` → "a list of text"; `Literal["a", "b"]` → '"a" or "b"'."""
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    title = next((meta.title for meta in metas_of(annotation) if meta.title), None)
    if title:
        return title
    if origin is Annotated:
        return type_words(arguments[0])
    if origin is typing.Literal:
        return " or ".join(msgspec.json.encode(a).decode() for a in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(type_words(a) for a in arguments if a is not type(None))
    if annotation is re.Pattern or origin is re.Pattern:
        return "a regular expression"
    if origin in (list, tuple, set, frozenset) or (isinstance(origin, type) and issubclass(origin, Collection)):
        inner = [a for a in arguments if a is not Ellipsis]
        return f"a list of {type_words(inner[0])}" if inner and origin is not dict else "a table"
    return _WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)))


def read_options(function: Callable[..., Any], given: Collection[str]) -> tuple[Option, ...]:
    """The options of `function`: its parameters but for those the core hands over by position (`given`).

    Raises TypeError, in one line, for `*args`, `**options` or an annotation that cannot be resolved.
    """
    hints = _hints(function)
    options = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            raise TypeError(f"{function.__name__}() takes {parameter}: name each option, so that it can be checked")
        if parameter.name in given:
            continue
        annotation = hints.get(parameter.name, Any)
        required = parameter.default is parameter.empty
        default = None if required else parameter.default
        options.append(Option(parameter.name, annotation, required, default, _description(annotation)))
    return tuple(options)


def metas_of(annotation: Any) -> Iterator[msgspec.Meta]:
    """What is said of a type and, for an optional one, of the type that it may be."""
    if typing.get_origin(annotation) is Annotated:
        yield from (meta for meta in annotation.__metadata__ if isinstance(meta, msgspec.Meta))
        yield from metas_of(annotation.__origin__)
    elif typing.get_origin(annotation) in (typing.Union, types.UnionType):
        for arm in typing.get_args(annotation):
            yield from metas_of(arm)
    elif isinstance(meta := getattr(annotation, "as_option", None), msgspec.Meta):
        yield meta


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise TypeError(f"{function.__name__}(): an annotation names something unknown: {error}") from error


def _description(annotation: Any) -> str:
    return next((meta.description for meta in metas_of(annotation) if meta.description), "")


def convert_options(options: tuple[Option, ...], values: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The values as the function wants them, and everything that is wrong with them."""
    known = {option.name: option for option in options}
    converted: dict[str, Any] = {}
    problems = []
    for key, value in values.items():
        if key not in known:
            problems.append(Problem(key, show(value), _unknown(key, known)))
            continue
        try:
            converted[key] = _convert(value, known[key].type)
        except (msgspec.ValidationError, re.error) as error:
            problems.append(Problem(key, show(value), f"must be {known[key].type_text}{_why(error)}"))
        except ValueError as error:
            problems.append(Problem(key, show(value), str(error)))
    missing = [option for option in options if option.required and option.name not in values]
    problems += [Problem(option.name, "", f"is needed: {option.type_text}") for option in missing]
    return converted, problems


def _convert(value: Any, annotation: Any) -> Any:
    extra = next((meta.extra for meta in metas_of(annotation) if meta.extra), None)
    if extra is not None:
        return extra["read"](msgspec.convert(value, extra["written"], strict=True))
    if "re.Pattern" in str(annotation):
        if not isinstance(value, str):
            raise msgspec.ValidationError("")
        return compile_pattern(value)
    return msgspec.convert(value, annotation, strict=True)


def _why(error: Exception) -> str:
    """msgspec's reason where it says more than the type does (a bound, a pattern, a length)."""
    if isinstance(error, re.error):
        return f" ({error})"
    bound = re.search(r"(>=|<=|>|<) (\S+)|matching regex ('.*')|length (>=|<=) (\d+)", str(error))
    if not bound:
        return ""
    if bound[1]:
        return f", {_BOUNDS[bound[1]]} {bound[2]}"
    return f", matching {bound[3]}" if bound[3] else f", {_BOUNDS[bound[4]]} {bound[5]} long"


def _unknown(key: str, known: Collection[str]) -> str:
    return f"unknown option; {did_you_mean(key, sorted(known), None if known else 'this plugin has none')}"


def show(value: Any) -> str:
    """A value as TOML would write it, near enough for a message, and never long."""
    if isinstance(value, timedelta):
        value = format_duration(value)
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, msgspec.MsgspecError):
        text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def read_texts(texts: Sequence[str], options: Sequence[Option]) -> dict[str, Any]:
    """The values of `KEY=VALUE` texts, fit to be converted. Raises ConfigError for a text that is no such pair.

    A value is written as in a configuration, `["a", "b"]` for a list; a text needs no quotation marks.
    """
    values: dict[str, Any] = {}
    for text in texts:
        name, found, value = text.partition("=")
        if not found:
            raise ConfigError([f"--option {text}: must be KEY=VALUE, such as limit=3"])
        option = next((one for one in options if one.name == name.strip()), None)
        values[name.strip()] = _value(value, option) if option else value
    return values


def _value(text: str, option: Option) -> Any:
    """The first way to read it that the option's type allows."""
    for value in (*_toml(text), text):
        if not convert_options((option,), {option.name: value})[1]:
            return value
    return text


def _toml(text: str) -> Iterator[Any]:
    try:
        yield tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return
