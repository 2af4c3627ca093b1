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
