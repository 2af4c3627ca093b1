"""`aggregate preview` of plugin files, with `--option`, `--filters` and `--watch`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from project import Project
from publisher import Publisher

PLUGIN = '''
from aggregator import Item, hookimpl

def mine(http, *, url: str = "https://news.invalid/", limit: int = 2, words: list[str] = []):
    """Mine."""
    for number, word in enumerate([*words, *http.get(url).text.split()][:limit]):
        yield Item(id=number, title=word)

@hookimpl
def register_sources(register):
    register(mine)
'''


def titles(project: Project, *arguments: str) -> list[str]:
    result = project.aggregate("preview", *arguments, "--json")
    assert (result.status, result.err) == (0, "")
    return [article["title"] for article in result.json["articles"]]


def test_plugin_file_is_previewed(project: Project, publisher: Publisher) -> None:
    publisher.serve("/", b"one two three")
    project.configure("")
    project.write("mine.py", PLUGIN.replace("https://news.invalid/", publisher.url("/")))
    assert titles(project, "mine.py") == ["one", "two"]
    assert titles(project, "mine.py", "--option", "limit=3") == ["one", "two", "three"]
    assert titles(project, "mine.py", "--option", 'words=["zero"]') == ["zero", "one"]


def test_package_is_previewed_and_may_read_a_local_file(project: Project) -> None:
    project.write("bundle/__init__.py", "from .part import *\n")
    project.write("bundle/part.py", PLUGIN)
    project.write("words.txt", "one two")
    assert titles(project, "bundle", "--option", "url=words.txt") == ["one", "two"]


def test_options_override_those_of_a_configured_source(project: Project) -> None:
    project.write("words.txt", "one two")
    project.write("added/mine.py", PLUGIN)
    project.configure('plugins = ["added"]\n[[sources]]\nplugin = "mine"\nname = "Mine"\nurl = "words.txt"\n')
    assert titles(project, "Mine") == ["one", "two"]
    assert titles(project, "Mine", "--option", "limit=1") == ["one"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.py"], "none.py: is not a plugin: neither a file that ends with .py, nor a folder with an __init__.py"),
        (["broken.py"], "SyntaxError: '(' was never closed in "),
        (["filter.py"], "it registers no source, filter or output"),
        (["mine.py", "--option", "limt=3"], 'plugin "mine": limt: unknown option; did you mean "limit"?'),
        (["mine.py", "--option", "limit=few"], 'plugin "mine": limit: must be a whole number'),
        (["mine.py", "--option", "limit"], "--option limit: must be KEY=VALUE, such as limit=3"),
    ],
)
def test_mistakes_are_one_line(project: Project, arguments: list[str], message: str) -> None:
    project.write("broken.py", "def mine(\n")
    project.write("filter.py", "import aggregator\n")
    project.write("mine.py", PLUGIN)
    result = project.aggregate("preview", *arguments)
    assert result.status in (1, 2)
    [line] = result.err.splitlines()
    assert message in line


class Watch:
    """Reads the output of a process of `aggregate preview … --watch`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        self.process = process
        self._output: IO[str] = process.stdout

    def read_until_waiting(self) -> str:
        lines = iter(self._output.readline, "")
        output: list[str] = []
        for line in lines:
            if "waiting for a change" in line:
                return "".join(output)
            output.append(line)
        raise AssertionError("".join(output))


@contextmanager
def watch(folder: Path, *arguments: str) -> Iterator[Watch]:
    command = [sys.executable, "-u", "-m", "aggregator", "preview", *arguments, "--watch"]
    process = subprocess.Popen(
        command, cwd=folder, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield Watch(process)
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def save_in_place(path: Path, text: str) -> None:
    path.write_text(text)


def save_by_renaming(path: Path, text: str) -> None:
    path.with_suffix(".swp").write_text(text)
    path.with_suffix(".swp").rename(path)


@pytest.mark.e2e
@pytest.mark.parametrize("save", [save_in_place, save_by_renaming])
def test_change_of_the_file_repeats_the_preview(project: Project, save: Callable[[Path, str], None]) -> None:
    text = PLUGIN.replace("https://news.invalid/", (project.write("words.txt", "one two three")).as_uri())
    path = project.write("mine.py", text)
    with watch(project.folder, "mine.py") as seen:
        assert seen.read_until_waiting().startswith("mine: 2 articles\n\none\n")
        save(path, text.replace("limit: int = 2", "limit: int = 3"))
        assert seen.read_until_waiting().startswith("mine: 3 articles\n")
        save(path, text.replace("title=word", "title=wort"))
        output = seen.read_until_waiting()
        assert f"NameError: name 'wort' is not defined in {path}, line 7" in output
        save(path, text.replace("yield Item(", "yield Item(("))
        assert "SyntaxError: " in (output := seen.read_until_waiting())
        assert f"{path}, line 7" in output
        save(path, text)
        assert seen.read_until_waiting().startswith("mine: 2 articles\n")
        seen.process.send_signal(signal.SIGINT)
        assert seen.process.wait() == 130


@pytest.mark.e2e
def test_changes_of_the_package_and_the_configuration_repeat_the_preview(project: Project) -> None:
    url = project.write("words.txt", "one two three").as_uri()
    project.write("added/bundle/__init__.py", "from .part import *\n")
    part = project.write("added/bundle/part.py", PLUGIN)
    config = f'plugins = ["added"]\n[[sources]]\nplugin = "mine"\nname = "Mine"\nurl = "{url}"\n'
    project.configure(config)
    with watch(project.folder, "Mine") as seen:
        assert seen.read_until_waiting().startswith("Mine: 2 articles\n")
        save_by_renaming(part, PLUGIN.replace("limit: int = 2", "limit: int = 1"))
        assert seen.read_until_waiting().startswith("Mine: 1 article\n")
        project.configure(config + "limit = 3\n")
        assert seen.read_until_waiting().startswith("Mine: 3 articles\n")
        project.configure(config + "limit = many\n")
        assert "config.toml: " in seen.read_until_waiting()


def test_filters_of_the_configuration_apply_to_a_plugin_file(project: Project) -> None:
    url = project.write("words.txt", "one two").as_uri()
    project.write("mine.py", PLUGIN.replace("https://news.invalid/", url))
    project.configure('[[filters]]\nplugin = "drop"\ntitle = "one"\n')
    result = project.aggregate("preview", "mine.py", "--filters", "--json")
    assert (result.status, result.err) == (0, "")
    [tried] = result.json["filters"]
    assert [taken["title"] for taken in tried["dropped"]] == ["one"]
