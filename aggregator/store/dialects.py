"""What SQLite and PostgreSQL write differently. Tables and statements are in the words of SQLite, except for two that
only `translate` understands."""

from __future__ import annotations

import re

from aggregator.store.connection import Dialect

_INDEX_KEY = re.compile(r"index_key\(([\w.]+)\)")
_COMMENT = re.compile(r"(?<! ) *--.*")
_COLUMN = re.compile(r"^ *(\w+) (?:INTEGER|TEXT|BLOB)(?: NOT NULL)?( PRIMARY KEY)?", re.MULTILINE)
_KEY = re.compile(r"PRIMARY KEY \(([^()]+)\)")
_IN_POSTGRESQL = (
    (re.compile(r"\bINTEGER PRIMARY KEY"), "BIGSERIAL PRIMARY KEY"),  # NOT NULL before it: no generated keys
    (re.compile(r"\bINTEGER\b"), "BIGINT"),
    (re.compile(r"\bTEXT\b"), 'TEXT COLLATE "C"'),  # compared byte by byte, whatever the locale of the database
    (re.compile(r"\bBLOB\b"), "BYTEA"),
    (re.compile(r" UNIQUE,"), ","),  # of long texts, `postgresql` indexes a digest
)


def translate(statement: str, dialect: Dialect) -> str:
    """Return a statement for one of the databases.

    `index_key(column)` is a text as indexes contain it: itself; in PostgreSQL, where an entry has 2,704 bytes at most,
    its MD5 digest. `mapping.index_keys` returns the same for values. `FOR NO KEY UPDATE` locks the rows of a query in
    their order, so that two transactions cannot wait for each other; in SQLite one transaction writes at a time.
    """
    if dialect == "postgresql":
        return _INDEX_KEY.sub(r"md5(\1)", statement).replace("%", "%%")
    return _INDEX_KEY.sub(r"\1", statement).replace(" FOR NO KEY UPDATE", "")


class Table:
    """A table. `columns`: their names; `key`: those of the primary key."""

    def __init__(self, name: str, definition: str) -> None:
        self.name = name
        self._definition = _COMMENT.sub("", definition)
        columns: list[tuple[str, str]] = _COLUMN.findall(self._definition)
        self.columns = tuple(column for column, _ in columns)
        several = _KEY.search(self._definition)
        self.key = tuple(several[1].split(", ")) if several else tuple(column for column, key in columns if key)

    def creation(self, dialect: Dialect) -> str:
        """Return the statement that creates the table."""
        definition = self._definition
        if dialect == "postgresql":
            for pattern, replacement in _IN_POSTGRESQL:
                definition = pattern.sub(replacement, definition)
        return f"CREATE TABLE {self.name} ({definition})"
