"""`aggregate import` and `aggregate export` of OPML lists."""

from __future__ import annotations

import tomllib

from lxml import etree
from project import Project
from sample_feeds import item, rss

LIST = """<opml version="2.0"><body>
<outline text="World"><outline text="Alpha" type="rss" xmlUrl="https://alpha.example/feed.xml"/></outline>
<outline text="Alpha" type="rss" xmlUrl="https://beta.example/feed.xml"/>
<outline text="Known" type="rss" xmlUrl="http://www.known.example/feed.xml/"/>
<outline text="Script" type="rss" xmlUrl="javascript:alert(1)"/>
</body></opml>"""

CONFIG = """\
title = "London Daily"  # ours

[[sources]]
url = "https://known.example/feed.xml"
name = "Known"

[[outputs]]
plugin = "rss"
path = "feed.xml"
"""


def sources(project: Project) -> list[dict[str, object]]:
    tables: list[dict[str, object]] = tomllib.loads(project.read("config.toml")).get("sources", [])
    return tables


def test_import(project: Project) -> None:
    project.write("config.toml", CONFIG)
    project.write("list.opml", LIST)
    result = project.aggregate("import", "list.opml")
    assert result.status == 0
    assert result.err.splitlines() == [
        'aggregate: list.opml: "Script" has no valid feed address: javascript:alert(1)',
    ]
    known = '"Known" is already configured, as "Known"\n'
    assert result.out == f"{known}imported 2, 1 already configured, 1 without a valid feed address\n"
    assert sources(project)[1:] == [
        {"url": "https://alpha.example/feed.xml", "name": "Alpha", "tags": ["World"]},
        {"url": "https://beta.example/feed.xml", "name": "Alpha (beta.example)"},
    ]
    assert project.read("config.toml").startswith('title = "London Daily"  # ours\n')
    assert project.aggregate("check").status == 0
    before = project.read("config.toml")
    result = project.aggregate("import", "list.opml")
    assert result.out.endswith("\nimported 0, 3 already configured, 1 without a valid feed address\n")
    assert project.read("config.toml") == before


def test_schemes_of_feed_readers_are_replaced(project: Project) -> None:
    project.write("config.toml", CONFIG)
    addresses = ["FEED://a.example/f", "feed:https://b.example/f", "feeds:c.example/f", "itpc://d.example/f"]
    outlines = "".join(f'<outline text="{n}" xmlUrl="{address}"/>' for n, address in enumerate(addresses))
    project.write("list.opml", f"<opml><body>{outlines}</body></opml>")
    assert project.aggregate("import", "list.opml").out == "imported 4\n"
    urls = ["http://a.example/f", "https://b.example/f", "https://c.example/f", "http://d.example/f"]
    assert [source["url"] for source in sources(project)[1:]] == urls


def test_entries_that_state_only_a_site(project: Project) -> None:
    project.write("config.toml", CONFIG)
    outlines = [
        '<outline type="rss" text="A" url="https://a.example/feed"/>',
        '<outline type="link" text="B" url="https://b.example/"/>',
        '<outline type="rss" text="C" htmlUrl="https://c.example/"/>',
        *(f'<outline text="{n}" htmlUrl="https://d.example/{n}"/>' for n in range(20)),
    ]
    project.write("list.opml", f"<opml><body>{''.join(outlines)}</body></opml>")
    result = project.aggregate("import", "list.opml")
    assert result.out.startswith("imported 1")
    assert sources(project)[1:] == [{"url": "https://a.example/feed", "name": "A"}]
    link, first, *_, last = result.err.splitlines()
    assert link.endswith('"B" is a link to another list or page; try: aggregate add https://b.example/')
    assert first == 'aggregate: list.opml: "C" has no feed address; try: aggregate add https://c.example/'
    assert last == "aggregate: list.opml: 11 more have no feed address"


def test_unreadable_lists_are_refused(project: Project) -> None:
    project.write("config.toml", CONFIG)
    project.write("page.html", "<html><body>Log in</body></html>")
    for name, message in (("page.html", "is not OPML"), ("missing.opml", "No such file"), (".", "Is a directory")):
        result = project.aggregate("import", name)
        assert (result.status, result.out) == (1, "")
        assert f"aggregate: {name}: {message}" in result.err
    assert project.read("config.toml") == CONFIG


def test_exported_list_with_a_wrong_plugin(project: Project) -> None:
    project.write("config.toml", CONFIG)
    attribute = 'aggregate:source="plugin = &quot;feeed&quot;&#10;name = &quot;X&quot;"'
    project.write("list.opml", f"<opml><body><outline text='X' {attribute}/></body></opml>")
    result = project.aggregate("import", "list.opml")
    assert (result.status, result.out) == (0, "imported 0\n")
    assert "not imported" in result.err
    assert 'did you mean "feed"' in result.err
    assert project.read("config.toml") == CONFIG


def test_imported_source_that_reads_a_secret_is_paused(project: Project) -> None:
    project.write("mine/api.py", API)
    project.write("config.toml", 'plugins = ["mine"]\n')
    attribute = "plugin = 'api'\nurl = 'https://evil.example/'\ntoken = { env = 'HOME' }".replace("\n", "&#10;")
    project.write("list.opml", f'<opml><body><outline text="X" aggregate:source="{attribute}"/></body></opml>')
    result = project.aggregate("import", "list.opml")
    assert result.out.startswith("imported 1")
    assert "uses a secret of this machine: paused" in result.err
    assert sources(project)[0]["enabled"] is False


API = """
from aggregator import hookimpl

def api(http, *, token: str, limit: int = 3):
    "An API."

@hookimpl
def register_sources(register):
    register(api)
"""

EVERYTHING = """\
plugins = ["mine"]

[[sources]]
url = "https://world.example/feed.xml"
name = "Example World"
tags = ["world", "news & more"]
every = "30m"

[[sources]]
url = "local.xml"
tags = ["world"]
enabled = false

[[sources]]
plugin = "api"
name = "API"
token = "x"
limit = 5
"""


def test_export_and_import_restore_the_sources(project: Project) -> None:
    project.write("mine/api.py", API)
    project.write("config.toml", EVERYTHING)
    project.write("local.xml", rss([item(1)], title="The Local", link="https://local.example/"))
    assert project.aggregate("export", "-o", "list.opml").out == ""
    before = sources(project)
    project.write("config.toml", 'plugins = ["mine"]\n')
    result = project.aggregate("import", "list.opml")
    assert (result.out, result.err) == ("imported 3\n", "")
    assert sources(project) == before


def test_export_contains_titles_and_sites_of_sources(project: Project) -> None:
    project.write("config.toml", 'title = "Daily"\n[[sources]]\nurl = "local.xml"\ntags = ["near"]\n')
    project.write("local.xml", rss([item(1)], title="The Local", link="https://local.example/"))
    project.aggregate("run")
    result = project.aggregate("export")
    assert (result.status, result.err) == (0, "")
    root = etree.fromstring(result.out.encode())
    assert root.findtext("head/title") == "Daily"
    outline = root.find("body/outline[@text='near']/outline")
    assert outline is not None
    assert (outline.get("text"), outline.get("htmlUrl")) == ("The Local", "https://local.example/")
    assert project.aggregate("export").out == result.out


def test_unwritable_export(project: Project) -> None:
    project.write("config.toml", CONFIG)
    result = project.aggregate("export", "-o", "missing/list.opml")
    assert result.status == 1
    assert "missing/list.opml: cannot be written" in result.err
