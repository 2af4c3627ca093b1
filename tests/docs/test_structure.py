"""Imports between the folders of `aggregator/` run one way, in the order that docs/structure.py states."""

from __future__ import annotations

import ast

import pytest
import structure


def test_every_folder_has_a_level() -> None:
    """A new folder, or a new module beside the folders, gets its place in `structure.ORDER`."""
    assert structure.folders() == set(structure.LEVELS)


def test_no_folder_imports_from_a_higher_level() -> None:
    edges = structure.imports()
    unexpected = structure.upward(edges)
    assert unexpected == set(), {pair: sorted(edges[pair[0]][pair[1]]) for pair in unexpected}


def test_folders_do_not_import_each_other_in_a_cycle() -> None:
    assert structure.cycle(structure.imports()) == []


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("from aggregator.text.plain import printable", ["aggregator.text.plain.printable"]),
        ("from aggregator import __version__", ["aggregator.__version__"]),
        ("import aggregator.store", ["aggregator.store"]),
        ("def f():\n    from aggregator.store import Store", ["aggregator.store.Store"]),
        ("if TYPE_CHECKING:\n    from aggregator.store import Store", ["aggregator.store.Store"]),
        ("import_module('aggregator.cli.main')", ["aggregator.cli.main"]),
        ("import aggregator_plugins.sources.feed; from json import loads; 'aggregator.db'", []),
    ],
)
def test_imports_are_seen_wherever_they_stand(code: str, names: list[str]) -> None:
    assert list(structure.imported_names(ast.parse(code))) == names


def test_upward_imports_and_cycles_are_recognised() -> None:
    assert structure.upward({"text": {"cli": set(), "errors": set()}, "cli": {"text": set()}}) == {("text", "cli")}
    assert structure.upward({"cli": {"Item": set()}}) == {("cli", "Item")}  # a public name of the root package
    assert structure.cycle({"feeds": {"pages": set()}, "pages": {"feeds": set()}}) == ["feeds", "pages", "feeds"]
    assert structure.cycle({"feeds": {"pages": set()}}) == []
