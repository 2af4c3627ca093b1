"""Webhooks, programs, WebSub and the command `after`, on the same ledger: each delivery once."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote

import pytest
import time_machine
from delivering import Newsroom
from project import Project
from publisher import Exchange, Publisher, Received, Scenario

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOOK = '[[outputs]]\nplugin = "webhook"\nurl = "{url}"\n'


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def replies(*statuses: int, **headers: str) -> Scenario:
    """Return a scenario that answers with one status after the other, and from then on with the last one."""
    left = list(statuses)

    def scenario(exchange: Exchange) -> None:
        status = left.pop(0) if len(left) > 1 else left[0]
        exchange.answer(status, b"", {name.replace("_", "-"): value for name, value in headers.items()})

    return scenario


def sent(publisher: Publisher, path: str) -> list[Received]:
    return [request for request in publisher.requests if request.path == path]


def webhook(project: Project, publisher: Publisher, more: str = "", top: str = "") -> Newsroom:
    """Return a newsroom whose webhook has begun, and that has news."""
    newsroom = Newsroom(project, publisher, HOOK.format(url=publisher.url("/hook")) + more, top)
    newsroom.start()
    newsroom.add()
    return newsroom


def test_each_new_story_is_posted_once(project: Project, publisher: Publisher) -> None:
    publisher.handle("/hook", replies(200))
    newsroom = webhook(project, publisher)
    newsroom.add()
    for _ in range(3):
        result = newsroom.run()
        assert (result.status, result.err) == (0, "")
    bodies = [json.loads(request.body) for request in sent(publisher, "/hook")]
    assert [body["articles"][0]["id"] for body in bodies] == ["tag:world.example,2026:1", "tag:world.example,2026:2"]
    assert bodies[0].keys() >= {"id", "title", "url", "published", "articles", "why", "summary", "tags", "language"}
    assert {request.headers["Content-Type"] for request in sent(publisher, "/hook")} == {"application/json"}


def test_a_failed_story_is_retried_alone(project: Project, publisher: Publisher) -> None:
    publisher.handle("/hook", replies(200, 500, 200))
    newsroom = webhook(project, publisher)
    newsroom.add(2)
    newsroom.run()
    assert newsroom.states() == ["sent", "pending", "sent"]
    newsroom.run()
    posted = [json.loads(request.body)["id"] for request in sent(publisher, "/hook")]
    assert len(posted) == 4
    assert posted[3] == posted[1]
    assert newsroom.states() == ["sent"] * 3


def test_what_a_server_does_not_accept_is_not_retried(project: Project, publisher: Publisher) -> None:
    publisher.handle("/hook", lambda exchange: exchange.answer(400, b"invalid_payload"))
    newsroom = webhook(project, publisher)
    result = newsroom.run()
    assert result.status == 1
    assert "HTTP 400: invalid_payload" in result.err
    newsroom.run("--force")
    assert len(sent(publisher, "/hook")) == 1


def test_a_wrong_address_keeps_all_stories_until_it_is_corrected(project: Project, publisher: Publisher) -> None:
    newsroom = webhook(project, publisher)  # there is nothing at /hook
    newsroom.add()
    newsroom.run()
    assert newsroom.run().status == 1
    assert newsroom.states() == ["pending"] * 2
    publisher.handle("/right", replies(200))
    newsroom.configure(HOOK.format(url=publisher.url("/right")))
    newsroom.run("--force")
    assert len(sent(publisher, "/right")) == 2


def test_retry_after_is_observed(project: Project, publisher: Publisher, clock: time_machine.Traveller) -> None:
    publisher.handle("/hook", replies(429, 200, Retry_After="1800"))
    newsroom = webhook(project, publisher)
    newsroom.add()
    newsroom.run()
    newsroom.run("--force")
    clock.shift(timedelta(minutes=29))
    newsroom.run("--force")
    assert len(sent(publisher, "/hook")) == 1
    clock.shift(timedelta(minutes=2))
    newsroom.run()
    assert len(sent(publisher, "/hook")) == 3
    assert newsroom.states() == ["sent"] * 2


def test_a_story_without_a_response_is_uncertain(project: Project, publisher: Publisher) -> None:
    publisher.handle("/hook", lambda exchange: time.sleep(3))
    newsroom = webhook(project, publisher, '[http]\nallow_private = ["127.0.0.0/8"]\ntimeout = "1s"\n')
    result = newsroom.run()
    assert result.status == 1
    assert "it may have arrived" in result.err
    newsroom.run("--force")
    assert len(sent(publisher, "/hook")) == 1
    assert newsroom.states() == ["uncertain"]


def test_a_silent_server_gets_one_story_in_a_run(project: Project, publisher: Publisher) -> None:
    publisher.handle("/hook", lambda exchange: time.sleep(3))
    newsroom = webhook(project, publisher, '[http]\nallow_private = ["127.0.0.0/8"]\ntimeout = "1s"\n')
    newsroom.add(2)
    newsroom.run()
    assert newsroom.states() == ["uncertain", "pending", "pending"]
    publisher.handle("/hook", replies(200))
    newsroom.run()
    assert newsroom.states() == ["uncertain", "sent", "sent"]


def test_many_failures_are_summarised(project: Project, publisher: Publisher) -> None:
    publisher.handle("/hook", replies(400))
    newsroom = webhook(project, publisher)
    newsroom.add(8)
    lines = newsroom.run().err.splitlines()
    assert len(lines) == 6
    assert lines[-1] == "aggregate: webhook: further deliveries failed; `aggregate deliveries` lists them"
    assert newsroom.states() == ["failed"] * 9


def test_a_closed_connection_is_uncertain_and_a_refused_one_is_not(project: Project, publisher: Publisher) -> None:
    publisher.handle("/hook", lambda exchange: exchange.connection.close())
    newsroom = webhook(project, publisher)
    newsroom.run()
    assert newsroom.states() == ["uncertain"]
    newsroom.configure(HOOK.format(url="http://127.0.0.1:1/hook"))
    newsroom.add(2)
    newsroom.run()
    assert newsroom.states() == ["uncertain", "pending", "pending"]


def test_a_server_named_in_the_configuration_may_be_private(project: Project, publisher: Publisher) -> None:
    publisher.handle("/hook", replies(200))
    project.write("feed.jsonl", '{"id": "1", "title": "The first story"}\n')
    source = '[[sources]]\nplugin = "jsonl"\nurl = "feed.jsonl"\n'
    project.configure(source + HOOK.format(url=publisher.url("/hook")), allow_private=False)
    project.aggregate("run")
    project.write("feed.jsonl", '{"id": "1", "title": "The first story"}\n{"id": "2", "title": "Another one"}\n')
    result = project.aggregate("run", "--force")
    assert (result.status, result.err) == (0, "")
    assert len(sent(publisher, "/hook")) == 1


def test_redirects_stay_on_the_server(project: Project, publisher: Publisher) -> None:
    publisher.handle("/hook", replies(307, Location="/moved"))
    publisher.handle("/moved", replies(200))
    newsroom = webhook(project, publisher)
    newsroom.run()
    [moved] = sent(publisher, "/moved")
    assert (moved.method, moved.body) == ("POST", sent(publisher, "/hook")[0].body)
    publisher.handle("/hook", replies(307, Location="http://127.0.0.2:1/"))
    newsroom.add()
    newsroom.run()
    assert "redirects to http://127.0.0.2:1/…" in newsroom.deliveries()[-1]["error"]
    publisher.handle("/hook", replies(302, Location="/moved"))
    newsroom.run("--force")
    assert len(sent(publisher, "/moved")) == 1


def test_select_decides_what_is_posted(project: Project, publisher: Publisher) -> None:
    publisher.handle("/hook", replies(200))
    newsroom = webhook(project, publisher, "select = 'title ~ \"(?i)bridge\" or independent >= 3'\n")
    newsroom.run()
    assert sent(publisher, "/hook") == []
    title = {"guid": "b", "title": "A bridge is closed", "link": "https://world.example/b"}
    from sample_feeds import item, rss

    publisher.serve("/feed.xml", rss([item(0), item(1), title]))
    newsroom.run()
    assert [json.loads(request.body)["title"] for request in sent(publisher, "/hook")] == ["A bridge is closed"]


def test_a_wider_selection_does_not_send_the_past(project: Project, publisher: Publisher) -> None:
    publisher.handle("/hook", replies(200))
    newsroom = webhook(project, publisher, "select = 'title ~ \"never\"'\n")
    newsroom.run()
    newsroom.configure(HOOK.format(url=publisher.url("/hook")))
    newsroom.run()
    assert sent(publisher, "/hook") == []
    newsroom.add()
    newsroom.run()
    assert len(sent(publisher, "/hook")) == 1


def test_the_address_of_a_webhook_is_not_shown(project: Project, publisher: Publisher) -> None:
    os.environ["HOOK"] = publisher.url("/services/T0/B0/verysecret")
    newsroom = Newsroom(project, publisher, HOOK.replace('"{url}"', '{{ env = "HOOK" }}').format())
    newsroom.start()
    newsroom.add()
    newsroom.run()
    result = newsroom.run()
    shown = result.err + project.aggregate("deliveries").out + project.aggregate("deliveries", "--json").out
    assert "HTTP 404" in shown
    assert "secret" not in shown
    assert b"secret" not in (project.folder / "aggregate.db").read_bytes()


PROGRAM = """#!/bin/sh
cat >>"$1"
test ! -e fail
"""


def test_a_program_gets_each_story_on_standard_input(project: Project, publisher: Publisher) -> None:
    table = '[[outputs]]\nplugin = "command"\nrun = ["./announce.sh", "out.jsonl"]\n'
    newsroom = Newsroom(project, publisher, table)
    project.write("announce.sh", PROGRAM).chmod(0o755)
    newsroom.start()
    newsroom.add(2)
    project.write("fail", "")
    newsroom.run()
    assert newsroom.states() == ["pending"] * 2
    second = newsroom.run()
    assert (second.status, "./announce.sh: ended with status 1" in second.err) == (1, True)
    (project.folder / "fail").unlink()
    newsroom.run("--force")
    assert newsroom.states() == ["sent"] * 2
    lines = [json.loads(line) for line in project.read("out.jsonl").splitlines()]
    assert [line["articles"][0]["id"][-1] for line in lines] == ["1", "2"] * 3
    assert newsroom.run("--force").err == ""


def test_a_program_that_is_missing_or_too_slow_is_reported(project: Project, publisher: Publisher) -> None:
    newsroom = Newsroom(project, publisher, '[[outputs]]\nplugin = "command"\nrun = ["./missing"]\n')
    newsroom.start()
    newsroom.add()
    newsroom.run()
    assert "program not found" in newsroom.deliveries()[0]["error"]
    newsroom.configure('[[outputs]]\nplugin = "command"\nrun = ["sleep", "60"]\ntimeout = "1s"\n')
    newsroom.run()
    assert "sleep: did not end within 1 s: terminated" in newsroom.deliveries()[0]["error"]


FEED = '[[outputs]]\nplugin = "{plugin}"\npath = "public/feed.xml"\nhub = "{hub}"\n'


@pytest.mark.parametrize("plugin", ["rss", "atom", "jsonfeed"])
def test_a_hub_is_told_when_the_feed_has_changed(project: Project, publisher: Publisher, plugin: str) -> None:
    publisher.handle("/hub", replies(204))
    newsroom = Newsroom(project, publisher, FEED.format(plugin=plugin, hub=publisher.url("/hub")))
    newsroom.start()
    newsroom.run()
    newsroom.add()
    newsroom.run()
    pings = sent(publisher, "/hub")
    body = {"hub.mode": ["publish"], "hub.url": ["https://daily.example/feed.xml"]}
    assert [parse_qs(ping.body.decode()) for ping in pings] == [body] * 2
    assert {ping.headers["Content-Type"] for ping in pings} == {"application/x-www-form-urlencoded"}


def test_a_ping_is_retried_until_the_hub_is_up_and_a_newer_one_replaces_it(
    project: Project, publisher: Publisher
) -> None:
    publisher.handle("/hub", replies(503, 503, 200))
    newsroom = Newsroom(project, publisher, FEED.format(plugin="rss", hub=publisher.url("/hub")))
    newsroom.start()
    newsroom.add()
    newsroom.run()
    newsroom.run()
    newsroom.run()
    assert len(sent(publisher, "/hub")) == 3
    assert newsroom.states() == ["sent"]


def test_a_feed_without_an_address_is_not_announced(project: Project, publisher: Publisher) -> None:
    newsroom = Newsroom(project, publisher, FEED.format(plugin="rss", hub=publisher.url("/hub")))
    project.configure(project.read("config.toml").replace('url = "https://daily.example/"\n', ""))
    newsroom.start()
    assert sent(publisher, "/hub") == []


AFTER = """#!/bin/sh
echo run >>after.txt
test -e public/feed.xml && test ! -e fail || { echo "no route to host" >&2; exit 3; }
"""


def test_a_command_runs_after_files_have_changed_until_it_succeeds(project: Project, publisher: Publisher) -> None:
    publisher.handle("/hub", replies(204))
    table = FEED.format(plugin="rss", hub=publisher.url("/hub"))
    newsroom = Newsroom(project, publisher, table, 'after = ["./after.sh", "--all"]\n')
    project.write("after.sh", AFTER).chmod(0o755)
    newsroom.start()
    newsroom.run()
    assert project.read("after.txt").count("run") == 1
    newsroom.add()
    project.write("fail", "")
    failed = newsroom.run()
    assert failed.status == 1
    assert failed.err == (
        "aggregate: after: ./after.sh: ended with status 3: no route to host; it runs again in the next run\n"
    )
    assert len(sent(publisher, "/hub")) == 1  # subscribers would get the old feed
    (project.folder / "fail").unlink()
    assert newsroom.run().status == 0
    assert len(sent(publisher, "/hub")) == 2
    newsroom.run()
    assert project.read("after.txt").count("run") == 3


def test_a_dry_run_neither_runs_nor_posts(project: Project, publisher: Publisher) -> None:
    publisher.handle("/hook", replies(200))
    newsroom = webhook(project, publisher, '[[outputs]]\nplugin = "markdown"\npath = "a.md"\n', 'after = ["true"]\n')
    (project.folder / "a.md").unlink(missing_ok=True)
    result = newsroom.run("--dry-run")
    assert "would deliver: the files, with true" in result.err
    assert " to 127.0.0.1\n" in result.err
    assert sent(publisher, "/hook") == []


def test_a_command_that_did_not_run_offline_runs_later(project: Project, publisher: Publisher) -> None:
    table = '[[outputs]]\nplugin = "markdown"\npath = "public/a.md"\n'
    newsroom = Newsroom(project, publisher, table, 'after = ["touch", "ran"]\n')
    newsroom.run("--dry-run")
    assert not (project.folder / "ran").exists()
    project.aggregate("run", "--offline")
    assert (project.folder / "public" / "a.md").exists()
    assert not (project.folder / "ran").exists()
    project.configure(project.read("config.toml").replace("[[sources]]", "[[sources]]\nenabled = false"))
    project.aggregate("run")
    assert (project.folder / "ran").exists()


def test_only_the_newest_ping_is_sent(project: Project, publisher: Publisher) -> None:
    newsroom = Newsroom(project, publisher, FEED.format(plugin="rss", hub="http://127.0.0.1:1/hub"))
    newsroom.start()
    for _ in range(3):
        newsroom.add()
        newsroom.run()
    [ping] = newsroom.deliveries()
    assert (ping["state"], ping["recipient"]) == ("pending", "http://127.0.0.1:1/hub")


def test_a_message_for_matrix_may_be_repeated(project: Project, publisher: Publisher) -> None:
    statuses: list[int] = []

    def room(exchange: Exchange) -> None:
        statuses.append(200)
        if len(statuses) == 1:
            exchange.connection.close()
        else:
            exchange.answer(200, b"{}")

    os.environ["MATRIX_TOKEN"] = "syt_verysecret"
    table = HOOK.format(url=publisher.url("/send/m.room.message"))
    newsroom = Newsroom(project, publisher, f'{table}shape = "matrix"\ntoken = {{ env = "MATRIX_TOKEN" }}\n')
    newsroom.start()
    newsroom.add()
    [story] = newsroom.project.aggregate("stories", "--json", "--limit", "1").json
    newsroom.run()
    [delivery] = newsroom.deliveries()
    path = f"/send/m.room.message/{quote(delivery['key'], safe='')}"
    publisher.handle(path, room)
    newsroom.run("--force")
    newsroom.run("--force")
    first, second, third = sent(publisher, path)
    assert (first.method, first.body, second.body) == ("PUT", second.body, third.body)
    assert third.headers["Authorization"] == "Bearer syt_verysecret"
    assert newsroom.states() == ["sent"]
    assert story["id"] != delivery["key"]


def test_a_message_for_ntfy_goes_to_the_server_of_the_topic(project: Project, publisher: Publisher) -> None:
    publisher.handle("/base/", replies(200))
    newsroom = Newsroom(project, publisher, HOOK.format(url=publisher.url("/base/my-news")) + 'shape = "ntfy"\n')
    newsroom.start()
    newsroom.add()
    newsroom.run()
    [request] = sent(publisher, "/base/")
    assert json.loads(request.body)["topic"] == "my-news"


def test_a_template_of_ones_own_is_posted(project: Project, publisher: Publisher) -> None:
    publisher.handle("/hook", replies(200))
    project.write("line.j2", '{"content": "{{ title }}"}\n')
    newsroom = webhook(project, publisher, 'template = "line.j2"\nheaders = { X-Key = "1" }\nmethod = "PUT"\n')
    newsroom.run()
    [request] = sent(publisher, "/hook")
    assert (request.method, request.headers["X-Key"], list(json.loads(request.body))) == ("PUT", "1", ["content"])


def test_attempts_by_force_do_not_push_the_next_one_away(
    project: Project, publisher: Publisher, clock: time_machine.Traveller
) -> None:
    publisher.handle("/hook", replies(500))
    newsroom = webhook(project, publisher)
    newsroom.run()
    newsroom.run()
    clock.shift(timedelta(minutes=1))
    for _ in range(3):
        newsroom.run("--force")
    before = len(sent(publisher, "/hook"))
    newsroom.run()
    assert len(sent(publisher, "/hook")) == before
    clock.shift(timedelta(minutes=4))
    newsroom.run()
    assert len(sent(publisher, "/hook")) == before + 1
