"""The example plugin of the design document works unchanged."""

from __future__ import annotations

import re

import pytest
from project import Project, shared
from publisher import Publisher

pytestmark = pytest.mark.e2e

PRINTED = '''\
from aggregator import Item, hookimpl

async def hackernews(http, *, limit: int = 30):
    """The front page of Hacker News."""
    for number in (await http.get(f"{API}/topstories.json")).json()[:limit]:
        post = (await http.get(f"{API}/item/{number}.json")).json()
        yield Item(id=number, title=post["title"], url=post.get("url"), published=post["time"])

@hookimpl
def register_sources(register):
    register(hackernews)
'''


@pytest.fixture
def front_page(project: Project, publisher: Publisher) -> Project:
    """A project with the plugin, and a server in place of `API`."""
    publisher.serve("/v0/topstories.json", b"[3, 1, 2]", content_type="application/json")
    for number in (1, 2, 3):
        link = f', "url": "https://stories.example/{number}"' if number > 1 else ""
        post = f'{{"id": {number}, "title": "Story {number}", "time": 176760000{number}{link}}}'
        publisher.serve(f"/v0/item/{number}.json", post.encode(), content_type="application/json")
    project.write("my_plugins/hackernews.py", f'API = "{publisher.url("/v0")}"\n\n{PRINTED}')
    project.configure('plugins = ["my_plugins"]\n[[sources]]\nplugin = "hackernews"\nname = "Hacker News"\nlimit = 2\n')
    return project


def test_design_shows_this_plugin() -> None:
    assert PRINTED in re.findall(r"```python\n(.*?)```", shared("design.md").read_text(encoding="utf-8"), re.DOTALL)


def test_preview_and_show(front_page: Project) -> None:
    for what in ("Hacker News", "my_plugins/hackernews.py"):
        result = front_page.aggregate("preview", what, "--json")
        assert (result.status, result.err) == (0, "")
        shown = [(article["title"], article["url"]) for article in result.json["articles"]]
        assert shown[:2] == [("Story 3", "https://stories.example/3"), ("Story 1", None)]
    assert len(shown) == 3
    assert "The front page of Hacker News." in front_page.aggregate("plugins", "show", "hackernews").out


def test_run(front_page: Project) -> None:
    report = front_page.run()
    assert (report["articles"]["new"], report["errors"]) == (2, [])
    assert front_page.run("--force")["articles"]["new"] == 0
