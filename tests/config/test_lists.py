"""Subscription lists as sources: files, which are read with the configuration, and lists on the web."""

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


def outlines(*feeds: tuple[str, str], ours: str = "") -> str:
    """A list of feeds, each a name and an address; `ours`: the TOML of a further one."""
    lines = [f'<outline text="{name}" xmlUrl="{url}"/>' for name, url in feeds]
    lines += [f'<outline text="X" aggregate:source="{escape(ours)}"/>'.replace("\n", "&#10;")] if ours else []
    return f'<opml version="2.0"><body>{"".join(lines)}</body></opml>'


def test_each_feed_of_a_file_is_a_source(project: Project) -> None:
    project.write("feeds.opml", LIST)
    project.configure('[[sources]]\nurl = "a.xml"\nname = "First"\n' + ENTRY + '[[sources]]\nurl = "z.xml"\n')
    config = load(project.folder / "config.toml")
    assert [(one.name, one.url, one.tags) for one in config.sources[1:3]] == [
        ("Alpha", "https://alpha.example/feed.xml", ("transport", "City")),
        ("Beta", "https://beta.example/feed.xml", ()),
    ]
    assert [one.name for one in config.sources] == ["First", "Alpha", "Beta", None]
    assert project.aggregate("check").out == "config.toml: 4 sources, 0 filters, 0 outputs: valid\n"


def test_what_the_entry_says_holds_for_all_its_feeds(project: Project) -> None:
    own = 'url = "https://own.example/"\nname = "Own"\nevery = "1h"\nenabled = true\ntags = ["x", "news"]'
    project.write("feeds.opml", outlines(("Alpha", "https://alpha.example/"), ours=own))
    project.configure(ENTRY + 'tags = ["news", "all"]\nevery = "2h"\nenabled = false\nstories = false\n')
    alpha, own_one = load(project.folder / "config.toml").sources
    assert (alpha.tags, own_one.tags) == (("news", "all"), ("x", "news", "all"))
    assert [one.every and one.every.total_seconds() for one in (alpha, own_one)] == [7200, 3600]
    assert not any(one.enabled or one.stories for one in (alpha, own_one))


def test_the_feeds_of_a_file_have_a_state_and_a_name_of_their_own(project: Project, publisher: Publisher) -> None:
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
    assert project.aggregate("preview", "Alpha").out.startswith("Alpha: 1 articles\n")


def test_a_table_wins_over_a_list_and_the_first_list_over_the_second(project: Project) -> None:
    project.write("feeds.opml", LIST)
    more = [("Gamma", "http://www.beta.example/feed.xml/"), ("Alpha", "https://delta.example/")]
    project.write(
        "more.opml", outlines(*more, ("My own", "https://eps.example/"), ("Alpha", "https://delta.example/2"))
    )
    table = '[[sources]]\nurl = "https://alpha.example/feed.xml"\nname = "My own"\ntags = ["mine"]\n'
    project.configure(ENTRY + ENTRY.replace("feeds", "more") + table)
    config = load(project.folder / "config.toml")
    assert [(one.name, one.url) for one in config.sources] == [
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


def test_what_is_no_feed_is_said_by_check_and_harms_nothing(project: Project) -> None:
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
    ("body", "said"),
    [
        (None, 'url = "feeds.opml": cannot be read: No such file or directory'),
        ("<html></html>", 'url = "feeds.opml": is not OPML; it must be a subscription list that a reader exported'),
    ],
)
def test_a_list_that_cannot_be_read_is_a_mistake_of_the_configuration(
    project: Project, body: str | None, said: str
) -> None:
    if body is not None:
        project.write("feeds.opml", body)
    project.configure(ENTRY)
    for verb in ("check", "run", "sources"):
        result = project.aggregate(verb)
        assert (result.status, result.out) == (2, "")
        assert result.err == f'aggregate: config.toml: [[sources]] 1 ("feeds.opml"): {said}\n'


@pytest.mark.parametrize(
    ("ours", "said"),
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
def test_mistakes_in_a_list_name_the_list(project: Project, ours: str, said: str) -> None:
    project.write("feeds.opml", outlines(ours=ours))
    project.configure(ENTRY)
    result = project.aggregate("check")
    assert result.status == 2
    assert result.err.startswith('aggregate: feeds.opml: outline ("')
    assert result.err.endswith(f'"): {said}\n')


def test_mistakes_in_the_entry_are_found(project: Project) -> None:
    project.write("feeds.opml", LIST)
    project.configure(ENTRY + 'limit = 3\nevery = "soon"\n' + ENTRY)
    assert project.aggregate("check").err.splitlines() == [
        'aggregate: config.toml: [[sources]] 1 ("feeds.opml"): every = "soon": must be a time such as "30m", "72h" or'
        ' "7d"',
        'aggregate: config.toml: [[sources]] 2 ("feeds.opml"): url = "feeds.opml": is already the address of'
        ' [[sources]] 1 ("feeds.opml")',
        'aggregate: config.toml: [[sources]] 1 ("feeds.opml"): limit = 3: unknown key; it belongs in [[outputs]]',
    ]


def test_our_own_attribute_counts_in_a_file(project: Project) -> None:
    project.write("lists/saved.xml", rss([item(1)], title="Saved"))
    project.write("lists/feeds.opml", outlines(ours='url = "saved.xml"\ntags = ["x"]'))
    project.configure(ENTRY.replace("feeds.opml", "lists/feeds.opml"))
    assert project.run()["articles"]["new"] == 1
    assert [one.key for one in load(project.folder / "config.toml").sources] == ["lists/saved.xml"]


@pytest.mark.parametrize("verb", ["remove", "pause", "resume"])
def test_a_feed_of_a_list_is_changed_in_the_list(project: Project, verb: str) -> None:
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
def test_no_list_of_another_reader_is_a_mistake(tmp_path: Path, feeds: list[tuple[str, str]], folder: str) -> None:
    lines = "".join(f'<outline text="{escape(name)}" xmlUrl="{escape(url)}"/>' for name, url in feeds)
    text = f'<opml version="2.0"><body><outline text="{escape(folder)}">{lines}</outline></body></opml>'
    (tmp_path / "feeds.opml").write_text(text, encoding="utf-8")
    (tmp_path / "config.toml").write_text(ENTRY)
    config, problems = read(tmp_path / "config.toml", {})
    assert problems == []
    names = [one.name.casefold() for one in config.sources if one.name]
    assert len(set(names)) == len(names)
    assert all(one.url and one.url.startswith(("http://", "https://")) for one in config.sources)


# On the web


def serve(publisher: Publisher, *feeds: str, etag: str = '"1"') -> None:
    """A list with these feeds, and the feeds."""
    for name in feeds:
        publisher.serve(f"/{name}.xml", rss([item(len(publisher.scenarios))], title=f"The {name}"))
    body = outlines(*((name, publisher.url(f"/{name}.xml")) for name in feeds))
    publisher.serve("/list.opml", body.encode(), headers={"ETag": etag})


def web(publisher: Publisher, more: str = "") -> str:
    return f'[[sources]]\nplugin = "opml"\nurl = "{publisher.url("/list.opml")}"\nname = "The list"\n{more}'


def states(project: Project) -> dict[str, str]:
    return {row["name"]: row["state"] for row in project.aggregate("sources", "--json").json}


def test_the_feeds_of_a_list_on_the_web_take_part_in_the_run_that_reads_it(
    project: Project, publisher: Publisher
) -> None:
    serve(publisher, "a", "b")
    project.configure(
        web(publisher, 'tags = ["x"]\n') + '[[outputs]]\nplugin = "jsonl"\npath = "all.jsonl"\n'
        '[[outputs]]\nplugin = "opml"\npath = "sources.opml"\n'
    )
    report = project.run()
    assert report["sources"] == {"total": 3, "fetched": 3, "unchanged": 0, "skipped": 0, "failed": 0}
    assert report["articles"]["new"] == 2
    assert states(project) == {"The list": "ok", "a": "ok", "b": "ok"}
    assert [json.loads(line)["tags"] for line in project.read("all.jsonl").splitlines()] == [["x"], ["x"]]
    assert [one["name"] for one in read_opml(project.read("sources.opml").encode())[0]] == ["a", "b"]
    assert "The list" not in project.read("sources.opml")
    assert project.run()["sources"]["skipped"] == 3
    assert project.aggregate("preview", "b").out.startswith("b: 1 articles")
    assert project.aggregate("preview", "The list").out == "The list: 0 articles, 2 feeds\n"
    assert publisher.url("/a.xml") in project.aggregate("export").out


def test_a_list_on_the_web_is_asked_politely_and_followed(project: Project, publisher: Publisher) -> None:
    serve(publisher, "a", "b")
    project.configure(web(publisher))
    project.run()
    project.run("--source", "The list")
    asked = [one for one in publisher.requests if one.path == "/list.opml"]
    assert [one.headers["If-None-Match"] for one in asked] == [None, '"1"']
    assert states(project) == {"The list": "ok", "a": "ok", "b": "ok"}
    serve(publisher, "b", "c", etag='"2"')
    report = project.run("--force")
    assert (report["sources"]["total"], report["sources"]["fetched"]) == (4, 4)
    assert states(project) == {"The list": "ok", "b": "ok", "c": "ok"}


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (200, b"<html>log in</html>"), (200, b"<opml version='2.0'><body/></opml>")]
)
def test_while_a_list_cannot_be_read_its_feeds_stay(
    project: Project, publisher: Publisher, status: int, body: bytes
) -> None:
    serve(publisher, "a")
    project.configure(web(publisher))
    project.run()
    publisher.serve("/list.opml", body, status=status)
    report = project.run("--force")
    assert [error["source"] for error in report["errors"]] == ["The list"]
    assert states(project) == {"The list": "failing", "a": "ok"}


def test_a_list_on_the_web_is_taken_for_what_any_reader_sees(project: Project, publisher: Publisher) -> None:
    project.write("private.xml", rss([item(1)]))
    secret = f'url = "{(project.folder / "private.xml").as_uri()}"\nname = "Private"'
    feeds = [("Local", (project.folder / "private.xml").as_uri()), ("A", publisher.url("/a.xml"))]
    publisher.serve("/list.opml", outlines(*feeds, ours=secret).encode())
    publisher.serve("/a.xml", rss([item(2)]))
    project.configure(web(publisher))
    project.run()
    assert states(project) == {"The list": "ok", "A": "ok"}


def test_a_table_wins_over_a_list_on_the_web(project: Project, publisher: Publisher) -> None:
    serve(publisher, "a", "b")
    table = f'[[sources]]\nurl = "{publisher.url("/a.xml")}"\nname = "Mine"\nenabled = false\n'
    project.configure(web(publisher) + table)
    project.run()
    assert states(project) == {"The list": "ok", "b": "ok", "Mine": "paused"}
    result = project.aggregate("pause", "b")
    assert result.status == 2
    assert "b: is a feed of a subscription list; change it there" in result.err
    assert '(config.toml: [[sources]] 1 ("The list"): outline ("b"))' in result.err


def test_pausing_a_list_on_the_web_pauses_its_feeds(project: Project, publisher: Publisher) -> None:
    serve(publisher, "a")
    project.configure(web(publisher))
    project.run()
    assert project.aggregate("pause", "The list").out == "paused The list\n"
    assert states(project) == {"The list": "paused", "a": "paused"}


def test_a_feed_of_a_list_does_not_take_over_a_source_that_calls_itself_so(
    project: Project, publisher: Publisher
) -> None:
    """A source is known by its name where its address changed; that must not count for what is merely called alike."""
    project.write("mine.xml", rss([item(9)], title="a"))
    serve(publisher, "a")
    project.configure(f'[[sources]]\nurl = "mine.xml"\n{web(publisher)}')
    project.run()
    rows = project.aggregate("sources", "--json").json
    assert [(row["name"], row["articles"]) for row in rows] == [("a", 1), ("The list", 0), ("a", 1)]


def test_add_takes_a_list_on_the_web(project: Project, publisher: Publisher) -> None:
    serve(publisher, "a")
    project.configure("")
    result = project.aggregate("add", publisher.url("/list.opml"), "--plugin", "opml", "--name", "L")
    assert (result.status, result.err) == (0, "")
    project.run()
    assert states(project) == {"L": "ok", "a": "ok"}
