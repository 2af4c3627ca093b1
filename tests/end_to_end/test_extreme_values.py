"""Values at the limits of what a database, or an index of it, can contain."""

from __future__ import annotations

import json
import random
import string
from typing import Any

import pytest
from picture_files import photo
from project import Project
from publisher import Publisher

pytestmark = [pytest.mark.e2e, pytest.mark.both_databases]

CHANCE = random.Random(11)
CONFIG = """
store = "news.db"
[[sources]]
url = "{feed}"
[[sources]]
url = "{held}"
[[outputs]]
plugin = "html"
path = "public"
pictures = "copy"
[[outputs]]
plugin = "jsonl"
path = "all.jsonl"
"""


def long(length: int) -> str:
    """Return letters that cannot be compressed: the entry of an index may be."""
    return "".join(CHANCE.choices(string.ascii_letters, k=length))


def feed(publisher: Publisher, *items: dict[str, Any]) -> None:
    body = {"version": "https://jsonfeed.org/version/1.1", "title": "Odd\0 " + long(3000), "items": items}
    publisher.serve("/feed.json", json.dumps(body).encode(), content_type="application/feed+json")


def test_long_values_and_nul_are_stored_once_and_found(project: Project, publisher: Publisher) -> None:
    path = "/held/" + long(3900)
    publisher.serve(path, b"", status=429, headers={"Retry-After": "3600"})
    picture = "/" + long(2900)
    publisher.serve(picture, photo(64, 64), content_type="image/jpeg")
    site = publisher.url("")
    items: list[dict[str, Any]] = [
        {
            "id": long(10_000),
            "title": f"Needle {long(10_000)}",
            "url": f"https://e.example/{long(3900)}",
            "content_html": "x",
        },
        {"id": long(1900), "url": f"https://e.example/{long(10_000)}", "title": "Second", "image": site + picture},
        {"id": "nul\0", "title": "Th\0ird", "content_text": "\0body", "tags": ["t\0ag"], "authors": [{"name": "A\0"}]},
    ]
    feed(publisher, *items)
    project.configure(CONFIG.format(feed=publisher.url("/feed.json"), held=site + path))
    report = project.run()
    assert report["articles"]["new"] == 3
    assert [output["written"] > 0 for output in report["outputs"]] == [True, True]
    requests = len(publisher.requests)
    items[2] |= {"title": "Changed", "content_text": "entirely"}
    items[0]["title"] = "Needle, changed"
    feed(publisher, *items)
    report = project.run("--force")
    assert (report["articles"]["new"], report["articles"]["updated"], report["errors"]) == (0, 2, [])
    assert len(publisher.requests) == requests + 1, "the 429 holds"
    assert project.aggregate("explain", items[0]["id"]).status == 0
    assert project.aggregate("explain", "nul").status == 0
    assert len(project.aggregate("search", "needle", "--json").json) == 1
    assert site + picture in project.read("all.jsonl")
    assert "\\u0000" not in project.read("all.jsonl")


PLUGIN = """
from aggregator import Delivery, hookimpl

def keys(edition, *, key):
    yield Delivery(key="k" * key, payload=b"x")

def names(edition, *, path):
    yield "/".join(["n" * 200] * 12), b"x"

def send(delivery):
    pass

@hookimpl
def register_outputs(register):
    register(keys, deliver=send)
    register(names)
"""


def test_what_cannot_be_indexed_fails_the_output_alone(project: Project, publisher: Publisher) -> None:
    feed(publisher, {"id": "1", "title": "One"})
    project.write("mine/odd.py", PLUGIN.replace("key):", "key: int):"))
    outputs = (
        'plugin = "keys"\nkey = 900',
        'plugin = "keys"\nlabel = "long"\nkey = 1001',
        'plugin = "names"\npath = "out"',
    )
    tables = "".join(f"[[outputs]]\n{output}\n" for output in (*outputs, 'plugin = "jsonl"\npath = "all.jsonl"'))
    project.configure(f'plugins = ["mine"]\n[[sources]]\nurl = "{publisher.url("/feed.json")}"\n{tables}')
    result = project.aggregate("run", "--json")
    assert result.status == 1
    assert "whose key has 1,001 bytes; at most 1000 are allowed" in result.err
    assert "an output yielded a path with more than 2000 bytes" in result.err
    assert len(result.err.splitlines()) == 2
    assert "One" in project.read("all.jsonl")
