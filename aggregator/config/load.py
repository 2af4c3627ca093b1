"""Read a configuration file into `Config`, finding every mistake in one go.

Each mistake is one line of one pattern: file, table, key with the value found, what is allowed:

    config.toml: [[sources]] 3 ("Example World"): every = "soon": must be a time such as "30m", "72h" or "7d"
"""

from __future__ import annotations

import glob
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from aggregator.config.lists import with_feeds
from aggregator.config.reader import Reader
from aggregator.config.settings import Config, SourceSettings
from aggregator.config.validate import clashes
from aggregator.config.values import shown
from aggregator.errors import ConfigError


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration of a file, its plugins' options unchecked. Raises ConfigError with every mistake in it."""
    config, problems = read(path, environ)
    if problems:
        raise ConfigError(problems)
    return config


def read(path: Path, environ: Mapping[str, str] = os.environ) -> tuple[Config, list[str]]:
    """The configuration as far as it can be read, and every mistake in it. Raises ConfigError where it is no TOML."""
    reader = Reader(path, environ)
    config = reader.config(parse(path))
    sources, problems = [*config.sources], reader.problems
    for file in _included(reader, config.include):
        one = Reader(file, environ, reader.folder)
        try:
            sources += one.sources(parse(file))
        except ConfigError as error:
            problems += error.problems
        problems += one.problems
    config = msgspec.structs.replace(config, sources=tuple(sources))
    problems += clashes(config)
    config, more = with_feeds(config, reader.folder)
    return config, problems + more


def _included(reader: Reader, patterns: Sequence[str]) -> list[Path]:
    """The files that they name, each once, in the order of the patterns and of their names; what is not there is
    reported."""
    found: dict[Path, None] = {}
    for pattern in patterns:
        there = [reader.path.parent / name for name in _matching(os.path.expanduser(pattern), reader.folder)]  # noqa: PTH111
        files = [path for path in there if path.is_file()]
        if not files and not glob.has_magic(pattern):
            folder = any(path.is_dir() for path in there)
            said = f'is a folder; did you mean "{pattern.rstrip("/")}/*.toml"?' if folder else "there is no such file"
            reader.report("", "include", shown(pattern), said)
        found |= dict.fromkeys(files)
    return [file for file in found if not file.samefile(reader.path)]


def _matching(pattern: str, folder: Path) -> list[str]:
    return sorted(glob.glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207 - Path.glob refuses absolute ones


def read_source(path: Path, table: dict[str, Any]) -> tuple[SourceSettings, list[str]]:
    """A `[[sources]]` table as it would be read from this file, and every mistake in it."""
    reader = Reader(path, os.environ)
    return reader.config({"sources": [table]}).sources[0], reader.problems


def parse(path: Path) -> dict[str, Any]:
    """The file as TOML. Raises ConfigError for one that is missing, cannot be read, or is no TOML."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError([f"no {path} here: `aggregate init` writes one"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: byte {error.start + 1}: not UTF-8; save the file as UTF-8"]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: {_syntax(str(error))}"]) from error
    except RecursionError:
        raise ConfigError([f"{path}: nested too deeply"]) from None


def _syntax(text: str) -> str:
    """tomllib's message with the place in front."""
    match = re.fullmatch(r"(.*) \(at (.*)\)", text, re.DOTALL)
    words, place = match.groups() if match else (text, "")
    hint = "; is a text without quotes?" if words.startswith(("Invalid value", "Expected newline")) else ""
    return f"{place or 'not TOML'}: {words}{hint}"
