"""`aggregate import` of the exports and configurations of other readers: what is kept, and what is lost.

The files in tests/data/subscription_lists have the shape that these programs write.
"""

from __future__ import annotations

import io
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import DATA, Project
from publisher import Publisher

from aggregator.subscriptions.import_ import read_subscriptions

LISTS = DATA / "subscription_lists"
KEPT: dict[str, list[dict[str, Any]]] = {
    "newsboat_urls": [
        {"url": "https://feeds.alpha.example/world.xml", "name": "Alpha World", "tags": ["news", "world"]},
        {"url": "https://www.beta.example/rss?format=xml&n=20", "name": 'Beta, "the" paper', "tags": ["local news"]},
        {"url": "https://gamma.example/feed.atom", "name": "Gamma", "tags": ["hidden"]},
        {"url": "https://gamma.example/comments"},
        {"url": "http://user:pa55@private.example/feed.xml", "tags": ["private"]},
        {"url": "https://zeta.example/index.xml"},
    ],
    "miniflux.opml": [
        {"url": "https://alpha.example/feed.xml", "name": "Alpha", "tags": ["All"]},
        {"url": "https://beta.example/atom", "name": "Beta Lab", "tags": ["Science"]},
    ],
    "freshrss.opml": [
        {"url": "https://alpha.example/feed.xml", "name": "Alpha", "tags": ["Uncategorized"]},
        {"url": "https://beta.example/rss", "name": "Beta", "tags": ["Uncategorized"], "every": "6h"},
        {
            "url": "https://muted.example/rss",
            "name": "Muted",
            "tags": ["Uncategorized"],
            "enabled": False,
            "every": "1h",
        },
        {"url": "https://full.example/rss", "name": "Full", "tags": ["Uncategorized"]},
        {"url": "https://json.example/feed.json", "name": "JSON", "tags": ["Uncategorized"]},
        {"url": "https://parish.example/notices", "name": "Parish", "tags": ["Pages"], "plugin": "page"},
        {"url": "https://lists.example/shared.opml", "name": "Shared", "tags": ["Shared"], "plugin": "opml"},
        {"url": "https://gamma.example/rss", "name": "Gamma", "tags": ["Shared"]},
    ],
    "feedly.opml": [
        {"url": "http://alpha.example/rss", "name": "Alpha", "tags": ["Tech"]},
        {"url": "https://beta.example/feed/", "name": "Beta", "tags": ["Tech", "Design"]},
    ],
    "inoreader.opml": [{"url": "https://alpha.example/rss", "name": "Alpha", "tags": ["News"]}],
    "netnewswire.opml": [
        {"url": "https://alpha.example/feed.json", "name": "Alpha"},
        {"url": "https://beta.example/index.xml", "name": "Beta", "tags": ["Blogs"]},
    ],
    "rss2email.cfg": [
        {"url": "https://alpha.example/feed.xml", "name": "alpha"},
        {"url": "http://beta.example/rss?x=1%%2", "name": "beta-news", "enabled": False},
        {"url": "https://gamma.example/atom"},
    ],
    "rss2email.opml": [
        {"url": "https://alpha.example/feed.xml", "name": "alpha"},
        {"url": "http://beta.example/rss?x=1&y=2", "name": "beta-news"},
    ],
    "sfeedrc": [
        {"url": "https://www.alpha.example/atom_content.xml", "name": "codemadness"},
        {"url": "http://feeds.beta.example/Explosm", "name": "explosm"},
        {"url": "https://github.example/golang/go.atom", "name": "golang github"},
        {"url": "https://gamma.example/rss", "name": "long name"},
    ],
}
LOST: dict[str, list[str]] = {
    "newsboat_urls": [
        '"query:Unread Articles:unread = "yes"" is a query of newsboat over other feeds',
        '"query:Starred:flags#"s"" is a query of newsboat',
        '"exec:~/bin/tides.sh --harbour north" runs a program, which an import never does',
        '"filter:~/bin/strip.pl:https://delta.example/rss.xml" runs a program',
        '"file:///home/jo/feeds/local.xml" is a local file; try: aggregate add',
        '"gopher://epsilon.example/feed" is not an address on the web',
    ],
    "miniflux.opml": [],
    "freshrss.opml": [
        '"Sitemap" is XML that FreshRSS reads by XPath',
        '"Api" is JSON that FreshRSS reads by paths',
        '"Full": not imported: its options of cURL (cookies, headers, proxy), its selector of the full text',
        '"Parish": not imported: its XPath, so that headlines are detected',
    ],
    "feedly.opml": [],
    "inoreader.opml": ['"A site" has no feed address; try: aggregate add https://site.example/'],
    "netnewswire.opml": [],
    "rss2email.cfg": ['"empty" has no feed address', "settings of mails are not imported"],
    "rss2email.opml": [],
    "sfeedrc": [
        '"token" uses a variable of the shell, which an import does not evaluate',
        '"run" uses a variable of the shell',
    ],
}


def sources(project: Project) -> list[dict[str, Any]]:
    tables: list[dict[str, Any]] = tomllib.loads(project.read("config.toml")).get("sources", [])
    return tables


@pytest.mark.parametrize("name", KEPT)
def test_lists_of_other_programs(project: Project, name: str) -> None:
    project.write("config.toml", "")
    project.write(name, (LISTS / name).read_bytes())
    result = project.aggregate("import", name)
    assert result.status == 0
    assert sources(project) == KEPT[name]
    lines = result.err.splitlines()
    assert len(lines) == len(LOST[name])
    for line, expected in zip(lines, LOST[name], strict=True):
        assert line.startswith(f"aggregate: {name}: {expected}")
    assert "w0rd" not in result.out + result.err + project.read("config.toml")
    assert result.out.startswith(f"imported {len(KEPT[name])}")
    assert not Path("/tmp/executed").exists()
    assert project.aggregate("check").status == 0


def test_data_of_rss2email_without_addresses(project: Project) -> None:
    project.write("config.toml", "")
    project.write("rss2email.json", (LISTS / "rss2email.json").read_bytes())
    result = project.aggregate("import", "rss2email.json")
    assert (result.status, result.out) == (1, "")
    assert "holds no addresses: import the configuration of rss2email, ~/.config/rss2email.cfg" in result.err


def test_data_of_rss2email_with_addresses() -> None:
    data = b'{"version": 2, "feeds": [{"name": "a", "url": "https://a.example/f"}, {"name": "b"}]}'
    found = read_subscriptions(data)
    assert found.tables == [{"url": "https://a.example/f", "name": "a"}]
    assert [(one.name, one.reason) for one in found.skipped] == [("b", "has no feed address")]


def test_tags_are_added(project: Project) -> None:
    project.write("config.toml", "")
    project.write("list.opml", (LISTS / "feedly.opml").read_bytes())
    project.aggregate("import", "list.opml", "--tag", "Tech", "--tag", "from feedly")
    assert [source["tags"] for source in sources(project)] == [
        ["Tech", "from feedly"],
        ["Tech", "Design", "from feedly"],
    ]


def test_dry_run_changes_nothing(project: Project) -> None:
    project.write("config.toml", "# mine\n")
    project.write("list.opml", (LISTS / "feedly.opml").read_bytes())
    result = project.aggregate("import", "--dry-run", "list.opml")
    assert result.out.splitlines() == [
        "Alpha: http://alpha.example/rss",
        "Beta: https://beta.example/feed/",
        "would import 2",
    ]
    assert project.read("config.toml") == "# mine\n"


def test_standard_input(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("config.toml", "")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"https://a.example/feed news\n")))
    assert project.aggregate("import", "-").out == "imported 1\n"
    assert sources(project) == [{"url": "https://a.example/feed", "tags": ["news"]}]


def test_an_address(project: Project, publisher: Publisher) -> None:
    publisher.serve("/list.opml", (LISTS / "miniflux.opml").read_bytes())
    project.configure("")
    assert project.aggregate("import", publisher.url("/list.opml")).out == "imported 2\n"
    assert [request.path for request in publisher.requests] == ["/list.opml"]
    assert "aggregate" in publisher.requests[0].headers["User-Agent"].lower()


def test_an_address_that_is_no_list(project: Project, publisher: Publisher) -> None:
    publisher.serve("/", b"<html><body>Home</body></html>")
    project.configure("")
    result = project.aggregate("import", publisher.url("/"))
    assert (result.status, result.out) == (1, "")
    assert "`aggregate add` takes the address of a feed or site" in result.err
    assert project.aggregate("import", publisher.url("/none")).status == 1


def test_a_private_address_is_refused(project: Project, publisher: Publisher) -> None:
    publisher.serve("/list.opml", (LISTS / "miniflux.opml").read_bytes())
    project.configure("", allow_private=False)
    assert project.aggregate("import", publisher.url("/list.opml")).status == 1
    assert publisher.requests == []


def test_large_lists_are_refused(project: Project) -> None:
    project.configure('[http]\nmax_bytes = "1MiB"\n', allow_private=False)
    project.write("list.txt", b"https://a.example/\n" * 70_000)
    result = project.aggregate("import", "list.txt")
    assert (result.status, result.out) == (1, "")
    assert "list.txt: is larger than 1 MiB" in result.err


def test_many_configured_feeds_are_counted(project: Project) -> None:
    project.write("config.toml", "")
    project.write("urls", "".join(f"https://a.example/{n}\n" for n in range(30)))
    project.aggregate("import", "urls")
    result = project.aggregate("import", "urls")
    assert result.err == ""
    *named, more, count = result.out.splitlines()
    assert (len(named), more) == (10, "20 more are already configured")
    assert count == "imported 0, 30 already configured"


def test_a_source_that_runs_a_program_is_paused(project: Project) -> None:
    project.write("config.toml", "")
    toml = "plugin = 'command'&#10;name = 'Tides'&#10;run = ['rm', 'x']"
    project.write("list.opml", f'<opml><body><outline text="X" aggregate:source="{toml}"/></body></opml>')
    result = project.aggregate("import", "list.opml")
    assert '"Tides" runs a program: paused; resume it if you trust it' in result.err
    assert sources(project)[0]["enabled"] is False


def test_one_message_for_a_missing_address(project: Project) -> None:
    project.write("config.toml", "")
    toml = "name = 'X'&#10;plugin = ''"
    project.write("list.opml", f'<opml><body><outline text="X" aggregate:source="{toml}"/></body></opml>')
    assert project.aggregate("import", "list.opml").out.startswith("imported 0")
    project.configure('[[sources]]\nname = "X"\n')
    assert len(project.aggregate("check").err.splitlines()) == 1
    project.configure('[[sources]]\nname = "X"\nplugin = "feed"\n')
    assert len(project.aggregate("check").err.splitlines()) == 1


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"[feed.a]\nurl = {text}".encode()))
def test_any_bytes_are_read_or_raise_value_error(data: bytes) -> None:
    for text in (data, b"{" + data, b"[feed.x]\n" + data, b'feed "x" "' + data):
        try:
            found = read_subscriptions(text)
        except ValueError:
            continue
        assert all(table.get("plugin") or table["url"].startswith("http") for table in found.tables)
