"""`aggregate serve`: the local web server for the outputs."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
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


@pytest.fixture
def served(project: Project) -> Iterator[str]:
    process, address = start(project)
    yield address
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode in (0, 130)


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


def test_html_output_is_served_at_the_root(served: str) -> None:
    assert get(served, "/") == get(served, "/index.html")
    assert get(served, "/", "HEAD")[2] == b""


@pytest.mark.parametrize(
    "path", ["/none", "/notes.txt", "/../config.toml", "/%2e%2e/a.db", "/.hidden", "/..%2fa.db", "//etc/passwd"]
)
def test_other_paths_are_not_found(served: str, path: str) -> None:
    assert get(served, path)[0] == 404


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
