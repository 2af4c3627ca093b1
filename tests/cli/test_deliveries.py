"""`aggregate deliveries`: the list, its options, and mistakes."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest
from delivering import Newsroom
from project import Project
from publisher import Publisher


@pytest.fixture
def newsroom(project: Project, publisher: Publisher) -> Newsroom:
    """One with three deliveries, of which the first has failed."""
    replies = [400, 200, 200]
    publisher.handle("/hook", lambda exchange: exchange.answer(replies.pop(0)))
    newsroom = Newsroom(project, publisher, f'[[outputs]]\nplugin = "webhook"\nurl = "{publisher.url("/hook")}"\n')
    newsroom.start()
    newsroom.add(3)
    newsroom.run()
    return newsroom


@pytest.mark.both_databases
def test_the_newest_deliveries_come_first(newsroom: Newsroom) -> None:
    result = newsroom.project.aggregate("deliveries")
    assert (result.status, result.err) == (0, "")
    heading, *rows = result.out.strip().splitlines()
    assert heading.split() == ["id", "time", "(UTC)", "state", "attempts", "output", "what"]
    assert [row.split()[0] for row in rows] == ["3", "2", "1"]
    assert "HTTP 400" in rows[2]
    assert [one["id"] for one in newsroom.project.aggregate("deliveries", "--json").json] == [3, 2, 1]


def test_times_are_local_in_text_and_utc_in_json(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "EST+5")
    time.tzset()
    try:
        heading, row, *_ = newsroom.project.aggregate("deliveries").out.splitlines()
        view = newsroom.project.aggregate("deliveries", "--json").json[0]
        whole = newsroom.project.aggregate("deliveries", "-v").out
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "time (EST)" in heading
    assert view["changed"].endswith("Z")
    local = datetime.fromisoformat(view["changed"]) - timedelta(hours=5)
    assert f"{local:%Y-%m-%d %H:%M}" in row
    assert f"{local:%Y-%m-%d %H:%M} EST" in whole


def test_a_state_and_a_limit_select(newsroom: Newsroom) -> None:
    failed = newsroom.project.aggregate("deliveries", "--json", "--state", "failed").json
    assert [(one["id"], one["state"], one["attempts"], one["next_try"]) for one in failed] == [(1, "failed", 1, None)]
    assert [one["id"] for one in newsroom.project.aggregate("deliveries", "--json", "--limit", "1").json] == [3]
    assert newsroom.project.aggregate("deliveries", "--state", "lost").status == 2


@pytest.mark.both_databases
def test_a_failed_delivery_is_retried_and_dropped(newsroom: Newsroom) -> None:
    [title] = [one["label"] for one in newsroom.deliveries() if one["id"] == 1]
    assert newsroom.project.aggregate("deliveries", "retry", "1").out == f"sent in the next run: {title} to 127.0.0.1\n"
    assert newsroom.states() == ["pending", "sent", "sent"]
    assert newsroom.project.aggregate("deliveries", "drop", "1").out == f"dropped: {title} to 127.0.0.1\n"
    assert newsroom.states() == ["dropped", "sent", "sent"]


def test_mistakes_are_one_line(newsroom: Newsroom) -> None:
    result = newsroom.project.aggregate("deliveries", "retry", "99")
    assert (result.status, result.err) == (1, "aggregate: there is no delivery 99; `aggregate deliveries` lists them\n")
    result = newsroom.project.aggregate("deliveries", "drop", "2")
    assert (result.status, result.err) == (1, "aggregate: delivery 2 is sent; nothing to drop\n")
