"""`include`: sources in further files."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import Project
from sample_feeds import item, rss

from aggregator.config.load import load, read

WORLD = '# the world\n[[sources]]\nurl = "https://world.example/feed.xml"\nname = "World"\n'
LOCAL = '[[sources]]\nurl = "../saved/local.xml"\nname = "Local"\n\n[[sources]]\nurl = "saved.xml"\n'


def names(folder: Path, include: str) -> list[str]:
    """Return the names of the included sources; each is also the name of its file."""
    (folder / "config.toml").write_text(f"include = {include}\n")
    return [source.name or "" for source in load(folder / "config.toml").sources]


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        ('"feeds/a.toml"', ["a"]),
        ('"feeds/*.toml"', ["a", "b"]),
        ('"feeds/**/*.toml"', ["a", "b", "deep"]),
        ('["feeds/b.toml", "feeds/*.toml"]', ["b", "a"]),
        ('"*/*.toml"', ["a", "b"]),
        ('"*.toml"', []),
        ('"feeds/*"', ["a", "b"]),
        ('"none/*.toml"', []),
        ("[]", []),
        ('"FOLDER/feeds/b.toml"', ["b"]),
    ],
)
def test_patterns_select_the_included_files(tmp_path: Path, include: str, expected: list[str]) -> None:
    (tmp_path / "feeds/deeper").mkdir(parents=True)
    for name in ("feeds/b", "feeds/a", "feeds/deeper/deep"):
        text = f'[[sources]]\nurl = "https://{name}.example/"\nname = "{name.rpartition("/")[2]}"\n'
        (tmp_path / f"{name}.toml").write_text(text)
    assert names(tmp_path, include.replace("FOLDER", str(tmp_path))) == expected


def test_paths_are_relative_to_the_included_file_and_keys_do_not_change(project: Project) -> None:
    project.write("saved/local.xml", rss([item(1)]))
    project.write("feeds/saved.xml", rss([item(2)], title="Saved"))
    project.configure('[[sources]]\nurl = "saved/local.xml"\nname = "Local"\n')
    assert project.run()["articles"]["new"] == 1
    project.configure('include = "feeds/*.toml"\n')
    project.write("feeds/near.toml", LOCAL)
    sources = load(project.folder / "config.toml").sources
    assert [source.key for source in sources] == ["saved/local.xml", "feeds/saved.xml"]
    assert project.run()["articles"]["new"] == 1
    assert [row["articles"] for row in project.aggregate("sources", "--json").json] == [1, 1]


def test_each_mistake_is_reported_with_its_file(project: Project) -> None:
    project.configure(f'include = ["none.toml", "feeds", "feeds/*.toml"]\n{WORLD}')
    project.write("feeds/a.toml", '[[sources]]\nurl = "a.xml"\nevry = "30m"\nevery = "soon"\n')
    project.write("feeds/b.toml", 'title = "x"\ninclude = "c.toml"\n[[outputs]]\nplugin = "rss"\n[sources]\n')
    project.write("feeds/c.toml", "[[sources]\n")
    project.write("feeds/d.toml", WORLD)
    project.write("feeds/e.toml", '[[sources]]\nurl = "b.xml"\nplugin = "feeed"\n' + WORLD.replace("feed.xml", ""))
    result = project.aggregate("check")
    reason = "unknown key; an included file holds [[sources]] and nothing else"
    assert (result.status, result.out) == (2, "")
    assert [line.removeprefix("aggregate: ") for line in result.err.splitlines()] == [
        'config.toml: include = "none.toml": no such file',
        'config.toml: include = "feeds": is a folder; did you mean "feeds/*.toml"?',
        'feeds/a.toml: [[sources]] 1 ("a.xml"): every = "soon": must be a time such as "30m", "72h" or "7d"',
        f'feeds/b.toml: title = "x": {reason}',
        f'feeds/b.toml: include = "c.toml": {reason}',
        f'feeds/b.toml: outputs = [{{"plugin":"rss"}}]: {reason}',
        "feeds/b.toml: sources = {}: must be written as [[sources]]",
        "feeds/c.toml: line 1, column 10: Expected ']]' at the end of an array declaration",
        'feeds/d.toml: [[sources]] 1 ("World"): name = "World": is already the name of [[sources]] 1 ("World") in'
        " config.toml",
        'feeds/e.toml: [[sources]] 2 ("World"): name = "World": is already the name of [[sources]] 1 ("World") in'
        " config.toml",
        'feeds/d.toml: [[sources]] 1 ("World"): url = "https://world.example/feed.xml": is already the address of'
        ' [[sources]] 1 ("World") in config.toml',
        'feeds/a.toml: [[sources]] 1 ("a.xml"): evry = "30m": unknown key; did you mean "every"?',
        'feeds/e.toml: [[sources]] 1 ("b.xml"): plugin = "feeed": unknown source plugin; did you mean "feed"?',
    ]


@pytest.mark.parametrize("value", ["3", '""', '["a.toml", " "]', "[1]", '"https://a.example/x.toml"', '"a\\u0000"'])
def test_an_invalid_include_is_reported(tmp_path: Path, value: str) -> None:
    (tmp_path / "config.toml").write_text(f"include = {value}\n")
    [problem] = read(tmp_path / "config.toml")[1]
    assert problem.startswith(f"{tmp_path / 'config.toml'}: include = ")
    assert "must be " in problem


def test_included_sources_can_have_secrets_and_plugin_options(project: Project) -> None:
    project.write("feeds/wire.jsonl", '{"title": "A fire", "url": "https://a.example/1"}\n')
    project.write("feeds/a.toml", '[[sources]]\nplugin = "jsonl"\npath = "wire.jsonl"\nname = { env = "WIRE" }\n')
    project.configure('include = "feeds/*.toml"\n')
    assert "the environment variable WIRE is not set" in project.aggregate("check").err
    config = load(project.folder / "config.toml", {"WIRE": "The Wire"})
    assert (config.sources[0].name, config.sources[0].options["path"]) == (
        "The Wire",
        str(project.folder / "feeds/wire.jsonl"),
    )


def test_an_included_source_is_changed_in_its_file(project: Project) -> None:
    project.write("config.toml", 'include = "feeds/*.toml"\n\n[[sources]]\nurl = "https://main.example/"\n')
    project.write("feeds/a.toml", f"# ours\n{LOCAL}")
    project.write("feeds/b.toml", f"{LOCAL.replace('local', 'other').replace('Local', 'Other')}\n{WORLD}")
    before = {name: project.read(name) for name in ("config.toml", "feeds/a.toml", "feeds/b.toml")}
    assert project.aggregate("pause", "World").err == 'aggregate: feeds/b.toml: [[sources]] 2 ("saved.xml"): url = ' + (
        '"feeds/saved.xml": is already the address of [[sources]] 2 ("saved.xml") in feeds/a.toml\n'
    )
    project.write("feeds/b.toml", before["feeds/b.toml"].replace('"saved.xml"', '"more.xml"'))
    assert project.aggregate("pause", "World").out == "paused World\n"
    assert project.read("feeds/b.toml").endswith('name = "World"\nenabled = false\n')
    assert project.aggregate("resume", "World").out == "resumed World\n"
    assert project.aggregate("remove", "feeds/more.xml").out == "removed feeds/more.xml\n"
    assert project.aggregate("remove", "Other").out == "removed Other\n"
    assert project.read("feeds/b.toml") == WORLD
    assert {name: project.read(name) for name in ("config.toml", "feeds/a.toml")} == {
        name: before[name] for name in ("config.toml", "feeds/a.toml")
    }


def test_a_new_source_is_added_to_the_configuration_itself(project: Project) -> None:
    project.write("saved/local.xml", rss([item(1)], title="World"))
    project.write("feeds/a.toml", WORLD)
    project.write("config.toml", 'include = "feeds/*.toml"\n')
    assert project.aggregate("add", "saved/local.xml").out.startswith("added World 2: file:")
    assert project.read("config.toml") == (
        'include = "feeds/*.toml"\n\n[[sources]]\nurl = "saved/local.xml"\nname = "World 2"\n'
    )
    assert project.read("feeds/a.toml") == WORLD
    result = project.aggregate("add", "https://world.example/feed.xml", "--plugin", "feed")
    assert 'is already configured, as "World"' in result.err


def test_exported_paths_are_relative_to_the_configuration_itself(project: Project) -> None:
    project.write("feeds/a.toml", f'{LOCAL}\n[[sources]]\nplugin = "jsonl"\npath = "wire.jsonl"\nname = "Wire"\n')
    project.write("config.toml", 'include = "feeds/*.toml"\n')
    keys = [source.key for source in load(project.folder / "config.toml").sources]
    project.aggregate("export", "-o", "list.opml")
    project.write("config.toml", "")
    assert project.aggregate("import", "list.opml").out == "imported 3\n"
    sources = load(project.folder / "config.toml").sources
    assert [source.key for source in sources] == keys
    assert sources[2].options == {"path": str(project.folder / "feeds/wire.jsonl")}
