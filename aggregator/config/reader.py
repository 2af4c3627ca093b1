"""Reads the tables of one configuration file as settings, and collects the mistakes in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from aggregator.config.schema import Key, keys_of, required_keys_of, unknown_key
from aggregator.config.settings import Config, OutputSettings, SourceSettings
from aggregator.config.store_address import DatabaseAddress, read_store, show_store
from aggregator.config.values import (
    MissingVariableError,
    absolute_path,
    format_value,
    holds_secret,
    problem_line,
    relative_path,
    resolve_secrets,
    source_address,
)

# Used in the place of required keys that are missing, so that the rest of the table can still be checked.
_PLACEHOLDERS: dict[str, Any] = {"plugin": ""}

_PUBLIC = frozenset({"title", "tagline", "name", "tags", "store"})
"""Keys whose values are shown everywhere, wherever they come from; of an address in `store`, all but the password."""

Entry = TypeVar("Entry", bound=msgspec.Struct)


class Reader:
    """Reads one file. `problems`: the mistakes so far; `root`: the folder of the main configuration file, if `path` is
    another file."""

    def __init__(self, path: Path, environ: Mapping[str, str], root: Path | None = None) -> None:
        self.path = path
        self.folder = Path(os.path.normpath(path.absolute().parent))  # of the link, if the file is a link
        self.root = root or self.folder
        self.environ = environ
        self.problems: list[str] = []

    def read_config(self, document: dict[str, Any]) -> Config:
        """Read the main configuration file."""
        values = self._fields(Config, document, "")
        store = self._store(values.pop("store", "aggregate.db"), document)
        return Config(path=self.path, store=store, **values)

    def _store(self, text: str, document: dict[str, Any]) -> Path | DatabaseAddress:
        try:
            return read_store(text, self.folder)
        except ValueError as error:
            self.report("", "store", show_store(document["store"]), str(error))
            return self.folder / "aggregate.db"

    def read_sources(self, document: dict[str, Any]) -> tuple[SourceSettings, ...]:
        """Read the sources of an included file."""
        for name, value in document.items():
            if name != "sources":
                reason = "unknown key; an included file holds [[sources]] and nothing else"
                self.report("", name, format_value(value), reason)
        fields = self._tables(keys_of(Config)["sources"], SourceSettings, document.get("sources", []))
        sources: tuple[SourceSettings, ...] = fields.get("sources", ())
        return sources

    def read_feed(self, table: dict[str, Any]) -> SourceSettings:
        """Read a feed of a subscription list from its `[[sources]]` table."""
        return self._entry(SourceSettings, table, "outline")

    def report(self, where: str, key: str, found: str, allowed: str) -> None:
        """Add a mistake; see `problem_line`."""
        self.problems.append(problem_line(self.path, where, key, found, allowed))

    def _fields(self, settings: type[msgspec.Struct], table: dict[str, Any], where: str) -> dict[str, Any]:
        """Return the values of a table by field, without those that are wrong."""
        keys = keys_of(settings)
        fields: dict[str, Any] = {}
        for name, value in table.items():
            key = keys.get(name)
            if key is not None:
                fields |= self._tables(key, key.table, value) if key.table else self._field(key, value, where)
            elif "options" not in settings.__struct_fields__:
                self.report(where, name, format_value(value), unknown_key(name, keys))
        for key in required_keys_of(settings):
            if key.name not in fields:
                fields[key.name] = _PLACEHOLDERS[key.name]
                if key.name not in table:
                    self.report(where, key.name, "", f"is needed: {key.allowed}")
        return fields

    def _tables(self, key: Key, settings: type[msgspec.Struct], value: Any) -> dict[str, Any]:
        """Return the field for `[name]`, or for all `[[name]]`; {} if the value has the wrong type."""
        brackets = f"[[{key.name}]]" if key.many else f"[{key.name}]"
        tables = value if key.many else [value]
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.report("", key.name, format_value(value), f"must be written as {brackets}")
            return {}
        if not key.many:
            return {key.name: settings(**self._fields(settings, value, brackets))}
        return {key.name: tuple(self._entry(settings, table, brackets, n) for n, table in enumerate(tables))}

    def _entry(self, settings: type[Entry], table: dict[str, Any], kind: str, number: int | None = None) -> Entry:
        """Read one source, filter or output. `number`: its index among the tables of its kind in the file."""
        where = kind if number is None else f"{kind} {number + 1}"
        names = [table[name] for name in ("name", "url", "path", "plugin") if table.get(name)]
        where = f"{where} ({format_value(names[0])})" if names else where
        fields = self._fields(settings, table, where)
        options = {name: value for name, value in table.items() if name not in keys_of(settings)}
        fields["secrets"] = frozenset(name for name, value in options.items() if holds_secret(value))
        fields["options"] = self._options(options, where, enabled=fields.get("enabled", True))
        if settings is SourceSettings:
            self._resolve_paths(fields, table, where)
            fields |= {"file": self.path, "number": number, "table": table}
        if settings is OutputSettings and "plugin" not in table and "path" not in table:
            self.report(where, "path", "", f"is needed: {keys_of(OutputSettings)['path'].allowed}")
        if settings is OutputSettings and fields.get("path"):
            fields["relative_path"] = relative_path(fields["path"].absolute().as_uri(), self.root)
        return settings(where=where, **fields)

    def _options(self, options: dict[str, Any], where: str, enabled: bool) -> dict[str, Any]:
        """Return the options for the plugin. `enabled`: a paused source may lack its secrets."""
        resolved = {}
        for name, value in options.items():
            try:
                resolved[name] = resolve_secrets(value, self.environ)
            except MissingVariableError as error:
                resolved[name] = ""  # otherwise it would be reported again as a missing option
                if enabled:
                    self.report(where, name, format_value(value), _not_set(error))
        return resolved

    def _resolve_paths(self, fields: dict[str, Any], table: dict[str, Any], where: str) -> None:
        """Resolve the `path` and the `url` of a source, which are relative to this file."""
        try:
            if isinstance(fields["options"].get("path"), str):
                fields["options"]["path"] = str(absolute_path(fields["options"]["path"], self.folder))
        except ValueError as error:
            self.report(where, "path", format_value(table["path"]), str(error))
        try:
            if "url" in fields:
                fields["url"] = source_address(fields["url"], self.folder)
                fields["relative_url"] = relative_path(fields["url"], self.root)
        except ValueError as error:
            self.report(where, "url", format_value(table["url"]), str(error))
        if "url" not in table and "plugin" not in table:
            self.report(where, "url", "", f"is needed: {keys_of(SourceSettings)['url'].allowed}")

    def _field(self, key: Key, value: Any, where: str) -> dict[str, Any]:
        """Return one field with its value; {} if the value is wrong."""
        try:
            resolved = resolve_secrets(value, self.environ, public=key.name in _PUBLIC)
            return {key.name: key.read(key.convert(resolved, self._convert_path))}
        except MissingVariableError as error:
            allowed = _not_set(error)
        except msgspec.ValidationError as error:
            allowed = str(error.__cause__ or f"must be {key.allowed}{_empty(value)}")
        except ValueError as error:
            allowed = str(error)
        self.report(where, key.name, format_value(value), allowed)
        return {}

    def _convert_path(self, kind: type, value: Any) -> Path:
        if not isinstance(value, str):
            raise TypeError("must be a path")
        return absolute_path(value, self.folder)


def _empty(value: Any) -> str:
    return ", and not empty" if isinstance(value, str) and not value.strip() else ""


def _not_set(error: MissingVariableError) -> str:
    return f"the environment variable {error} is not set, or empty"
