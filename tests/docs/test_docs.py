"""The documentation is correct: its commands run, its examples load, and it is complete."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from documented_sites import Sites, serving_sites
from markdown_pages import TEXTS, tokens_of
from project import ROOT, Project

from aggregator.cli.commands import all_commands
from aggregator.config.load import read
from aggregator.config.schema import TABLES, keys_of
from aggregator.config.validate import check
from aggregator.plugin import spec
from aggregator.plugin.loader import load_plugins
from aggregator.plugin.plugin import KINDS, Plugin
from aggregator.testing.recordings import file_name

# Commands that run until they are stopped, or run these tests, and one that has a test of its own.
NOT_RUN = {"make test", ".venv/bin/aggregate serve", "aggregate serve", 'aggregate preview "The Second Page"'}


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of a page in this language, without their indentation."""
    return [token.content for token in tokens_of(page) if token.type == "fence" and token.info == language]


def blocks_of_all_pages(language: str) -> Iterator[tuple[str, int, str]]:
    """Yield (page, number, block) for all pages."""
    for page in TEXTS:
        yield from ((page, number, block) for number, block in enumerate(blocks(page, language)))


def commands(page: str) -> list[str]:
    """Return the commands that a reader types, in the order of the page."""
    lines = (line for block in blocks(page, "console") for line in block.splitlines())
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def plugin_folder(folder: Path) -> Path:
    """Write all plugins of the documentation into a folder, one file each."""
    folder.mkdir()
    for page, number, block in blocks_of_all_pages("python"):
        (folder / f"{page.replace('/', '_').removesuffix('.md')}_{number}.py").write_text(block, encoding="utf-8")
    return folder


def shipped_plugins() -> list[Plugin]:
    plugins = load_plugins([]).all()
    return [plugin for plugin in plugins if plugin.function.__module__.startswith("aggregator_plugins.")]


EMPTY_LISTS = ("no story matches", "no deliveries yet", "no outages")
"""What verbs of the examples say about empty lists."""


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "docs/guide.md"])
def test_the_commands_of_a_page_run_in_order(page: str, project: Project) -> None:
    lines = [line for line in commands(page) if line not in NOT_RUN]
    assert lines
    with serving_sites() as sites:
        done = run_script(lines, project.folder, sites)
    assert done.returncode == 0, done.stderr
    reports = [line for line in done.stderr.splitlines() if line.startswith(("aggregate: ", "Traceback"))]
    assert [line for line in reports if not line.startswith(EMPTY_LISTS)] == []
    assert (project.folder / "home" / "news" / "public" / "index.html").is_file()
    assert (project.folder / "public" / "index.html").is_file() == ("make run" in lines)


def run_script(lines: list[str], folder: Path, sites: Sites) -> subprocess.CompletedProcess[str]:
    """Run commands in a copy of the checkout with everything installed."""
    bin_folder = Path(sys.executable).parent
    for name in ("config.toml", "Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "samples", folder / "samples")
    (folder / "home").mkdir()
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(bin_folder)
    (folder / ".venv" / "installed").touch()
    allow = r"""aggregate init && printf '\n[http]\nallow_private = ["127.0.0.0/8"]\n' >>config.toml"""
    script = "\n".join(["set -eu", *lines]).replace("aggregate init", allow)
    stories = "aggregate stories --json | grep -v storyline | grep -o 'urn:uuid:[^\"]*'"
    script = script.replace("9f877396 2bb6c641", f"$({stories} | tail -n 2)")
    script = script.replace("storyline 9f877396", f"storyline $({stories} | head -n 1)")
    script = script.replace("71c0e2d4", f"$({stories} | tail -n 1)")
    script = script.replace("storyline 2bb6c641", f"storyline $({stories} | tail -n 1)")
    script = sites.local(script)
    environment = os.environ | {"HOME": str(folder / "home"), "PATH": f"{bin_folder}:{os.environ['PATH']}"}
    environment.pop("MAKEFLAGS", None)
    environment.pop("MAKELEVEL", None)
    bash = ["bash", "-c", script]
    return subprocess.run(bash, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_commands_that_are_excluded_from_running_exist() -> None:
    verbs = {command.name for command in all_commands()}
    for line in NOT_RUN - {"make test"}:
        assert line.split()[1] in verbs
    assert "\ntest:" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_python_example_is_a_plugin_that_loads(tmp_path: Path) -> None:
    folder = plugin_folder(tmp_path / "my_plugins")
    registry = load_plugins([folder])
    assert [failure for failure in registry.failures if str(folder) in failure.message] == []
    files = {Path(origin).name for origin in registry.origins.values() if origin.startswith(str(folder))}
    assert files == {path.name for path in folder.glob("*.py")}
    assert len(files) >= 4


@pytest.mark.e2e
@pytest.mark.slow
def test_the_tests_of_the_plugin_guide_pass(tmp_path: Path) -> None:
    for block in blocks("docs/plugins.md", "python"):
        [name, *_] = re.findall(r"^(?:async )?def (\w+)", block, re.MULTILINE)
        (tmp_path / f"{name}.py").write_text(block, encoding="utf-8")
    [test] = blocks("docs/plugins.md", "py")
    (tmp_path / "test_guide.py").write_text(test, encoding="utf-8")
    [url] = re.findall(r'url="(.+)"', test)
    body = '[{"number": 1, "subject": "Ferrier Bridge is closed", "html": "<p>Since noon.", "at": 1767614400}]'
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / file_name(url)).write_text(f"GET {url}\nHTTP 200\n\n{body}\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("page", "number", "block"), list(blocks_of_all_pages("toml")), ids=lambda value: str(value)[:30]
)
def test_every_toml_example_loads(page: str, number: int, block: str, tmp_path: Path) -> None:
    if block.startswith("# pyproject.toml"):
        assert set(tomllib.loads(block)["project"]["entry-points"]) == {"aggregator"}
        return
    assert problems_of(block, tmp_path) == []


def problems_of(text: str, folder: Path, *, shipped_only: bool = False) -> list[str]:
    """Return the errors of a configuration that may use the plugins of the documentation."""
    plugins = [] if shipped_only else [plugin_folder(folder / "my_plugins")]
    (folder / "feeds.opml").write_text('<opml version="2.0"><body/></opml>')
    path = folder / "config.toml"
    path.write_text(text + "".join(missing_sources(tomllib.loads(text))), encoding="utf-8")
    environment = dict.fromkeys(re.findall(r'env = "(\w+)"', text), "https://feeds.example/token.xml")
    config, problems = read(path, environment)
    return problems + check(config, load_plugins(plugins))


def missing_sources(document: dict[str, Any]) -> Iterator[str]:
    """Yield tables for sources that an example refers to without configuring them."""
    tables = document.get("filters", []) + document.get("outputs", [])
    named = {name for table in tables for name in table.get("sources", [])}
    for number, name in enumerate(named - {table.get("name") for table in document.get("sources", [])}):
        yield f'\n[[sources]]\nname = "{name}"\nurl = "https://feeds.example/{number}"\n'


@pytest.mark.parametrize("plugin", shipped_plugins(), ids=lambda plugin: f"{plugin.kind}-{plugin.name}")
def test_the_manual_of_a_shipped_plugin_contains_a_valid_example(plugin: Plugin, tmp_path: Path) -> None:
    lines = [line for line in plugin.documentation.splitlines() if line.startswith("    ") or not line.strip()]
    text = "\n".join(line.removeprefix("    ") for line in lines)
    assert f"[[{plugin.kind}s]]" in text
    assert problems_of(text, tmp_path, shipped_only=True) == []
    for option in plugin.options:
        assert f"`{option.name}`" in TEXTS["docs/plugins.md"]


def test_the_plugin_of_the_readme_reads_the_sample_page(project: Project) -> None:
    shutil.copytree(ROOT / "samples", project.folder / "samples")
    [plugin] = blocks("README.md", "python")
    assert len([line for line in plugin.splitlines() if line.strip()]) <= 10
    project.write("my_plugins/headlines.py", plugin)
    [table] = [block for block in blocks("README.md", "toml") if "headlines" in block]
    project.configure(table, allow_private=False)
    result = project.aggregate("preview", "The Second Page", "--json")
    assert (result.status, result.err) == (0, "")
    articles = result.json["articles"]
    assert len(articles) == 50
    assert articles[0]["title"] == "Five bakers, one oven: the street that shares its bread"
    assert articles[0]["url"].startswith("https://secondpage.example/stories/")


def verbs() -> Iterator[str]:
    for command in all_commands():
        yield f"aggregate {command.name}"
        if isinstance(command, click.Group):
            yield from (f"aggregate {command.name} {name}" for name in command.commands)


def test_every_verb_is_documented_and_has_help() -> None:
    documented = set(re.findall(r"^## `(aggregate .+)`$", TEXTS["docs/commands.md"], re.MULTILINE))
    assert documented == set(verbs())
    for command in all_commands():
        assert command.help
        assert all(option.help for option in command.params if isinstance(option, click.Option)), command.name


def test_every_verb_is_mentioned_in_the_readme_or_the_guide() -> None:
    pages = TEXTS["README.md"] + TEXTS["docs/guide.md"]
    missing = [verb for command in all_commands() if (verb := f"aggregate {command.name}") not in pages]
    assert missing == []


def test_every_verb_that_a_page_mentions_exists() -> None:
    verbs = {command.name for command in all_commands()}
    for page, text in TEXTS.items():
        mentioned = set(re.findall(r"(?:`|\$ )aggregate ([a-z]+)", text))
        assert mentioned <= verbs, page


def test_every_hook_is_documented() -> None:
    hooks = {name for name, value in vars(spec).items() if hasattr(value, "aggregator_spec")}
    assert len(hooks) == 7
    assert hooks <= set(re.findall(r"^### `(\w+)`$", TEXTS["docs/plugins.md"], re.MULTILINE))


def test_every_shipped_plugin_is_documented() -> None:
    documented = set(re.findall(r"^#### `(\w+)`$", TEXTS["docs/plugins.md"], re.MULTILINE))
    assert documented == {plugin.name for plugin in shipped_plugins()}
    assert {plugin.kind for plugin in shipped_plugins()} == set(KINDS)


def test_every_configuration_key_is_documented() -> None:
    page = TEXTS.get("docs/configuration.md", "")
    keys = [(table, name) for table in TABLES for name in keys_of(TABLES[table])]
    missing = [f"{table} {name}" for table, name in keys if not re.search(rf"[`\[]{name}[`\]]", page)]
    assert missing == []


@pytest.mark.parametrize("table", ["[[sources]]", "[[filters]]", "[[outputs]]"])
def test_the_plugin_guide_lists_the_keys_of_the_core(table: str) -> None:
    [row] = re.findall(rf"^\| `{re.escape(table)}` \| (.+) \|$", TEXTS["docs/plugins.md"], re.MULTILINE)
    assert set(re.findall(r"\w+", row)) == set(keys_of(TABLES[table]))


def test_every_dependency_is_listed_with_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    requirements = project["dependencies"] + extras["embeddings"] + extras["postgresql"]
    packages = {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in requirements}
    rows = re.findall(r"^\| ([\w.-]+) \| .*\|$", TEXTS["docs/design.md"].partition("## Dependencies")[2], re.MULTILINE)
    assert {row.lower() for row in rows} - {"package"} == packages


def test_the_messages_in_the_troubleshooting_table_exist() -> None:
    rows = re.findall(r"^\| `(.+?)` \|", TEXTS["docs/guide.md"].partition("## Troubleshooting")[2], re.MULTILINE)
    assert len(rows) >= 4
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "aggregator").rglob("*.py")]
    for message in rows:
        words = re.escape(message).replace(re.escape("config.toml"), r"\{[\w.]+\}")
        assert any(re.search(words, source) for source in sources), message
