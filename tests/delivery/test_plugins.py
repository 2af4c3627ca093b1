"""Outputs of third parties that deliver: how they are registered, isolated and checked."""

from __future__ import annotations

from collections.abc import Iterator
from os import urandom

import pytest
from delivering import Newsroom
from markdown_pages import tokens_of
from project import Project
from publisher import Publisher

from aggregator import Delivered, Delivery, Edition
from aggregator.delivery import send
from aggregator.testing import an_article, an_edition, assert_deliveries

PLUGIN = """
from pathlib import Path

from aggregator import Delivery, DeliveryError, hookimpl


def announce(edition, *, greeting: str = "Hello", delivered):
    "Announces new stories with a `greeting`."
    for story in edition.stories:
        if story.id not in delivered.stories:
            yield Delivery(key=story.id, payload=story.title.encode(), label=story.title, stories=(story.id,))


def shout(delivery, *, greeting, config_folder):
    {body}


@hookimpl
def register_outputs(register):
    register(announce, deliver=shout)
"""
WRITE = """
    with (config_folder / "said.txt").open("ab") as file:
        file.write(greeting.encode() + b" " + delivery.payload + b"\\n")
"""


def newsroom_with(project: Project, publisher: Publisher, body: str, table: str = 'plugin = "announce"\n') -> Newsroom:
    project.write("mine/announce.py", PLUGIN.replace("{body}", body.strip()))
    newsroom = Newsroom(project, publisher, f"[[outputs]]\n{table}", 'plugins = ["mine"]\n')
    newsroom.start()
    newsroom.add()
    return newsroom


def test_a_plugin_composes_and_delivers(project: Project, publisher: Publisher) -> None:
    newsroom = newsroom_with(project, publisher, WRITE)
    for _ in range(2):
        result = newsroom.run()
        assert (result.status, result.err) == (0, "")
    [line] = project.read("said.txt").splitlines()
    assert line.startswith("Hello ")
    assert newsroom.states() == ["sent"]


@pytest.mark.parametrize(
    ("body", "state", "message"),
    [
        ('raise DeliveryError("is full")', "pending", "is full"),
        ('raise DeliveryError("is unknown", permanent=True)', "failed", "is unknown"),
        ('raise DeliveryError("no answer", uncertain=True)', "uncertain", "no answer"),
        ("1 / 0", "pending", "ZeroDivisionError: division by zero in "),
        ("raise SystemExit(3)", "pending", "SystemExit: 3"),
    ],
)
def test_the_outcome_of_a_failure(project: Project, publisher: Publisher, body: str, state: str, message: str) -> None:
    newsroom = newsroom_with(project, publisher, body)
    newsroom.run()
    [delivery] = newsroom.deliveries()
    assert delivery["state"] == state
    assert message in delivery["error"]


def test_a_deliver_function_that_hangs_is_uncertain(
    project: Project, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "DELIVER_TIMEOUT", 0.2)
    newsroom = newsroom_with(project, publisher, "import time; time.sleep(20)")
    result = newsroom.run()
    assert result.status == 1
    assert "did not end within 0.2 s; it may have arrived" in result.err


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        ("def shout():", "shout(): its first parameter must be the delivery"),
        ("def shout(*, greeting):", "shout(): its first parameter must be the delivery"),
        ("def shout(delivery, greting):", "shout(): its parameter greting is no option of the output; did you mean"),
        ("def shout(delivery, now):", "shout(): its parameter now is no option of the output"),
        ("def shout(delivery, **options):", "shout(): takes **options: name each option"),
        ("async def shout(delivery):", "shout(): a deliver function is a plain function"),
    ],
)
def test_mistakes_in_a_signature_are_reported(project: Project, signature: str, message: str) -> None:
    text = PLUGIN.replace("{body}", "pass").replace("def shout(delivery, *, greeting, config_folder):", signature)
    project.write("mine/announce.py", text)
    project.configure('plugins = ["mine"]\n')
    assert message in project.aggregate("plugins", "list").err


def test_only_outputs_deliver(project: Project) -> None:
    text = PLUGIN.replace("{body}", "pass").replace("def register_outputs", "def register_filters")
    project.write("mine/announce.py", text)
    project.configure('plugins = ["mine"]\n')
    assert "only an output delivers, not a filter" in project.aggregate("plugins", "list").err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("deliver=shout", "files=False"), "yields a Delivery, but has no deliver function"),
        (("payload=story.title.encode()", "payload=story.title"), "yields an invalid Delivery: Expected `bytes`"),
        (("key=story.id", "key=3"), "yields an invalid Delivery: Expected `str`"),
        (("yield Delivery(", 'yield "", b"x"\n            yield Delivery('), "so it needs a `path`"),
    ],
)
def test_mistakes_in_what_is_yielded_are_reported(
    project: Project, publisher: Publisher, change: tuple[str, str], message: str
) -> None:
    project.write("mine/announce.py", PLUGIN.replace("{body}", "pass").replace(*change))
    Newsroom(project, publisher, '[[outputs]]\nplugin = "announce"\n', 'plugins = ["mine"]\n')
    result = project.aggregate("run")
    assert result.status == 1
    assert message in result.err


def test_an_output_that_writes_files_needs_a_path(project: Project) -> None:
    project.configure('[[outputs]]\nplugin = "rss"\nhub = "https://hub.example/"\n')
    result = project.aggregate("check")
    assert result.status == 2
    assert '[[outputs]] 1 ("rss"): path: is needed: a path' in result.err


def test_outputs_that_cannot_be_told_apart_are_refused(project: Project) -> None:
    table = '[[outputs]]\nplugin = "webhook"\nurl = "https://{0}.example/"\n'
    project.configure(table.format("a") + table.format("b"))
    result = project.aggregate("check")
    assert result.status == 2
    assert "[[outputs]] 2 (" in result.err
    assert 'plugin = "webhook": needs a label, because [[outputs]] 1 (' in result.err


def test_the_contract_accepts_outputs_that_deliver(project: Project) -> None:
    path = project.write("announce.py", PLUGIN.replace("{body}", '"Say it."'))
    result = project.aggregate("plugins", "test", str(path))
    assert (result.status, "failed" in result.out) == (0, False)
    unstable = path.read_text().replace("story.title.encode()", "__import__('os').urandom(4)")
    path.write_text(unstable)
    assert "other bytes for the same edition" in project.aggregate("plugins", "test", str(path)).out


def test_the_example_of_the_plugin_guide_delivers(project: Project, publisher: Publisher) -> None:
    code = [token.content for token in tokens_of("docs/plugins.md") if token.type == "fence"]
    [pager] = [block for block in code if "def pager(" in block]
    project.write("mine/pager.py", pager)
    publisher.handle("/pager", lambda exchange: exchange.answer(200))
    table = f'[[outputs]]\nplugin = "pager"\nurl = "{publisher.url("/pager")}"\n'
    newsroom = Newsroom(project, publisher, table, 'plugins = ["mine"]\n')
    newsroom.start()
    newsroom.add()
    assert (newsroom.run().err, newsroom.run().err) == ("", "")
    [request] = [one for one in publisher.requests if one.path == "/pager"]
    assert request.body.decode() == newsroom.deliveries()[0]["label"]


def test_deliveries_can_be_asserted() -> None:
    def pager(edition: Edition, *, url: str, delivered: Delivered) -> Iterator[Delivery]:
        for story in edition.stories:
            if story.id not in delivered.stories:
                yield Delivery(key=story.id, payload=story.title.encode(), recipient=url)

    edition = an_edition(an_article())
    [delivery] = assert_deliveries(pager, edition, url="https://pager.example/")
    assert (delivery.payload, delivery.recipient) == (b"Ferrier Bridge reopens to buses", "https://pager.example/")
    assert assert_deliveries(pager, edition, delivered=[edition.stories[0].id], url="https://pager.example/") == []

    def unstable(edition: Edition) -> Iterator[Delivery]:
        yield Delivery(key="a", payload=urandom(8), recipient="me")

    with pytest.raises(AssertionError, match=r"unstable: makes other bytes of the same edition.*the delivery a to me"):
        assert_deliveries(unstable, edition)


def test_a_label_tells_outputs_apart(project: Project, publisher: Publisher) -> None:
    publisher.handle("/a", lambda exchange: exchange.answer(200))
    publisher.handle("/b", lambda exchange: exchange.answer(200))
    table = '[[outputs]]\nplugin = "webhook"\nlabel = "{0}"\nurl = "{1}"\n'
    tables = table.format("team a", publisher.url("/a")) + table.format("team b", publisher.url("/b"))
    newsroom = Newsroom(project, publisher, tables)
    newsroom.start()
    newsroom.add()
    newsroom.run()
    assert [one["output"] for one in newsroom.deliveries()] == ["team a", "team b"]
    assert sorted(one.path for one in publisher.requests if one.path in ("/a", "/b")) == ["/a", "/b"]
