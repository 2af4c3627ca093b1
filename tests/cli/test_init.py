"""`aggregate init` writes a configuration that runs and documents every key."""

from __future__ import annotations

import tomllib

from project import Project

from aggregator.config.schema import TABLES, keys_of
from aggregator.config.template import TEMPLATE


def test_initial_configuration_runs(project: Project) -> None:
    result = project.aggregate("init")
    assert (result.status, result.err) == (0, "")
    assert "wrote config.toml" in result.out
    assert "aggregate add" in result.out
    assert project.aggregate("check").status == 0
    assert project.aggregate("run").status == 0
    assert {path.name for path in (project.folder / "public").iterdir()} >= {"index.html", "feed.xml"}


def test_existing_file_is_unchanged(project: Project) -> None:
    project.write("config.toml", "title = 'Mine'\n")
    result = project.aggregate("init")
    assert result.status == 2
    assert "config.toml: already exists" in result.err
    assert project.read("config.toml") == "title = 'Mine'\n"


def test_missing_folder_is_created(project: Project) -> None:
    assert project.aggregate("-c", "news/daily.toml", "init").status == 0
    assert project.aggregate("-c", "news/daily.toml", "check").status == 0


def test_unwritable_folder(project: Project) -> None:
    project.write("file", "")
    result = project.aggregate("-c", "file/config.toml", "init")
    assert result.status == 2
    assert "cannot be written" in result.err


def test_every_commented_key_can_be_uncommented(project: Project) -> None:
    lines = [line.removeprefix("# ") for line in TEMPLATE.splitlines() if " = " in line or "[" in line[:4]]
    lines = [line.replace('["my_plugins"]', "[]") for line in lines]
    project.write("config.toml", "\n".join(lines))
    project.write("feeds/more.toml", '[[sources]]\nurl = "https://b.example/"\ntags = ["business"]\n')
    project.write("upload.sh", "#!/bin/sh\n").chmod(0o755)
    shown = tomllib.loads(project.read("config.toml"))
    assert shown.keys() == keys_of(TABLES[""]).keys() - {"stories"}
    assert project.aggregate("check").err == ""
