"""Plugin functions under decorators, `functools.partial` and callable instances work like plain functions."""

from __future__ import annotations

import pytest
from project import Project
from publisher import Publisher
from sample_feeds import item, rss

HEAD = '''
from __future__ import annotations

import asyncio
from functools import partial, wraps
from typing import Annotated

from msgspec import Meta

from aggregator import Article, Drop, Edition, Item, hookimpl


def passing(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper


def run_by_asyncio(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        return asyncio.run(function(*args, **kwargs))
    return wrapper


def made_async(function):
    @wraps(function)
    async def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper


def generated_async(function):
    @wraps(function)
    async def wrapper(*args, **kwargs):
        for part in function(*args, **kwargs):
            yield part
    return wrapper


def listed(function):
    @wraps(function)
    async def wrapper(*args, **kwargs):
        return [part async for part in function(*args, **kwargs)]
    return wrapper


def in_instance(function):
    class Instance:
        """Titles."""
        async def __call__(self, http, *, url: str, limit: int = 1, state):
            return await function(http, url=url, limit=limit, state=state)
    return Instance()


def in_method(function):
    class Owner:
        def method(self, http, *, url: str, limit: int = 1, state):
            """Titles."""
            return function(http, url=url, limit=limit, state=state)
    return Owner().method

'''
SOURCE = '''
Limit = Annotated[int, Meta(ge=1, description="Titles.")]


def titles(text, limit, state):
    state["runs"] = state.get("runs", 0) + 1
    return [Item(id=word, title=word) for word in text.split()[:limit]]


async def coroutine(http, *, url: str, limit: Limit = 1, state):
    """Titles."""
    return titles((await http.get(url)).text, limit, state)


async def generator(http, *, url: str, limit: Limit = 1, state):
    """Titles."""
    for part in titles((await http.get(url)).text, limit, state):
        yield part


def plain(http, *, url: str, limit: Limit = 1, state):
    """Titles."""
    return titles(http.get(url).text, limit, state)


@hookimpl
def register_sources(register):
    register({function}, "words")
'''
SOURCES = [
    "passing(coroutine)",
    "passing(generator)",
    "passing(plain)",
    "passing(passing(coroutine))",
    "run_by_asyncio(coroutine)",
    "passing(run_by_asyncio(coroutine))",
    "made_async(plain)",
    "generated_async(plain)",
    "listed(generator)",
    "passing(listed(generator))",
    "partial(coroutine, limit=1)",
    "partial(plain, limit=1)",
    "passing(partial(generator, limit=1))",
    "in_instance(coroutine)",
    "in_method(plain)",
]


@pytest.mark.parametrize("function", SOURCES)
def test_a_decorated_source(project: Project, publisher: Publisher, function: str) -> None:
    publisher.serve("/words", b"one two three")
    project.write("added/words.py", HEAD + SOURCE.replace("{function}", function))
    project.configure(
        f'plugins = ["added"]\n[[sources]]\nplugin = "words"\nurl = "{publisher.url("/words")}"\nlimit = 2\n'
        '[[outputs]]\nplugin = "markdown"\npath = "daily.md"\n'
    )
    result = project.aggregate("run", "--json")
    assert (result.status, result.err, result.json["errors"]) == (0, "", [])
    assert result.json["articles"]["new"] == 2
    project.write("config.toml", project.read("config.toml").replace("limit = 2", 'limit = "two"'))
    assert "limit" in project.aggregate("check").err


@pytest.mark.parametrize("function", ["passing(coroutine)", "run_by_asyncio(coroutine)", "listed(generator)"])
def test_a_decorated_source_keeps_the_contract(project: Project, publisher: Publisher, function: str) -> None:
    publisher.serve("/words", b"one two three", headers={"ETag": '"1"'})
    described = SOURCE.replace("url: str", 'url: Annotated[str, Meta(description="Where.")]')
    text = HEAD + described.replace("{function}", function)
    project.write("words.py", text)
    project.configure("")
    result = project.aggregate("plugins", "test", "words.py", "--option", f"url={publisher.url('/words')}", "--json")
    assert [check for check in result.json["checks"] if check["state"] == "failed"] == []


def test_a_forgotten_await_is_still_explained(project: Project) -> None:
    source = """
async def fetch(http):
    return []


@passing
def source(http):
    return fetch(http)


@hookimpl
def register_sources(register):
    register(source, "words")
"""
    project.write("added/words.py", HEAD + source)
    project.configure('plugins = ["added"]\n[[sources]]\nplugin = "words"\n')
    assert "returned a coroutine: write `async def`" in project.run()["errors"][0]["error"]


FILTER = '''
async def fetch(article: Article, http, *, url: str, state):
    """Mark."""
    return mark(article, (await http.get(url)).text, state)


def fetch_plain(article: Article, http, *, url: str, state):
    """Mark."""
    return mark(article, http.get(url).text, state)


def plain(article: Article, *, url: str, state):
    """Mark."""
    return mark(article, "marked", state)


def mark(article, text, state):
    state["calls"] = state.get("calls", 0) + 1
    return Drop("no") if article.title == "Item 2" else article.replace(title=f"{article.title} {text}")


@hookimpl
def register_filters(register):
    register({function}, "mark")
'''
FILTERS = [
    "passing(fetch)",
    "passing(plain)",
    "run_by_asyncio(fetch)",
    "made_async(fetch_plain)",
    "made_async(plain)",
    "partial(fetch)",
    "partial(plain)",
]


@pytest.mark.parametrize("function", FILTERS)
def test_a_decorated_filter(project: Project, publisher: Publisher, function: str) -> None:
    publisher.serve("/mark", b"marked")
    project.write("added/mark.py", HEAD + FILTER.replace("{function}", function))
    project.write("world.xml", rss([item(n, title=f"Item {n}") | {"guid": str(n)} for n in range(4)]))
    project.configure(
        'plugins = ["added"]\n[[sources]]\nurl = "world.xml"\n'
        f'[[filters]]\nplugin = "mark"\nurl = "{publisher.url("/mark")}"\n'
        '[[outputs]]\nplugin = "jsonl"\npath = "articles.jsonl"\n'
    )
    result = project.aggregate("run", "--json")
    assert (result.status, result.err, result.json["errors"]) == (0, "", [])
    text = project.read("articles.jsonl")
    assert [f'"Item {n} marked"' in text for n in range(4)] == [True, True, False, True]


OUTPUT = '''
def plain(edition: Edition, path, *, suffix: str = "txt"):
    """Titles."""
    yield f"titles.{suffix}", "\\n".join(story.title for story in edition.stories).encode()


async def coroutine(edition: Edition, path, *, suffix: str = "txt"):
    """Titles."""
    return list(plain(edition, path, suffix=suffix))


class Instance:
    """Titles."""
    def __call__(self, edition, path, *, suffix: str = "txt"):
        return plain(edition, path, suffix=suffix)


@hookimpl
def register_outputs(register):
    register({function}, "titles")
'''


@pytest.mark.parametrize(
    "function", ["passing(plain)", "run_by_asyncio(coroutine)", 'partial(plain, suffix="txt")', "Instance()"]
)
def test_a_decorated_output(project: Project, function: str) -> None:
    project.write("added/titles.py", HEAD + OUTPUT.replace("{function}", function))
    project.write("world.xml", rss([item(1, title="The world goes on")]))
    project.configure(
        'plugins = ["added"]\n[[sources]]\nurl = "world.xml"\n'
        '[[outputs]]\nplugin = "titles"\npath = "public"\nsuffix = "md"\n'
    )
    result = project.aggregate("run", "--json")
    assert (result.status, result.err, result.json["errors"]) == (0, "", [])
    assert project.read("public/titles.md") == "The world goes on"


def test_an_output_that_a_decorator_made_asynchronous_is_refused(project: Project) -> None:
    project.write("added/titles.py", HEAD + OUTPUT.replace("{function}", "made_async(plain)"))
    project.configure('plugins = ["added"]\n')
    assert "plain(): an output is a plain function" in project.aggregate("check").err


def test_a_class_is_refused_and_a_partial_is_registered_under_the_name_of_its_function(project: Project) -> None:
    project.configure('plugins = ["added"]\n')
    project.write("added/titles.py", HEAD + OUTPUT.replace("{function}", "Instance"))
    assert "register() wants a function, not <class" in project.aggregate("check").err
    project.write("added/titles.py", HEAD + OUTPUT.replace('{function}, "titles"', "partial(plain)"))
    assert "Titles." in project.aggregate("plugins", "show", "plain").out
