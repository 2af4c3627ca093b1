"""The pytest plugin: answers are recorded once, without secrets, and replayed without a network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from publisher import Publisher

pytestmark = pytest.mark.e2e

SOURCE = '''
import os
from aggregator import Http, Item

async def mine(http: Http, *, url: str, token: str = ""):
    """Mine."""
    first = await http.get(url, params={"api_key": token, "page": "1"}, headers={"X-Api-Key": token})
    more = await http.get(first.json()["next"], headers={"Authorization": f"Bearer {os.environ['MINE_TOKEN']}"})
    for entry in [*first.json()["items"], *more.json()["items"]]:
        yield Item(id=entry["id"], title=entry["title"], url=entry["url"])
'''
TEST = """
import os
from mine import mine
from aggregator.testing import assert_source

def test_mine(recorded, clock):
    token = os.environ.get("OTHER_TOKEN", "stand-in-of-mine")
    articles = assert_source(mine, url="{url}", token=token)
    assert [article.title for article in articles] == ["One", "Two"]
    assert articles[0].first_seen == clock.now
"""
PASSWORD, KEY, TOKEN = "password-of-the-address", "the-key-of-the-query", "the-token-of-a-header"


class Author:
    """The folder of a plugin author; runs pytest in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def pytest(self, *arguments: str, **variables: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        completed = subprocess.run(
            command, cwd=self.folder, env=environment | variables, capture_output=True, text=True, check=False
        )
        return completed.returncode, completed.stdout + completed.stderr

    @property
    def recordings(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in (self.folder / "recordings").glob("*")}


@pytest.fixture
def author(tmp_path: Path) -> Author:
    return Author(tmp_path)


def serve(publisher: Publisher) -> str:
    """Serve a list of two pages that repeats every secret it receives; return its URL, with a password."""
    echo = f'"echo": "{PASSWORD} {KEY} {TOKEN}", "access_token": "made-by-the-server", "nextPageToken": "p2"'
    one = '{"id": 1, "title": "One", "url": "https://n.example/1"}'
    two = '{"id": 2, "title": "Two", "url": "https://n.example/2"}'
    headers = {"Set-Cookie": "session=cookie-of-the-server", "ETag": '"v1"', "X-Trace": KEY}
    page = f'{{{echo}, "items": [{one}], "next": "/more?key={KEY}&pageToken=p2"}}'
    publisher.serve("/list", page.encode(), headers=headers, content_type="application/json")
    publisher.serve("/more", f'{{"items": [{two}], "key": "{KEY}"}}'.encode(), content_type="application/json")
    return publisher.url("/list").replace("://", f"://reader:{PASSWORD}@")


@pytest.mark.slow
def test_answers_are_recorded_without_secrets_and_replayed(author: Author, publisher: Publisher) -> None:
    author.write("mine.py", SOURCE)
    author.write("test_mine.py", TEST.replace("{url}", serve(publisher)))
    secrets = {"MINE_TOKEN": TOKEN, "OTHER_TOKEN": KEY}

    status, output = author.pytest(**secrets)
    assert status == 1
    assert "no recorded answer in " in output
    assert "record it: pytest --record test_mine.py::test_mine" in output
    assert publisher.requests == []

    status, output = author.pytest("--record", **secrets)
    assert status == 0, output
    assert [request.path for request in publisher.requests] == [
        f"/list?api_key={KEY}&page=1",
        f"/more?key={KEY}&pageToken=p2",
    ]
    assert len(author.recordings) == 2
    recordings = "\n".join([*author.recordings, *author.recordings.values()])
    for secret in (PASSWORD, KEY, TOKEN, "cookie-of-the-server", "made-by-the-server"):
        assert secret not in recordings
    assert '"nextPageToken": "p2"' in recordings
    assert 'ETag: "v1"' in recordings

    publisher.scenarios.clear()
    count = len(publisher.requests)
    status, output = author.pytest(MINE_TOKEN="another")  # without the server and the secrets
    assert status == 0, output
    assert len(publisher.requests) == count


def test_a_recorded_test_cannot_open_connections(author: Author) -> None:
    author.write(
        "test_mine.py",
        """
import socket
from aggregator import Item
from aggregator.testing import assert_source

def mine(http):
    try:
        socket.create_connection(("127.0.0.1", 9), 1)
    except OSError:
        pass
    yield Item(id=1, title="One")

def test_mine(recorded):
    assert_source(mine)
""",
    )
    status, output = author.pytest()
    assert status == 1
    assert "mine: connects to 127.0.0.1 directly" in output
    assert "use http.get, which is polite, bounded and recorded" in output


def test_without_recordings_only_local_servers_are_requested(author: Author, publisher: Publisher) -> None:
    publisher.serve("/", b"[]")
    author.write(
        "test_mine.py",
        f"""
import pytest
from aggregator import Item
from aggregator.testing import assert_source

async def mine(http, *, url: str):
    yield Item(id=1, title=(await http.get(url)).text)

def test_a_server_of_its_own():
    assert assert_source(mine, url="{publisher.url("/")}")[0].title == "[]"

def test_others():
    with pytest.raises(AssertionError, match="add the fixture `recorded` to the test"):
        assert_source(mine, url="https://news.example/")
""",
    )
    status, output = author.pytest()
    assert status == 0, output


def test_robots_txt_applies_in_tests(author: Author) -> None:
    from aggregator.testing.recordings import file_name

    robots, page = "https://news.example/robots.txt", "https://news.example/private/1"
    (author.folder / "recordings").mkdir()
    author.write(f"recordings/{file_name(robots)}", f"GET {robots}\nHTTP 200\n\nUser-agent: *\nDisallow: /private/\n")
    author.write(f"recordings/{file_name(page)}", f"GET {page}\nHTTP 200\n\n<p>Hello\n")
    author.write(
        "test_mine.py",
        f"""
import pytest
from aggregator import Item
from aggregator.testing import assert_source

async def mine(http, *, page: bool):
    yield Item(id=1, title=(await http.get("{page}", page=page)).text)

def test_mine(recorded):
    assert assert_source(mine, page=False)[0].title == "Hello"
    with pytest.raises(AssertionError, match="robots.txt"):
        assert_source(mine, page=True)
""",
    )
    status, output = author.pytest()
    assert status == 0, output


def test_the_fixtures_provide_a_store_and_a_clock(author: Author) -> None:
    author.write(
        "test_mine.py",
        """
from datetime import UTC, datetime
from aggregator import Item
from aggregator.testing import assert_source

def mine(http):
    yield Item(id=1, title="One")

def test_store(store):
    assert store.article_counts() == {}
    assert store.location.is_file()

def test_clock(clock):
    clock.now = datetime(2030, 1, 1, tzinfo=UTC)
    assert assert_source(mine)[0].first_seen == clock.now

def test_real_time():
    assert assert_source(mine)[0].first_seen.year < 2030
""",
    )
    status, output = author.pytest()
    assert status == 0, output


def test_the_pytest_plugin_imports_no_slow_library() -> None:
    slow = "aiohttp sqlite3 lxml msgspec asyncio aggregator.http.client aggregator.model".split()
    code = (
        "import sys, pytest; before = set(sys.modules)\n"
        "import aggregator.testing.fixtures\n"
        f"print(sorted(set({slow}) & (set(sys.modules) - before)))"
    )
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert completed.stdout.strip() == "[]"


def test_redirects_and_missing_pages_are_recorded_but_not_temporary_failures(
    author: Author, publisher: Publisher
) -> None:
    publisher.handle("/old", lambda exchange: exchange.answer(301, headers={"Location": "/new"}))
    publisher.serve("/new", b"moved", content_type="text/plain")
    publisher.serve("/busy", b"", status=503)
    author.write(
        "test_mine.py",
        f"""
import pytest
from aggregator import Item, FetchError
from aggregator.testing import assert_source

async def mine(http, *, busy: bool = False):
    answer = await http.get("{publisher.url("/old")}", page=True)
    yield Item(id=1, title=answer.text, url=answer.url)
    try:
        await http.get("{publisher.url("/gone")}")
    except FetchError as error:
        yield Item(id=2, title=str(error.status))
    if busy:
        await http.get("{publisher.url("/busy")}")

def test_mine(recorded):
    moved, gone = assert_source(mine)
    assert (moved.title, moved.url) == ("moved", "{publisher.url("/new")}")
    assert gone.title == "404"

def test_busy(recorded):
    with pytest.raises(AssertionError, match="HTTP 503|no recorded answer"):
        assert_source(mine, busy=True)
""",
    )
    status, output = author.pytest("--record")
    assert status == 0, output
    names = sorted(name.rpartition("-")[0].partition("_")[2] for name in author.recordings)
    assert names == ["gone", "new", "old", "robots.txt"]
    publisher.scenarios.clear()
    status, output = author.pytest()
    assert status == 0, output
