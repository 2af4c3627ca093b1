"""`aggregate serve`: the local web server for the outputs."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from project import Project
from sample_feeds import item, rss

pytestmark = pytest.mark.e2e

OUTPUTS = {
    "rss": ("feed.xml", "application/rss+xml; charset=utf-8"),
    "atom": ("atom.xml", "application/atom+xml; charset=utf-8"),
    "jsonfeed": ("feed.json", "application/feed+json"),
    "opml": ("sources.opml", "text/x-opml; charset=utf-8"),
    "jsonl": ("articles.jsonl", "application/jsonl"),
    "markdown": ("edition.md", "text/markdown; charset=utf-8"),
    "html": ("index.html", "text/html; charset=utf-8"),
}


def start(project: Project, folder: str = "public/") -> tuple[subprocess.Popen[str], str]:
    project.write("world.xml", rss([item(1)]))
    outputs = "".join(
        f'[[outputs]]\nplugin = "{name}"\npath = "{folder}{path}"\n' for name, (path, _) in OUTPUTS.items()
    )
    project.configure(f'url = "https://d.example/"\nstore = "a.db"\n[[sources]]\nurl = "world.xml"\n{outputs}')
    assert project.aggregate("run").status == 0
    project.write("public/.hidden", "x")
    project.write("public/notes.txt", "x")
    command = [sys.executable, "-m", "aggregator", "serve", "--port", "0"]
    process = subprocess.Popen(command, cwd=project.folder, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    address = re.search(r"http://\S+", process.stderr.readline())
    assert address
    return process, address[0]


@contextmanager
def serving(project: Project) -> Iterator[str]:
    process, address = start(project)
    yield address
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode in (0, 130)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server whose files no test changes."""
    with serving(Project(tmp_path_factory.mktemp("served"))) as address:
        yield address


def get(address: str, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Send a request without normalising its path."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, body


def test_content_types_and_conditional_requests(served: str) -> None:
    for path, expected in OUTPUTS.values():
        status, headers, body = get(served, f"/{path}")
        assert (status, headers["content-type"]) == (200, expected)
        assert body
        again, _, nothing = get(served, f"/{path}", **{"If-None-Match": headers["etag"]})
        assert (again, nothing) == (304, b"")


def test_browsers_get_feeds_as_a_type_that_they_show(served: str) -> None:
    accept = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path in ("feed.xml", "atom.xml"):
        _, headers, _ = get(served, f"/{path}", **accept)
        assert (headers["content-type"], headers["vary"]) == ("application/xml; charset=utf-8", "Accept")
    assert get(served, "/feed/style.css", **accept)[1]["content-type"] == "text/css; charset=utf-8"
    assert get(served, "/feed.json", **accept)[1]["content-type"] == "application/feed+json"


def test_html_output_is_served_at_the_root(served: str) -> None:
    assert get(served, "/") == get(served, "/index.html")
    assert get(served, "/", "HEAD")[2] == b""


@pytest.mark.parametrize(
    "path", ["/none", "/notes.txt", "/../config.toml", "/%2e%2e/a.db", "/.hidden", "/..%2fa.db", "//etc/passwd"]
)
def test_other_paths_are_not_found(served: str, path: str) -> None:
    assert get(served, path)[0] == 404


def test_ranges(served: str) -> None:
    whole = get(served, "/feed.xml")[2]
    status, headers, part = get(served, "/feed.xml", Range="bytes=5-9")
    assert (status, part, headers["content-range"]) == (206, whole[5:10], f"bytes 5-9/{len(whole)}")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 421),
        ("evil.example:8000", 421),
        ("", 421),
        ("[broken", 421),
        ("localhost:1", 200),
        ("news.localhost", 200),
        ("127.0.0.1", 200),
        ("[::1]:80", 200),
        ("d.example", 200),
    ],
)
def test_requests_for_other_hosts_are_refused(served: str, host: str, status: int) -> None:
    assert get(served, "/feed.xml", Host=host)[0] == status


def wait_for(address: str, path: str, text: bytes) -> bytes:
    for _ in range(300):
        body = get(address, path)[2]
        if text in body:
            return body
        time.sleep(0.1)
    raise AssertionError(f"{path} does not contain {text!r}: {body[:300]!r}")


@pytest.mark.both_databases
def test_changes_are_shown_at_once_and_not_written(project: Project) -> None:
    with serving(project) as address:
        check_changes(project, address)


def check_changes(project: Project, served: str) -> None:
    written = project.read("public/feed.xml")
    config = project.read("config.toml")
    project.write("config.toml", f'title = "Another title"\n{config}')
    wait_for(served, "/feed.xml", b"<title>Another title</title>")
    wait_for(served, "/", b"Another title")
    project.write("config.toml", f'title = "A third title"\nnonsense = 1\n{config}')
    time.sleep(1)  # for the mistake to be noticed
    assert b"Another title" in get(served, "/feed.xml")[2]
    project.write("config.toml", f'title = "A third title"\n{config}')
    wait_for(served, "/feed.xml", b"<title>A third title</title>")
    assert project.read("public/feed.xml") == written
    project.write("world.xml", rss([item(1), item(2, title="Fresh from the run")]))
    assert project.aggregate("run", "--force").status == 0
    wait_for(served, "/feed.xml", b"Fresh from the run")
    assert "Fresh from the run" in project.read("public/feed.xml")


def test_configuration_in_the_output_folder_is_not_served(project: Project) -> None:
    process, address = start(project, folder="")
    try:
        assert get(address, "/")[0] == get(address, "/feed.xml")[0] == 200
        assert [get(address, path)[0] for path in ("/config.toml", "/a.db", "/a.db.lock", "/world.xml")] == [404] * 4
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


def test_sigterm_stops_the_server(project: Project) -> None:
    process, _ = start(project)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate()
    assert process.returncode in (0, 143)
    assert "Traceback" not in errors
