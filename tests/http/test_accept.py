"""Servers that answer 406 unless `Accept` is that of a browser."""

from __future__ import annotations

from typing import Any

import pytest
from project import Project
from publisher import Exchange, Publisher
from sample_feeds import item, rss
from single_requests import get, get_error

FEED = rss([item(1, title="One weir opens")], title="Weir Post")


def picky(exchange: Exchange) -> None:
    """Answer requests with text/html in `Accept`, conditional ones too."""
    if "text/html" not in exchange.headers["Accept"]:
        exchange.answer(406, b"not acceptable")
    elif exchange.headers["If-None-Match"] == '"1"':
        exchange.answer(304, headers={"ETag": '"1"'})
    else:
        exchange.answer(200, FEED, {"Content-Type": "application/rss+xml", "ETag": '"1"'})


def accepted(publisher: Publisher) -> list[bool]:
    return ["text/html" in request.headers["Accept"] for request in publisher.requests]


def test_request_is_repeated_once_as_a_browser(publisher: Publisher) -> None:
    publisher.handle("/f", picky)
    response, http = get(publisher.url("/f"))
    assert (response.body, http.as_browser) == (FEED, True)
    assert accepted(publisher) == [False, True]


def test_second_406_is_an_error(publisher: Publisher) -> None:
    publisher.serve("/f", b"", status=406)
    assert "HTTP 406" in str(get_error(publisher.url("/f")))
    assert accepted(publisher) == [False, True]


def test_page_and_redirect_targets_are_repeated_too(publisher: Publisher) -> None:
    def only_browsers(exchange: Exchange) -> None:
        exchange.answer(200 if "application/xml" in exchange.headers["Accept"] else 406, b"x")

    publisher.handle("/page", only_browsers)
    assert get(publisher.url("/page"), page=True)[0].body == b"x"
    publisher.handle("/a", lambda exchange: exchange.answer(301, headers={"Location": "/f"}))
    publisher.handle("/f", picky)
    response, http = get(publisher.url("/a"))
    assert response.body == FEED
    assert http.moved_to == publisher.url("/f")


@pytest.mark.parametrize("status", [403, 404, 415, 500])
def test_other_errors_are_not_repeated(publisher: Publisher, status: int) -> None:
    publisher.serve("/f", b"", status=status)
    get_error(publisher.url("/f"))
    assert len(publisher.requests) == 1


def test_accept_header_of_a_plugin_is_left_alone(publisher: Publisher) -> None:
    publisher.handle("/f", picky)
    with pytest.raises(Exception, match="HTTP 406"):
        get(publisher.url("/f"), headers={"accept": "application/json"})
    assert len(publisher.requests) == 1


def run(project: Project) -> Any:
    return project.run("--force")["sources"]


def test_later_runs_need_one_request(project: Project, publisher: Publisher) -> None:
    publisher.handle("/f", picky)
    project.configure(f'[[sources]]\nurl = "{publisher.url("/f")}"\n')
    assert run(project)["fetched"] == 1
    assert run(project)["unchanged"] == 1
    assert run(project)["unchanged"] == 1
    assert accepted(publisher) == [False, True, True, True]
    assert [request.headers["If-None-Match"] for request in publisher.requests] == [None, None, '"1"', '"1"']


def test_server_that_changes_its_mind_is_asked_as_before(project: Project, publisher: Publisher) -> None:
    publisher.handle("/f", picky)
    project.configure(f'[[sources]]\nurl = "{publisher.url("/f")}"\n')
    run(project)

    def page_for_browsers(exchange: Exchange) -> None:
        is_browser = exchange.headers["Accept"].startswith("text/html")
        exchange.answer(200, b"<!doctype html><title>x</title>" if is_browser else FEED)

    publisher.handle("/f", page_for_browsers)
    assert run(project)["failed"] == 1
    assert run(project)["fetched"] == 1
    assert run(project)["fetched"] == 1
    assert accepted(publisher) == [False, True, True, False, False]


def test_sources_that_share_an_address_share_the_second_request(project: Project, publisher: Publisher) -> None:
    publisher.handle("/f", picky)
    for path in ("/a", "/b"):
        publisher.handle(path, lambda exchange: exchange.answer(301, headers={"Location": "/f"}))
    urls = [publisher.url(path) for path in ("/a", "/b")]
    project.configure("".join(f'[[sources]]\nurl = "{url}"\n' for url in urls))
    assert run(project)["fetched"] == 2
    publisher.requests.clear()
    assert run(project)["unchanged"] == 2
    assert accepted(publisher) == [True]


def test_preview_and_add(project: Project, publisher: Publisher) -> None:
    publisher.handle("/f", picky)
    project.configure("")
    assert "One weir opens" in project.aggregate("preview", publisher.url("/f")).out
    assert accepted(publisher) == [False, True]
    publisher.requests.clear()
    assert project.aggregate("add", publisher.url("/f")).out.startswith("added Weir Post: ")
