"""Lists the keys of each table of the configuration, as `aggregator.config.settings` declares them."""

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

    `annotation`: the type of its field; `wrapper`: a struct whose field `value` has the type that the file must have
    (msgspec converts to a class faster than to an annotation); `allowed`: this type in words; `read`: converts it to
    the type of the field, or raises ValueError. `table`: the settings class, if the value is a table, or, if `many`, a
    list of tables.
    """

    name: str
    annotation: Any
    wrapper: type[Struct]
    read: Callable[[Any], Any]
    allowed: str
    description: str
    default: Any
    table: type[Struct] | None
    many: bool

    def convert(self, value: Any, dec_hook: Callable[[type, Any], Any]) -> Any:
        """Convert the value to the type that the file must have. Raises msgspec.ValidationError."""
        wrapped: Any = convert({"value": value}, self.wrapper, strict=True, dec_hook=dec_hook)
        return wrapped.value

    @property
    def required(self) -> bool:
        """Whether the key must be present. `store` need not: its default depends on the folder of the file."""
        return self.default is NODEFAULT and self.name != "store"


@cache
def keys_of(settings: type[Struct]) -> dict[str, Key]:
    """Return the keys of a table by name, in the order of the fields."""
    hints = typing.get_type_hints(settings, include_extras=True)
    described = [field for field in structs.fields(settings) if typing.get_origin(hints[field.name]) is Annotated]
    return {field.name: _key(field, hints[field.name]) for field in described}


@cache
def required_keys_of(settings: type[Struct]) -> tuple[Key, ...]:
    """Return the keys of a table that must be present."""
    return tuple(key for key in keys_of(settings).values() if key.required)


def _key(field: structs.FieldInfo, annotation: Any) -> Key:
    metas = list(metas_of(annotation))
    inner = typing.get_args(annotation)[0]
    many = typing.get_origin(inner) is tuple
    table = typing.get_args(inner)[0] if many else inner
    extra = next((meta.extra for meta in metas if meta.extra), {})
    is_table = isinstance(table, type) and issubclass(table, Struct) and not extra
    return Key(
        name=field.name,
        annotation=annotation,
        wrapper=defstruct("Wrapper", [("value", extra.get("written", annotation))]),
        read=extra.get("read", _identity),
        allowed=next((meta.title for meta in metas if meta.title), ""),
        description=next((meta.description for meta in metas if meta.description), ""),
        default=field.default,
        table=table if is_table else None,
        many=many,
    )


def _identity(value: Any) -> Any:
    return value


def unknown_key(name: str, known: Iterable[str]) -> str:
    """Return the message for an unknown key. `known`: the keys of its table."""
    owner = next((table for table, settings in TABLES.items() if name in keys_of(settings)), None)
    if owner is not None:
        return f"unknown key; it belongs {f'in {owner}' if owner else 'at the top of the file, above all tables'}"
    return f"unknown key; {did_you_mean(name, sorted(known))}"
