"""Conditional requests of a source that requests its own URL with `params`."""

from __future__ import annotations

from typing import Any

import pytest
from project import Project
from publisher import Publisher

PLUGIN = '''
from aggregator import Item, hookimpl

def mine(http, *, url: str, queries: list[str] = [], bare: bool = False, main: bool = False):
    """Mine."""
    titles = [http.get(url).text] if bare else []
    for number, query in enumerate(queries):
        main_option = {"main": True} if main and not number else {}
        titles.append(http.get(url, params={"q": query}, **main_option).text)
    for title in titles:
        yield Item(id=title, title=title)

@hookimpl
def register_sources(register):
    register(mine)
'''


def answer(exchange: Any) -> None:
    """Answer any query, each with an ETag of its own."""
    etag = f'"{exchange.path}"'
    if exchange.headers["If-None-Match"] == etag:
        exchange.answer(304)
    else:
        exchange.answer(200, exchange.path.encode(), headers={"ETag": etag})


@pytest.fixture
def source(project: Project, publisher: Publisher) -> Any:
    """A function that runs the source with options, and returns what it requested: path, and the validator sent."""
    project.write("own/mine.py", PLUGIN)

    publisher.handle("/", answer)

    def run(options: str) -> list[tuple[str, str | None]]:
        project.configure(
            f'plugins = ["own"]\n[[sources]]\nplugin = "mine"\nname = "M"\nurl = "{publisher.url("/")}"\n{options}\n'
        )
        before = len(publisher.requests)
        assert project.run("--force")["errors"] == []
        return [(one.path, one.headers["If-None-Match"]) for one in publisher.requests[before:]]

    return run


@pytest.mark.parametrize("more", ["", "main = true"])
def test_a_query_is_requested_conditionally(source: Any, more: str) -> None:
    options = f'queries = ["a"]\n{more}'
    assert source(options) == [("/?q=a", None)]
    assert source(options) == [("/?q=a", '"/?q=a"')]
    assert source(options) == [("/?q=a", '"/?q=a"')], "a 304 keeps the validators"


def test_validators_of_another_query_are_not_sent(project: Project, publisher: Publisher) -> None:
    """A query that changes from run to run, such as one with a date."""
    project.write("queries.txt", "a")
    words = f"__import__('pathlib').Path({str(project.folder / 'queries.txt')!r}).read_text().split()"
    project.write("own/mine.py", PLUGIN.replace("enumerate(queries)", f"enumerate({words})"))
    publisher.handle("/", answer)
    project.configure(f'plugins = ["own"]\n[[sources]]\nplugin = "mine"\nname = "M"\nurl = "{publisher.url("/")}"\n')
    for query in ("a", "a", "b", "b", "a"):
        project.write("queries.txt", query)
        assert project.run("--force")["errors"] == []
    sent = [(one.path, one.headers["If-None-Match"]) for one in publisher.requests]
    assert sent == [
        ("/?q=a", None),
        ("/?q=a", '"/?q=a"'),
        ("/?q=b", None),
        ("/?q=b", '"/?q=b"'),
        ("/?q=a", None),
    ]


def test_several_queries_are_requested_in_full(source: Any) -> None:
    """If the first had not changed, the others might have."""
    options = 'queries = ["a", "b"]'
    assert source(options) == source(options) == [("/?q=a", None), ("/?q=b", None)]


def test_one_of_several_queries_can_be_the_main_one(source: Any) -> None:
    options = 'queries = ["a", "b"]\nmain = true'
    assert source(options) == [("/?q=a", None), ("/?q=b", None)]
    assert source(options) == [("/?q=a", '"/?q=a"')], "nothing has changed there, so the source ends"


def test_the_bare_address_remains_the_main_one(source: Any) -> None:
    options = 'bare = true\nqueries = ["a"]'
    assert source(options) == [("/", None), ("/?q=a", None)]
    assert source(options) == [("/", '"/"')]
