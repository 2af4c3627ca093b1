"""Reads and writes what each output was made from: its edition, its files, and the stories it shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from aggregator.store.mapping import epoch, moment


class WrittenFile(msgspec.Struct, frozen=True):
    """A file of an output. `digest`: `Deferred.digest`, if it was deferred; `size`: bytes; `mtime`: nanoseconds."""

    size: int
    mtime: int
    digest: bytes | None = None


class OutputState(msgspec.Struct, frozen=True, kw_only=True):
    """What an output was made from the last time.

    `edition`: digest of the edition; `inputs`: digest of settings, options and templates; `made`: when the edition was
    made or last changed, None for an output that was never written; `fresh`: whether articles and stories are as they
    were then; `files`: by absolute path.
    """

    edition: bytes | None = None
    inputs: bytes | None = None
    made: datetime | None = None
    fresh: bool = False
    files: dict[str, WrittenFile] = {}


def read_output(connection: Connection, name: str) -> OutputState:
    """Return the state of an output."""
    row = connection.exec_driver_sql(
        "SELECT edition, inputs, made, fresh FROM outputs WHERE name = ?", (name,)
    ).one_or_none()
    if row is None:
        return OutputState()
    files = connection.exec_driver_sql("SELECT path, size, mtime, digest FROM files WHERE output = ?", (name,))
    return OutputState(
        edition=row.edition,
        inputs=row.inputs,
        made=moment(row.made),
        fresh=bool(row.fresh),
        files={path: WrittenFile(size, mtime, digest) for path, size, mtime, digest in files},
    )


def shown_by(connection: Connection, name: str) -> set[str]:
    """Return the ids of the stories that an output shows."""
    return set(connection.exec_driver_sql("SELECT story FROM shown WHERE output = ?", (name,)).scalars())


def write_output(connection: Connection, name: str, state: OutputState, stories: Collection[str]) -> None:
    """Store what an output was made from. `stories`: the ids of those that it shows."""
    connection.exec_driver_sql(
        "INSERT INTO outputs VALUES (?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT (name) DO UPDATE SET edition = ?2, inputs = ?3, made = ?4, fresh = ?5",
        (name, state.edition, state.inputs, epoch(state.made), int(state.fresh)),
    )
    connection.exec_driver_sql("DELETE FROM files WHERE output = ?", (name,))
    files = [(name, path, file.digest, file.size, file.mtime) for path, file in state.files.items()]
    if files:
        connection.exec_driver_sql("INSERT INTO files VALUES (?, ?, ?, ?, ?)", files)
    _replace_shown(connection, name, stories)


def _replace_shown(connection: Connection, name: str, stories: Collection[str]) -> None:
    before = shown_by(connection, name)
    gone = [(name, story) for story in sorted(before.difference(stories))]
    new = [(name, story) for story in sorted(set(stories) - before)]
    if gone:
        connection.exec_driver_sql("DELETE FROM shown WHERE output = ? AND story = ?", gone)
    if new:
        connection.exec_driver_sql("INSERT INTO shown VALUES (?, ?)", new)


def mark_fresh(connection: Connection, name: str) -> None:
    """Store that an output corresponds to the current articles and stories."""
    connection.exec_driver_sql("UPDATE outputs SET fresh = 1 WHERE name = ?", (name,))


def mark_stale(connection: Connection) -> None:
    """Store that articles or stories have changed since the outputs were written."""
    connection.exec_driver_sql("UPDATE outputs SET fresh = 0 WHERE fresh = 1")


def forget_outputs(connection: Connection, names: Iterable[str]) -> None:
    """Delete the states of outputs other than these, so that nothing is kept for what they showed."""
    kept = set(names)
    stored = connection.exec_driver_sql("SELECT name FROM outputs").scalars()
    gone = [(name,) for name in stored if name not in kept]
    if gone:
        connection.exec_driver_sql("DELETE FROM outputs WHERE name = ?", gone)
