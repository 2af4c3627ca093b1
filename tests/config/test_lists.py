"""Subscription lists as sources: local files, which are read with the configuration, and lists on the web."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import Project
from publisher import Publisher
from sample_feeds import item, rss

from aggregator.config.load import load, read
from aggregator.feeds.opml import read_opml

ENTRY = '[[sources]]\nplugin = "opml"\nurl = "feeds.opml"\n'
LIST = """<opml version="2.0"><head><title>Of London</title></head><body>
<outline text="City">
<outline text="Alpha" type="rss" xmlUrl="https://alpha.example/feed.xml" category="transport"/>
</outline>
<outline text="Beta" type="rss" xmlUrl="https://beta.example/feed.xml"/>
</body></opml>"""


def outlines(*feeds: tuple[str, str], attribute: str = "") -> str:
    """Return a list of feeds (name, address). `attribute`: TOML of one more feed, in the attribute aggregate:source."""
    lines = [f'<outline text="{name}" xmlUrl="{url}"/>' for name, url in feeds]
    lines += [f'<outline text="X" aggregate:source="{escape(attribute)}"/>'.replace("\n", "&#10;")] if attribute else []
    return f'<opml version="2.0"><body>{"".join(lines)}</body></opml>'


def test_each_feed_of_a_file_is_a_source(project: Project) -> None:
    project.write("feeds.opml", LIST)
    project.configure('[[sources]]\nurl = "a.xml"\nname = "First"\n' + ENTRY + '[[sources]]\nurl = "z.xml"\n')
    config = load(project.folder / "config.toml")
    assert [(source.name, source.url, source.tags) for source in config.sources[1:3]] == [
        ("Alpha", "https://alpha.example/feed.xml", ("transport", "City")),
        ("Beta", "https://beta.example/feed.xml", ()),
    ]
    assert [source.name for source in config.sources] == ["First", "Alpha", "Beta", None]
    assert project.aggregate("check").out == "config.toml: 4 sources, 0 filters, 0 outputs: valid, 2 warnings\n"


def test_the_settings_of_the_entry_apply_to_all_its_feeds(project: Project) -> None:
    attribute = 'url = "https://own.example/"\nname = "Own"\nevery = "1h"\nenabled = true\ntags = ["x", "news"]'
    project.write("feeds.opml", outlines(("Alpha", "https://alpha.example/"), attribute=attribute))
    project.configure(ENTRY + 'tags = ["news", "all"]\nevery = "2h"\nenabled = false\nstories = false\n')
    alpha, own = load(project.folder / "config.toml").sources
    assert (alpha.tags, own.tags) == (("news", "all"), ("x", "news", "all"))
    assert [source.every and source.every.total_seconds() for source in (alpha, own)] == [7200, 3600]
    assert not any(source.enabled or source.stories for source in (alpha, own))


def test_each_feed_of_a_file_has_its_own_state_and_name(project: Project, publisher: Publisher) -> None:
    publisher.serve("/alpha.xml", rss([item(1)]))
    publisher.serve("/ill.xml", b"gone", status=410)
    project.write("feeds.opml", outlines(("Alpha", publisher.url("/alpha.xml")), ("Ill", publisher.url("/ill.xml"))))
    output = '[[outputs]]\nplugin = "jsonl"\npath = "alpha.jsonl"\nsources = ["Alpha"]\n'
    project.configure(ENTRY + output)
    assert project.run("--source", "alpha")["sources"] == {
        "total": 2,
        "fetched": 1,
        "unchanged": 0,
        "skipped": 1,
        "failed": 0,
    }
    assert project.run()["sources"]["failed"] == 1
    rows = project.aggregate("sources", "--json").json
    assert [(row["name"], row["state"], row["articles"]) for row in rows] == [("Alpha", "ok", 1), ("Ill", "gone", 0)]
    assert json.loads(project.read("alpha.jsonl"))["source"]["name"] == "Alpha"
    assert 'xmlUrl="' + publisher.url("/alpha.xml") in project.aggregate("export").out
    assert project.aggregate("preview", "Alpha").out.startswith("Alpha: 1 article\n")


def test_a_table_takes_precedence_over_lists_and_the_first_list_over_the_second(project: Project) -> None:
    project.write("feeds.opml", LIST)
    second = [("Gamma", "http://www.beta.example/feed.xml/"), ("Alpha", "https://delta.example/")]
    project.write(
        "more.opml", outlines(*second, ("My own", "https://eps.example/"), ("Alpha", "https://delta.example/2"))
    )
    table = '[[sources]]\nurl = "https://alpha.example/feed.xml"\nname = "My own"\ntags = ["mine"]\n'
    project.configure(ENTRY + ENTRY.replace("feeds", "more") + table)
    config = load(project.folder / "config.toml")
    assert [(source.name, source.url) for source in config.sources] == [
        ("Beta", "https://beta.example/feed.xml"),
        ("Alpha", "https://delta.example/"),
        ("My own (eps.example)", "https://eps.example/"),
        ("Alpha (delta.example)", "https://delta.example/2"),
        ("My own", "https://alpha.example/feed.xml"),
    ]
    result = project.aggregate("check")
    assert result.status == 0
    assert result.err.splitlines() == [
        'aggregate: config.toml: [[sources]] 1 ("feeds.opml"): 1 of its feeds is already configured, and left out',
        'aggregate: config.toml: [[sources]] 2 ("more.opml"): 1 of its feeds is already configured, and left out',
    ]
    assert project.aggregate("sources").err == ""


def test_check_reports_entries_without_a_valid_address(project: Project) -> None:
    project.write(
        "feeds.opml",
        outlines(("A", "https://a.example/with space"), ("B", "file:///etc/passwd"), ("C", "javascript:alert(1)")),
    )
    project.configure(ENTRY)
    result = project.aggregate("check")
    assert result.out.startswith("config.toml: 1 source,")
    assert (
        result.err
        == 'aggregate: config.toml: [[sources]] 1 ("feeds.opml"): 2 of its entries have no valid feed address\n'
    )
    assert load(project.folder / "config.toml").sources[0].url == "https://a.example/with%20space"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, 'url = "feeds.opml": cannot be read: No such file or directory'),
        ("<html></html>", 'url = "feeds.opml": is not OPML; it must be a subscription list that a reader exported'),
    ],
)
def test_an_unreadable_list_is_a_mistake_in_the_configuration(project: Project, body: str | None, message: str) -> None:
    if body is not None:
        project.write("feeds.opml", body)
    project.configure(ENTRY)
    for verb in ("check", "run", "sources"):
        result = project.aggregate(verb)
        assert (result.status, result.out) == (2, "")
        assert result.err == f'aggregate: config.toml: [[sources]] 1 ("feeds.opml"): {message}\n'


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ('url = "https://a.example/"\nevry = "1h"', 'evry = "1h": unknown key; did you mean "every"?'),
        ('url = "https://a.example/"\nevery = 3', 'every = 3: must be a time such as "30m", "72h" or "7d"'),
        (
            'url = "https://a.example/"\ntoken = { env = "HOME" }',
            'token = { env = "HOME" }: a subscription list must not use secrets; give the feed a [[sources]] table',
        ),
        ('url = "more.opml"\nplugin = "opml"', 'plugin = "opml": a subscription list must not contain another list'),
    ],
)
def test_mistakes_in_a_list_are_reported_with_its_file(project: Project, attribute: str, message: str) -> None:
    project.write("feeds.opml", outlines(attribute=attribute))
    project.configure(ENTRY)
    result = project.aggregate("check")
    assert result.status == 2
    assert result.err.startswith('aggregate: feeds.opml: outline ("')
    assert result.err.endswith(f'"): {message}\n')


def test_mistakes_in_the_entry_are_reported(project: Project) -> None:
    project.write("feeds.opml", LIST)
    project.configure(ENTRY + 'limit = 3\nevery = "soon"\n' + ENTRY)
    assert project.aggregate("check").err.splitlines() == [
        'aggregate: config.toml: [[sources]] 1 ("feeds.opml"): every = "soon": must be a time such as "30m", "72h" or'
        ' "7d"',
        'aggregate: config.toml: [[sources]] 2 ("feeds.opml"): url = "feeds.opml": is already the address of'
        ' [[sources]] 1 ("feeds.opml")',
        'aggregate: config.toml: [[sources]] 1 ("feeds.opml"): limit = 3: unknown key; it belongs in [[outputs]]',
    ]


def test_the_attribute_with_settings_is_read_in_a_file(project: Project) -> None:
    project.write("lists/saved.xml", rss([item(1)], title="Saved"))
    project.write("lists/feeds.opml", outlines(attribute='url = "saved.xml"\ntags = ["x"]'))
    project.configure(ENTRY.replace("feeds.opml", "lists/feeds.opml"))
    assert project.run()["articles"]["new"] == 1
    assert [source.key for source in load(project.folder / "config.toml").sources] == ["lists/saved.xml"]


@pytest.mark.parametrize("verb", ["remove", "pause", "resume"])
def test_a_feed_of_a_list_cannot_be_changed_by_name(project: Project, verb: str) -> None:
    project.write("feeds.opml", LIST)
    project.write("config.toml", ENTRY)
    result = project.aggregate(verb, "Alpha")
    assert (result.status, result.out) == (2, "")
    assert result.err == (
        "aggregate: Alpha: is a feed of a subscription list; change it there, or give it a [[sources]] table of its own"
        ' (feeds.opml: outline ("Alpha"))\n'
    )
    assert (project.read("feeds.opml"), project.read("config.toml")) == (LIST, ENTRY)


def test_a_whole_list_can_be_paused_and_removed(project: Project) -> None:
    project.write("feeds.opml", LIST)
    project.write("config.toml", ENTRY)
    assert project.aggregate("pause", "feeds.opml").out == "paused feeds.opml\n"
    assert {row["state"] for row in project.aggregate("sources", "--json").json} == {"paused"}
    assert project.aggregate("remove", "feeds.opml").out == "removed feeds.opml\n"
    assert project.aggregate("sources", "--json").json == []


ATTRIBUTE = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
FEED = st.tuples(ATTRIBUTE, ATTRIBUTE | ATTRIBUTE.map(lambda text: f"https://a.example/{text}"))


@given(st.lists(FEED, max_size=5), ATTRIBUTE)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_list_of_another_reader_is_valid(tmp_path: Path, feeds: list[tuple[str, str]], folder: str) -> None:
    lines = "".join(f'<outline text="{escape(name)}" xmlUrl="{escape(url)}"/>' for name, url in feeds)
    text = f'<opml version="2.0"><body><outline text="{escape(folder)}">{lines}</outline></body></opml>'
    (tmp_path / "feeds.opml").write_text(text, encoding="utf-8")
    (tmp_path / "config.toml").write_text(ENTRY)
    config, problems = read(tmp_path / "config.toml", {})
    assert problems == []
    names = [source.name.casefold() for source in config.sources if source.name]
    assert len(set(names)) == len(names)
    assert all(source.url and source.url.startswith(("http://", "https://")) for source in config.sources)


# Lists on the web


def serve(publisher: Publisher, *feeds: str, etag: str = '"1"') -> None:
    """Serve these feeds, and a list of them."""
    for name in feeds:
        publisher.serve(f"/{name}.xml", rss([item(len(publisher.scenarios))], title=f"The {name}"))
    body = outlines(*((name, publisher.url(f"/{name}.xml")) for name in feeds))
    publisher.serve("/list.opml", body.encode(), headers={"ETag": etag})


def web_entry(publisher: Publisher, options: str = "") -> str:
    return f'[[sources]]\nplugin = "opml"\nurl = "{publisher.url("/list.opml")}"\nname = "The list"\n{options}'


def states(project: Project) -> dict[str, str]:
    return {row["name"]: row["state"] for row in project.aggregate("sources", "--json").json}


@pytest.mark.both_databases
def test_the_feeds_of_a_list_on_the_web_are_fetched_in_the_same_run(project: Project, publisher: Publisher) -> None:
    serve(publisher, "a", "b")
    project.configure(
        web_entry(publisher, 'tags = ["x"]\n') + '[[outputs]]\nplugin = "jsonl"\npath = "all.jsonl"\n'
        '[[outputs]]\nplugin = "opml"\npath = "sources.opml"\n'
    )
    report = project.run()
    assert report["sources"] == {"total": 3, "fetched": 3, "unchanged": 0, "skipped": 0, "failed": 0}
    assert report["articles"]["new"] == 2
    assert states(project) == {"The list": "ok", "a": "ok", "b": "ok"}
    assert [json.loads(line)["tags"] for line in project.read("all.jsonl").splitlines()] == [["x"], ["x"]]
    assert [feed["name"] for feed in read_opml(project.read("sources.opml").encode())[0]] == ["a", "b"]
    assert "The list" not in project.read("sources.opml")
    assert project.run()["sources"]["skipped"] == 3
    assert project.aggregate("preview", "b").out.startswith("b: 1 article")
    assert project.aggregate("preview", "The list").out == "The list: 0 articles, 2 feeds\n"
    assert publisher.url("/a.xml") in project.aggregate("export").out


@pytest.mark.both_databases
def test_a_list_on_the_web_is_requested_conditionally_and_reloaded(project: Project, publisher: Publisher) -> None:
    serve(publisher, "a", "b")
    project.configure(web_entry(publisher))
    project.run()
    project.run("--source", "The list")
    requests = [request for request in publisher.requests if request.path == "/list.opml"]
    assert [request.headers["If-None-Match"] for request in requests] == [None, '"1"']
    assert states(project) == {"The list": "ok", "a": "ok", "b": "ok"}
    serve(publisher, "b", "c", etag='"2"')
    report = project.run("--force")
    assert (report["sources"]["total"], report["sources"]["fetched"]) == (4, 4)
    assert states(project) == {"The list": "ok", "b": "ok", "c": "ok"}


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (200, b"<html>log in</html>"), (200, b"<opml version='2.0'><body/></opml>")]
)
def test_the_feeds_of_an_unreadable_list_on_the_web_are_kept(
    project: Project, publisher: Publisher, status: int, body: bytes
) -> None:
    serve(publisher, "a")
    project.configure(web_entry(publisher))
    project.run()
    publisher.serve("/list.opml", body, status=status)
    report = project.run("--force")
    assert [error["source"] for error in report["errors"]] == ["The list"]
    assert states(project) == {"The list": "failing", "a": "ok"}


@pytest.mark.both_databases
def test_local_feeds_and_settings_in_a_list_on_the_web_are_ignored(project: Project, publisher: Publisher) -> None:
    project.write("private.xml", rss([item(1)]))
    secret = f'url = "{(project.folder / "private.xml").as_uri()}"\nname = "Private"'
    feeds = [("Local", (project.folder / "private.xml").as_uri()), ("A", publisher.url("/a.xml"))]
    publisher.serve("/list.opml", outlines(*feeds, attribute=secret).encode())
    publisher.serve("/a.xml", rss([item(2)]))
    project.configure(web_entry(publisher))
    project.run()
    assert states(project) == {"The list": "ok", "A": "ok"}


@pytest.mark.both_databases
def test_a_table_takes_precedence_over_a_list_on_the_web(project: Project, publisher: Publisher) -> None:
    serve(publisher, "a", "b")
    table = f'[[sources]]\nurl = "{publisher.url("/a.xml")}"\nname = "Mine"\nenabled = false\n'
    project.configure(web_entry(publisher) + table)
    project.run()
    assert states(project) == {"The list": "ok", "b": "ok", "Mine": "paused"}
    result = project.aggregate("pause", "b")
    assert result.status == 2
    assert "b: is a feed of a subscription list; change it there" in result.err
    assert '(config.toml: [[sources]] 1 ("The list"): outline ("b"))' in result.err


@pytest.mark.both_databases
def test_pausing_a_list_on_the_web_pauses_its_feeds(project: Project, publisher: Publisher) -> None:
    serve(publisher, "a")
    project.configure(web_entry(publisher))
    project.run()
    assert project.aggregate("pause", "The list").out == "paused The list\n"
    assert states(project) == {"The list": "paused", "a": "paused"}


def test_a_feed_of_a_list_does_not_replace_a_source_with_the_same_title(project: Project, publisher: Publisher) -> None:
    """A source is identified by its name if its address changed; a feed of a list with the same name must not match."""
    project.write("mine.xml", rss([item(9)], title="a"))
    serve(publisher, "a")
    project.configure(f'[[sources]]\nurl = "mine.xml"\n{web_entry(publisher)}')
    project.run()
    rows = project.aggregate("sources", "--json").json
    assert [(row["name"], row["articles"]) for row in rows] == [("a", 1), ("The list", 0), ("a", 1)]


def test_add_accepts_a_list_on_the_web(project: Project, publisher: Publisher) -> None:
    serve(publisher, "a")
    project.configure("")
    result = project.aggregate("add", publisher.url("/list.opml"), "--plugin", "opml", "--name", "L")
    assert (result.status, result.err) == (0, "")
    project.run()
    assert states(project) == {"L": "ok", "a": "ok"}
