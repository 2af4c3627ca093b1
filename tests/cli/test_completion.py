"""Completion in shells: the scripts, and what they offer."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from project import Project

CONFIG = """
store = "news.db"

[[sources]]
url = "https://one.example/feed.xml"
name = "The Lantern"

[[sources]]
url = "https://two.example/feed.xml"
name = "$(touch owned) `date`"

[[sources]]
url = "https://three.example/feed.xml"
"""
COMMAND = Path(sys.executable).with_name("aggregate")


def complete(project: Project, *words: str, config: str = "") -> list[str]:
    """Let bash complete the last word, and return what it would insert."""
    bash = shutil.which("bash")
    if not (bash and COMMAND.exists()):
        pytest.skip("bash, or the installed command, is missing")
    script = f"""
        eval "$({shlex.quote(str(COMMAND))} completion bash)"
        COMP_WORDS=({" ".join(map(shlex.quote, map(shlex.quote, words)))})
        COMP_CWORD={len(words) - 1}
        _aggregate_completion {shlex.quote(str(COMMAND))}
        for word in "${{COMPREPLY[@]}}"; do echo "$word"; done
    """
    environment = {**os.environ, "AGGREGATE_CONFIG": config, "AGGREGATE_PLUGINS": "none"}
    result = subprocess.run(
        [bash, "-c", script], cwd=project.folder, env=environment, capture_output=True, text=True, check=True
    )
    assert result.stderr == ""
    return result.stdout.splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_of_each_shell_asks_this_program(project: Project, shell: str) -> None:
    result = project.aggregate("completion", shell)
    assert result.status == 0
    assert "_AGGREGATE_COMPLETE=" + f"{shell}_complete" in result.out


def test_another_shell_is_refused(project: Project) -> None:
    result = project.aggregate("completion", "tcsh")
    assert result.status == 2
    assert "'bash', 'zsh', 'fish'" in result.err


@pytest.mark.e2e
def test_bash_completes_verbs_and_options(project: Project) -> None:
    project.configure(CONFIG)
    assert complete(project, "aggregate", "sto") == ["store", "stories"]
    assert complete(project, "aggregate", "help", "stories", "s") == ["show", "split", "storyline"]
    assert complete(project, "aggregate", "run", "--dry") == ["--dry-run"]
    assert complete(project, "aggregate", "schema", "preview") == ["preview", "preview-plugin"]
    assert complete(project, "aggregate", "plugins", "show", "hack") == ["hackernews"]


@pytest.mark.e2e
def test_bash_completes_names_of_sources_so_that_it_does_not_interpret_them(project: Project) -> None:
    project.configure(CONFIG)
    assert complete(project, "aggregate", "pause", "the") == ["'The Lantern'"]
    assert complete(project, "aggregate", "run", "--source", "The L") == ["'The Lantern'"]
    [dangerous] = complete(project, "aggregate", "remove", "$")
    assert shlex.split(dangerous) == ["$(touch owned) `date`"]
    assert not (project.folder / "owned").exists()


@pytest.mark.e2e
def test_bash_completes_nothing_without_a_configuration(project: Project) -> None:
    assert complete(project, "aggregate", "pause", "the", config="missing.toml") == []


@pytest.mark.e2e
def test_bash_completes_names_that_a_run_has_learned(project: Project) -> None:
    feed = "<rss version='2.0'><channel><title>Harbour Post</title><item><title>A</title></item></channel></rss>"
    project.write("feed.xml", feed)
    project.configure("[[sources]]\nurl = 'feed.xml'\n")
    project.run()
    assert complete(project, "aggregate", "resume", "har") == ["'Harbour Post'"]
