"""Loading a configuration: the settings, and each mistake reported in one line."""

from __future__ import annotations

import datetime
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import DATA

from aggregator.config.load import load, read
from aggregator.config.schema import TABLES, keys_of
from aggregator.config.sections import SectionSettings
from aggregator.config.settings import Config, OutputSettings, SourceSettings
from aggregator.errors import ConfigError
from aggregator.grouping.settings import StoriesSettings
from aggregator.http.settings import HttpSettings

FULL = """
title = "London Daily"
tagline = "Focus on the big picture."
url = "https://daily.example/"
store = "data/news.db"
plugins = ["my_plugins", "/opt/plugins"]
keep = "30d"
timezone = "Europe/London"
locale = "en-GB"
sections = ["world", { tag = "local", label = "Here", weight = 2, language = "en" }]

[[sources]]
url = "https://feeds.example/world.xml"
name = "Example World"
tags = ["world", "news"]
every = "30m"
enabled = false
weight = 2
selector = "h2 a"

[[sources]]
url = "feeds/local news.xml"

[[sources]]
plugin = "jsonl"
path = "wire.jsonl"
name = "Wire"

[[filters]]
plugin = "drop"
title = "(?i)coupon"
tags = ["world"]
sources = ["Wire"]

[[outputs]]
plugin = "rss"
path = "public/feed.xml"
limit = 0
since = "7 days"
tags = ["world"]
sources = ["Wire"]
language = "pt-BR"
title = "Wire feed"
label = "The wire"
limit_per_source = 3
pictures = "none"
sections = []
hub = "https://hub.example/"

[http]
contact = "mailto:ed@daily.example"
timeout = "5s"
concurrency = 10
per_host = 1
max_bytes = "1 MiB"
allow_private = ["127.0.0.0/8", "nas.local:8080"]
proxy = "http://proxy.example:3128"

[stories]
window = "2d"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str, **environ: str) -> list[str]:
    """Return the problems of a configuration, without the name of the file."""
    lines = read(write(folder, text), environ)[1]
    prefix = f"{folder / 'config.toml'}: "
    assert all(line.startswith(prefix) and "\n" not in line for line in lines)
    return [line.removeprefix(prefix) for line in lines]


def test_all_settings_are_read(tmp_path: Path) -> None:
    config = load(write(tmp_path, FULL), {})
    world, local, wire = config.sources
    assert config == Config(
        path=tmp_path / "config.toml",
        title="London Daily",
        tagline="Focus on the big picture.",
        url="https://daily.example/",
        store=tmp_path / "data/news.db",
        plugins=(tmp_path / "my_plugins", Path("/opt/plugins")),
        keep=timedelta(days=30),
        timezone="Europe/London",
        locale="en-GB",
        sections=(SectionSettings(tag="world"), SectionSettings(tag="local", label="Here", weight=2, language="en")),
        sources=config.sources,
        filters=config.filters,
        outputs=config.outputs,
        http=HttpSettings(
            contact="mailto:ed@daily.example",
            timeout=timedelta(seconds=5),
            concurrency=10,
            per_host=1,
            max_bytes=2**20,
            allow_private=("127.0.0.0/8", "nas.local:8080"),
            proxy="http://proxy.example:3128",
        ),
        stories=StoriesSettings(window=timedelta(days=2)),
    )
    assert world == SourceSettings(
        url="https://feeds.example/world.xml",
        name="Example World",
        tags=("world", "news"),
        every=timedelta(minutes=30),
        enabled=False,
        weight=2.0,
        options={"selector": "h2 a"},
        where='[[sources]] 1 ("Example World")',
        file=tmp_path / "config.toml",
        number=0,
        table=world.table,
    )
    assert local.url == (tmp_path / "feeds/local news.xml").as_uri()
    assert local.where == '[[sources]] 2 ("feeds/local news.xml")'
    assert wire.options == {"path": str(tmp_path / "wire.jsonl")}
    [drop] = config.filters
    assert (drop.plugin, drop.tags, drop.sources, drop.options) == (
        "drop",
        ("world",),
        ("Wire",),
        {"title": "(?i)coupon"},
    )
    assert config.outputs == (
        OutputSettings(
            plugin="rss",
            path=tmp_path / "public/feed.xml",
            limit=0,
            since=timedelta(days=7),
            tags=("world",),
            sources=("Wire",),
            language="pt-BR",
            title="Wire feed",
            label="The wire",
            limit_per_source=3,
            pictures="none",
            sections=(),
            options={"hub": "https://hub.example/"},
            where='[[outputs]] 1 ("public/feed.xml")',
            relative_path="public/feed.xml",
        ),
    )


def test_an_empty_file_has_the_default_settings(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    assert load(path) == Config(path=path, store=tmp_path / "aggregate.db")


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b'\xef\xbb\xbftitle = "x"')
    assert load(tmp_path / "config.toml").title == "x"


MISTAKES = (DATA / "config/mistakes.txt").read_text(encoding="utf-8").strip().split("\n\n")[1:]


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_reported(tmp_path: Path, case: str) -> None:
    text, _, expected = case.partition("\n> ")
    assert problems(tmp_path, text) == expected.replace("FOLDER", str(tmp_path)).split("\n> ")


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load(write(tmp_path, "title = 1\nx = 2\n[http]\ntimeout = 3\n[[outputs]]\n"))
    assert len(raised.value.problems) == 5


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b"every = 30m",
            "line 1, column 11: Expected newline or end of document after a statement; are the quotes around a text "
            "missing?",
        ),
        (b"\ntitle = x", "line 2, column 9: Invalid value; are the quotes around a text missing?"),
        (b'a = "x', "end of document: Unterminated string"),
        (b"a = 1\na = 2\n", "line 2, column 6: Cannot overwrite a value"),
        (b'a = "\xff"', "byte 6: not UTF-8; save the file as UTF-8"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_invalid_toml_is_reported(tmp_path: Path, body: bytes, message: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(body)
    with pytest.raises(ConfigError) as raised:
        load(path)
    assert str(raised.value) == f"{path}: {message}"


def test_an_unreadable_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no .*missing\.toml here: `aggregate --config .*missing\.toml init`"):
        load(tmp_path / "missing.toml")
    with pytest.raises(ConfigError, match="Is a directory"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x?y#z", "https://a.example/x?y#z"),
        (" HTTPS://a.example/ ", "https://a.example/"),
        ("file:///var/feeds/", "file:///var/feeds/"),
        ("feeds", "FOLDER/feeds"),
        ("./feeds/../a.xml", "FOLDER/a.xml"),
        ("/var/feeds/ü.xml", "file:///var/feeds/%C3%BC.xml"),
        ("100%.xml", "FOLDER/100%25.xml"),
        ("~/a.xml", f"{Path.home().as_uri()}/a.xml"),
    ],
)
def test_addresses_of_sources_are_normalised(tmp_path: Path, url: str, expected: str) -> None:
    [source] = load(write(tmp_path, f'[[sources]]\nurl = "{url}"')).sources
    assert source.url == expected.replace("FOLDER", tmp_path.as_uri())


def test_the_key_of_a_file_is_its_path_relative_to_the_configuration(tmp_path: Path) -> None:
    text = '[[sources]]\nurl = "feeds/a b.xml"\n[[sources]]\nurl = "/var/a.xml"\n[[sources]]\nplugin = "x"\n'
    keys = [source.key for source in load(write(tmp_path, text)).sources]
    assert keys == ["feeds/a%20b.xml", "file:///var/a.xml", "x"]


def test_secrets_come_from_the_environment_and_are_not_reported(tmp_path: Path) -> None:
    text = """
[[sources]]
url = { env = "FEED" }
headers = { Authorization = { env = "TOKEN" }, Accept = "*/*" }
keys = [{ env = "TOKEN" }]
"""
    path = write(tmp_path, text)
    [source] = load(path, {"FEED": "https://a.example/", "TOKEN": "s3cret"}).sources
    assert source.url == "https://a.example/"
    assert source.options == {"headers": {"Authorization": "s3cret", "Accept": "*/*"}, "keys": ["s3cret"]}
    assert source.secrets == {"headers", "keys"}
    lines = problems(tmp_path, text, FEED="gopher://s3cret", TOKEN="x")
    assert lines and not any("s3cret" in line for line in lines)


def test_the_secrets_of_a_paused_source_are_not_required(tmp_path: Path) -> None:
    assert problems(tmp_path, '[[sources]]\nurl = "a"\nenabled = false\ntoken = { env = "TOKEN" }') == []


def test_paths_are_relative_to_a_symbolic_link_and_not_to_its_target(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "here").mkdir()
    target = write(tmp_path / "real", 'store = "news.db"')
    (tmp_path / "here/config.toml").symlink_to(target)
    assert load(tmp_path / "here/config.toml").store == tmp_path / "here/news.db"


KEYS = st.sampled_from([*(key for table in TABLES.values() for key in keys_of(table)), "env", "x"])
LEAVES = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from(
        ["30m", "20 MiB", "https://a.example/", "~nobody/x", "a.xml", "127.0.0.0/8", "en", "://", "file://"]
    )
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.booleans()
    | st.just(datetime.date(2026, 11, 24))
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))


@given(st.dictionaries(KEYS, VALUES | st.lists(st.dictionaries(KEYS, VALUES, max_size=5), max_size=3), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_document_is_loaded_or_its_mistakes_are_reported(tmp_path: Path, document: dict[str, Any]) -> None:
    path = tmp_path / "config.toml"
    path.write_text(tomlkit.dumps(document), encoding="utf-8", newline="\n")
    try:
        assert isinstance(load(path, {}), Config)
    except ConfigError as error:
        assert error.problems
        assert not any("\n" in line for line in error.problems)
