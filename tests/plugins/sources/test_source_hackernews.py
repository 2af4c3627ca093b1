"""The `hackernews` source, on a recorded response of the API."""

from __future__ import annotations

import contextlib
import json
from urllib.parse import unquote

import pytest
from aggregator_plugins.sources.hackernews import read_hits
from hypothesis import given
from hypothesis import strategies as st
from project import DATA, Project
from publisher import Publisher

from aggregator import Item, SourceError

FRONT = (DATA / "sources" / "hackernews" / "front_page.json").read_bytes()


def configured(project: Project, publisher: Publisher, body: bytes, options: str = "") -> None:
    for path in ("/search", "/search_by_date"):
        publisher.serve(path, body, content_type="application/json", headers={"ETag": '"1"'})
    project.configure(f'[[sources]]\nplugin = "hackernews"\napi = "{publisher.url("/")}"\n{options}')


def test_the_front_page_is_one_request(project: Project, publisher: Publisher) -> None:
    configured(project, publisher, FRONT)
    report = project.run()
    assert (report["articles"]["new"], report["errors"]) == (2, [])
    assert [request.path for request in publisher.requests] == ["/search?tags=front_page&hitsPerPage=30"]
    assert project.aggregate("sources", "--json").json[0]["name"] == "Hacker News"
    assert project.run("--force")["sources"]["unchanged"] == 1


def test_a_post_has_the_address_of_its_link_and_its_comments_as_related(project: Project, publisher: Publisher) -> None:
    configured(project, publisher, FRONT, 'name = "HN"')
    link, ask = project.aggregate("preview", "HN", "--json").json["articles"]
    assert (link["id"], link["title"], link["authors"]) == ("46000001", "How bridges are hung", ["pg"])
    assert (link["url"], link["published"]) == ("https://courier.example/hangers", "2026-11-20T08:30:00Z")
    assert link["related"] == [
        {"title": "Comments on Hacker News", "url": "https://news.ycombinator.com/item?id=46000001"}
    ]
    assert ask["url"] == "https://news.ycombinator.com/item?id=46000002"
    assert (ask["summary"], ask["related"]) == ("I have tried everything./", [])


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ('list = "new"\nlimit = 5', "/search_by_date?tags=story&hitsPerPage=5"),
        ('list = "show"\npoints = 50', "/search_by_date?tags=show_hn&hitsPerPage=30&numericFilters=points>=50"),
        ('list = "best"\npoints = 9', "/search?tags=story&hitsPerPage=30&numericFilters=points>=9,created_at_i>"),
    ],
)
def test_other_lists(project: Project, publisher: Publisher, options: str, path: str) -> None:
    configured(project, publisher, FRONT, options)
    project.run()
    [request] = publisher.requests
    assert unquote(request.path).startswith(path)


def test_an_invalid_post_does_not_drop_others(project: Project, publisher: Publisher) -> None:
    response = json.loads(FRONT)
    response["hits"].insert(1, {"objectID": 7, "title": ["?"]})
    configured(project, publisher, json.dumps(response).encode())
    assert project.run()["articles"]["new"] == 2


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"hits": 3}', b"[" * 100_000, b'{"hits":[' + b"[" * 100_000])
def test_another_response_is_an_error(project: Project, publisher: Publisher, body: bytes) -> None:
    configured(project, publisher, body)
    [error] = project.run()["errors"]
    assert "this is not a response of the Hacker News search API" in error["error"]


@given(st.binary(max_size=200), st.integers(0, len(FRONT)))
def test_any_bytes_are_read_or_rejected(noise: bytes, at: int) -> None:
    for body in (noise, FRONT[:at] + noise + FRONT[at:]):
        with contextlib.suppress(SourceError):
            assert all(isinstance(item, Item | None) for item in read_hits(body))
