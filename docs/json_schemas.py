"""Writes docs/schemas/*.json (`make docs`), the JSON schemas of the configuration and of what verbs print as JSON.

A schema that breaks programs which rely on the last one is not written until its version is raised.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from aggregator.cli.output_schemas import OUTPUTS, output_schema
from aggregator.config.json_schema import config_schema
from aggregator.plugin.loader import load_plugins

FOLDER = Path(__file__).parent / "schemas"

Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """Return all schemas by name; that of the configuration with the shipped plugins only."""
    registry = load_plugins([])
    for plugins in (registry.sources, registry.filters, registry.outputs):
        for name in [name for name, plugin in plugins.items() if not plugin.is_shipped]:
            del plugins[name]
    return {"config": config_schema(registry)} | {name: output_schema(name) for name in OUTPUTS}


def as_text(schema: Schema) -> str:
    """Return the file of a schema."""
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """Return a line for each change that breaks a program which relies on the old schema: a field that has vanished,
    has another type, or is no longer always there. None if the version has been raised.

    In the schema of the configuration, what is needed now is such a change as well.
    """
    if new["x-version"] > old["x-version"]:
        return []
    before, after = dict(_fields(old, old, "")), dict(_fields(new, new, ""))
    is_input = "additionalProperties" in new
    return [
        *(f"{path} has vanished" for path in before.keys() - after.keys()),
        *(f"{path} is needed now" for path in after.keys() - before.keys() if is_input and after[path].needed),
        *(
            line
            for path in before.keys() & after.keys()
            for line in _differences(path, before[path], after[path], is_input)
        ),
    ]


class Field(NamedTuple):
    """A value that a schema describes. `type`: its types in words; `needed`: whether it is required."""

    type: str
    needed: bool


def _differences(path: str, before: Field, after: Field, is_input: bool) -> Iterator[str]:
    if before.type != after.type:
        yield f"{path or 'the output'} was {before.type}, and is {after.type}"
    if is_input and after.needed and not before.needed:
        yield f"{path} is needed now"
    if not is_input and before.needed and not after.needed:
        yield f"{path} is no longer always there"


def _fields(root: Schema, schema: Schema, path: str, needed: bool = False) -> Iterator[tuple[str, Field]]:
    """Yield (path, field) for the value that a schema describes, and for all values in it."""
    yield path, Field(_type(root, schema), needed)
    for member in _members(root, schema):
        required = member.get("required", ())
        for name, inner in member.get("properties", {}).items():
            yield from _fields(root, inner, f"{path}{_label(member)}.{name}", name in required)
        for key, mark in (("items", "[]"), ("additionalProperties", "{}")):
            if isinstance(member.get(key), dict):
                yield from _fields(root, member[key], path + mark)
        for number, inner in enumerate(member.get("prefixItems", ())):
            yield from _fields(root, inner, f"{path}[{number}]")


def _members(root: Schema, schema: Schema) -> Iterator[Schema]:
    """Yield the alternatives of a schema, without references."""
    if "$ref" in schema:
        yield from _members(root, root["$defs"][schema["$ref"].rpartition("/")[2]])
    for key in ("anyOf", "oneOf"):
        for member in schema.get(key, ()):
            yield from _members(root, member)
    if not {"$ref", "anyOf", "oneOf"} & schema.keys():
        yield schema


def _label(member: Schema) -> str:
    """Tell apart the tables of plugins."""
    plugin = member.get("properties", {}).get("plugin", {}).get("const")
    return f"({plugin})" if plugin else ""


def _type(root: Schema, schema: Schema) -> str:
    types = {_type_of(member) for member in _members(root, schema)}
    return " or ".join(sorted(types))


def _type_of(member: Schema) -> str:
    if "enum" in member:
        return "one of " + ", ".join(map(str, member["enum"]))
    if "const" in member:
        return str(member["const"])
    kind = member.get("type", "anything")
    return f"{kind} ({member['format']})" if "format" in member else str(kind)


def main() -> None:
    """Write the schemas that have changed, and delete those that are no longer made."""
    FOLDER.mkdir(exist_ok=True)
    current = schemas()
    problems = []
    for name, schema in current.items():
        file = FOLDER / f"{name}.json"
        changes = breaking_changes(msgspec.json.decode(file.read_bytes()), schema) if file.exists() else []
        problems += [f"{name}: {change}" for change in changes]
        if not changes:
            file.write_text(as_text(schema), encoding="utf-8")
    for file in FOLDER.glob("*.json"):
        if file.stem not in current:
            file.unlink()
    if problems:
        sys.exit("\n".join([*problems, "raise the version of these schemas, or keep the fields"]))


if __name__ == "__main__":
    main()
