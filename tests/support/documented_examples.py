"""Runs the examples of a page of the documentation, section by section: files, configuration, commands, output."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from documented_sites import Sites
from markdown_it.token import Token
from markdown_pages import tokens_of
from project import Project, Result

FILE_NAME = re.compile(r"(?:#|//|/\*|<!--) ([\w./-]+\.\w+|urls)(?: \*/| -->)?$")
"""The first line of a block that is a file: a comment with its name, and nothing else."""
SHELL = re.compile(r"[|<>&;$`*]|^(?!aggregate )")
"""What makes a line one for the shell."""


def sections_of(page: str) -> dict[str, list[Token]]:
    """Return the fenced blocks of each section of the second level of a page that has any."""
    sections: dict[str, list[Token]] = {}
    heading = ""
    for token, following in pairwise((*tokens_of(page), Token("end", "", 0))):
        if token.type == "heading_open" and token.tag == "h2":
            heading = following.content
        elif token.type == "fence" and heading:
            sections.setdefault(heading, []).append(token)
    return sections


def play(blocks: list[Token], project: Project, sites: Sites) -> None:
    """Write the files, add the tables to the configuration, run the commands, and compare what they print."""
    for block in blocks:
        text = sites.local(block.content)
        first, _, rest = text.partition("\n")
        if name := FILE_NAME.fullmatch(first):
            path = project.write(name[1], text if path_keeps_comment(name[1]) else rest)
            path.chmod(0o755 if block.info == "sh" else 0o644)
        elif block.info == "toml":
            add_tables(project, text)
        elif block.info == "console":
            for command, expected in commands_of(block.content):
                check_output(command, expected, run(sites.local(command), project), sites)


def path_keeps_comment(name: str) -> bool:
    """Return whether the comment with its name may stay in a file: formats without comments lose it."""
    return not name.endswith((".opml", ".xml", ".json"))


def add_tables(project: Project, text: str) -> None:
    """Add keys to the beginning of the configuration, and tables to its end."""
    keys, *tables = re.split(r"^(?=\[)", text, maxsplit=1, flags=re.MULTILINE)
    project.write("config.toml", "\n".join([keys, project.read("config.toml"), *tables]))


def commands_of(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a block with the lines that it is said to print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *expected = part.splitlines()
        yield command, [line for line in expected if line.strip()]


def run(command: str, project: Project) -> Result:
    """Run `aggregate` in this process, everything else in a shell."""
    if not SHELL.search(command):
        return project.aggregate(*shlex.split(command)[1:])
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    bash = ["bash", "-euc", command]
    done = subprocess.run(bash, cwd=project.folder, env=environment, capture_output=True, text=True, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


def check_output(command: str, expected: list[str], result: Result, sites: Sites) -> None:
    """Check that a command succeeded, and printed these lines in this order, where `…` stands for any text."""
    printed = sites.documented(result.out + result.err)
    assert result.status == 0, f"{command}: {printed}"
    place = 0
    for line in expected:
        words = r"\s+".join(map(re.escape, line.split()))
        found = re.compile(words.replace("…", ".*?")).search(printed, place)
        assert found, f"{command}: does not print {line!r}, but:\n{printed}"
        place = found.end()
