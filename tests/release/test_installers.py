"""The commands of the guide install, extend, upgrade and uninstall the package with pipx and with uv."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from markdown_pages import TEXTS
from wheel_install import copy_repository

from aggregator import __version__

PLUGIN = '''"""Tides of a harbour."""

from aggregator import Item, hookimpl


def tides(http, *, harbour: str):
    """The tides of a harbour."""
    yield Item(id=1, title=f"High tide in {harbour}", url="https://tides.example/1")


@hookimpl
def register_sources(register):
    register(tides)
'''
PROJECT = """[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "aggregate-tides"
version = "1.0"
dependencies = ["aggregate-news"]

[project.entry-points.aggregator]
tides = "aggregate_tides"

[tool.setuptools]
py-modules = ["aggregate_tides"]
"""
COMMANDS = {
    "pipx": (
        ["pipx install .", "pipx inject aggregate-news PACKAGE"],
        "pipx install --force .",
        "pipx uninstall aggregate-news",
    ),
    "uv": (
        ["uv tool install . --with PACKAGE"],
        "uv tool install --reinstall . --with PACKAGE",
        "uv tool uninstall aggregate-news",
    ),
}
"""By tool: what installs, upgrades and uninstalls, as the guide says; which also says that --with is repeated."""


@pytest.fixture
def plugin_package(tmp_path: Path) -> Path:
    folder = tmp_path / "tides"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "aggregate_tides.py").write_text(PLUGIN)
    return folder


def test_the_guide_contains_these_commands() -> None:
    section = TEXTS["docs/guide.md"].partition("## Install, upgrade, uninstall")[2].partition("\n## ")[0]
    for install, upgrade, uninstall in COMMANDS.values():
        for command in (*install, upgrade.removesuffix(" --with PACKAGE"), uninstall):
            assert command in section


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.timeout(0)  # as long as the package index takes
@pytest.mark.parametrize("tool", COMMANDS)
def test_the_package_can_be_installed_with(tool: str, tmp_path: Path, plugin_package: Path) -> None:
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    install, upgrade, uninstall = COMMANDS[tool]
    programs, news, clone = tmp_path / "bin", tmp_path / "news", tmp_path / "clone"
    copy_repository(clone)
    for name in ("PIPX_HOME", "UV_TOOL_DIR"):
        os.environ[name] = str(tmp_path / "tools")
    os.environ |= {"PIPX_BIN_DIR": str(programs), "UV_TOOL_BIN_DIR": str(programs), "UV_PYTHON_DOWNLOADS": "never"}
    news.mkdir()
    (news / "config.toml").write_text('[[sources]]\nplugin = "tides"\nname = "Tides"\nharbour = "Ferrier"\n')

    def call(command: str, folder: Path) -> str:
        words = command.replace("PACKAGE", str(plugin_package)).split()
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode and "No matching distribution" in done.stderr + done.stdout:
            pytest.skip("this test needs a package index")
        assert done.returncode == 0, done.stderr
        return done.stdout

    for command in install:
        call(command, clone)
    assert {path.name for path in programs.iterdir()} == {"aggregate", "aggregate-news"}
    assert call(f"{programs}/aggregate-news --version", news).split()[-1] == __version__
    assert "High tide in Ferrier" in call(f"{programs}/aggregate preview Tides", news)
    program = call(f"{programs}/aggregate schedule cron", news).split(" --config ")[0].split()[-1]
    call(upgrade, clone)
    assert "High tide in Ferrier" in call(f"{program} preview Tides", news)  # what a timer calls
    call(uninstall, clone)
    assert not [*programs.iterdir()]
    assert not Path(program).exists()
