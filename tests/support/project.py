"""Runs the command in a temporary project folder, and locates test data."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
"""The root of the repository."""
DATA = ROOT / "tests" / "data"


class Result:
    """Result of a command. `status`: the exit status; `out`, `err`: standard output and error."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err

    @property
    def json(self) -> Any:
        assert self.out, self.err
        return json.loads(self.out)


class Project:
    """A project folder with a configuration in which commands run. `database`: the address of its store in PostgreSQL.

    With `@pytest.mark.both_databases`, a test runs twice: with a store in a file, and with one in PostgreSQL.
    """

    def __init__(self, folder: Path, database: str | None = None) -> None:
        self.folder = folder
        self.database = database

    def configure(self, text: str, allow_private: bool = True) -> None:
        """Write config.toml. `allow_private`: allow requests to loopback addresses."""
        if self.database:
            text = f"store = {json.dumps(self.database)}\n" + re.sub(r"(?m)^store = .*$", "", text)
        http = '\n[http]\nallow_private = ["127.0.0.0/8"]\n' if allow_private and "[http]" not in text else ""
        (self.folder / "config.toml").write_text(text + http, encoding="utf-8")

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def aggregate(self, *arguments: str) -> Result:
        """Run `aggregate ARGUMENTS` in this folder, in this process. JSON output must be as its schema says."""
        from aggregator.cli.main import main

        out, err = io.StringIO(), io.StringIO()
        status = 0
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main(list(arguments))
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
        if "--json" in arguments and out.getvalue():
            from output_schemas import check_output

            check_output(arguments, json.loads(out.getvalue()))
        return Result(status, out.getvalue(), err.getvalue())

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the store, as a run does."""
        from aggregator.context import Context

        with Context(self.folder / "config.toml").locked_store():
            yield

    def select(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query of the store."""
        if self.database:
            import psycopg

            with psycopg.connect(self.database) as connection:
                return connection.execute(query.encode()).fetchall()
        [file] = self.folder.glob("*.db")
        with contextlib.closing(sqlite3.connect(file)) as database:
            return database.execute(query).fetchall()

    def run(self, *arguments: str) -> Any:
        """Run `aggregate run --json ARGUMENTS` and return its report."""
        result = self.aggregate("run", "--json", *arguments)
        assert result.out, result.err
        return result.json


def shared(name: str) -> Path:
    """Return a folder of test data beside the repository, or skip the test if it is missing."""
    path = ROOT.parent / "shared" / name
    if not path.exists():
        pytest.skip(f"no {path.name} beside this checkout")
    return path
