"""Reads and writes what each output was made from: its edition, its files, and the stories it shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec

from aggregator.store.connection import Connection
from aggregator.store.mapping import epoch, moment
from aggregator.store.prepared import Prepared, inserting, replacing
from aggregator.store.schema import files, outputs, shown

_WRITE = replacing(outputs, ("name", "edition", "inputs", "made", "fresh"))
_WRITE_FILE = inserting(files, ("output", "path", "digest", "size", "mtime"))
_INSERT_SHOWN = inserting(shown, ("output", "story"))
_DELETE_SHOWN = Prepared("DELETE FROM shown WHERE output = :output AND story = :story")
STALE, FRESH, BEGUN = 0, 1, 2
"""Values of `fresh`. Begun: being made of the current articles and stories, which none has changed since."""
_SET_FRESH = "UPDATE outputs SET fresh = :fresh WHERE name IN (SELECT name FROM outputs WHERE fresh"
_MARK_STALE = Prepared(f"{_SET_FRESH} <> :fresh ORDER BY name FOR NO KEY UPDATE)")
_BEGIN = Prepared(f"{_SET_FRESH} = :stale ORDER BY name FOR NO KEY UPDATE)")
_MARK_FRESH = Prepared("UPDATE outputs SET fresh = :fresh WHERE name = :name AND fresh = :begun")
_READ = Prepared("SELECT edition, inputs, made, fresh FROM outputs WHERE name = :name")
_READ_FILES = Prepared("SELECT path, size, mtime, digest FROM files WHERE output = :name")
_DELETE_FILES = Prepared("DELETE FROM files WHERE output = :name")
_SHOWN = Prepared("SELECT story FROM shown WHERE output = :name")
_LOCK = Prepared("SELECT fresh FROM outputs WHERE name = :name FOR NO KEY UPDATE")
_FORGET = Prepared("DELETE FROM outputs WHERE name NOT IN :names")


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
    row = next(_READ.named(connection, name=name), None)
    if row is None:
        return OutputState()
    written = _READ_FILES.execute(connection, name=name)
    return OutputState(
        edition=row.edition,
        inputs=row.inputs,
        made=moment(row.made),
        fresh=row.fresh == FRESH,
        files={path: WrittenFile(size, mtime, digest) for path, size, mtime, digest in written},
    )


def shown_by(connection: Connection, name: str) -> set[str]:
    """Return the ids of the stories that an output shows."""
    return set(_SHOWN.column(connection, name=name))


def write_output(connection: Connection, name: str, state: OutputState, stories: Collection[str]) -> None:
    """Store what an output was made from. `stories`: the ids of those that it shows."""
    current = _LOCK.value(connection, name=name)
    _WRITE.execute(
        connection,
        name=name,
        edition=state.edition,
        inputs=state.inputs,
        made=epoch(state.made),
        fresh=FRESH if state.fresh and current != STALE else STALE,
    )
    _DELETE_FILES.execute(connection, name=name)
    written = [msgspec.structs.asdict(file) | {"output": name, "path": path} for path, file in state.files.items()]
    _WRITE_FILE.execute_many(connection, written)
    _replace_shown(connection, name, stories)


def _replace_shown(connection: Connection, name: str, stories: Collection[str]) -> None:
    before = shown_by(connection, name)
    gone, new = sorted(before.difference(stories)), sorted(set(stories) - before)
    _DELETE_SHOWN.execute_many(connection, [{"output": name, "story": story} for story in gone])
    _INSERT_SHOWN.execute_many(connection, [{"output": name, "story": story} for story in new])


def mark_fresh(connection: Connection, name: str) -> None:
    """Store that an output corresponds to the articles and stories, unless they have changed since it was begun."""
    _MARK_FRESH.execute(connection, name=name, fresh=FRESH, begun=BEGUN)


def begin_outputs(connection: Connection) -> None:
    """Store that all outputs are being made, before the articles and stories are read that they show."""
    _BEGIN.execute(connection, fresh=BEGUN, stale=STALE)


def mark_stale(connection: Connection) -> None:
    """Store that articles or stories have changed since the outputs were written."""
    _MARK_STALE.execute(connection, fresh=STALE)


def forget_outputs(connection: Connection, names: Iterable[str]) -> None:
    """Delete the states of outputs other than these, so that nothing is kept for what they showed."""
    _FORGET.execute(connection, names=[*names])
