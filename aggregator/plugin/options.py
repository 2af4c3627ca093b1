"""Options of plugins: read from the signature of the plugin's function, and checked before a run.

Each keyword parameter is an option. Its annotation is any type that msgspec converts (`str`, `int`, `bool`,
`list[str]`, `Literal[...]`, `Annotated[int, msgspec.Meta(ge=1, description="...")]`), or `re.Pattern[str]`, which is
written as text and compiled. A type that is written in another form than it has in Python defines the conversion:
`Meta(title="in words", extra={"written": str, "read": function})`, where the function raises ValueError; a class may
have such a `Meta` as its attribute `as_option`. A default makes an option optional.
"""

from __future__ import annotations

import inspect
import re
import tomllib
import types
import typing
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

import msgspec

from aggregator.errors import ConfigError
from aggregator.plugin import introspection
from aggregator.text.patterns import compile_pattern
from aggregator.text.suggest import did_you_mean
from aggregator.text.units import format_duration


class Option(msgspec.Struct, frozen=True):
    """An option. `type`: the annotation; `description`: from `Annotated[..., Meta(description=...)]`, or "";
    `convert`: converts a value of the configuration to the type, or raises what `convert_options` catches."""

    name: str
    type: Any
    required: bool
    default: Any
    description: str
    convert: Callable[[Any], Any]

    @property
    def type_text(self) -> str:
        """The type in words for users who do not program."""
        return describe_type(self.type)


class Problem(msgspec.Struct, frozen=True):
    """An invalid option. `key`: its name; `found`: the value as written, "" where missing; `allowed`: what to do."""

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


def describe_type(annotation: Any) -> str:
    """Describe a type: `int | None` is "a whole number", `list[str]` "a list of text", `Literal["a"]` '"a"'."""
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    title = next((meta.title for meta in metas_of(annotation) if meta.title), None)
    if title:
        return title
    if origin is Annotated:
        return describe_type(arguments[0])
    if origin is typing.Literal:
        return " or ".join(msgspec.json.encode(a).decode() for a in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(describe_type(a) for a in arguments if a is not type(None))
    if annotation is re.Pattern or origin is re.Pattern:
        return "a regular expression"
    if origin in (list, tuple, set, frozenset) or (isinstance(origin, type) and issubclass(origin, Collection)):
        inner = [a for a in arguments if a is not Ellipsis]
        return f"a list of {describe_type(inner[0])}" if inner and origin is not dict else "a table"
    return _WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)))


def read_options(function: Callable[..., Any], supplied: Collection[str]) -> tuple[Option, ...]:
    """Return the options of a function: its parameters except those that the core supplies.

    Raises TypeError, in one line, for `*args`, `**options` or an annotation that cannot be resolved.
    """
    parameters = introspection.parameters(function)
    hints = _type_hints(function, parameters)
    options = []
    for parameter in parameters.values():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            name = introspection.name_of(function)
            raise TypeError(f"{name}() takes {parameter}: name each option, so that it can be checked")
        if parameter.name in supplied:
            continue
        annotation = hints.get(parameter.name, Any)
        required = parameter.default is parameter.empty
        default = None if required else parameter.default
        convert = _converter(annotation)
        options.append(Option(parameter.name, annotation, required, default, _description(annotation), convert))
    return tuple(options)


def metas_of(annotation: Any) -> Iterator[msgspec.Meta]:
    """Yield the `Meta` annotations of a type and of the members of a union."""
    if typing.get_origin(annotation) is Annotated:
        yield from (meta for meta in annotation.__metadata__ if isinstance(meta, msgspec.Meta))
        yield from metas_of(annotation.__origin__)
    elif typing.get_origin(annotation) in (typing.Union, types.UnionType):
        for arm in typing.get_args(annotation):
            yield from metas_of(arm)
    elif isinstance(meta := getattr(annotation, "as_option", None), msgspec.Meta):
        yield meta


def _type_hints(function: Callable[..., Any], parameters: Mapping[str, inspect.Parameter]) -> dict[str, Any]:
    annotations = {name: one.annotation for name, one in parameters.items() if one.annotation is not one.empty}
    namespace = getattr(introspection.innermost(function), "__globals__", {})
    try:
        return typing.get_type_hints(types.SimpleNamespace(__annotations__=annotations), namespace, include_extras=True)
    except NameError as error:
        name = introspection.name_of(function)
        raise TypeError(f"{name}(): an annotation names something unknown: {error}") from error


def _description(annotation: Any) -> str:
    return next((meta.description for meta in metas_of(annotation) if meta.description), "")


def convert_options(options: tuple[Option, ...], values: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the values converted to the types of the options, and every problem with them."""
    known = {option.name: option for option in options}
    converted: dict[str, Any] = {}
    problems = []
    for key, value in values.items():
        if key not in known:
            problems.append(Problem(key, show(value), _unknown(key, known)))
            continue
        try:
            converted[key] = known[key].convert(value)
        except (msgspec.ValidationError, re.error) as error:
            problems.append(Problem(key, show(value), f"must be {known[key].type_text}{_why(error)}"))
        except ValueError as error:
            problems.append(Problem(key, show(value), str(error)))
    missing = [option for option in options if option.required and option.name not in values]
    problems += [Problem(option.name, "", f"is needed: {option.type_text}") for option in missing]
    return converted, problems


def _converter(annotation: Any) -> Callable[[Any], Any]:
    """Return the function that converts a value to a type. It raises ValidationError, re.error or ValueError."""
    extra = next((meta.extra for meta in metas_of(annotation) if meta.extra), None)
    if extra is not None:
        read, written = extra["read"], extra["written"]
        return lambda value: read(msgspec.convert(value, written, strict=True))
    if "re.Pattern" in str(annotation):
        return _compile
    return lambda value: msgspec.convert(value, annotation, strict=True)


def _compile(value: Any) -> re.Pattern[str]:
    if not isinstance(value, str):
        raise msgspec.ValidationError("")
    return compile_pattern(value)


def _why(error: Exception) -> str:
    """Return msgspec's reason where it adds to the type (a bound, a pattern, a length), else ""."""
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
    """Format a value for a message: like TOML, and 60 characters at most."""
    if isinstance(value, timedelta):
        value = format_duration(value)
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, msgspec.MsgspecError):
        text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def parse_assignments(assignments: Sequence[str], options: Sequence[Option]) -> dict[str, Any]:
    """Parse `KEY=VALUE` arguments into values to convert. Raises ConfigError for one without "=".

    A value is written as in a configuration, `["a", "b"]` for a list; text needs no quotation marks.
    """
    values: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise ConfigError([f"--option {assignment}: must be KEY=VALUE, such as limit=3"])
        option = next((option for option in options if option.name == name.strip()), None)
        values[name.strip()] = _parse_value(text, option) if option else text
    return values


def _parse_value(text: str, option: Option) -> Any:
    """Return the first interpretation, TOML or text, that the option's type allows."""
    for value in (*_toml(text), text):
        if not convert_options((option,), {option.name: value})[1]:
            return value
    return text


def _toml(text: str) -> Iterator[Any]:
    try:
        yield tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return
