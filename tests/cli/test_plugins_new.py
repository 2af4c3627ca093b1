"""`aggregate plugins new` writes plugins that run and pass their tests."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from project import Project, Result

from aggregator.plugin.plugin import KINDS, Kind

MYPY = '[tool.mypy]\nstrict = true\nmypy_path = "$MYPY_CONFIG_FILE_DIR/my_plugins"\nfollow_imports = "silent"\n'


def run(*command: str, folder: Path, **variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= variables
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.e2e
def test_new_plugin_can_be_previewed_and_tested(project: Project) -> None:
    result = project.aggregate("plugins", "new", "harbour")
    assert (result.status, result.err) == (0, "")
    advice = result.out.splitlines()
    assert "wrote my_plugins/harbour.py" in advice
    assert 'config.toml does not exist yet: `aggregate init` writes one; add to it: plugins = ["my_plugins"]' in advice
    assert advice[-4:] == [
        "next:",
        "  aggregate preview my_plugins/harbour.py --watch",
        "  aggregate plugins test my_plugins/harbour.py",
        "  pytest my_plugins",
    ]
    shown = project.aggregate("preview", "my_plugins/harbour.py")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.startswith("harbour: 2 articles\n\nFerrier Bridge reopens to buses\n    2026-01-05 11:30")
    assert "2 passed" in run("pytest", "-q", "-p", "no:cacheprovider", "my_plugins", folder=project.folder)
    assert project.aggregate("plugins", "test", "my_plugins/harbour.py").status == 0


@pytest.mark.slow
@pytest.mark.e2e
def test_generated_plugins_pass_their_tests_the_contract_and_strict_checkers(
    project: Project, mypy_environment: dict[str, str]
) -> None:
    for kind in KINDS:
        assert project.aggregate("plugins", "new", f"harbour_{kind}", "--kind", kind).status == 0
    project.write("pyproject.toml", MYPY)
    assert "6 passed" in run("pytest", "-q", "-p", "no:cacheprovider", "my_plugins", folder=project.folder)
    run("mypy", "my_plugins", folder=project.folder, **mypy_environment)
    run("ruff", "check", "--isolated", "--select", "E,F,I,UP,B", "my_plugins", folder=project.folder)
    run("ruff", "format", "--isolated", "--check", "my_plugins", folder=project.folder)
    for kind in KINDS:
        assert project.aggregate("plugins", "test", f"my_plugins/harbour_{kind}.py").status == 0
    assert "new_" not in "".join(path.read_text() for path in (project.folder / "my_plugins").rglob("*.py"))


def test_folder_is_added_to_the_configuration_and_the_source_runs(project: Project) -> None:
    project.aggregate("init")
    before = project.read("config.toml")
    result = project.aggregate("plugins", "new", "harbour")
    assert 'added to config.toml: plugins = ["my_plugins"]' in result.out
    changed = project.read("config.toml")
    assert tomllib.loads(changed) == tomllib.loads(before) | {"plugins": ["my_plugins"]}
    assert len(changed.splitlines()) == len(before.splitlines())
    project.write("config.toml", changed + '\n[[sources]]\nplugin = "harbour"\n')
    report = project.run()
    assert (report["articles"]["new"], report["errors"]) == (2, [])
    assert project.run("--force")["sources"]["unchanged"] == 1


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ('title = "Mine"\n', "my_plugins"),
        ('[[sources]]\nurl = "feed.xml"\n', "my_plugins"),
        ('plugins = ["first", "second"]\n', "first"),
        ("# mine\r\ntitle = 'Mine'\r\n\r\n[http]\r\n", "my_plugins"),
    ],
)
def test_plugin_is_written_into_the_configured_folder(project: Project, text: str, folder: str) -> None:
    project.write("config.toml", text)
    result = project.aggregate("plugins", "new", "harbour")
    assert (result.status, result.err) == (0, "")
    assert (project.folder / folder / "harbour.py").is_file()
    now = tomllib.loads(project.read("config.toml"))
    assert now == {"plugins": [folder]} | tomllib.loads(text)
    listed = project.aggregate("plugins", "list", "--json").json
    assert "harbour" in {one["name"] for one in listed["plugins"]}


def test_folder_is_created_beside_the_configuration(project: Project) -> None:
    project.write("home/config.toml", "")
    result = project.aggregate("-c", "home/config.toml", "plugins", "new", "harbour")
    assert "wrote home/my_plugins/harbour.py" in result.out


def refused(project: Project, *arguments: str) -> str:
    before = sorted(project.folder.rglob("*"))
    result: Result = project.aggregate("plugins", "new", *arguments)
    assert result.status == 2
    assert sorted(project.folder.rglob("*")) == before
    return result.err


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("har-bour", 'must be a valid name of a Python function: letters, digits and "_"; try "har_bour"'),
        ("Hafen Straße", 'try "hafen_stra_e"'),
        ("class", "must be a valid name"),
        ("_hidden", 'try "hidden"'),
        ("../up", 'try "up"'),
        ("1st", "must be a valid name"),
        ("calendar", 'is already a name in Python or its modules; try "calendar_news"'),
        ("Item", 'is already a name in Python or its modules; try "item_news"'),
        ("list", "is already a name in Python or its modules"),
        ("test_harbour", "is a name for tests, which are not loaded as plugins"),
        ("feed", 'the source name "feed" is taken by "feed" (aggregate-news '),
    ],
)
def test_unsuitable_name_is_refused(project: Project, name: str, message: str) -> None:
    assert message in refused(project, name)


def test_existing_files_are_not_overwritten(project: Project) -> None:
    project.write("my_plugins/harbour.py", "mine = 1\n")
    assert "my_plugins/harbour.py: already exists and was not changed" in refused(project, "harbour")
    project.write("aggregate-pier/README.md", "mine")
    assert "aggregate-pier/README.md: already exists" in refused(project, "pier", "--package")


@pytest.mark.e2e
@pytest.mark.parametrize("kind", KINDS)
def test_package_is_complete(project: Project, kind: Kind) -> None:
    result = project.aggregate("plugins", "new", "night_ferry", "--kind", kind, "--package")
    assert (result.status, result.err) == (0, "")
    root = project.folder / "aggregate-night-ferry"
    document = tomllib.loads((root / "pyproject.toml").read_text())
    assert document["project"]["name"] == "aggregate-night-ferry"
    assert document["project"]["entry-points"]["aggregator"] == {"night_ferry": "aggregate_night_ferry"}
    names = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert names >= {
        ".github/workflows/test.yml",
        ".gitignore",
        "README.md",
        "src/aggregate_night_ferry/__init__.py",
        "src/aggregate_night_ferry/py.typed",
        "tests/test_night_ferry.py",
    }
    text = "".join((root / name).read_text() for name in names)
    assert not any(word in text for word in ("new_", "plugin_name", "plugin-name", "plugin_kind"))
    run("pytest", "-q", "-p", "no:cacheprovider", "-o", "pythonpath=src", ".", folder=root)
    package = "aggregate-night-ferry/src/aggregate_night_ferry"
    assert project.aggregate("plugins", "test", package).status == 0


@pytest.mark.parametrize("name", ["new\nline", "line\u2028separator", "escape\x1b[31m", "x" * 300, "not UTF-8 \udcff"])
@pytest.mark.parametrize("options", [(), ("--package",)])
def test_name_that_cannot_be_used_is_refused_in_one_line(project: Project, name: str, options: tuple[str, ...]) -> None:
    result = project.aggregate("plugins", "new", *options, "--", name)
    assert (result.status, len(result.err.splitlines())) == (2, 1)
    assert result.err.startswith("aggregate: ")
    assert "\x1b" not in result.err
    assert list(project.folder.iterdir()) == []
