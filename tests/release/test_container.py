"""The image runs without privileges, and its timer ends in order."""

from __future__ import annotations

import fnmatch
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import ROOT

CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
TIMER = ROOT / "container" / "aggregate-every"


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Containerfile with their arguments."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in joined)]


def final_stage() -> list[tuple[str, str]]:
    found = instructions(CONTAINERFILE)
    return found[max(number for number, (name, _) in enumerate(found) if name == "FROM") :]


def test_the_linter_of_containerfiles_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([str(hadolint), str(ROOT / "Containerfile")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_runs_as_a_user_without_privileges() -> None:
    last = {name: rest for name, rest in final_stage()}
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", last["USER"])
    assert last["ENTRYPOINT"] == '["aggregate"]'
    assert last["WORKDIR"] == last["VOLUME"] == "/news"
    assert not any("pip" in rest or "apt" in rest for name, rest in final_stage() if name == "RUN")


def test_the_base_image_is_pinned_and_supported() -> None:
    [base] = [rest for name, rest in instructions(CONTAINERFILE) if name == "ARG"]
    version = re.search(r"/python:3\.(\d+)-slim-[a-z]+$", base)
    assert version
    classifier = f'"Programming Language :: Python :: 3.{version[1]}"'
    assert classifier in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_context_of_the_image_holds_what_is_copied() -> None:
    rules = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    kept = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
    assert "*" in rules
    for name, rest in instructions(CONTAINERFILE):
        words = [word for word in shlex.split(rest) if not word.startswith("--")]
        if name == "COPY" and "--from" not in rest:
            for source in words[:-1]:
                assert (ROOT / source).exists()
                assert any(fnmatch.fnmatch(source.split("/")[0], rule) for rule in kept), source
    assert not {"config.toml", ".git", ".venv", "tests"} & set(kept)


@pytest.fixture
def calls(tmp_path: Path) -> Iterator[Path]:
    """The file in which a program `aggregate` records its calls; what else it does is in the file `script`."""
    program = tmp_path / "aggregate"
    program.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\n. {tmp_path}/script\n')
    program.chmod(0o755)
    (tmp_path / "script").write_text("exit 0\n")
    os.environ["PATH"] = f"{tmp_path}:{os.environ['PATH']}"
    yield tmp_path / "calls"


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([str(TIMER), *arguments], stderr=subprocess.PIPE, text=True)


def wait_for(path: Path, lines: int) -> list[str]:
    while not path.exists() or len(path.read_text().splitlines()) < lines:
        time.sleep(0.01)
    return path.read_text().splitlines()


@pytest.mark.e2e
def test_timer_runs_again_and_again_also_after_a_failure(calls: Path) -> None:
    calls.with_name("script").write_text("exit 1\n")
    with start("0.05", "--strict") as timer:
        assert set(wait_for(calls, 3)) == {"run --strict"}
        timer.terminate()
        assert timer.wait() == 0


@pytest.mark.e2e
def test_timer_lets_a_run_end_before_it_ends(calls: Path) -> None:
    done = calls.with_name("done")
    calls.with_name("script").write_text(
        f"trap 'sleep 0.2; touch {done}; exit 143' TERM\n: >{calls.with_name('began')}\nwhile :; do sleep 0.05; done\n"
    )
    with start("1h") as timer:
        while not calls.with_name("began").exists():
            time.sleep(0.01)
        timer.send_signal(signal.SIGTERM)
        assert timer.wait() == 0
    assert done.exists()


@pytest.mark.e2e
@pytest.mark.parametrize(("script", "arguments"), [("exit 2", ["1h"]), ("exit 0", ["often"])])
def test_timer_ends_if_waiting_does_not_help(calls: Path, script: str, arguments: list[str]) -> None:
    calls.with_name("script").write_text(script)
    with start(*arguments) as timer:
        assert timer.wait() == 2
    assert wait_for(calls, 1) == ["run"]


def test_timer_asks_for_an_interval(calls: Path) -> None:
    with start() as timer:
        assert timer.wait() == 2
        assert timer.stderr
        assert "how often?" in timer.stderr.read()
    assert not calls.exists()
