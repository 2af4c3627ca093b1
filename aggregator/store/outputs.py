"""Reads and writes what each output was made from: its edition, its files, and the stories it shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, delete, select, update

from aggregator.store.mapping import epoch, moment
from aggregator.store.prepared import Prepared, in_order, inserting, replacing
from aggregator.store.schema import files, outputs, shown

_WRITE = replacing(outputs, ("name", "edition", "inputs", "made", "fresh"))
_WRITE_FILE = inserting(files, ("output", "path", "digest", "size", "mtime"))
_INSERT_SHOWN = inserting(shown, ("output", "story"))
_DELETE_SHOWN = Prepared(
    delete(shown).where(shown.c.output == bindparam("output"), shown.c.story == bindparam("story"))
)
STALE, FRESH, BEGUN = 0, 1, 2
"""Values of `fresh`. Begun: being made of the current articles and stories, which none has changed since."""
_NOT_STALE = in_order(select(outputs.c.name).where(outputs.c.fresh != STALE), outputs.c.name)
_MARK_STALE = Prepared(update(outputs).where(outputs.c.name.in_(_NOT_STALE)).values(fresh=STALE))
_NOT_FRESH = in_order(select(outputs.c.name).where(outputs.c.fresh == STALE), outputs.c.name)
_BEGIN = Prepared(update(outputs).where(outputs.c.name.in_(_NOT_FRESH)).values(fresh=BEGUN))


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
    row = connection.execute(select(outputs).where(outputs.c.name == name)).one_or_none()
    if row is None:
        return OutputState()
    columns = (files.c.path, files.c.size, files.c.mtime, files.c.digest)
    written = connection.execute(select(*columns).where(files.c.output == name))
    return OutputState(
        edition=row.edition,
        inputs=row.inputs,
        made=moment(row.made),
        fresh=row.fresh == FRESH,
        files={path: WrittenFile(size, mtime, digest) for path, size, mtime, digest in written},
    )


def shown_by(connection: Connection, name: str) -> set[str]:
    """Return the ids of the stories that an output shows."""
    return set(connection.execute(select(shown.c.story).where(shown.c.output == name)).scalars())


def write_output(connection: Connection, name: str, state: OutputState, stories: Collection[str]) -> None:
    """Store what an output was made from. `stories`: the ids of those that it shows."""
    current = connection.execute(select(outputs.c.fresh).where(outputs.c.name == name).with_for_update()).scalar()
    _WRITE.execute(
        connection,
        name=name,
        edition=state.edition,
        inputs=state.inputs,
        made=epoch(state.made),
        fresh=FRESH if state.fresh and current != STALE else STALE,
    )
    connection.execute(delete(files).where(files.c.output == name))
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
    begun = update(outputs).where(outputs.c.name == name, outputs.c.fresh == BEGUN)
    connection.execute(begun.values(fresh=FRESH))


def begin_outputs(connection: Connection) -> None:
    """Store that all outputs are being made, before the articles and stories are read that they show."""
    _BEGIN.execute(connection)


def mark_stale(connection: Connection) -> None:
    """Store that articles or stories have changed since the outputs were written."""
    _MARK_STALE.execute(connection)


def forget_outputs(connection: Connection, names: Iterable[str]) -> None:
    """Delete the states of outputs other than these, so that nothing is kept for what they showed."""
    connection.execute(delete(outputs).where(outputs.c.name.not_in([*names])))
