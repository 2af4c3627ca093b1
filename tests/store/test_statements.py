"""Each statement of the store is valid in the databases that it is for: its words, its tables and its columns."""

from __future__ import annotations

import importlib
import itertools
import pkgutil

import aggregator.store
from aggregator.store import Store
from aggregator.store.prepared import Prepared, compile_statement

STATEMENTS = {
    f"{module.name}.{name}": value
    for module in pkgutil.iter_modules(aggregator.store.__path__)
    for name, value in vars(importlib.import_module(f"aggregator.store.{module.name}")).items()
    if isinstance(value, Prepared)
}


def test_every_statement_is_valid(store: Store) -> None:
    connection = store.connection
    assert len(STATEMENTS) > 100
    for name, statement in STATEMENTS.items():
        if ("TSVECTOR" if connection.dialect == "sqlite" else "FTS5") in name:
            continue
        compiled = compile_statement(statement.text, connection.dialect)
        if connection.dialect == "sqlite":
            parameters = (None,) * len(compiled.order)
            connection.execute(f"EXPLAIN {compiled.text.replace(chr(0), '?')}", parameters)
        else:
            numbers = itertools.count(1)
            text = "".join(f"{part}${next(numbers)}" for part in compiled.text.split("%s"))
            connection.execute(f"PREPARE one AS {text.rpartition('$')[0]}")
            connection.execute("DEALLOCATE one")


def test_what_the_databases_write_differently() -> None:
    statement = (
        "SELECT kind::text, '%' FROM t WHERE n = :n AND index_key(t.url) IN :urls AND key NOT IN :keys AND m < :n "
        "ORDER BY key FOR NO KEY UPDATE"
    )
    sqlite, postgresql = compile_statement(statement, "sqlite"), compile_statement(statement, "postgresql")
    assert sqlite.text == (
        "SELECT kind::text, '%' FROM t WHERE n = ? AND t.url IN (\0) AND key NOT IN (\0) AND m < ? ORDER BY key"
    )
    assert postgresql.text == (
        "SELECT kind::text, '%%' FROM t WHERE n = %s AND md5(t.url) = ANY(%s) AND key <> ALL(%s) AND m < %s "
        "ORDER BY key FOR NO KEY UPDATE"
    )
    assert sqlite.order == postgresql.order == ("n", "urls", "keys", "n")
    assert sqlite.lists == {"urls", "keys"}
    assert not postgresql.lists


def test_a_list_may_be_empty_and_occur_twice(store: Store) -> None:
    query = Prepared("SELECT :n WHERE 1 IN :some OR 2 NOT IN :some OR 3 IN :none")
    assert [*query.column(store.connection, n=7, some=[1, 2], none=[])] == [7]
    assert query.value(store.connection, n=7, some=[2], none=[]) is None
