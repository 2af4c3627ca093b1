"""Reads and writes what is known about the addresses of pictures; the files of their copies are beside the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from aggregator.model.picture import Picture, PictureCopy
from aggregator.pictures.files import copy_file
from aggregator.pictures.state import PictureState
from aggregator.store.connection import Connection
from aggregator.store.mapping import chunks, epoch, moment
from aggregator.store.prepared import Prepared, replacing
from aggregator.store.schema import pictures

TOUCH_EVERY = timedelta(days=1)
"""`last_used` is updated at most so often, so that most runs write nothing."""


_READ = Prepared("SELECT * FROM pictures WHERE url IN :urls")
_WRITE = replacing(pictures, pictures.columns)
_TOUCH = Prepared("UPDATE pictures SET last_used = :now WHERE url = :url")
_PRUNE = Prepared("DELETE FROM pictures WHERE last_used < :before RETURNING copies")
_COPIES = Prepared("SELECT copies FROM pictures")


class _StoredCopy(msgspec.Struct, frozen=True, array_like=True):
    """A copy in the column `copies`: without its path, so that the store can be moved."""

    name: str
    width: int
    height: int
    type: str


_encode = msgspec.json.Encoder().encode
_copies = msgspec.json.Decoder(tuple[_StoredCopy, ...]).decode


def read_pictures(
    connection: Connection, urls: Sequence[str], folder: Path, now: datetime
) -> tuple[dict[str, PictureState], list[str]]:
    """Return the states of those addresses that are known, and the addresses that are to be touched."""
    states: dict[str, PictureState] = {}
    stale = []
    since = epoch(now - TOUCH_EVERY) or 0
    for chunk in chunks(urls):
        for row in _READ.named(connection, urls=chunk):
            states[row.url] = _state(row, folder)
            if row.last_used < since:
                stale.append(row.url)
    return states, stale


def _state(row: Any, folder: Path) -> PictureState:
    picture = None
    if row.copies is not None:
        picture = Picture(
            url=row.url,
            width=row.width,
            height=row.height,
            type=row.type,
            copies=tuple(
                PictureCopy(**msgspec.structs.asdict(copy), file=copy_file(folder, copy.name))
                for copy in _copies(row.copies)
            ),
        )
    return PictureState(
        url=row.url, picture=picture, failures=row.failures, next_try=moment(row.next_try), error=row.error
    )


def write_picture(connection: Connection, state: PictureState, now: datetime) -> None:
    """Store the state of an address; it replaces an earlier one."""
    picture = state.picture
    row = {
        "url": state.url,
        "width": picture and picture.width,
        "height": picture and picture.height,
        "type": picture and picture.type,
        "copies": picture
        and _encode([_StoredCopy(c.name, c.width, c.height, c.type) for c in picture.copies]).decode(),
        "fetched": epoch(now),
        "failures": state.failures,
        "next_try": epoch(state.next_try),
        "error": state.error,
        "last_used": epoch(now),
    }
    _WRITE.execute(connection, **row)


def touch(connection: Connection, urls: Sequence[str], now: datetime) -> None:
    """Record that these pictures are used."""
    _TOUCH.execute_many(connection, [{"url": url, "now": epoch(now)} for url in sorted(urls)])


def prune(connection: Connection, before: datetime) -> set[str]:
    """Delete what was last used before this time. Returns the names of the copies that no other address has."""
    # One that is used in each run was touched up to a day ago, which may be longer than articles are kept.
    names = names_of_copies(_PRUNE.column(connection, before=epoch(before - TOUCH_EVERY)))
    return names - names_of_copies(_COPIES.column(connection)) if names else names


def names_of_copies(columns: Iterable[str | None]) -> set[str]:
    """Return the names of the copies in values of the column `copies`."""
    return {copy.name for column in columns if column is not None for copy in _copies(column)}
