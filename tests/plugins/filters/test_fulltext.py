"""The filter `fulltext`: one request per article, and no requests to a site that refuses."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from project import Project
from publisher import Publisher
from sample_feeds import item, rss, words

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def page(number: int) -> bytes:
    text = "".join(f"<p>{words(number * 100 + n, 40).capitalize()}.</p>" for n in range(8))
    metas = "<meta name='author' content='Ada Byron'><meta property='og:image' content='/p.png'>"
    head = f"<title>Item {number}</title>{metas}"
    return f"<html><head>{head}</head><body><article><h1>Item {number}</h1>{text}</article></body></html>".encode()


def serve(publisher: Publisher, *numbers: int, feed: str = "/feed.xml") -> None:
    links = {n: publisher.url(f"/news/{n}") for n in numbers}
    items = [item(n, title=f"Item {n}") | {"link": link} for n, link in links.items()]
    publisher.serve(feed, rss(items, title=feed))
    for number in numbers:
        publisher.scenarios.setdefault(f"/news/{number}", lambda exchange: exchange.answer(404))
        publisher.serve(f"/news/{number}", page(number), content_type="text/html")


def configure(project: Project, publisher: Publisher, *feeds: str, options: str = "") -> None:
    sources = "".join(f'[[sources]]\nurl = "{publisher.url(feed)}"\n' for feed in feeds or ("/feed.xml",))
    project.configure(f'{sources}[[filters]]\nplugin = "fulltext"\n{options}')


def contents(project: Project) -> dict[str, str | None]:
    query = "select title, html from articles left join contents on contents.article = articles.key order by title"
    with sqlite3.connect(project.folder / "aggregate.db") as database:
        return dict(database.execute(query))


def requested(publisher: Publisher) -> list[str]:
    return [request.path for request in publisher.requests if request.path.startswith("/news/")]


def test_the_full_text_replaces_a_truncated_text(project: Project, publisher: Publisher) -> None:
    serve(publisher, 1, 2)
    configure(project, publisher)
    assert project.run()["errors"] == []
    assert words(107, 40).capitalize() in (contents(project)["Item 1"] or "")
    assert len(project.aggregate("stories", "--json").json) == 2
    with sqlite3.connect(project.folder / "aggregate.db") as database:
        rows = database.execute("select authors, image from articles").fetchall()
    assert rows == [('["Ada Byron"]', publisher.url("/p.png"))] * 2


def test_an_article_is_requested_once(project: Project, publisher: Publisher) -> None:
    serve(publisher, 1, 2)
    configure(project, publisher)
    project.run("--force")
    serve(publisher, 1, 2, 3)
    project.run("--force")
    project.run("--force")
    assert sorted(requested(publisher)) == ["/news/1", "/news/2", "/news/3"]


def test_an_article_of_several_feeds_is_requested_once(project: Project, publisher: Publisher) -> None:
    for feed in ("/a.xml", "/b.xml", "/c.xml"):
        serve(publisher, 1, 2, feed=feed)
    configure(project, publisher, "/a.xml", "/b.xml", "/c.xml")
    project.run()
    assert sorted(requested(publisher)) == ["/news/1", "/news/2"]


def test_articles_with_enough_text_are_not_requested(project: Project, publisher: Publisher) -> None:
    serve(publisher, 1)
    configure(project, publisher, options="least = 20\n")
    project.run()
    assert requested(publisher) == []


@pytest.mark.parametrize("refusal", ["status", "robots"])
def test_a_site_that_refuses_is_reported_and_not_requested_for_a_week(
    project: Project, publisher: Publisher, refusal: str
) -> None:
    serve(publisher, *range(20))
    if refusal == "robots":
        publisher.serve("/robots.txt", b"User-agent: *\nDisallow: /news/\n", content_type="text/plain")
    else:
        for number in range(20):
            publisher.serve(f"/news/{number}", b"Go away", status=403)
    configure(project, publisher)
    with time_machine.travel(NOW, tick=True) as clock:
        report = project.run("--force")
        assert {"HTTP 403" in error["error"] or "robots.txt" in error["error"] for error in report["errors"]} == {True}
        assert "are not requested for a week" in report["errors"][0]["error"]
        assert len(requested(publisher)) <= 2, "only requests that were already in progress"
        assert report["articles"]["new"] == 20
        before = len(requested(publisher))
        clock.shift(timedelta(days=3))
        serve(publisher, 21)
        assert project.run("--force")["errors"] == []
        assert len(requested(publisher)) == before
        clock.shift(timedelta(days=5))
        publisher.scenarios.pop("/robots.txt", None)
        serve(publisher, 22)
        project.run("--force")
    assert requested(publisher)[before:] == ["/news/22"]
    assert words(2207, 40).capitalize() in (contents(project)["Item 22"] or "")


def test_articles_without_a_readable_page_stay_as_the_feed_has_them(project: Project, publisher: Publisher) -> None:
    serve(publisher, 1, 2, 3)
    publisher.serve("/news/1", b"gone", status=404)
    publisher.serve("/news/2", b"<html><body><p>Nothing here</p></body></html>", content_type="text/html")
    publisher.handle("/news/3", lambda exchange: exchange.answer(500, b"broken"))
    configure(project, publisher)
    report = project.run()
    assert report["articles"]["new"] == 3
    [error] = report["errors"]
    assert "HTTP 500" in error["error"]
    assert set(contents(project).values()) == {None}


def test_a_preview_without_filters_shows_the_text_of_the_feed(project: Project, publisher: Publisher) -> None:
    serve(publisher, 1)
    configure(project, publisher)
    previewed = json.dumps(project.aggregate("preview", publisher.url("/feed.xml"), "--json").json)
    assert words(107, 40).capitalize() not in previewed, "without --filters a preview shows the articles of the source"
