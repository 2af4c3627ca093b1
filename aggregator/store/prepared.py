"""Statements of SQLAlchemy Core, compiled once for each database, since compiling takes as long as executing."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    Executable,
    RowMapping,
    Select,
    Table,
    TextClause,
    bindparam,
    text,
)

_LIST = re.compile(r"(NOT )?IN \(__\[POSTCOMPILE_(\w+)\]\)")
_MARK = "\0"

Statement = Executable | Callable[[Dialect], Executable]


class Rows(Protocol):
    """The result of a statement: its rows, as tuples of its columns."""

    @property
    def rowcount(self) -> int:
        """The number of rows that it has changed."""

    def __iter__(self) -> Iterator[Any]: ...

    def fetchone(self) -> Any:
        """Return the next row, None after the last one."""

    def fetchall(self) -> Sequence[Any]:
        """Return the remaining rows."""


def run(connection: Connection, statement: str, parameters: Sequence[Any] = ()) -> Rows:
    """Execute a statement in the words of the driver.

    SQLite's driver is called directly: what SQLAlchemy does around it takes longer than most statements.
    """
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        return driver.execute(statement, parameters)  # type: ignore[no-any-return]
    return connection.exec_driver_sql(statement, tuple(parameters))


def run_many(connection: Connection, statement: str, parameters: Sequence[Sequence[Any]]) -> int:
    """Execute a statement for each of these rows of parameters. Returns how many rows it has changed."""
    if not parameters:
        return 0
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        return driver.executemany(statement, parameters).rowcount  # type: ignore[no-any-return]
    return connection.exec_driver_sql(statement, [*map(tuple, parameters)]).rowcount


def values(name: str) -> BindParameter[Any]:
    """Return a parameter that is a list of values: `column.in_(values("keys"))`."""
    return bindparam(name, expanding=True)


def with_lists(statement: str, *names: str) -> TextClause:
    """Return a statement as text, in which these parameters are lists: `WHERE id IN :ids`."""
    return text(statement).bindparams(*map(values, names))


def in_order(query: Select[Any], key: ColumnElement[Any]) -> Select[Any]:
    """Return a query that locks its rows in the order of their key, so that two transactions cannot wait for each
    other. In SQLite one transaction writes at a time."""
    return query.order_by(key).with_for_update(key_share=True)


class Prepared:
    """A statement, or a function that returns it for a dialect, with named parameters.

    Values are passed to the driver as they are: integers, texts, bytes and None.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def execute(self, connection: Connection, **parameters: Any) -> Rows:
        """Execute the statement once."""
        compiled = self._compile(connection.dialect)
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
        return run(connection, sql, picked)

    def named(self, connection: Connection, **parameters: Any) -> Iterator[Any]:
        """Execute the statement once, and yield its rows with their columns as attributes."""
        rows: Any = self.execute(connection, **parameters)
        if connection.dialect.name != "sqlite":
            return iter(rows)
        return map(_row_type(tuple(column[0] for column in rows.description))._make, rows)

    def column(self, connection: Connection, **parameters: Any) -> Iterator[Any]:
        """Execute the statement once, and yield the first column of its rows."""
        return map(itemgetter(0), self.execute(connection, **parameters))

    def execute_many(self, connection: Connection, rows: Iterable[Mapping[str, Any] | RowMapping]) -> int:
        """Execute the statement for each row of parameters, none of which is a list. Returns how many rows it has
        changed."""
        compiled = self._compile(connection.dialect)
        return run_many(connection, compiled.text, [compiled.pick(row) for row in rows])

    def execute_tuples(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> int:
        """Execute the statement for each row of parameters, which are in the order of the statement. Returns how many
        rows it has changed."""
        return run_many(connection, self._compile(connection.dialect).text, rows)

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._statement, dialect)
        return compiled


class _Compiled(NamedTuple):
    """`order`: the names of the parameters; `lists`: those for each value of which SQLite needs a placeholder of its
    own, in the place of a mark in the text; `pick`: returns the parameters in order."""

    text: str
    order: tuple[str, ...]
    lists: frozenset[str]
    pick: Callable[[Any], tuple[Any, ...]]


def _compile(statement: Statement, dialect: Dialect) -> _Compiled:
    built: Any = statement if isinstance(statement, Executable) else statement(dialect)
    compiled = built.compile(dialect=dialect)
    order = tuple(compiled.positiontup)
    constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    if dialect.name == "postgresql":
        sql = _LIST.sub(lambda match: "<> ALL(%s)" if match[1] else "= ANY(%s)", compiled.string)
        return _Compiled(sql, order, frozenset(), _picker(order, constants))
    lists = frozenset(match[2] for match in _LIST.finditer(compiled.string))
    sql = _LIST.sub(lambda match: f"{match[1] or ''}IN ({_MARK})", compiled.string)
    return _Compiled(sql, order, lists, _picker(order, constants))


@lru_cache
def _row_type(names: tuple[str, ...]) -> Any:
    return namedtuple("Row", names, rename=True)


def _picker(order: Sequence[str], constants: Mapping[str, Any]) -> Callable[[Any], tuple[Any, ...]]:
    if len(order) > 1 and not constants:
        return itemgetter(*order)
    return lambda row: tuple(constants[name] if name in constants else row[name] for name in order)


def inserting(table: Table, columns: Iterable[str]) -> Prepared:
    """Return the statement that inserts a row, with its parameters in the order of these columns."""
    names = [*columns]
    parameters = ", ".join(f":{name}" for name in names)
    return Prepared(text(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({parameters})"))  # noqa: S608 - names


def inserting_missing(table: Table, columns: Iterable[str]) -> Prepared:
    """Return the statement that inserts a row unless there is one with its key."""
    return Prepared(lambda dialect: _insert(dialect, table, columns).on_conflict_do_nothing())


def replacing(table: Table, columns: Iterable[str]) -> Prepared:
    """Return the statement that inserts a row, or replaces the one that has its primary key."""
    names = [*columns]
    keys = [column.name for column in table.primary_key]

    def build(dialect: Dialect) -> Executable:
        insert = _insert(dialect, table, names)
        changed = {name: insert.excluded[name] for name in names if name not in keys}
        return insert.on_conflict_do_update(index_elements=keys, set_=changed)  # type: ignore[no-any-return]

    return Prepared(build)


def _insert(dialect: Dialect, table: Table, columns: Iterable[str]) -> Any:
    if dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_into_postgresql

        insert: Any = insert_into_postgresql(table)
    else:
        from sqlalchemy.dialects.sqlite import insert as insert_into_sqlite

        insert = insert_into_sqlite(table)
    return insert.inline().values({name: bindparam(name) for name in columns})
