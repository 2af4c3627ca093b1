"""The keys of each table of the configuration, from `aggregator.config.settings`, and the error for any other key."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable
from functools import cache
from typing import Annotated, Any

from msgspec import NODEFAULT, Struct, convert, defstruct, structs

from aggregator.config.settings import (
    Config,
    FilterSettings,
    OutputSettings,
    SourceSettings,
)
from aggregator.grouping.settings import StoriesSettings
from aggregator.http.settings import HttpSettings
from aggregator.plugin.options import metas_of
from aggregator.text.suggest import did_you_mean

TABLES: dict[str, type[Struct]] = {
    "": Config,
    "[[sources]]": SourceSettings,
    "[[filters]]": FilterSettings,
    "[[outputs]]": OutputSettings,
    "[http]": HttpSettings,
    "[stories]": StoriesSettings,
}


class Key(Struct, frozen=True):
    """One key of a table.

    `written`: a struct whose `value` is of the type that is written there (msgspec finds a class sooner than an
    annotation); `allowed`: the same in words; `read`: makes the value of it, or raises ValueError. `table`: the
    settings that are made of it, where it is a table, or, if `many`, a list of tables.
    """

    name: str
    written: type[Struct]
    read: Callable[[Any], Any]
    allowed: str
    description: str
    default: Any
    table: type[Struct] | None
    many: bool

    def convert(self, value: Any, dec_hook: Callable[[type, Any], Any]) -> Any:
        """What is written, in the type that it must have. Raises msgspec.ValidationError."""
        held: Any = convert({"value": value}, self.written, strict=True, dec_hook=dec_hook)
        return held.value

    @property
    def required(self) -> bool:
        """Whether a table without it is wrong. The store's default depends on where the file is."""
        return self.default is NODEFAULT and self.name != "store"


@cache
def keys_of(settings: type[Struct]) -> dict[str, Key]:
    """The keys of a table, by name, in the order of the settings."""
    hints = typing.get_type_hints(settings, include_extras=True)
    described = [field for field in structs.fields(settings) if typing.get_origin(hints[field.name]) is Annotated]
    return {field.name: _key(field, hints[field.name]) for field in described}


def _key(field: structs.FieldInfo, annotation: Any) -> Key:
    metas = list(metas_of(annotation))
    inner = typing.get_args(annotation)[0]
    many = typing.get_origin(inner) is tuple
    table = typing.get_args(inner)[0] if many else inner
    is_table = isinstance(table, type) and issubclass(table, Struct)
    extra = next((meta.extra for meta in metas if meta.extra), {})
    return Key(
        name=field.name,
        written=defstruct("Written", [("value", extra.get("written", annotation))]),
        read=extra.get("read", _as_it_is),
        allowed=next((meta.title for meta in metas if meta.title), ""),
        description=next((meta.description for meta in metas if meta.description), ""),
        default=field.default,
        table=table if is_table else None,
        many=many,
    )


def _as_it_is(value: Any) -> Any:
    return value


def unknown_key(name: str, known: Iterable[str]) -> str:
    """What to say of a key that a table does not have. `known`: those that it has."""
    place = next((table for table, settings in TABLES.items() if name in keys_of(settings)), None)
    if place is not None:
        return f"unknown key; it belongs {f'in {place}' if place else 'at the top of the file, above all tables'}"
    return f"unknown key; {did_you_mean(name, sorted(known))}"
