"""A run that is killed while a mail server, or a webhook, has stored a message and not answered yet."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable

import pytest
from delivering import RECIPIENTS, Newsroom, newsletter
from forked_python import start_python
from project import Project
from publisher import Exchange, Publisher
from smtp_server import MailServer, mail_server

pytestmark = [pytest.mark.e2e]


def kill_when(newsroom: Newsroom, stored: Callable[[], bool]) -> None:
    """Start a run, and kill it as soon as the server has stored a message."""
    arguments = "-m", "aggregator", "run", "--source", "Example World"
    process = start_python(*arguments, folder=newsroom.project.folder)
    while not stored():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def test_a_killed_run_sends_no_mail_twice_and_loses_none(project: Project, publisher: Publisher) -> None:
    with mail_server() as mail:
        newsroom = Newsroom(project, publisher, newsletter(mail.port))
        newsroom.start()
        newsroom.add()
        mail.silent.add(RECIPIENTS[1])
        kill_when(newsroom, mail.stored.is_set)
        mail.silent.clear()
        result = newsroom.run()
        assert result.status == 1
        [line] = result.err.splitlines()
        assert RECIPIENTS[1] in line
        assert "interrupted" in line
        for _ in range(2):
            later = newsroom.run("--force")
            assert (later.status, later.err) == (0, "")
        assert_each_once(mail)
        assert sorted(newsroom.states()) == ["sent", "sent", "uncertain"]


def assert_each_once(mail: MailServer) -> None:
    assert sorted(mail.recipients()) == sorted(RECIPIENTS)


def test_a_killed_run_posts_no_story_twice_and_loses_none(project: Project, publisher: Publisher) -> None:
    stored, released = threading.Event(), threading.Event()

    def hook(exchange: Exchange) -> None:
        if len([request for request in publisher.requests if request.path == "/hook"]) == 2:
            stored.set()
            released.wait(30)
        exchange.answer(200)

    publisher.handle("/hook", hook)
    newsroom = Newsroom(project, publisher, f'[[outputs]]\nplugin = "webhook"\nurl = "{publisher.url("/hook")}"\n')
    newsroom.start()
    newsroom.add(3)
    kill_when(newsroom, stored.is_set)
    released.set()
    assert newsroom.run().status == 1
    assert newsroom.run("--force").status == 0
    posted = [json.loads(request.body)["id"] for request in publisher.requests if request.path == "/hook"]
    assert len(posted) == len(set(posted)) == 3
