"""SQL statements that SQLite and PostgreSQL both understand, each with the few words in which they differ."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from aggregator.store.connection import Connection, Dialect, Rows, value_of
from aggregator.store.dialects import Table, translate

_PARAMETER = re.compile(r"(?:\b(NOT )?(IN) )?(?<![\w:]):(\w+)")
_MARK = "\0"


class Prepared:
    """A statement with named parameters: `:name` is a value, `IN :name` and `NOT IN :name` a list of values.

    `text`: the statement; `dialects.translate` explains the words that it may contain besides. Values are passed to the
    driver as they are: integers, texts, bytes and None.
    """

    def __init__(self, statement: str) -> None:
        self.text = statement
        self._compiled: dict[Dialect, Compiled] = {}

    def execute(self, connection: Connection, **parameters: Any) -> Rows:
        """Execute the statement once."""
        compiled = self._compile(connection)
        sql, picked = compiled.text, compiled.pick(parameters)
        if compiled.lists:
            arguments: list[Any] = []
            for name, value in zip(compiled.order, picked, strict=True):
                if name in compiled.lists:
                    sql = sql.replace(_MARK, ", ".join("?" * len(value)), 1)
                    arguments += value
                else:
                    arguments.append(value)
            picked = tuple(arguments)
        return connection.execute(sql, picked)

    def named(self, connection: Connection, **parameters: Any) -> Iterator[Any]:
        """Execute the statement once, and yield its rows with their columns as attributes."""
        rows = self.execute(connection, **parameters)
        return map(_row_type(tuple(column[0] for column in rows.description))._make, rows)

    def column(self, connection: Connection, **parameters: Any) -> Iterator[Any]:
        """Execute the statement once, and yield the first column of its rows."""
        return map(itemgetter(0), self.execute(connection, **parameters))

    def value(self, connection: Connection, **parameters: Any) -> Any:
        """Execute the statement once, and return the first column of its first row; None if there is no row."""
        return value_of(self.execute(connection, **parameters))

    def execute_many(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> int:
        """Execute the statement for each row of parameters, none of which is a list. Returns how many rows it has
        changed."""
        pick = self._compile(connection).pick
        return self.execute_tuples(connection, [pick(row) for row in rows])

    def execute_tuples(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> int:
        """Execute the statement for each row of parameters, which are in the order of the statement. Returns how many
        rows it has changed."""
        return connection.executemany(self._compile(connection).text, rows).rowcount if rows else 0

    def _compile(self, connection: Connection) -> Compiled:
        compiled = self._compiled.get(connection.dialect)
        if compiled is None:
            compiled = self._compiled[connection.dialect] = compile_statement(self.text, connection.dialect)
        return compiled


class Compiled(NamedTuple):
    """A statement as the driver of a database takes it.

    `order`: the names of the parameters; `lists`: those for each value of which SQLite needs a placeholder of its
    own, in the place of a mark in the text; `pick`: returns the parameters in order."""

    text: str
    order: tuple[str, ...]
    lists: frozenset[str]
    pick: Callable[[Any], tuple[Any, ...]]


def compile_statement(statement: str, dialect: Dialect) -> Compiled:
    """Return a statement for one of the databases."""
    order: list[str] = []
    lists: set[str] = set()

    def placeholder(match: re.Match[str]) -> str:
        negated, is_list, name = match.groups()
        order.append(name)
        if dialect == "postgresql":  # one statement for all lengths of a list
            return ("<> ALL(%s)" if negated else "= ANY(%s)") if is_list else "%s"
        if is_list:
            lists.add(name)
        return f"{negated or ''}IN ({_MARK})" if is_list else "?"

    text = _PARAMETER.sub(placeholder, translate(statement, dialect))
    return Compiled(text, tuple(order), frozenset(lists), _picker(order))


@lru_cache
def _row_type(names: tuple[str, ...]) -> Any:
    return namedtuple("Row", names, rename=True)


def _picker(order: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(order) > 1:
        return itemgetter(*order)
    return lambda row: tuple(row[name] for name in order)


def inserting(table: Table, columns: Iterable[str]) -> Prepared:
    """Return the statement that inserts a row, with its parameters in the order of these columns."""
    return Prepared(_insert(table, columns))


def inserting_missing(table: Table, columns: Iterable[str]) -> Prepared:
    """Return the statement that inserts a row unless there is one with its key."""
    return Prepared(f"{_insert(table, columns)} ON CONFLICT DO NOTHING")


def replacing(table: Table, columns: Sequence[str]) -> Prepared:
    """Return the statement that inserts a row, or replaces the one that has its primary key."""
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in table.key)
    return Prepared(f"{_insert(table, columns)} ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {changed}")


def _insert(table: Table, columns: Iterable[str]) -> str:
    names = [*columns]
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"  # noqa: S608 - names
