"""Loading plugins: each in isolation, failures recorded, nothing left of a plugin that fails."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from project import ROOT, Project
from publisher import Publisher
from sample_feeds import item, rss, words

from aggregator import Article, Outlet
from aggregator.plugin.loader import load_plugins
from aggregator.plugin.registry import Registry

NOW = datetime(2026, 11, 20, tzinfo=UTC)

GOOD = """
from aggregator import Item, hookimpl

def good(http, *, limit: int = 3):
    \"\"\"A good source.\"\"\"
    yield Item(id=1, title="one")

@hookimpl
def register_sources(register):
    register(good)
"""


def load(folder: Path, **files: str) -> Registry:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return load_plugins([folder])


def test_a_file_in_a_plugin_folder_registers_its_source(tmp_path: Path) -> None:
    registry = load(tmp_path, mine=GOOD)
    assert registry.failures == []
    plugin = registry.sources["good"]
    assert (plugin.provider, plugin.origin) == ("mine", str(tmp_path / "mine.py"))
    assert plugin.summary == "A good source."
    assert [(o.name, o.type_text, o.default) for o in plugin.options] == [("limit", "a whole number", 3)]


def test_a_package_in_a_plugin_folder_is_a_plugin(tmp_path: Path) -> None:
    package = tmp_path / "bundle"
    package.mkdir()
    (package / "__init__.py").write_text("from .part import *\n" + GOOD)
    (package / "part.py").write_text("ANSWER = 42\n")
    assert "good" in load_plugins([tmp_path]).sources


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def broken(:\n    pass", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        (GOOD.replace("register_sources", "register_source"), "register_source"),
        (GOOD.replace("(register)", "(registrar)", 1).replace("register(good)", "registrar(good)"), "registrar"),
        (GOOD.replace("register(good)", "register('good')"), "register() wants a function"),
        (
            GOOD.replace("def good", "def feed").replace("register(good)", "register(feed)"),
            'the source name "feed" is taken',
        ),
    ],
)
def test_a_plugin_that_fails_is_recorded_and_the_others_are_loaded(tmp_path: Path, text: str, message: str) -> None:
    registry = load(tmp_path, broken=text, mine=GOOD.replace("good", "fine"))
    [failure] = registry.failures
    assert failure is registry.failure_of("broken")
    assert message in failure.message
    assert str(tmp_path / "broken.py") in failure.message
    assert "fine" in registry.sources
    assert "good" not in registry.sources
    assert "broken" not in registry.origins


def test_the_message_has_the_line_that_failed(tmp_path: Path) -> None:
    [failure] = load(tmp_path, broken="\n\nvalue = {}['missing']\n").failures
    assert failure.message.endswith(f"KeyError: 'missing' in {tmp_path / 'broken.py'}, line 3")


def test_a_plugin_that_fails_while_it_registers_is_removed(tmp_path: Path) -> None:
    half = GOOD.replace("register(good)", "register(good)\n    raise ValueError('half way')")
    registry = load(tmp_path, half=half)
    assert "good" not in registry.sources
    assert "half way" in registry.failures[0].message
    assert "half" not in dict(registry.manager.list_name_plugin())


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    [failure] = load_plugins([tmp_path / "nowhere"]).failures
    assert "there is no such folder" in failure.message


def test_variable_options_are_refused(tmp_path: Path) -> None:
    [failure] = load(tmp_path, mine=GOOD.replace("*, limit: int = 3", "**options")).failures
    assert "good() takes **options: name each option" in failure.message


SAME_STORY = """
from aggregator import hookimpl

@hookimpl
def same_story(a, b):
    {body}
"""


def test_a_plugin_that_raises_casts_no_vote_and_does_not_hide_the_others(tmp_path: Path) -> None:
    bodies = {"first": "return b.title == 'yes' or None", "second": "raise KeyError(a.title)", "third": "exit(2)"}
    registry = load(tmp_path, **{name: SAME_STORY.format(body=body) for name, body in bodies.items()})
    a, yes, no = (Article(id=t, url=None, title=t, first_seen=NOW, source=Outlet("Wire")) for t in ("a", "yes", "no"))
    assert [registry.same_story(a, b) for b in (no, yes, no)] == [None, True, None]
    assert registry.failures == []
    assert sorted(registry.vote_failures) == ["second", "third"]
    origin = tmp_path / "second.py"
    assert registry.vote_failures["second"] == f"plugin \"second\" ({origin}): KeyError: 'a' in {origin}, line 6"


def test_a_same_story_hook_that_raises_is_in_the_report(project: Project) -> None:
    project.write("added/voter.py", SAME_STORY.format(body="return 1 / 0"))
    text = "Rescuers pulled eleven sailors out of icy water."
    for number, title in enumerate(("Vessel sinks off Skarholm", "Vessel lost off Skarholm", "Skarholm: vessel lost")):
        project.write(
            f"{number}.xml", rss([item(number, title, f"{text} {words(number, 9)}")], title=f"Outlet {number}")
        )
    sources = "".join(f'[[sources]]\nurl = "{number}.xml"\n' for number in range(3))
    project.configure(f'plugins = ["added"]\n{sources}')
    result = project.aggregate("run")
    assert result.status == 0
    [line] = result.err.splitlines()
    assert line.startswith('aggregate: voter: plugin "voter" (')
    assert "ZeroDivisionError: division by zero" in line
    assert [len(story["articles"]) for story in project.aggregate("stories", "--json").json] == [3]


def test_a_plugin_cannot_replace_a_verb(tmp_path: Path) -> None:
    text = """
from aggregator import hookimpl

@hookimpl
def register_commands(cli):
    @cli.command("extra")
    def extra():
        pass
    {more}
"""
    shadow = 'cli.command("run")(lambda: None)'
    registry = load(tmp_path, polite=text.format(more=""), rude=text.replace("extra", "other").format(more=shadow))
    cli = click.Group(commands={"run": click.Command("run")})
    run = cli.commands["run"]
    registry.add_commands(cli)
    assert set(cli.commands) == {"run", "extra"}
    assert cli.commands["run"] is run
    assert 'the verb "run" is taken' in registry.failures[0].message


def test_every_shipped_plugin_file_has_an_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    entry_points = set(project["project"]["entry-points"]["aggregator"].values())
    files = set()
    for path in (ROOT / "plugins").glob("*/*"):
        if path.name.startswith("_") or path.name == "templates":
            continue
        if path.suffix == ".py" or (path / "__init__.py").is_file():
            files.add(".".join(("aggregator_plugins", *path.relative_to(ROOT / "plugins").with_suffix("").parts)))
    assert entry_points == files


def test_the_shipped_plugins_load() -> None:
    registry = load_plugins([])
    assert all(plugin.options is not None and plugin.summary for plugin in registry.all())
    assert registry.failures == []


def test_a_shipped_plugin_is_found_by_the_path_of_its_module() -> None:
    shipped = [plugin for plugin in load_plugins([]).all() if plugin.is_shipped]
    assert len(shipped) == len({plugin.module for plugin in shipped}) > 20
    for plugin in shipped:
        assert plugin.module == f"aggregator_plugins.{plugin.kind}s.{plugin.name}"
        assert load_plugins([]).get(plugin.kind, plugin.name).function is plugin.function


def test_a_shipped_plugin_is_loaded_when_it_is_asked_for() -> None:
    code = (
        "import sys\nfrom aggregator.plugin.loader import load_plugins\nregistry = load_plugins([])\n"
        "registry.get('output', 'rss')\nregistry.find('source', 'rss')\n"
        "print(sorted(name for name in sys.modules if name.startswith('aggregator_plugins.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['aggregator_plugins.outputs', 'aggregator_plugins.outputs.rss']"


def test_the_name_of_a_shipped_plugin_is_taken_before_that_is_loaded(tmp_path: Path) -> None:
    registry = load(tmp_path, mine=GOOD.replace("register(good)", "register(good, 'feed')"), feed=GOOD)
    assert ['the source name "feed" is taken by "feed"' in one.message for one in registry.failures] == [True]
    assert registry.get("source", "feed").is_shipped
    assert registry.sources["good"].provider == str(tmp_path / "feed.py")


def test_the_command_line_imports_no_slow_library() -> None:
    slow = "aiohttp feedgen feedparser sqlite3 lxml jinja2 rich rensa numpy nh3 tomlkit asyncio".split()
    code = (
        "import sys\nfrom aggregator.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit: pass\n"
        f"print(sorted(set({slow}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_a_run_in_which_no_source_is_due_imports_no_slow_library(tmp_path: Path) -> None:
    slow = "aiohttp asyncio babel dateparser feedparser jinja2 lark lxml nh3 numpy rich ssl".split()
    (tmp_path / "config.toml").write_text('[[outputs]]\nplugin = "rss"\npath = "feed.xml"\n')
    code = (
        "import sys\nfrom aggregator.cli.main import main\n"
        "try:\n    main(['run'])\nexcept SystemExit as end:\n    print(end.code)\n"
        f"print(sorted(set({slow}) & set(sys.modules)), 'aggregator.ingest.convert' in sys.modules)"
    )
    for _ in range(2):  # the first run writes the output, the second has nothing to do
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines() == ["0", "[] False"]
    assert (tmp_path / "feed.xml").exists()


def test_loading_the_shipped_plugins_imports_no_slow_library() -> None:
    slow = {"asyncio", "aiohttp", "feedparser", "lark", "lxml", "selectolax", "trafilatura", "imap_tools"}
    load = "from aggregator.plugin.loader import load_plugins; print(len([*load_plugins([]).all()]) > 20)"
    code = f"import sys; {load}; print({slow} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "set()"]


def test_the_core_imports_no_plugin() -> None:
    code = "import sys, aggregator.cli.main; print([m for m in sys.modules if m.startswith('aggregator_plugins')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


VERB = """
import click
from aggregator import hookimpl

@hookimpl
def register_commands(cli):
    @cli.command()
    def weigh():
        "Weigh the news."
        click.echo("heavy")
"""


def aggregate(*arguments: str, folder: Path) -> str:
    command = [sys.executable, "-m", "aggregator", *arguments]
    environment = os.environ | {"PYTHONPATH": f"{folder}"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, env=environment)
    return done.stdout


@pytest.mark.parametrize("place", ["installed", "folder"])
def test_the_help_lists_the_verbs_of_third_party_plugins(tmp_path: Path, place: str) -> None:
    assert "Weigh the news." not in aggregate("--help", folder=tmp_path)
    if place == "installed":
        (tmp_path / "scales.py").write_text(VERB)
        metadata = tmp_path / "scales-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: scales\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text("[console_scripts]\nx = scales:x\n\n[aggregator]\nscales = scales\n")
    else:
        (tmp_path / "config.toml").write_text('plugins = ["added"]\n')
        (tmp_path / "added").mkdir()
        (tmp_path / "added" / "scales.py").write_text(VERB)
    assert "Weigh the news." in aggregate("--help", folder=tmp_path)
    assert aggregate("weigh", folder=tmp_path) == "heavy\n"


def test_a_plugin_file_can_have_the_name_of_a_shipped_plugin(tmp_path: Path) -> None:
    registry = load(tmp_path, rss=GOOD)
    assert registry.failures == []
    assert "good" in registry.sources
    assert "rss" in registry.outputs


def test_a_source_without_url_is_requested_conditionally_at_its_default_url(
    project: Project, publisher: Publisher
) -> None:
    publisher.serve("/list", b"first", headers={"ETag": '"1"'})
    text = GOOD.replace("limit: int = 3", f'url: str = "{publisher.url("/list")}"')
    text = text.replace('title="one"', 'title=http.get(url).text, url="/news/1"')
    project.write("added/mine.py", text)
    project.configure(
        'plugins = ["added"]\n[[sources]]\nplugin = "good"\n[[outputs]]\nplugin = "jsonl"\npath = "a.jsonl"\n'
    )
    assert project.run()["articles"]["new"] == 1
    assert f'"url":"{publisher.url("/news/1")}"' in project.read("a.jsonl")
    assert project.run("--force")["sources"]["unchanged"] == 1
    assert publisher.requests[-1].headers["If-None-Match"] == '"1"'
