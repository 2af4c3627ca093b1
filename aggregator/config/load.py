"""Reads a configuration file into `Config`, and reports all mistakes at once.

Each mistake is one line: file, table, key with its value, what is allowed:

    config.toml: [[sources]] 3 ("Example World"): every = "soon": must be a time such as "30m", "72h" or "7d"
"""

from __future__ import annotations

import glob
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from aggregator.config.lists import expand_list_files, list_path
from aggregator.config.reader import Reader
from aggregator.config.settings import Config, SourceSettings
from aggregator.config.validate import find_conflicts
from aggregator.config.values import format_value
from aggregator.errors import ConfigError


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration, without a check of plugin options. Raises ConfigError with every mistake in it."""
    config, problems = read(path, environ)
    if problems:
        raise ConfigError(problems)
    return config


def read(path: Path, environ: Mapping[str, str] = os.environ) -> tuple[Config, list[str]]:
    """Return the valid part of the configuration, and every mistake in it. Raises ConfigError if it is not TOML."""
    reader = Reader(path, environ)
    config = reader.read_config(parse(path))
    sources, problems = [*config.sources], reader.problems
    for file in _included(reader, config.include):
        included = Reader(file, environ, reader.folder)
        try:
            sources += included.read_sources(parse(file))
        except ConfigError as error:
            problems += error.problems
        problems += included.problems
    config = msgspec.structs.replace(config, sources=tuple(sources))
    problems += find_conflicts(config)
    config, list_problems = expand_list_files(config, reader.folder)
    return config, problems + list_problems


def files_of(config: Config) -> list[Path]:
    """Return the files that a configuration consists of now: files may have been added that its patterns match."""
    lists = [list_path(entry, config) for entry in config.lists]
    return [config.path, *_included(Reader(config.path, {}), config.include), *lists]


def unmatched_patterns(config: Config) -> list[str]:
    """Return the patterns of `include` that match no file."""
    folder = Reader(config.path, {}).folder
    return [one for one in config.include if not any((folder / name).is_file() for name in _matching(one, folder))]


def _included(reader: Reader, patterns: Sequence[str]) -> list[Path]:
    """Return the included files without duplicates, by pattern and name. Missing files are reported."""
    included: dict[Path, None] = {}
    for pattern in patterns:
        paths = [reader.path.parent / name for name in _matching(pattern, reader.folder)]
        files = [path for path in paths if path.is_file()]
        if not files and not glob.has_magic(pattern):
            is_folder = any(path.is_dir() for path in paths)
            hint = f'is a folder; did you mean "{pattern.rstrip("/")}/*.toml"?' if is_folder else "no such file"
            reader.report("", "include", format_value(pattern), hint)
        included |= dict.fromkeys(files)
    return [file for file in included if not file.samefile(reader.path)]


def _matching(pattern: str, folder: Path) -> list[str]:
    pattern = os.path.expanduser(pattern)  # noqa: PTH111
    return sorted(glob.glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute ones


def read_source(path: Path, table: dict[str, Any]) -> tuple[SourceSettings, list[str]]:
    """Read a `[[sources]]` table as if it were written in this file; also return every mistake in it."""
    reader = Reader(path, os.environ)
    return reader.read_config({"sources": [table]}).sources[0], reader.problems


def parse(path: Path) -> dict[str, Any]:
    """Parse the file as TOML. Raises ConfigError if it is missing, unreadable or invalid."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        init = "aggregate init" if path == Path("config.toml") else f"aggregate --config {path} init"
        raise ConfigError([f"no {path} here: `{init}` writes one"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: byte {error.start + 1}: not UTF-8; save the file as UTF-8"]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: {_syntax_message(str(error))}"]) from error
    except RecursionError:
        raise ConfigError([f"{path}: nested too deeply"]) from None


def _syntax_message(text: str) -> str:
    """Return tomllib's message, with the position moved to the front."""
    message, at, position = text.removesuffix(")").rpartition(" (at ")
    if not (at and text.endswith(")")):
        message, position = text, ""
    is_unquoted = message.startswith(("Invalid value", "Expected newline"))
    hint = "; are the quotes around a text missing?" if is_unquoted else ""
    return f"{position or 'not TOML'}: {message}{hint}"
