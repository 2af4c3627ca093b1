"""Broken plugins: the run completes without them, and the message states what to change."""

# ruff: noqa: E501 - a plugin a line

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from project import Project
from sample_feeds import item, rss

SOURCE = '[[sources]]\nplugin = "stranger"\n'
HOOK = """
from aggregator import Item, hookimpl
{body}
@hookimpl
def register_sources(register):
    register(source, "stranger")
"""


def configure(project: Project, plugin: str, table: str, timeout: int) -> None:
    project.write("added/strange.py", plugin)
    project.write("world.xml", rss([item(1, title="The world goes on")]))
    project.configure(
        f'store = "news.db"\nplugins = ["added"]\n[[sources]]\nurl = "world.xml"\n{table}'
        f'[[outputs]]\nplugin = "markdown"\npath = "daily.md"\n[http]\ntimeout = "{timeout}s"\n'
    )


def run(project: Project, plugin: str, *, table: str = SOURCE) -> tuple[int, str, str]:
    """Run the plugin beside a feed: status, standard output and standard error."""
    configure(project, plugin, table, timeout=1)
    result = project.aggregate("run", "--json")
    return result.status, result.out, result.err


def run_process(project: Project, plugin: str, *, table: str = SOURCE, timeout: int = 1) -> tuple[int, str, str]:
    """Do the same in a process of its own, as cron does.

    For plugins that exit, leave a thread running, or a coroutine that is never awaited.
    """
    configure(project, plugin, table, timeout)
    command = [sys.executable, "-m", "aggregator", "run", "--json"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AGGREGATE_")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=project.folder, env=environment, timeout=100)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero in"),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("def source(http:\n    pass", "SyntaxError"),
        ("def source(http):\n    yield Item(id=1, title='Before')\n    raise ValueError('midway')", "ValueError: midway"),
        ("async def source(http):\n    yield Item(id=1, title='Before')\n    1 / 0", "ZeroDivisionError"),
        ("def source(http):\n    yield from (1, {'title': 'x'}, None, object())", "yielded 3 values that are not Items"),
        ("def source(http):\n    return {'title': 'x'}", "a source yields or returns Items, not a dict"),
        ("def source(http):\n    'Forgot to yield.'", "gave nothing: a source yields each Item"),
        ("async def source(http):\n    'Forgot to yield.'", "gave nothing: a source yields each Item"),
        ("def source(client):\n    yield client.get('/')", 'its first parameter is "client": call it `http`'),
        ("def source(http, **options):\n    yield", "takes **options: name each option"),
        ("def source(http, *, limit: Int = 3):\n    yield", "name 'Int' is not defined"),
        ("def source(http):\n    yield\n@hookimpl\ndef register_source(register): pass", 'did you mean "register_sources"?'),
        ("def source(http):\n    yield\n@hookimpl\ndef register_filters(add): pass", "it is written register_filters(register)"),
        ("def source(http, *, state):\n    state['x'] = object()\n    yield Item(id=1, title='Before')", "`state` cannot be kept"),
        ("def source(http, *, state):\n    state['x'] = 'x' * 70_000\n    return []", "remove old entries from it"),
    ],
)  # fmt: skip
def test_broken_source_is_reported_and_the_run_completes(project: Project, body: str, message: str) -> None:
    assert_reported(project, run(project, HOOK.format(body=body)), message)


PROCESSES = [
    ("async def f(http):\n    return []\ndef source(http):\n    return f(http)", "returned a coroutine: write `async def`"),
    ("async def f(http):\n    return 1\nasync def source(http):\n    yield f(http)", "write `await` before the call"),
    ("async def source(http):\n    http.get('https://a.example/').json()\n    yield", "(write `await` before the call"),
    ("raise SystemExit(3)", "SystemExit: 3"),
    ("def source(http):\n    yield Item(id=1, title='Before')\n    exit(3)", "SystemExit: 3"),
    ("import time\ndef source(http):\n    time.sleep(3600)\n    yield", "cancelled after 2 s without an item or an answer"),
    ("import time\nasync def source(http):\n    time.sleep(3600)\n    yield", "cancelled after 2"),
    ("import asyncio\nasync def source(http):\n    await asyncio.sleep(3600)\n    yield", "cancelled after 2"),
]  # fmt: skip


@pytest.mark.e2e
def test_broken_sources_are_reported_by_a_process_of_their_own(project: Project) -> None:
    for number, (body, _) in enumerate(PROCESSES):
        project.write(f"added/strange{number}.py", HOOK.format(body=body).replace("stranger", f"strange{number}"))
    table = "".join(SOURCE.replace("stranger", f"strange{number}") for number in range(len(PROCESSES)))
    status, out, err = run_process(project, "", table=table, timeout=2)
    assert status == 0, err
    lines = err.splitlines()
    for number, (_, message) in enumerate(PROCESSES):
        assert any(message in line and f"strange{number}" in line for line in lines), (message, err)
    assert "Traceback" not in err
    assert f'"failed": {len(PROCESSES)}' in out
    assert "The world goes on" in project.read("daily.md")


@pytest.mark.slow
@pytest.mark.e2e
def test_process_ends_though_a_source_is_busy_for_ever(project: Project) -> None:
    plugin = HOOK.format(body="def source(http):\n    while True: pass\n    yield")
    # The timeout must suffice to read the feed with half of a processor.
    assert_reported(project, run_process(project, plugin, timeout=4), "cancelled after 4")


def assert_reported(project: Project, run: tuple[int, str, str], message: str) -> None:
    status, out, err = run
    assert status == 0, err
    assert message in err
    assert "strange" in err
    assert "Traceback" not in err
    assert '"failed": 1' in out
    assert "The world goes on" in project.read("daily.md")


def test_items_yielded_before_the_failure_are_kept(project: Project) -> None:
    run(project, HOOK.format(body="def source(http):\n    yield Item(id=1, title='Given before')\n    1 / 0"))
    assert "Given before" in project.read("daily.md")


@pytest.mark.slow
def test_a_million_items_are_cut_and_reported(project: Project) -> None:
    body = "async def source(http):\n    for n in range(1_000_000): yield Item(id=n, title=None, summary='x' * (n < 9))"
    status, _, err = run(project, HOOK.format(body=body))
    assert status == 0
    assert "yielded more than 50,000 items" in err
    assert "The world goes on" in project.read("daily.md")


def test_message_about_a_duplicate_name_names_both_plugins(project: Project) -> None:
    plugin = HOOK.format(body="def source(http, *, url: str):\n    return []").replace('"stranger"', '"feed"')
    status, _, err = run(project, plugin, table="")
    assert status == 0
    assert 'the source name "feed" is taken by "feed" (aggregate-news' in err
    assert 'register(source, "my_feed")' in err
    assert "The world goes on" in project.read("daily.md")


@pytest.mark.e2e
def test_prints_of_a_plugin_do_not_reach_standard_output(project: Project) -> None:
    body = (
        "print('at import')\n"
        "async def source(http):\n    print('\\x1b[2Jworking', flush=True)\n    yield Item(id=1, title='Fine')\n"
    )
    status, out, err = run_process(project, HOOK.format(body=body))
    assert status == 0
    assert out.startswith("{")
    assert "\x1b" not in err
    assert 'strange: prints to standard output, which is for results: "at import"' in err
    assert "working" in err


FILTER_TABLE = '[[filters]]\nplugin = "stranger"\n'
FILTER = """
import time
from aggregator import hookimpl
{body}
@hookimpl
def register_filters(register):
    register(check, "stranger")
"""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("def check(article):\n    1 / 0", "ZeroDivisionError"),
        ("def check(article):\n    return 5", "must return an Article, Drop or None, not 5"),
        ("async def f(a):\n    return a\ndef check(article):\n    return f(article)", "returned a coroutine"),
        ("def check():\n    return None", "its first parameter must be the article"),
        ("def check(article, http):\n    return article", "a filter with the parameter `http` is asynchronous"),
        ("import nowhere", "No module named 'nowhere'"),
    ],
)
def test_broken_filter_is_reported_and_skipped(project: Project, body: str, message: str) -> None:
    assert_skipped(project, run(project, FILTER.format(body=body), table=FILTER_TABLE), message)


@pytest.mark.e2e
def test_process_ends_though_filters_exit_or_hang(project: Project) -> None:
    hangs = "without an item or an answer; skipped for the rest of this run"
    bodies = {
        "def check(article):\n    exit(2)": "SystemExit: 2",
        "def check(article):\n    time.sleep(3600)": hangs,
        "async def check(article):\n    time.sleep(3600)": hangs,
    }
    for number, body in enumerate(bodies):
        project.write(f"added/strange{number}.py", FILTER.format(body=body).replace("stranger", f"strange{number}"))
    table = "".join(FILTER_TABLE.replace("stranger", f"strange{number}") for number in range(len(bodies)))
    status, _, err = run_process(project, "", table=table)
    assert status == 0, err
    for number, message in enumerate(bodies.values()):
        assert any(message in line and f"strange{number}" in line for line in err.splitlines()), (message, err)
    assert "The world goes on" in project.read("daily.md")


def assert_skipped(project: Project, run: tuple[int, str, str], message: str) -> None:
    status, _, err = run
    assert status == 0
    assert message in err
    assert "The world goes on" in project.read("daily.md")


def test_broken_output_is_reported_and_the_others_are_written(project: Project) -> None:
    plugin = FILTER.replace("filters", "outputs").format(body="async def check(edition):\n    yield 'x', b''")
    status, _, err = run(project, plugin, table='[[outputs]]\nplugin = "stranger"\npath = "x"\n')
    assert status == 1
    assert "an output is a plain function" in err
    assert "The world goes on" in project.read("daily.md")


def test_environment_variable_leaves_out_added_plugins(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("added/strange.py", "raise SystemExit('loaded')")
    project.write("world.xml", rss([item(1, title="The world goes on")]))
    project.configure('plugins = ["added"]\n[[sources]]\nurl = "world.xml"\n[[sources]]\nplugin = "stranger"\n')
    monkeypatch.setenv("AGGREGATE_PLUGINS", "none")
    listed = project.aggregate("plugins", "list", "--json")
    assert {one["origin"].split()[0] for one in listed.json["plugins"]} == {"aggregate-news"}
    assert listed.json["failed"] == []
    result = project.aggregate("run", "--json")
    assert result.status == 0
    assert result.json["articles"]["new"] == 1
    [error] = result.json["errors"]
    assert error["error"].endswith("AGGREGATE_PLUGINS=none disables all plugins except the shipped ones")
    assert "AGGREGATE_PLUGINS=none" in project.aggregate("check").err
    assert "stranger" not in project.aggregate("--help").out
