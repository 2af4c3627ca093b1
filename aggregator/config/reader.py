"""The tables of one document as settings, and what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from aggregator.config.schema import Key, keys_of, unknown_key
from aggregator.config.settings import Config, SourceSettings
from aggregator.config.values import (
    Missing,
    absolute_path,
    below,
    holds_secret,
    problem_line,
    resolve_secrets,
    shown,
    source_address,
)

# Stand in for what is needed and missing, so that the rest of the table can still be checked.
_PLACEHOLDERS: dict[str, Any] = {"plugin": "", "path": Path()}

Entry = TypeVar("Entry", bound=msgspec.Struct)


class Reader:
    """Walks one document and collects what is wrong with it. `root`: the folder of the configuration, if that is
    another file."""

    def __init__(self, path: Path, environ: Mapping[str, str], root: Path | None = None) -> None:
        self.path = path
        self.folder = Path(os.path.normpath(path.absolute().parent))  # where the file is linked to plays no part
        self.root = root or self.folder
        self.environ = environ
        self.problems: list[str] = []

    def config(self, document: dict[str, Any]) -> Config:
        values = self.table(Config, document, "")
        values.setdefault("store", self.folder / "aggregate.db")
        return Config(path=self.path, **values)

    def sources(self, document: dict[str, Any]) -> tuple[SourceSettings, ...]:
        """The sources of an included file."""
        for name, value in document.items():
            if name != "sources":
                self.report("", name, shown(value), "unknown key; an included file holds [[sources]] and nothing else")
        found = self.tables(keys_of(Config)["sources"], SourceSettings, document.get("sources", []))
        sources: tuple[SourceSettings, ...] = found.get("sources", ())
        return sources

    def feed(self, table: dict[str, Any]) -> SourceSettings:
        """A feed of a subscription list, from its `[[sources]]` table."""
        return self.entry(SourceSettings, table, "outline")

    def table(self, settings: type[msgspec.Struct], found: dict[str, Any], where: str) -> dict[str, Any]:
        """The values of a table by field, those left out that are wrong."""
        keys = keys_of(settings)
        fields: dict[str, Any] = {}
        for name, value in found.items():
            key = keys.get(name)
            if key is not None:
                fields |= self.tables(key, key.table, value) if key.table else self.value(key, value, where)
            elif "options" not in settings.__struct_fields__:
                self.report(where, name, shown(value), unknown_key(name, keys))
        for key in keys.values():
            if key.required and key.name not in fields:
                fields[key.name] = _PLACEHOLDERS[key.name]
                if key.name not in found:
                    self.report(where, key.name, "", f"is needed: {key.allowed}")
        return fields

    def tables(self, key: Key, settings: type[msgspec.Struct], found: Any) -> dict[str, Any]:
        """The settings of `[name]`, or of each `[[name]]`."""
        brackets = f"[[{key.name}]]" if key.many else f"[{key.name}]"
        every = found if key.many else [found]
        if not isinstance(every, list) or not all(isinstance(each, dict) for each in every):
            self.report("", key.name, shown(found), f"must be written as {brackets}")
            return {}
        if not key.many:
            return {key.name: settings(**self.table(settings, found, brackets))}
        return {key.name: tuple(self.entry(settings, each, brackets, n) for n, each in enumerate(every))}

    def entry(self, settings: type[Entry], found: dict[str, Any], where: str, number: int | None = None) -> Entry:
        """One source, filter or output. `number`: which of its kind in the document, from 0."""
        where = where if number is None else f"{where} {number + 1}"
        names = [found[name] for name in ("name", "url", "path", "plugin") if found.get(name)]
        where = f"{where} ({shown(names[0])})" if names else where
        fields = self.table(settings, found, where)
        options = {name: value for name, value in found.items() if name not in keys_of(settings)}
        fields["secrets"] = frozenset(name for name, value in options.items() if holds_secret(value))
        fields["options"] = self.options(options, where, needed=fields.get("enabled", True))
        if settings is SourceSettings:
            self.source(fields, found, where)
            fields |= {"file": self.path, "number": number, "written": found}
        return settings(label=where, **fields)

    def options(self, options: dict[str, Any], where: str, needed: bool) -> dict[str, Any]:
        """The options as the plugin gets them. `needed`: not where the source is paused, which may lack its secrets."""
        resolved = {}
        for name, value in options.items():
            try:
                resolved[name] = resolve_secrets(value, self.environ)
            except Missing as missing:
                resolved[name] = ""  # so that it does not count as missing a second time
                if needed:
                    self.report(where, name, shown(value), _not_set(missing))
        return resolved

    def source(self, fields: dict[str, Any], found: dict[str, Any], where: str) -> None:
        """What is special about a source: its address, and that its paths are relative to this file, too."""
        try:
            if isinstance(fields["options"].get("path"), str):
                fields["options"]["path"] = str(absolute_path(fields["options"]["path"], self.folder))
        except ValueError as error:
            self.report(where, "path", shown(found["path"]), str(error))
        try:
            if "url" in fields:
                fields["url"] = source_address(fields["url"], self.folder)
                fields["relative"] = below(fields["url"], self.root)
        except ValueError as error:
            self.report(where, "url", shown(found["url"]), str(error))
        if "url" not in found and "plugin" not in found:
            self.report(where, "url", "", f"is needed: {keys_of(SourceSettings)['url'].allowed}")

    def value(self, key: Key, found: Any, where: str) -> dict[str, Any]:
        """The one field, or nothing where the value is wrong."""
        try:
            value = resolve_secrets(found, self.environ)
            return {key.name: key.read(key.convert(value, self.path_of))}
        except Missing as missing:
            allowed = _not_set(missing)
        except msgspec.ValidationError as error:
            allowed = str(error.__cause__ or f"must be {key.allowed}{_empty(found)}")
        except ValueError as error:
            allowed = str(error)
        self.report(where, key.name, shown(found), allowed)
        return {}

    def path_of(self, kind: type, value: Any) -> Path:
        if not isinstance(value, str):
            raise TypeError("must be a path")
        return absolute_path(value, self.folder)

    def report(self, where: str, key: str, found: str, allowed: str) -> None:
        self.problems.append(problem_line(self.path, where, key, found, allowed))


def _empty(found: Any) -> str:
    return ", and not empty" if isinstance(found, str) and not found.strip() else ""


def _not_set(missing: Missing) -> str:
    return f"the environment variable {missing} is not set, or empty"
