"""Services of the core for plugins: persistent state, the main URL, and HTTP for filters."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest
from project import Project
from publisher import Exchange, Publisher
from sample_feeds import item, rss

pytestmark = pytest.mark.e2e

COUNTING = """
from aggregator import Item, hookimpl

def counting(http, *, state, fail: bool = False):
    "Counts its own runs."
    state["runs"] = state.get("runs", 0) + 1
    yield Item(id=state["runs"], title=f"Run {state['runs']}")
    if fail:
        raise ValueError("no more")

@hookimpl
def register_sources(register):
    register(counting)
"""


def numbered_feed(count: int) -> bytes:
    return rss([item(n, title=f"Item {n}") | {"guid": str(n)} for n in range(count)])


def titles(project: Project) -> list[str]:
    with sqlite3.connect(project.folder / "aggregate.db") as database:
        return [title for (title,) in database.execute("select title from articles order by key")]


def configure(project: Project, table: str, more: str = "") -> None:
    project.configure(f'plugins = ["added"]\n[[sources]]\n{table}\n{more}[http]\nallow_private = ["127.0.0.0/8"]\n')


def test_state_of_a_plugin_persists_across_runs(project: Project) -> None:
    project.write("added/counting.py", COUNTING)
    configure(project, 'plugin = "counting"')
    for _ in range(2):
        project.run("--force")
    project.run("--force", "--dry-run")
    assert project.aggregate("preview", "counting", "--json").json["articles"][0]["title"] == "Run 1"
    project.run("--force")
    assert titles(project) == ["Run 1", "Run 2", "Run 3"]


def test_state_of_a_failed_run_is_discarded(project: Project) -> None:
    project.write("added/counting.py", COUNTING)
    configure(project, 'plugin = "counting"\nname = "Count"')
    project.run("--force")
    configure(project, 'plugin = "counting"\nname = "Count"\nfail = true')
    for _ in range(2):
        assert project.run("--force")["sources"]["failed"] == 1
    assert titles(project) == ["Run 1"], "a changed configuration begins with empty state, a failed run keeps it"


def test_plugin_can_raise_not_modified(project: Project) -> None:
    plugin = COUNTING.replace("import Item,", "import Item, NotModified,")
    project.write(
        "added/counting.py", plugin.replace("    yield", "    if state['runs'] > 1: raise NotModified()\n    yield")
    )
    configure(project, 'plugin = "counting"')
    reports = [project.run("--force") for _ in range(5)]
    assert [one["sources"]["unchanged"] for one in reports] == [0, 1, 1, 1, 1]
    assert [one["errors"] for one in reports] == [[]] * 5


MAIN = """
from aggregator import Item, hookimpl

async def board(http, *, api: str, state):
    "Reads another URL than its `url`."
    state["asked"] = state.get("asked", 0) + 1
    for post in (await http.get(api, main=True)).json():
        yield Item(id=post, title=f"Post {post}")
    await http.get(api + "/more")

@hookimpl
def register_sources(register):
    register(board)
"""


def test_main_url_is_requested_conditionally(project: Project, publisher: Publisher) -> None:
    project.write("added/board.py", MAIN)
    publisher.serve("/api", b"[1, 2]", headers={"ETag": '"one"'})
    publisher.serve("/api/more", b"[]", headers={"ETag": '"one"'})
    configure(project, f'plugin = "board"\napi = "{publisher.url("/api")}"')
    assert project.run("--force")["sources"]["fetched"] == 1
    assert project.run("--force")["sources"]["unchanged"] == 1
    assert [one.path for one in publisher.requests] == ["/api", "/api/more", "/api"]
    assert [one.headers["If-None-Match"] for one in publisher.requests] == [None, None, '"one"']
    publisher.serve("/api", b"[1, 2, 3]", headers={"ETag": '"two"'})
    assert project.run("--force")["articles"]["new"] == 1


ASKING = """
from aggregator import hookimpl

async def stamped(article, http, *, state, base: str):
    "Sends a request for each article."
    state["asked"] = state.get("asked", 0) + 1
    answer = await http.get(f"{base}/{article.id}")
    return article.replace(summary=f"{answer.text} after {state['asked']}")

@hookimpl
def register_filters(register):
    register(stamped)
"""


def stored_summaries(project: Project) -> dict[str, str]:
    return dict(project.select("select title, summary from articles"))


@pytest.mark.both_databases
def test_filter_can_send_requests_and_keep_state(project: Project, publisher: Publisher) -> None:
    project.write("added/stamped.py", ASKING)
    filters = f'[[filters]]\nplugin = "stamped"\nbase = "{publisher.url("")}"\n'
    for number in range(4):
        publisher.serve(f"/{number}", f"answer {number}".encode())
    project.write("world.xml", numbered_feed(3))
    configure(project, 'url = "world.xml"', filters)
    assert project.run()["errors"] == []
    answers = [summary.split(" after")[0] for summary in stored_summaries(project).values()]
    assert answers == ["answer 0", "answer 1", "answer 2"]
    project.write("world.xml", numbered_feed(5))
    report = project.run()
    assert stored_summaries(project)["Item 3"] in ("answer 3 after 4", "answer 3 after 5")
    assert "answer" not in stored_summaries(project)["Item 4"], "a failed request leaves the article unchanged"
    assert "HTTP 404" in report["errors"][0]["error"]
    asked = [one.path for one in publisher.requests]
    assert sorted(asked) == ["/0", "/1", "/2", "/3", "/4"], "known articles cause no request"


def test_two_filters_of_one_plugin_have_separate_state(project: Project) -> None:
    project.write(
        "added/marking.py",
        "from aggregator import hookimpl\n"
        "def marking(article, *, mark: str, state):\n"
        "    state['n'] = state.get('n', 0) + 1\n"
        "    return article.replace(title=f\"{article.title} {mark}{state['n']}\")\n"
        "@hookimpl\ndef register_filters(register):\n    register(marking)\n",
    )
    filters = '[[filters]]\nplugin = "marking"\nmark = "a"\n[[filters]]\nplugin = "marking"\nmark = "b"\n'
    for number in (1, 2):
        project.write("world.xml", rss([item(number, title="Item")]))
        configure(project, 'url = "world.xml"', filters)
        project.run()
    assert titles(project) == ["Item a1 b1", "Item a2 b2"]


def test_size_limit_of_state_applies_per_filter(project: Project) -> None:
    project.write(
        "added/hoarding.py",
        "from aggregator import hookimpl\n"
        "def hoarding(article, *, mark: str, state):\n"
        "    seen, state['x'] = len(state.get('x', '')), 'x' * 50_000\n"
        "    return article.replace(title=f'{article.title} {mark}{seen}')\n"
        "@hookimpl\ndef register_filters(register):\n    register(hoarding)\n",
    )
    filters = '[[filters]]\nplugin = "hoarding"\nmark = "a"\n[[filters]]\nplugin = "hoarding"\nmark = "b"\n'
    for number in (1, 2):
        project.write("world.xml", rss([item(number, title="Item")]))
        configure(project, 'url = "world.xml"', filters)
        assert project.run()["errors"] == []
    assert titles(project) == ["Item a0 b0", "Item a50000 b50000"]


def test_source_without_articles_is_reported_once(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", rss([item(1)]))
    configure(project, f'url = "{publisher.url("/world.xml")}"\nname = "World"')
    project.run()
    publisher.serve("/world.xml", rss([], title="World"))
    errors: list[Any] = [project.run("--force")["errors"] for _ in range(4)]
    assert [len(one) for one in errors] == [0, 0, 1, 0]
    assert errors[2][0]["error"].startswith("the last 3 answers held no article")
    [row] = project.aggregate("sources", "--json").json
    assert row["state"] == "ok"
    assert row["note"].startswith("empty: the last 4 answers held no article")
    rows = project.aggregate("plugins", "list", "--json").json["plugins"]
    assert "1 of 1 with problems: World: empty" in next(one["health"] for one in rows if one["name"] == "feed")
    publisher.serve("/world.xml", rss([item(2)]))
    project.run("--force")
    assert project.aggregate("sources", "--json").json[0]["note"] is None


def test_list_of_plugins_shows_origin_and_health(project: Project) -> None:
    project.write("added/counting.py", f'__version__ = "1.2"\n{COUNTING}')
    project.write(
        "added/word.py", '"""Votes."""\nfrom aggregator import hookimpl\n@hookimpl\ndef same_story(a, b): ...\n'
    )
    project.write("added/test_counting.py", "raise RuntimeError('a test is not a plugin')")
    configure(project, 'plugin = "counting"')
    listed = project.aggregate("plugins", "list", "--json").json
    rows = {(one["kind"], one["name"]): one for one in listed["plugins"]}
    assert listed["failed"] == []
    mine = rows["source", "counting"]
    assert mine["origin"] == str(project.folder / "added" / "counting.py")
    assert (mine["hooks"], mine["summary"]) == (["register_sources"], "Counts its own runs.")
    assert mine["version"] == "1.2"
    assert rows["hooks", "word"]["hooks"] == ["same_story"]
    assert rows["source", "feed"]["version"]
    project.run()
    rows = {(one["kind"], one["name"]): one for one in project.aggregate("plugins", "list", "--json").json["plugins"]}
    assert rows["source", "counting"]["health"] == "1 ok"


@pytest.mark.parametrize("first", ["spare", "other"])
def test_spare_plugin_is_replaced_by_another_of_its_name(project: Project, first: str) -> None:
    text = (
        "from aggregator import Item, hookimpl\ndef news(http):\n    yield Item(id=1, title='{0}')\n"
        "@hookimpl\ndef register_sources(register):\n    register(news, spare={1})\n"
    )
    names = ("a", "b") if first == "spare" else ("b", "a")
    project.write(f"added/{names[0]}.py", text.format("Spare", True))
    project.write(f"added/{names[1]}.py", text.format("Other", False))
    configure(project, 'plugin = "news"')
    assert project.run()["errors"] == []
    assert titles(project) == ["Other"]


def test_private_addresses_are_refused_to_filters(project: Project, publisher: Publisher) -> None:
    project.write("added/stamped.py", ASKING)
    publisher.handle("/0", lambda exchange: Exchange.answer(exchange, 200, b"inside"))
    project.write("world.xml", numbered_feed(1))
    project.configure(
        f'plugins = ["added"]\n[[sources]]\nurl = "world.xml"\n[[filters]]\nplugin = "stamped"\n'
        f"base = {json.dumps(publisher.url(''))}\n",
        allow_private=False,
    )
    assert "private" in project.run()["errors"][0]["error"]
    assert publisher.requests == []
