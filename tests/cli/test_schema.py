"""JSON schemas of outputs and of the configuration, as `aggregate schema` prints them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec.structs import fields
from output_schemas import validator
from project import ROOT, Project
from sample_edition import EDITION

from aggregator.cli.commands import all_commands
from aggregator.cli.output_schemas import OUTPUTS, field_descriptions, output_schema
from aggregator.config.json_schema import config_schema
from aggregator.config.template import TEMPLATE
from aggregator.inspect.views import ExportedArticle, delivered_story
from aggregator.model import Article
from aggregator.plugin.loader import load_plugins
from aggregator.text.units import parse_duration

PLUGIN = '''
from typing import Annotated, Literal
from msgspec import Meta
from aggregator import Item, hookimpl

def tides(*, port: Annotated[str, Meta(description="Name of the port.")], kind: Literal["high", "low"] = "high"):
    """Reads tides."""
    yield Item(title=port)

@hookimpl
def register_sources(register):
    register(tides)
'''


@cache
def config_validator() -> Draft202012Validator:
    return Draft202012Validator(config_schema(load_plugins([])))


def accepts(text: str) -> bool:
    return bool(config_validator().is_valid(tomllib.loads(text)))


def commands_with_json() -> list[str]:
    found = []
    for verb in all_commands():
        verbs = [(verb.name, verb)]
        if isinstance(verb, click.Group):
            verbs += [(f"{verb.name}-{name}", inner) for name, inner in verb.commands.items()]
        found += [name for name, one in verbs if any(parameter.name == "as_json" for parameter in one.params)]
    return [name for name in found if name]


@pytest.mark.parametrize("name", commands_with_json())
def test_each_json_output_has_a_schema(name: str) -> None:
    assert name in OUTPUTS


@pytest.mark.parametrize("name", OUTPUTS)
def test_schema_is_printed_with_version_and_descriptions(project: Project, name: str) -> None:
    schema = project.aggregate("schema", *name.split("-")).json
    assert schema == output_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith(f":{name}:{schema['x-version']}")
    assert all(definition["description"] for definition in schema["$defs"].values())


def test_schemas_are_listed(project: Project) -> None:
    listed = project.aggregate("schema").out
    assert all(f"\n{name} " in listed for name in ["config", *OUTPUTS])


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("sources", [{"name": "A"}]),
        ("sources", {}),
        ("run", {"started": "2026-11-24T10:00:00Z"}),
        ("stories", [{"id": 1}]),
        ("status", []),
    ],
)
def test_schema_refuses_what_is_no_such_output(name: str, wrong: Any) -> None:
    assert not validator(name).is_valid(wrong)


def test_times_are_said_to_be_times() -> None:
    health = output_schema("sources")["$defs"]["Health"]["properties"]
    assert {"type": "string", "format": "date-time"} in health["last_success"]["anyOf"]
    assert health["failures"]["description"] == "number in a row"


def test_descriptions_of_fields_come_from_docstrings() -> None:
    text = "A thing, with `no` meaning. `id`, `title`: null without one; `made`: when it changed, in UTC."
    assert field_descriptions(text) == (
        "A thing, with `no` meaning.",
        {"id": "null without one", "title": "null without one", "made": "when it changed, in UTC"},
    )
    assert field_descriptions("A thing.") == ("A thing.", {})
    assert field_descriptions("") == ("", {})


def test_stories_that_outputs_deliver_are_as_their_schema_says() -> None:
    for story in EDITION.stories:
        value = msgspec.json.decode(msgspec.json.encode(delivered_story(story)))
        assert not [error.message for error in validator("delivered-story").iter_errors(value)]


def test_exported_articles_have_all_fields_that_articles_export() -> None:
    public = {field.name for field in fields(Article)} - {"backlog", "place"}
    assert {field.name for field in fields(ExportedArticle)} == public


CONFIGS = [*ROOT.glob("*.toml"), *ROOT.glob("examples/**/config.toml")]


@pytest.mark.parametrize("path", [path for path in CONFIGS if path.name == "config.toml"], ids=str)
def test_configurations_of_this_repository_are_accepted(path: Path) -> None:
    errors = [error for error in config_validator().iter_errors(tomllib.loads(path.read_text(encoding="utf-8")))]
    assert not errors, [error.message[:200] for error in errors]


def test_what_init_writes_is_accepted() -> None:
    assert accepts(TEMPLATE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sections = ['world', { tag = 'sport', label = 'Games', weight = 2, limit = 3 }]",
        "store = 'postgresql://user@host/news'",
        "include = 'feeds/*.toml'\nkeep = '1h 30m'",
        "include = ['a.toml', 'b.toml']\nkeep = '2 Weeks'",
        "[[sources]]\nurl = 'https://a.example/'",
        "[[sources]]\nurl = { env = 'PRIVATE' }\nname = 'A'\nweight = 2\nevery = '30m'",
        "[[sources]]\nplugin = 'hackernews'",
        "[[filters]]\nplugin = 'drop'\ntitle = '(?i)coupon'\ntags = ['x']",
        "[[outputs]]\nplugin = 'html'\npath = 'public'\nselect = 'independent >= 2'\nsince = '2 days'",
        "[http]\nmax_bytes = '20 MiB'\nallow_private = ['10.0.0.0/8']\n[stories]\nstrictness = 'loose'",
    ],
)
def test_right_configurations_are_accepted(project: Project, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert accepts(text)
    for name in ("a.toml", "b.toml"):
        project.write(name, "")
    monkeypatch.setenv("PRIVATE", "https://private.example/")
    project.configure(text, allow_private=False)
    result = project.aggregate("check")
    assert result.status == 0, result.err


@pytest.mark.parametrize(
    "text",
    [
        "titel = 'x'",
        "title = ''",
        "title = 3",
        "url = 'daily.example'",
        "keep = 'soon'",
        "keep = 90",
        "locale = 'english please'",
        "sections = [{ label = 3 }]",
        "sources = 'https://a.example/'",
        "[[sources]]\nname = 'neither url nor plugin'",
        "[[sources]]\nurl = 'https://a.example/'\nevry = '30m'",
        "[[sources]]\nurl = 'https://a.example/'\nevery = '30'",
        "[[sources]]\nurl = 'https://a.example/'\nweight = -1",
        "[[sources]]\nurl = 'https://a.example/'\ntags = 'world'",
        "[[sources]]\nurl = 'https://a.example/'\nplugin = 'hackrnews'",
        "[[filters]]\ntitle = 'x'",
        "[[filters]]\nplugin = 'drop'\nno_such_option = 1",
        "[[outputs]]\nplugin = 'html'",
        "[[outputs]]\nplugin = 'rss'\npath = 'a.xml'\nlimit = -1",
        "[[outputs]]\nplugin = 'rss'\npath = 'a.xml'\npictures = 'all'",
        "[http]\nper_host = 0",
        "[http]\nmax_bytes = '20'",
        "[stories]\nstrictness = 'lax'",
    ],
)
def test_wrong_configurations_are_refused_as_check_refuses_them(project: Project, text: str) -> None:
    assert not accepts(text)
    project.configure(text, allow_private=False)
    assert project.aggregate("check").status == 2


@given(st.from_regex(r"\A[ ]?([0-9]{1,4}(\.[0-9])? ?(s|M|min|hours|Days|w|x|mm)? ?){1,3}\Z"))
def test_durations_are_accepted_where_the_configuration_accepts_them(text: str) -> None:
    try:
        parse_duration(text)
    except ValueError as error:
        if "longer than" in str(error):
            return  # limits of sums are not a matter of schemas
        expected = False
    else:
        expected = True
    assert config_validator().is_valid({"keep": text}) == expected


def test_options_of_other_plugins_are_part_of_the_schema(project: Project) -> None:
    project.write("mine/tides.py", PLUGIN)
    project.configure('plugins = ["mine"]\n', allow_private=False)
    schema = project.aggregate("schema", "config").json
    assert schema["$defs"]["source-tides"]["properties"]["port"]["description"] == "Name of the port."
    mine = Draft202012Validator(schema)
    assert mine.is_valid({"sources": [{"plugin": "tides", "port": "Dover", "kind": "low"}]})
    assert not mine.is_valid({"sources": [{"plugin": "tides"}]})
    assert not mine.is_valid({"sources": [{"plugin": "tides", "port": "Dover", "kind": "spring"}]})
    assert not accepts("[[sources]]\nplugin = 'tides'\nport = 'Dover'")


def test_a_broken_configuration_does_not_prevent_its_schema(project: Project) -> None:
    project.write("config.toml", "title = \n")
    assert project.aggregate("schema", "config").json["x-version"] >= 1


def test_an_unknown_schema_is_a_usage_error(project: Project) -> None:
    result = project.aggregate("schema", "no-such-thing-at-all")
    assert (result.status, result.out) == (2, "")
    assert "known: config" in result.err
