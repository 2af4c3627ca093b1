"""The `jsonapi` source: its paths, their results, and the errors for paths that match nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aggregator_plugins.sources.jsonapi.items import make_plan, read_items
from hypothesis import given
from hypothesis import strategies as st
from project import DATA, Project
from publisher import Publisher

from aggregator import Item, SourceError

RECORDED = DATA / "sources" / "jsonapi"
JSON = "application/json; charset=utf-8"


def configured(project: Project, url: str, options: str) -> None:
    project.configure(f'[[sources]]\nplugin = "jsonapi"\nname = "News"\nurl = "{url}"\n{options}')


def articles(project: Project, publisher: Publisher, body: Any, options: str) -> list[dict[str, Any]]:
    """Return the articles that a preview shows of this response."""
    publisher.serve("/api", body if isinstance(body, bytes) else json.dumps(body).encode(), content_type=JSON)
    configured(project, publisher.url("/api"), options)
    result = project.aggregate("preview", "News", "--json")
    assert (result.status, result.err) == (0, "")
    previewed: list[dict[str, Any]] = result.json["articles"]
    return previewed


def read_error(project: Project, publisher: Publisher, body: Any, options: str = "") -> str:
    """Return the error message of a preview of this response."""
    publisher.serve("/api", body if isinstance(body, bytes) else json.dumps(body).encode(), content_type=JSON)
    configured(project, publisher.url("/api"), options)
    result = project.aggregate("preview", "News")
    assert result.status == 1
    [line] = result.err.splitlines()
    return line


def test_wordpress_posts(project: Project, publisher: Publisher) -> None:
    options = """
        title = "title.rendered"
        link = "link"
        content = "content.rendered"
        summary = "excerpt.rendered"
        published = "date_gmt"
        updated = "modified_gmt"
        authors = "_embedded.author.*.name"
        categories = '_embedded["wp:term"].*.*.name'
        image = '_embedded["wp:featuredmedia"][0].source_url?'
    """
    bridge, bakers = articles(project, publisher, (RECORDED / "wordpress.json").read_bytes(), options)
    assert bridge["id"] == "4711"
    assert bridge["title"] == "Ferrier Bridge reopens – to buses"
    assert bridge["url"] == "https://courier.example/2026/11/ferrier-bridge-reopens/"
    assert bridge["published"] == "2026-11-20T08:30:00Z"
    assert bridge["authors"] == ["Ann Lowe"]
    assert bridge["tags"] == ["Transport", "Bridges", "Buses"]
    assert bridge["image"] == "https://courier.example/bridge.jpg"
    assert "212 hangers" in bridge["content"]
    assert (bakers["title"], bakers["image"], bakers["tags"]) == ("Five bakers, one oven", None, ["Food"])


DRUPAL = """
    items = "data"
    title = "attributes.title"
    link = "https://council.example{attributes.path.alias}"
    published = "attributes.created"
    content = "attributes.body.value"
    language = "attributes.langcode"
    next = "links.next.href"
"""


def test_pages_are_followed_up_to_the_limit(project: Project, publisher: Publisher) -> None:
    first = (RECORDED / "drupal.json").read_bytes()
    previewed = articles(project, publisher, first, DRUPAL + "pages = 3")
    assert {article["url"] for article in previewed} == {
        "https://council.example/news/library-sundays",
        "https://council.example/news/mill-lane",
    }
    assert [request.path for request in publisher.requests] == ["/api", *["/api?page%5Boffset%5D=2"] * 2]


def test_pagination_ends_with_the_last_page(project: Project, publisher: Publisher) -> None:
    last = json.loads((RECORDED / "drupal.json").read_bytes())
    del last["links"]["next"]
    assert len(articles(project, publisher, last, DRUPAL)) == 2
    assert len(publisher.requests) == 1


@pytest.mark.parametrize("address", ["https://elsewhere.example/2", "http://[x/", "ftp://127.0.0.1/"])
def test_a_next_page_at_another_host_is_not_requested(project: Project, publisher: Publisher, address: str) -> None:
    body = {"posts": [{"title": "x"}], "next": address}
    message = read_error(project, publisher, body, 'items = "posts"\nnext = "next"\nheaders = { X-Key = "k" }')
    assert f"its next page is at another host ({address})" in message


def test_a_redirect_does_not_send_keys_to_the_next_pages_of_another_host(
    project: Project, publisher: Publisher
) -> None:
    there = publisher.url("/there").replace("127.0.0.1", "127.0.0.2")
    publisher.handle("/api", lambda exchange: exchange.answer(302, headers={"Location": there}))
    publisher.serve("/there", b'{"posts": [{"title": "x"}], "next": "?page=2"}', content_type=JSON)
    options = 'items = "posts"\nnext = "next"\nheaders = { X-Key = "k" }'
    configured(project, publisher.url("/api"), options)
    assert project.run()["errors"]
    assert [request.headers["X-Key"] for request in publisher.requests][1:] in ([], [None])


def test_headers_are_read_from_the_environment(
    project: Project, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWS_KEY", "Bearer s3cret")
    options = 'headers = { Authorization = { env = "NEWS_KEY" } }\nparams = { limit = 5, lang = "en" }'
    articles(project, publisher, [{"title": "x"}], options)
    [request] = publisher.requests
    assert request.headers["Authorization"] == "Bearer s3cret"
    assert request.path == "/api?limit=5&lang=en"


@pytest.mark.parametrize("options", ["", "params = { limit = 5 }"])
def test_an_unchanged_response_is_not_read_again(project: Project, publisher: Publisher, options: str) -> None:
    publisher.serve("/api", b'[{"id": 1, "title": "One"}]', headers={"ETag": '"1"'}, content_type=JSON)
    configured(project, publisher.url("/api"), options)
    assert project.run()["articles"]["new"] == 1
    assert project.run("--force")["sources"]["unchanged"] == 1


def test_values_of_several_types(project: Project, publisher: Publisher) -> None:
    body = [
        {
            "id": 7,
            "title": 1984,
            "url": "/books/7",
            "at": 1764230400,
            "by": {"name": "Ann"},
            "about": "books",
            "files": [{"url": "a.mp3", "type": "audio/mpeg"}, "b.pdf"],
            "site": {"name": "Shelf", "url": "https://shelf.example/"},
        }
    ]
    options = """
        published = "at"
        authors = "by"
        categories = "about"
        enclosures = "files"
        source = "site.name"
        summary = "{title} by {by.name}"
    """
    [article] = articles(project, publisher, body, options)
    assert (article["title"], article["summary"]) == ("1984", "1984 by Ann")
    assert article["url"] == publisher.url("/books/7")
    assert article["published"] == "2025-11-27T08:00:00Z"
    assert (article["authors"], article["tags"]) == (["Ann"], ["books"])
    assert [enclosure["url"] for enclosure in article["enclosures"]] == [
        publisher.url("/a.mp3"),
        publisher.url("/b.pdf"),
    ]
    assert article["source"]["name"] == "Shelf"


@pytest.mark.parametrize(
    ("items", "document"),
    [
        ("", [{"title": "x"}]),
        ("posts", {"posts": [{"title": "x"}]}),
        ("posts.*", {"posts": {"a": {"title": "x"}}}),
        ("[0].posts", [{"posts": [{"title": "x"}]}]),
        ("[-1][*]", [[], [{"title": "x"}]]),
        ("sections.*.posts.*", {"sections": [{"posts": [{"title": "x"}]}, {"posts": []}, {"about": 1}]}),
        ('["a.b"]["c d"]', {"a.b": {"c d": [{"title": "x"}]}}),
        ("größe-1.$x", {"größe-1": {"$x": [{"title": "x"}]}}),
    ],
)
def test_items_at_any_path(items: str, document: object) -> None:
    assert [item.title for item in read(document, items=items) if item] == ["x"]


def test_the_example_of_the_manual() -> None:
    post = {
        "uuid": "7",
        "attributes": {
            "title": "Five bakers",
            "slug": "five-bakers",
            "authors": [{"name": "Ann"}, {"name": "Bo"}],
            "news:topics": ["food"],
        },
        "media": [],
    }
    paths = {
        "id": "uuid",
        "title": "attributes.title",
        "link": "https://news.example/p/{attributes.slug}",
        "authors": "attributes.authors.*.name",
        "categories": 'attributes["news:topics"]',
        "image": "media[0].url?",
    }
    [item] = read({"data": {"posts": [post]}}, "data.posts", **paths)
    assert item == Item(
        id="7",
        title="Five bakers",
        url="https://news.example/p/five-bakers",
        authors=["Ann", "Bo"],
        tags=["food"],
        base="https://x.example/",
    )


def read(document: object, items: str = "", **fields: str) -> list[Item | None]:
    body = json.dumps(document).encode()
    return list(read_items([(body, "https://x.example/")], make_plan(items, {"title": "title"} | fields, "")))


def test_members_that_are_not_objects_are_counted_and_skipped(project: Project, publisher: Publisher) -> None:
    assert len(articles(project, publisher, [{"title": "x"}, "advertisement", None], "")) == 1


def test_null_is_unknown() -> None:
    assert read([{"title": "x", "by": None}], authors="by.name", link="https://x.example/{by.id}")[0] == Item(
        title="x", base="https://x.example/"
    )


POSTS = {"data": {"posts": [{"headline": "x", "title": {"rendered": "x", "raw": None}, "tags": [{"name": "a"}]}]}}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            "",
            'items = "": holds an object with data, not a list of objects; lists of objects: items = "data.posts" (1)',
        ),
        ('items = "data.post"', 'items = "data.post": data has no "post", but posts; did you mean "posts"?'),
        ('items = "data.posts[3]"', "data.posts is a list of 1, and has no [3]"),
        ('items = "data.posts.title"', "data.posts is a list of 1; use * for all members or [0] for the first"),
        ('items = "data..posts"', 'items = "data..posts": is not a path from "..posts" on'),
        (
            'items = "data.posts"',
            'title = "title": holds an object with rendered, raw, not a text; did you mean "title.rend',
        ),
        (
            'items = "data.posts"\ntitle = "headlin"',
            'the item has no "headlin", but headline, title, tags; did you mean',
        ),
        ('items = "data.posts"\ntitle = "headline"\ncategories = "tags"', 'not a text; did you mean "tags.*.name"?'),
        ('items = "data.posts"\ntitle = "headline"\nlink = "x/{slug}"', 'link = "x/{slug}": the item has no "slug"'),
        ('items = "data.posts"\ntitle = "headline"\nlink = "x/{tags}"', "tags is a list of 1, not a text"),
        ('items = "data.posts"\ntitle = "headline"\nlink = "x/{slug"', "has an unbalanced brace"),
        ('items = "data.posts"\ntitle = "headline"\nimage = "headline.*"', 'headline is the text "x", not a list'),
    ],
)
def test_a_path_without_a_match_describes_the_value_found(
    project: Project, publisher: Publisher, options: str, message: str
) -> None:
    assert message in read_error(project, publisher, POSTS, options)


def test_items_are_kept_when_a_path_is_missing(project: Project, publisher: Publisher) -> None:
    publisher.serve("/api", json.dumps(POSTS).encode(), content_type=JSON)
    configured(project, publisher.url("/api"), 'items = "data.posts"\ntitle = "headline"\nimage = "picture"')
    report = project.run("--source", "News")
    assert report["articles"]["new"] == 1
    assert 'image = "picture": the item has no "picture"' in report["errors"][0]["error"]
    configured(project, publisher.url("/api"), 'items = "data.posts"\ntitle = "headline"\nimage = "picture?"')
    assert project.run("--source", "News", "--force")["errors"] == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the response is empty, not JSON"),
        (b"<!doctype html><html><title>Log in</title></html>", 'this is a web page, not JSON: "Log in"'),
        (b"<rss><channel><title>News", 'this is not JSON: "<rss><channel> News"'),
        (b'{"data": [', "this is not JSON"),
        (b"[" * 100_000, "this is JSON that is nested too deeply"),
        (b'{"a":' * 100_000, "this is JSON that is nested too deeply"),
        (b'{"error": "no such key"}', 'items = "": holds an object with error, not a list of objects'),
        (b'"text"', 'holds the text "text", not a list of objects'),
        (b"[1, 2]", "holds a list of the number 1, not a list of objects"),
        (b"9" * 5000, "this is not JSON"),
    ],
    ids="empty page feed cut lists objects error text numbers digits".split(),
)
def test_a_response_without_a_list_of_items_is_described(
    project: Project, publisher: Publisher, body: bytes, message: str
) -> None:
    assert message in read_error(project, publisher, body)


def test_an_empty_list_is_not_an_error(project: Project, publisher: Publisher) -> None:
    assert articles(project, publisher, {"posts": []}, 'items = "posts"\nimage = "picture"') == []


def test_options_are_checked_before_any_request(project: Project, publisher: Publisher) -> None:
    configured(project, publisher.url("/api"), 'titel = "name"')
    assert 'did you mean "title"?' in project.aggregate("check").err
    assert publisher.requests == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "a.b", "", "\n"]), inner),
    max_leaves=20,
)
PATHS = st.lists(st.sampled_from(["a", ".a", "b", ".*", "*", "[0]", "[-1]", '["a.b"]', "{a}", "{", "?", "."])).map(
    "".join
)


@given(VALUES, PATHS, PATHS, PATHS)
def test_any_document_is_read_or_rejected(document: object, items: str, text: str, other: str) -> None:
    try:
        items_read = read(document, items=items, title=text, categories=other, published=other, link=text)
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        assert all(item is None or isinstance(item, Item) for item in items_read)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_rejected(body: bytes) -> None:
    try:
        list(read_items([(body, "")], make_plan("", {"title": "title"}, "")))
    except SourceError as error:
        assert len(str(error)) < 300
