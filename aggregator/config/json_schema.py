"""The JSON schema of a configuration file, with the options of all loaded plugins, for editors and other programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from aggregator.config.schema import Key, keys_of
from aggregator.config.sections import SectionSettings
from aggregator.config.settings import Config, FilterSettings, OutputSettings, SourceSettings
from aggregator.plugin.options import metas_of
from aggregator.plugin.plugin import Kind, Plugin
from aggregator.plugin.registry import Registry
from aggregator.text.units import SIZE_WORDS, format_duration, format_size

VERSION = 1
"""To be raised when a key vanishes, is needed, or no longer accepts a value; not for a new key."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

_KINDS: dict[str, Kind] = {"sources": "source", "filters": "filter", "outputs": "output"}
_SETTINGS: dict[Kind, type[msgspec.Struct]] = {
    "source": SourceSettings,
    "filter": FilterSettings,
    "output": OutputSettings,
}
_SECRET = {"$ref": "#/$defs/secret"}
_DEFINITIONS: dict[str, Schema] = {
    "secret": {
        "title": 'a secret such as { env = "NAME" }',
        "description": "The value of an environment variable.",
        "type": "object",
        "properties": {"env": {"type": "string", "description": "Name of the environment variable."}},
        "required": ["env"],
        "additionalProperties": False,
    },
    "section": {
        **msgspec.json.schema(SectionSettings)["$defs"]["SectionSettings"],
        "title": "a section of a page",
        "description": "A section with the stories that have the tag, are of the source, and are in the language.",
    },
}


def schema_head(name: str, version: int) -> Schema:
    """Return the keys that identify a schema and its version."""
    return {"$schema": DIALECT, "$id": f"urn:aggregate-news:schema:{name}:{version}", "x-version": version}


def config_schema(registry: Registry) -> Schema:
    """Return the schema of a configuration file with these plugins."""
    definitions = dict(_DEFINITIONS)
    for kind in _KINDS.values():
        for plugin in sorted(registry.of_kind(kind).values(), key=lambda plugin: plugin.name):
            definitions[f"{kind}-{plugin.name}"] = _plugin_table(kind, plugin)
    return {
        **schema_head("config", VERSION),
        "title": "The configuration of aggregate",
        "type": "object",
        "properties": {key.name: _top_level(key, registry) for key in keys_of(Config).values()},
        "additionalProperties": False,
        "$defs": definitions,
    }


def _top_level(key: Key, registry: Registry) -> Schema:
    """Return the schema of a key at the top of the file: a value, a table, or a list of tables of plugins."""
    if key.name in _KINDS:
        kind = _KINDS[key.name]
        names = sorted(plugin.name for plugin in registry.of_kind(kind).values())
        tables = [{"$ref": f"#/$defs/{kind}-{name}"} for name in names]
        return {"description": key.description, "type": "array", "items": {"oneOf": tables}}
    if key.table:
        properties = {inner.name: _of_key(inner) for inner in keys_of(key.table).values()}
        return {
            "description": key.description,
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
    return _of_key(key)


def _plugin_table(kind: Kind, plugin: Plugin) -> Schema:
    """Return the schema of a table of this plugin. Without `plugin`, a source is a feed."""
    keys = keys_of(_SETTINGS[kind])
    properties = {key.name: _of_key(key) for key in keys.values()}
    properties["plugin"] = {"const": plugin.name, "description": keys["plugin"].description}
    required = [] if keys["plugin"].default == plugin.name else ["plugin"]
    for option in plugin.options:
        if option.name not in properties:
            properties[option.name] = _described(_of_type(option.type), option.type_text, option.description)
            _add_default(properties[option.name], option.default)
        if option.required and option.name not in required:
            required.append(option.name)
    if kind == "output" and plugin.writes_files:
        required.append("path")
    return {
        "title": f"{kind} {plugin.name}",
        "description": plugin.summary,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _of_key(key: Key) -> Schema:
    if key.name == "sections":
        section = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/section"}]}
        return _described({"type": "array", "items": section}, key.allowed, key.description)
    schema = _described(_of_type(key.annotation), key.allowed, key.description)
    _add_default(schema, format_size(key.default) if key.allowed == SIZE_WORDS else key.default)
    return schema


def _described(schema: Schema, title: str, description: str) -> Schema:
    head = {"title": title, "description": description}
    return {name: text for name, text in head.items() if text} | schema


def _add_default(schema: Schema, default: Any) -> None:
    """Add the default as it is written in the file, if it can be."""
    if isinstance(default, timedelta):
        default = format_duration(default)
    if isinstance(default, str | int | float | list | tuple) and default not in ("", (), []):
        schema["default"] = default


def _of_type(annotation: Any) -> Schema:
    """Return the schema of a value as it is written in the file."""
    metas = list(metas_of(annotation))
    written = next((meta.extra["written"] for meta in metas if meta.extra), None)
    extra = next((meta.extra_json_schema for meta in metas if meta.extra_json_schema), None) or {}
    if written is None and "re.Pattern" in str(annotation):
        return _with_secrets({"type": "string", "format": "regex"})
    try:
        schema = msgspec.json.schema(annotation if written is None else written, schema_hook=_of_class)
    except TypeError:
        return {}  # of a type that a plugin converts by itself
    for name in ("title", "description"):
        schema.pop(name, None)
    return _with_secrets(_without_null(schema) | extra)


def _of_class(type_: type) -> Schema:
    if issubclass(type_, Path):
        return {"type": "string", "minLength": 1}
    raise TypeError


def _without_null(schema: Schema) -> Schema:
    """Leave out null, which TOML does not have."""
    members: list[Schema] = [member for member in schema.get("anyOf", ()) if member.get("type") != "null"]
    if len(members) == 1:
        return {name: value for name, value in schema.items() if name not in ("anyOf", "default")} | members[0]
    return schema | ({"anyOf": members} if members else {})


def _with_secrets(schema: Schema) -> Schema:
    """Accept `{ env = "NAME" }` in the place of each text, in lists and tables as well."""
    if "anyOf" in schema:
        flat = [one for member in map(_with_secrets, schema["anyOf"]) for one in member.get("anyOf", [member])]
        return schema | {"anyOf": list(_distinct(flat))}
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            return schema | {name: _with_secrets(schema[name])}
    if schema.get("type") == "string" or "enum" in schema:
        return {"anyOf": [schema, _SECRET]}
    return schema


def _distinct(schemas: list[Schema]) -> Iterator[Schema]:
    for number, schema in enumerate(schemas):
        if schema not in schemas[:number]:
            yield schema
