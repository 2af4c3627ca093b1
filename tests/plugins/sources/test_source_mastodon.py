"""The `mastodon` source, on recorded responses of the API."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from aggregator_plugins.sources.mastodon.posts import account_id, read_posts
from hypothesis import given
from hypothesis import strategies as st
from project import DATA, Project
from publisher import Publisher

from aggregator import Channel, Item, SourceError

RECORDED = DATA / "sources" / "mastodon"
ACCOUNT = (RECORDED / "account.json").read_bytes()
STATUSES = (RECORDED / "statuses.json").read_bytes()
API = "/api/v1"
JSON = "application/json; charset=utf-8"


@pytest.fixture
def instance(publisher: Publisher) -> Publisher:
    publisher.serve(f"{API}/accounts/lookup", ACCOUNT, content_type=JSON)
    for path in ("accounts/108201/statuses", "timelines/tag/london", "timelines/public", "timelines/list/4711"):
        publisher.serve(f"{API}/{path}", STATUSES, content_type=JSON, headers={"ETag": '"1"'})
    return publisher


def configured(project: Project, publisher: Publisher, options: str) -> None:
    project.configure(f'[[sources]]\nplugin = "mastodon"\ninstance = "{publisher.url("")}"\n{options}')


def preview(project: Project, publisher: Publisher, options: str) -> Any:
    configured(project, publisher, options + '\nname = "Posts"')
    result = project.aggregate("preview", "Posts", "--json")
    assert (result.status, result.err) == (0, "")
    return result.json["articles"]


ANN = 'account = "@ann@social.example"'


def test_the_posts_of_an_account(project: Project, instance: Publisher) -> None:
    bridge, road, thread, tide = preview(project, instance, ANN)
    assert bridge["id"] == "https://social.example/users/ann/statuses/115009"
    assert bridge["url"] == "https://social.example/@ann/115009"
    assert bridge["title"] == "Ferrier Bridge is open again after 19 months."
    assert (bridge["published"], bridge["updated"]) == ("2026-11-20T17:00:00Z", "2026-11-20T17:30:00Z")
    assert (bridge["authors"], bridge["tags"], bridge["language"]) == (["Ann Lowe"], ["London"], "en")
    assert bridge["image"] == "https://files.social.example/cards/bridge.jpg"
    assert bridge["related"] == [
        {
            "title": "Ferrier Bridge reopens – to buses",
            "url": "https://courier.example/2026/11/ferrier-bridge-reopens/",
        }
    ]
    assert (road["title"], road["summary"]) == ("Road accident", "Road accident")
    assert road["enclosures"] == [{"url": "https://files.social.example/media/road.jpg", "type": "image/jpeg"}]
    assert road["image"] == "https://files.social.example/media/road.jpg"
    assert thread["title"] == "And one more thing below my own post"
    assert tide["title"] == "The tide turns at the quay"
    assert (tide["enclosures"][0]["type"], tide["enclosures"][0]["duration"]) == ("video/mp4", 12)


def test_the_source_is_named_after_the_account(project: Project, instance: Publisher) -> None:
    configured(project, instance, ANN)
    project.run()
    [source] = project.aggregate("sources", "--json").json
    assert source["name"] == "Ann Lowe"


def test_the_request_selects_posts(project: Project, instance: Publisher) -> None:
    preview(project, instance, ANN)
    lookup, posts = (request.path for request in instance.requests)
    assert lookup.startswith(f"{API}/accounts/lookup?acct=ann@social.example")
    assert "exclude_replies=true" in posts
    assert "exclude_reblogs=true" in posts
    assert "limit=40" in posts


def test_an_account_is_looked_up_once(project: Project, instance: Publisher) -> None:
    configured(project, instance, ANN)
    project.run()
    instance.requests.clear()
    report = project.run("--force")
    assert (report["sources"]["unchanged"], report["errors"]) == (1, [])
    [request] = instance.requests
    assert request.path.startswith(f"{API}/accounts/108201/statuses?")


def test_an_account_with_a_new_id_is_looked_up_again(project: Project, instance: Publisher) -> None:
    configured(project, instance, ANN)
    project.run()
    moved = ACCOUNT.replace(b'"108201"', b'"7"')
    instance.serve(f"{API}/accounts/lookup", moved, content_type=JSON)
    instance.serve(f"{API}/accounts/108201/statuses", b"", status=404)
    instance.serve(f"{API}/accounts/7/statuses", STATUSES, content_type=JSON)
    assert project.run("--force")["errors"] == []
    instance.requests.clear()
    project.run("--force")
    assert [request.path.partition("?")[0] for request in instance.requests] == [f"{API}/accounts/7/statuses"]


def test_boosts_and_replies_are_optional(project: Project, instance: Publisher) -> None:
    posts = preview(project, instance, f"{ANN}\nboosts = true\nreplies = true")
    assert len(posts) == 6
    boosted = posts[-1]
    assert (boosted["url"], boosted["authors"]) == ("https://letters.example/@bob/1", ["bob"])
    assert "exclude_replies=false" in instance.requests[1].path


def test_posts_that_are_not_public_are_left_out(project: Project, instance: Publisher) -> None:
    posts = preview(project, instance, f'{ANN}\nboosts = true\nreplies = true\ntoken = "t"')
    assert all("follow me" not in article["title"] for article in posts)


@pytest.mark.parametrize(
    ("options", "path", "name"),
    [
        ('hashtag = "#london"', "/timelines/tag/london?", "#london (127.0.0.1"),
        ('timeline = "local"', "/timelines/public?local=true&", "local timeline (127.0.0.1"),
        ('timeline = "federated"', "/timelines/public?local=false&", "federated timeline (127.0.0.1"),
        ('list = "4711"\ntoken = "t0ken"', "/timelines/list/4711?", "list 4711 (127.0.0.1"),
    ],
)
def test_hashtags_timelines_and_lists(
    project: Project, instance: Publisher, options: str, path: str, name: str
) -> None:
    configured(project, instance, options)
    report = project.run()
    assert (report["articles"]["new"], report["errors"]) == (4, [])
    [request] = instance.requests
    assert request.path.startswith(API + path)
    assert request.headers["Authorization"] == ("Bearer t0ken" if "token" in options else None)
    assert project.aggregate("sources", "--json").json[0]["name"].startswith(name)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "set one of `account`, `hashtag`, `timeline` and `list`"),
        (f'{ANN}\nhashtag = "x"', "set one of `account`, `hashtag`, `timeline` and `list`"),
        ('account = "ann"', 'account = "ann": must have the form "@someone@social.example"'),
        ('hashtag = "members"', "HTTP 422: the instance shows this to members only; set a `token`"),
        ('hashtag = "nowhere"', "HTTP 404: not found on this instance"),
        ('hashtag = "page"', "this is not a timeline of the Mastodon API"),
        ('hashtag = "object"', "this is not a timeline of the Mastodon API"),
        ('hashtag = "deep"', "this is not a timeline of the Mastodon API"),
    ],
)
def test_failures_are_explained(project: Project, instance: Publisher, options: str, message: str) -> None:
    tags = f"{API}/timelines/tag"
    instance.serve(f"{tags}/members", b'{"error": "This method requires an authenticated user"}', status=422)
    instance.serve(f"{tags}/page", b"<!doctype html>", content_type="text/html")
    instance.serve(f"{tags}/object", b'{"error": "?"}', content_type=JSON)
    instance.serve(f"{tags}/deep", b"[" * 100_000, content_type=JSON)
    configured(project, instance, options)
    [error] = project.run()["errors"]
    assert message in error["error"]


def test_an_invalid_address_does_not_drop_the_post(project: Project, instance: Publisher) -> None:
    posts = [
        json.loads(STATUSES)[0] | {"url": "http://[x", "media_attachments": [{"type": "image", "url": "http://[x"}]}
    ]
    instance.serve(f"{API}/timelines/public", json.dumps(posts).encode(), content_type=JSON)
    [article] = preview(project, instance, 'timeline = "local"')
    assert (article["url"], article["enclosures"]) == (None, [])


def test_an_instance_is_required_without_an_account(project: Project) -> None:
    project.configure('[[sources]]\nplugin = "mastodon"\nhashtag = "x"\n')
    assert "`instance` is required" in project.run()["errors"][0]["error"]


def test_an_invalid_post_does_not_drop_others(project: Project, instance: Publisher) -> None:
    posts = [{"uri": 7}, "?", None, *json.loads(STATUSES)]
    instance.serve(f"{API}/timelines/public", json.dumps(posts).encode(), content_type=JSON)
    assert len(preview(project, instance, 'timeline = "local"')) == 4


def title(content: str, **more: Any) -> str | None:
    post = json.loads(STATUSES)[0] | {"content": content, "card": None} | more
    [item] = read_posts(json.dumps([post]).encode(), False, False, False)
    assert isinstance(item, Item)
    return item.title


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<p>One line</p><p>Another.</p>", "One line"),
        ("<p>One line<br />another</p>", "One line"),
        ("<p>Dr. Lowe spoke of bridges. Nobody left.</p>", "Dr. Lowe spoke of bridges."),
        (f"<p>{'word ' * 60}</p>", f"{('word ' * 20).strip()}…"),
        ("<p></p><p> </p><p>Late</p>", "Late"),
        ("", ""),
    ],
)
def test_the_title_of_a_post_is_its_first_sentence(content: str, expected: str) -> None:
    assert title(content) == expected


def test_a_bare_link_gets_the_title_of_its_page() -> None:
    card = {"url": "https://courier.example/1", "title": "The page"}
    assert title("<p><a>https://courier.example/1</a></p>", card=card) == "The page"


@pytest.mark.parametrize("part", ["<p>", "</p>", "<br", "a ", "a. ", ".", "<"])
def test_long_posts_are_read_in_linear_time(part: str) -> None:
    assert len(title(part * (100_000 // len(part))) or "") <= 101


@given(st.binary(max_size=200), st.integers(0, len(STATUSES)))
def test_any_bytes_are_read_or_rejected(noise: bytes, at: int) -> None:
    for body in (noise, STATUSES[:at] + noise + STATUSES[at:]):
        with contextlib.suppress(SourceError):
            assert all(isinstance(part, Item | Channel | None) for part in read_posts(body, True, True, True))
    with contextlib.suppress(SourceError):
        assert account_id(noise)
