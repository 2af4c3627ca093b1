"""A plugin's options as they are given on the command line: `--option limit=3`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

from aggregator.errors import ConfigError
from aggregator.options import Option, convert_options


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
