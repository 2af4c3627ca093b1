"""A store in a SQLite file: creates it if it is missing, migrates an older one, and refuses foreign files unchanged."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from aggregator.config.store_address import DatabaseAddress
from aggregator.errors import StoreError
from aggregator.store.connection import Dialect, value_of
from aggregator.store.schema import APPLICATION_ID, VERSION, creation
from aggregator.store.search import FTS5

MIGRATIONS: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE stories ADD COLUMN began INTEGER DEFAULT 0 NOT NULL",
        "ALTER TABLE stories ADD COLUMN size INTEGER DEFAULT 0 NOT NULL",
        "UPDATE stories SET (began, size) = (SELECT coalesce(min(date), 0), count(*) FROM articles "
        "WHERE story = stories.id AND duplicate_of IS NULL)",
        "CREATE TABLE redirects (old TEXT NOT NULL PRIMARY KEY, "
        "new TEXT NOT NULL REFERENCES stories (id) ON DELETE CASCADE, made INTEGER NOT NULL)",
        "CREATE INDEX redirects_new ON redirects (new)",
        "ALTER TABLE articles ADD COLUMN was TEXT",
        "CREATE INDEX articles_was ON articles (was) WHERE was IS NOT NULL",
        "CREATE TABLE records (article INTEGER NOT NULL PRIMARY KEY REFERENCES articles (key) ON DELETE CASCADE, "
        "version INTEGER NOT NULL, body BLOB NOT NULL, links BLOB)",
        "CREATE TABLE words_met (key INTEGER NOT NULL PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL)",
        "CREATE TABLE corrections (a INTEGER NOT NULL REFERENCES articles (key), "
        "b INTEGER NOT NULL REFERENCES articles (key), same INTEGER NOT NULL, made INTEGER NOT NULL, "
        "PRIMARY KEY (a, b))",
    ),
    2: (
        "CREATE TABLE rebuilt (key INTEGER NOT NULL PRIMARY KEY, "
        "source INTEGER NOT NULL REFERENCES sources (key), id TEXT NOT NULL, url TEXT, title TEXT NOT NULL, "
        "summary TEXT NOT NULL, authors TEXT, published INTEGER, updated INTEGER, first_seen INTEGER NOT NULL, "
        "date INTEGER NOT NULL, language TEXT, tags TEXT, image TEXT, enclosures TEXT, related TEXT, "
        "outlet TEXT NOT NULL, outlet_url TEXT, guid TEXT, fingerprint BLOB NOT NULL, text BLOB, "
        "last_seen INTEGER NOT NULL, story TEXT REFERENCES stories (id), founder INTEGER, why TEXT, was TEXT, "
        "duplicate_of INTEGER, indexed INTEGER DEFAULT 0 NOT NULL)",
        "INSERT INTO rebuilt SELECT key, source, id, url, title, summary, authors, published, updated, first_seen, "
        "date, language, tags, image, enclosures, related, outlet, outlet_url, guid, fingerprint, text, last_seen, "
        "story, founder, why, was, duplicate_of, indexed FROM articles",
        "DROP TABLE articles",
        "ALTER TABLE rebuilt RENAME TO articles",
        "CREATE INDEX articles_fingerprint ON articles (source, fingerprint)",
        "CREATE INDEX articles_guid ON articles (source, guid)",
        "CREATE INDEX articles_url ON articles (source, url)",
        "CREATE INDEX articles_text ON articles (source, text)",
        "CREATE INDEX articles_story ON articles (story)",
        "CREATE INDEX articles_date ON articles (date)",
        "CREATE INDEX articles_last_seen ON articles (last_seen)",
        "CREATE INDEX articles_duplicate_of ON articles (duplicate_of) WHERE duplicate_of IS NOT NULL",
        "CREATE INDEX articles_was ON articles (was) WHERE was IS NOT NULL",
        "CREATE INDEX articles_unplaced ON articles (key) WHERE story IS NULL",
        "CREATE INDEX articles_unindexed ON articles (key) WHERE indexed = 0",
        "ALTER TABLE sources ADD COLUMN subscriptions TEXT",
        "ALTER TABLE sources DROP COLUMN pace",
        "ALTER TABLE sources ADD COLUMN rhythm BLOB",
        "ALTER TABLE sources ADD COLUMN hints BLOB",
        "ALTER TABLE sources ADD COLUMN kind TEXT",
        "ALTER TABLE sources ADD COLUMN ill_since INTEGER",
        "ALTER TABLE sources ADD COLUMN said INTEGER",
        "UPDATE sources SET ill_since = last_try WHERE failures > 0",
        "CREATE TABLE episodes (source INTEGER NOT NULL REFERENCES sources (key), began INTEGER NOT NULL, "
        "ended INTEGER, attempts INTEGER NOT NULL, kind TEXT, error TEXT, PRIMARY KEY (source, began))",
        "CREATE TABLE holds (scope TEXT NOT NULL PRIMARY KEY, until INTEGER NOT NULL, count INTEGER NOT NULL)",
    ),
    3: (
        "ALTER TABLE sources ADD COLUMN memory TEXT",
        "ALTER TABLE sources ADD COLUMN filter_memory TEXT",
        "ALTER TABLE sources ADD COLUMN barren INTEGER DEFAULT 0 NOT NULL",
    ),
    4: (
        "CREATE TABLE deliveries (id INTEGER NOT NULL PRIMARY KEY, output TEXT NOT NULL, recipient TEXT NOT NULL, "
        "name TEXT NOT NULL, label TEXT NOT NULL, stories TEXT NOT NULL, payload BLOB, supersedes INTEGER NOT NULL, "
        "local INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, made INTEGER NOT NULL, "
        "changed INTEGER NOT NULL, next_try INTEGER NOT NULL, held_until INTEGER NOT NULL, error TEXT, "
        "UNIQUE (output, recipient, name))",
        "CREATE INDEX deliveries_open ON deliveries (id) WHERE state IN ('pending', 'sending')",
        "CREATE TABLE delivered (output TEXT NOT NULL, story TEXT NOT NULL, made INTEGER NOT NULL, "
        "PRIMARY KEY (output, story))",
        "CREATE TABLE delivering (output TEXT NOT NULL PRIMARY KEY, selection BLOB NOT NULL, made INTEGER NOT NULL)",
        "CREATE TABLE after_commands (key INTEGER NOT NULL PRIMARY KEY, since INTEGER NOT NULL)",
        "ALTER TABLE articles ADD COLUMN place INTEGER",
        "ALTER TABLE sources ADD COLUMN began INTEGER",
        "UPDATE sources SET began = (SELECT min(first_seen) FROM articles WHERE source = sources.key)",
        "ALTER TABLE stories ADD COLUMN revised INTEGER DEFAULT 0 NOT NULL",
        "ALTER TABLE stories ADD COLUMN digest BLOB",
        "ALTER TABLE stories ADD COLUMN stale INTEGER DEFAULT 0 NOT NULL",
        "ALTER TABLE stories ADD COLUMN storyline TEXT",
        "ALTER TABLE stories ADD COLUMN examined INTEGER DEFAULT 0 NOT NULL",
        "UPDATE stories SET revised = updated",
        "CREATE INDEX stories_storyline ON stories (storyline) WHERE storyline IS NOT NULL",
        "CREATE TABLE storylines (id TEXT NOT NULL PRIMARY KEY, title TEXT NOT NULL)",
        "CREATE INDEX stories_revised ON stories (revised)",
        "CREATE INDEX stories_stale ON stories (id) WHERE stale = 1",
        "CREATE TABLE outputs (name TEXT NOT NULL PRIMARY KEY, edition BLOB, inputs BLOB, made INTEGER NOT NULL, "
        "fresh INTEGER NOT NULL)",
        "CREATE TABLE shown (output TEXT NOT NULL REFERENCES outputs (name) ON DELETE CASCADE, story TEXT NOT NULL, "
        "PRIMARY KEY (output, story))",
        "CREATE INDEX shown_story ON shown (story)",
        "CREATE TABLE files (output TEXT NOT NULL REFERENCES outputs (name) ON DELETE CASCADE, path TEXT NOT NULL, "
        "digest BLOB, size INTEGER NOT NULL, mtime INTEGER NOT NULL, PRIMARY KEY (output, path))",
        "CREATE TABLE editions (output TEXT NOT NULL, day TEXT NOT NULL, made INTEGER NOT NULL, "
        "stories INTEGER NOT NULL, lead TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (output, day))",
        "CREATE TABLE pictures (url TEXT NOT NULL PRIMARY KEY, width INTEGER, height INTEGER, type TEXT, copies TEXT, "
        "fetched INTEGER NOT NULL, failures INTEGER DEFAULT 0 NOT NULL, next_try INTEGER, error TEXT, "
        "last_used INTEGER NOT NULL)",
        "CREATE INDEX pictures_last_used ON pictures (last_used)",
    ),
    5: (
        "ALTER TABLE stories ADD COLUMN storyline_why TEXT",
        "ALTER TABLE stories ADD COLUMN storyline_by_hand INTEGER DEFAULT 0 NOT NULL",
        "ALTER TABLE stories ADD COLUMN profile BLOB",
        "ALTER TABLE stories DROP COLUMN examined",
        "CREATE INDEX stories_profile ON stories (updated) WHERE profile IS NOT NULL",
        "CREATE INDEX stories_taken_out ON stories (id) WHERE storyline_by_hand = 1 AND storyline IS NULL",
    ),
    6: (
        "DROP INDEX articles_unplaced",
        "DROP INDEX articles_date",
        "CREATE INDEX articles_source_date ON articles (source, date)",
        "CREATE INDEX articles_date ON articles (date) WHERE story IS NOT NULL",
    ),
}
"""The statements that migrate a store of version n to n + 1. Foreign keys are off while they run."""

BUSY_SECONDS = 30
CACHE_KIB, LARGE_CACHE_KIB = 8 * 1024, 64 * 1024
"""Page cache in KiB: for writing the articles of one source, and for writing those of many."""
CHECKPOINT_PAGES = 8000
"""Pages in the write-ahead log (32 MB) from which they are copied to the file: many sources change the same ones."""
HEADER = 100  # bytes; https://www.sqlite.org/fileformat.html, 1.3


class SqliteConnection(sqlite3.Connection):
    """A connection to a file: see `aggregator.store.connection.Connection`."""

    dialect: Dialect = "sqlite"


class SqliteDatabase:
    """An open store in a file. `location`: what errors name, another one than its path if it is a copy."""

    begin, snapshot = "BEGIN IMMEDIATE", "BEGIN"

    def __init__(self, path: Path, location: Path | DatabaseAddress) -> None:
        """Open the store at `path`. Raises StoreError; a foreign file is left unchanged."""
        self.location = location
        self.picture_folder = (
            location.picture_folder if isinstance(location, DatabaseAddress) else picture_folder(location)
        )
        with self.errors():
            self.connection = _open(path)

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def lock(self, patience: float) -> None:
        """Do nothing: the file was locked before it was opened."""

    def refuse_workers(self) -> None:
        """Do nothing: workers need a database."""

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise StoreError, with advice, for an error of the database."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.location}: {_advice(str(error))}") from error

    @contextmanager
    def writing_much(self) -> Iterator[None]:
        """Enlarge the page cache while pages all over the file are written, and do not look up the rows that the
        written ones refer to, which takes an eighth of the time."""
        self._set(f"cache_size = -{LARGE_CACHE_KIB}", "foreign_keys = OFF")
        try:
            yield
        finally:
            self._set(f"cache_size = -{CACHE_KIB}", "foreign_keys = ON")

    def _set(self, *settings: str) -> None:
        for setting in settings:
            self.connection.execute(f"PRAGMA {setting}")

    @contextmanager
    def durable(self) -> Iterator[None]:
        """Have each transaction outlast a power failure."""
        with self.errors():
            self.connection.execute("PRAGMA synchronous = FULL")
        try:
            yield
        finally:
            with self.errors():
                self.connection.execute("PRAGMA synchronous = NORMAL")


_DAMAGE = ("malformed", "not a database", "decode to UTF-8", "vtable constructor", "no such table", "no such column")


def _advice(cause: str) -> str:
    if "locked" in cause:
        return "is in use by another program; try again"
    if any(sign in cause for sign in _DAMAGE):
        return f"is damaged ({cause}); restore it from a backup, or move it away to start anew"
    if "I/O" in cause:
        return f"cannot be read or written ({cause}): is the disk full, or failing? stored data is not lost"
    if "full" in cause:
        return f"cannot be written ({cause}); make room, stored data is not lost"
    if "readonly" in cause or "unable to open" in cause:
        return f"cannot be written ({cause}): the file and its folder must be writable"
    return cause


def picture_folder(location: Path | DatabaseAddress) -> Path:
    """Return the folder of the copied pictures of a store, which is named after its file or database."""
    if isinstance(location, DatabaseAddress):
        return location.picture_folder
    return location.with_name(f"{location.name if location.suffix == '.pictures' else location.stem}.pictures")


def _open(path: Path) -> SqliteConnection:
    if path.exists() and not path.is_file():
        raise StoreError(f"{path}: is not a file; configure another path as `store`")
    if not path.exists() or path.stat().st_size == 0:
        _create(path)
    _check(path)
    connection = _connect(path)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        _migrate(connection)
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()  # ends the transaction of a failed migration, which would lock the store
        raise
    return connection


def _connect(path: Path) -> SqliteConnection:
    # Transactions begin explicitly, not when the driver guesses. Only one thread at a time uses the connection.
    return sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, factory=SqliteConnection
    )


def _create(path: Path) -> None:
    """Create the store in a temporary file and rename it, so that it is never incomplete."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        connection = _connect(part)
        try:
            connection.execute("BEGIN")  # each statement alone would wait for the disk several times
            for statement in (*creation("sqlite"), FTS5):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        part.replace(path)
    except BaseException as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise StoreError(f"{path}: cannot be created ({error.strerror}): its folder must be writable") from error
        raise


def _check(path: Path) -> None:
    """Check the first 100 bytes of the file, before SQLite may create files beside it."""
    try:
        with path.open("rb") as file:
            header = file.read(HEADER)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from error
    if len(header) < HEADER or not header.startswith(b"SQLite format 3\0"):
        raise StoreError(f"{path}: is not a database; configure another file as `store`, or move this one away")
    (application,) = struct.unpack(">I", header[68:72])
    (version,) = struct.unpack(">I", header[60:64])
    if application != APPLICATION_ID:
        raise StoreError(f"{path}: is a database of another program; configure another file as `store`")
    if version > VERSION:
        raise StoreError(
            f"{path}: was written by a newer aggregate (store version {version}; this one supports {VERSION}): upgrade"
        )
    if _is_truncated(path, header):
        raise StoreError(f"{path}: is truncated; restore it from a backup, or move it away to start anew")


def _is_truncated(path: Path, header: bytes) -> bool:
    page_size, pages = struct.unpack(">H", header[16:18])[0], struct.unpack(">I", header[28:32])[0]
    write_ahead_log = path.with_name(path.name + "-wal")
    return not write_ahead_log.exists() and path.stat().st_size < pages * (65536 if page_size == 1 else page_size)


def _migrate(connection: SqliteConnection) -> None:
    for step in range(value_of(connection.execute("PRAGMA user_version")), VERSION):
        connection.execute("BEGIN IMMEDIATE")
        for statement in MIGRATIONS[step]:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {step + 1}")
        connection.execute("COMMIT")


def copy_file(source: Path, target: Path) -> None:
    """Copy the store, also while another process uses it. Raises StoreError."""
    _check(source)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        try:
            old.backup(new)
        except sqlite3.OperationalError as error:
            if "full" not in str(error):
                raise
            reason = f"no room for a copy in {target.parent}; set TMPDIR to another folder"
            raise StoreError(f"{source}: {reason}") from error
