"""Validation of a configuration against the registered plugins and their options."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config.load import read
from aggregator.config.validate import check
from aggregator.plugin.loader import load_plugins
from aggregator.plugin.registry import Registry

PLUGINS = """
import re
from typing import Annotated, Literal
from msgspec import Meta
from aggregator import hookimpl

def gazette(http, *, url: str, selector: str, limit: Annotated[int, Meta(ge=1)] = 10):
    "A page."

def clock(http, *, zone: Literal["utc", "local"] = "utc"):
    "The time."

def stop(article, *, title: re.Pattern[str] | None = None):
    "Stops."

def paper(edition, *, columns: int = 2):
    "A paper."

@hookimpl
def register_sources(register):
    register(gazette)
    register(clock)

@hookimpl
def register_filters(register):
    register(stop)

@hookimpl
def register_outputs(register):
    register(paper)
"""


def problems(folder: Path, text: str, registry: Registry) -> list[str]:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    config, mistakes = read(path, {"TOKEN": "s3cret"})
    assert mistakes == []
    prefix = f"{path}: "
    return [line.removeprefix(prefix) for line in check(config, registry)]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "mine.py").write_text(PLUGINS)
    (folder / "broken.py").write_text("import no_such_module")
    return load_plugins([folder])


PAGE = '[[sources]]\nplugin = "gazette"\nurl = "https://a.example/"\nname = "A"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PAGE + 'selector = "h2"\nlimit = 3', []),
        (PAGE, ['[[sources]] 1 ("A"): selector: is needed: text']),
        (
            PAGE + 'selector = 3\nlimit = 0\nlimits = 4\nevry = "30m"\nkeep = "1d"',
            [
                '[[sources]] 1 ("A"): limits = 4: unknown key; did you mean "limit"?',
                '[[sources]] 1 ("A"): evry = "30m": unknown key; did you mean "every"?',
                '[[sources]] 1 ("A"): keep = "1d": unknown key; it belongs at the top of the file, above all tables',
                '[[sources]] 1 ("A"): selector = 3: must be text',
                '[[sources]] 1 ("A"): limit = 0: must be a whole number, at least 1',
            ],
        ),
        (
            PAGE + 'selector = "x"\nlimit = { env = "TOKEN" }',
            ['[[sources]] 1 ("A"): limit = { env = … }: must be a whole number'],
        ),
        (
            '[[sources]]\nplugin = "gazette"\nselector = "x"',
            ['[[sources]] 1 ("gazette"): url: is needed: text'],
        ),
        ('[[sources]]\nplugin = "clock"', []),
        (
            '[[sources]]\nplugin = "clock"\nzone = "mars"',
            ['[[sources]] 1 ("clock"): zone = "mars": must be "utc" or "local"'],
        ),
        (
            '[[sources]]\nplugin = "clcok"',
            ['[[sources]] 1 ("clcok"): plugin = "clcok": unknown source plugin; did you mean "clock"?'],
        ),
        (
            '[[filters]]\nplugin = "gazette"',
            ['[[filters]] 1 ("gazette"): plugin = "gazette": is not a filter plugin, but a source plugin'],
        ),
        (
            '[[filters]]\nplugin = "paper"',
            ['[[filters]] 1 ("paper"): plugin = "paper": is not a filter plugin, but an output plugin'],
        ),
        (
            '[[filters]]\nplugin = "stop"\ntitle = "(unclosed"',
            [
                '[[filters]] 1 ("stop"): title = "(unclosed": must be a regular expression '
                "(missing ), unterminated subpattern at position 0)"
            ],
        ),
        ('[[outputs]]\nplugin = "paper"\npath = "a"\ncolumns = 3', []),
        (
            PAGE + 'selector = "x"\n[[outputs]]\nplugin = "paper"\npath = "a"\nsources = ["a", "B"]',
            ['[[outputs]] 1 ("a"): sources = "B": no source has this name'],
        ),
        (
            '[[sources]]\nplugin = "clock"\nname = "World"\n[[filters]]\nplugin = "stop"\nsources = ["Wrold"]',
            ['[[filters]] 1 ("stop"): sources = "Wrold": no source has this name; did you mean "World"?'],
        ),
        ('[[sources]]\nplugin = "clock"\n[[filters]]\nplugin = "stop"\nsources = ["What it calls itself"]', []),
    ],
)
def test_mistakes_are_reported(tmp_path: Path, registry: Registry, text: str, expected: list[str]) -> None:
    assert problems(tmp_path, text, registry) == expected


def test_a_plugin_that_failed_to_load_is_not_reported_as_unknown(tmp_path: Path, registry: Registry) -> None:
    [line] = problems(tmp_path, '[[sources]]\nplugin = "broken"', registry)
    assert "could not be loaded" in line
    assert "ModuleNotFoundError" in line
    assert "broken.py" in line
