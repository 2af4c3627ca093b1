"""Filters and selections in whole runs, in `explain` and in `preview --filters`."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import time_machine
from project import Project
from sample_feeds import item, rss, words
from time_machine import Traveller

pytestmark = pytest.mark.e2e

START = 1_795_521_600  # 2026-11-24 12:00 UTC


@pytest.fixture
def clock() -> Iterator[Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def titles(project: Project, output: str = "out.jsonl") -> set[str]:
    return {json.loads(line)["title"] for line in project.read(output).splitlines()}


def configure(project: Project, filters: str, sources: str = "") -> None:
    project.configure(
        'store = "a.db"\n[[sources]]\nname = "World"\nurl = "world.xml"\ntags = ["world"]\n'
        f'{sources}\n{filters}\n[[outputs]]\nplugin = "jsonl"\npath = "out.jsonl"\nlimit = 0\n'
    )


FILTERS = """
[[filters]]
plugin = "replace"
title = ['^(?:Live|Sponsored): ', '']

[[filters]]
plugin = "drop"
where = 'title ~ "(?i)coupon" or author == "ann lee"'

[[filters]]
plugin = "tag"
where = 'summary ~ "bridge"'
add = ["transport"]

[[filters]]
plugin = "language"
tags = ["transport"]
only = ["en"]
"""


def write_world(project: Project) -> None:
    project.write(
        "world.xml",
        rss(
            [
                item(1, title="Live: Harbour opens", text="The bridge, too."),
                item(2, title="Live: Coupons"),
                item(3, title="A walk") | {"author": "Ann Lee"},
                item(4, title="A stay"),
            ]
        ).replace(b"<description>News", b"<language>en</language><description>News"),
    )


def test_articles_pass_through_filters_in_order(project: Project) -> None:
    write_world(project)
    configure(project, FILTERS)
    report = project.run()
    assert report["errors"] == []
    assert report["articles"]["dropped"] == 2
    assert titles(project) == {"Harbour opens", "A stay"}
    explained = project.aggregate("explain", "https://world.example/news/2").out
    assert 'dropped by the filter drop: where matches title ~ "(?i)coupon" or author == "ann lee"' in explained


def test_preview_shows_the_effect_of_each_filter(project: Project) -> None:
    write_world(project)
    configure(project, FILTERS)
    preview = project.aggregate("preview", "World", "--filters", "--json").json
    first, second, third, fourth = preview["filters"]
    live = {"title": "Live: Harbour opens", "url": "https://world.example/news/1", "fields": ["title"]}
    coupons = {"title": "Live: Coupons", "url": "https://world.example/news/2", "fields": ["title"]}
    assert first == {
        "plugin": "replace",
        "label": '[[filters]] 1 ("replace")',
        "shown": 4,
        "dropped": [],
        "changed": [live, coupons],
    }
    why = 'where matches title ~ "(?i)coupon" or author == "ann lee"'
    assert [(one["title"], one["reason"]) for one in second["dropped"]] == [("Coupons", why), ("A walk", why)]
    assert (second["shown"], second["changed"]) == (4, [])
    assert (third["shown"], third["dropped"], third["changed"]) == (
        2,
        [],
        [live | {"title": "Harbour opens", "fields": ["tags"]}],
    )
    assert (fourth["shown"], fourth["dropped"], fourth["changed"]) == (1, [], [])
    assert [one["title"] for one in preview["articles"]] == ["Harbour opens", "A stay"]
    assert set(project.aggregate("preview", "World", "--json").json) == {"source", "articles"}
    text = project.aggregate("preview", "World", "--filters").out.splitlines()
    assert '[[filters]] 2 ("drop"): 4 shown, 2 dropped, 0 changed' in text
    assert f"    dropped: Coupons: {why}" in text
    assert "    changed: Live: Harbour opens: title" in text
    assert "World: 2 articles" in text
    assert not (project.folder / "a.db").exists()


def test_preview_of_filters_needs_a_valid_configuration(project: Project) -> None:
    write_world(project)
    missing = project.aggregate("preview", "world.xml", "--filters")
    assert (missing.status, missing.out) == (2, "")
    configure(project, '[[filters]]\nplugin = "drop"\nwhere = "titel"\n')
    wrong = project.aggregate("preview", "World", "--filters")
    assert (wrong.status, wrong.out) == (2, "")
    assert 'did you mean "title"?' in wrong.err
    configure(project, "")
    assert project.aggregate("preview", "World", "--filters", "--json").json["filters"] == []


def test_preview_reports_a_failing_filter(project: Project) -> None:
    write_world(project)
    project.write(
        "mine/odd.py",
        "from aggregator import hookimpl\ndef odd(article):\n    raise ValueError('not today')\n"
        "@hookimpl\ndef register_filters(register):\n    register(odd)\n",
    )
    project.configure('plugins = ["mine"]\n[[filters]]\nplugin = "odd"\n')
    preview = project.aggregate("preview", "world.xml", "--filters", "--json")
    assert preview.status == 0
    assert len(preview.json["articles"]) == 4
    assert "ValueError: not today" in preview.err


def test_limit_applies_per_source_and_across_runs(project: Project, clock: Traveller) -> None:
    limit = '[[filters]]\nplugin = "limit"\ncount = 2\nper = "1d"\n'
    configure(project, limit, '[[sources]]\nname = "City"\nurl = "city.xml"\n')
    feed = [item(n, title=f"World {n}") for n in (1, 2, 3)]
    project.write("world.xml", rss(feed))
    project.write("city.xml", rss([item(n, title=f"City {n}", site="https://city.example") for n in (11, 12, 13)]))
    assert project.run()["articles"]["dropped"] == 2
    assert titles(project) == {"World 1", "World 2", "City 11", "City 12"}
    assert (
        "its source has reached the limit of 2 in 1d"
        in project.aggregate("explain", "https://world.example/news/3").out
    )

    clock.shift(3600)
    feed[0]["title"] = "World 1, corrected"
    project.write("world.xml", rss([*feed, item(4, title="World 4")]))
    assert project.run("--force")["articles"]["updated"] == 1
    assert titles(project) == {"World 1, corrected", "World 2", "City 11", "City 12"}

    clock.shift(86400)
    project.write("world.xml", rss([*feed, item(4, title="World 4"), item(5, title="World 5")]))
    project.run("--force")
    assert titles(project) == {"World 1, corrected", "World 2", "World 5", "City 11", "City 12"}


def test_limits_with_different_selections_count_separately(project: Project) -> None:
    limits = "".join(f'[[filters]]\nplugin = "limit"\ncount = 1\ntags = ["{tag}"]\n' for tag in ("city", "sport"))
    configure(project, limits)
    feed = [
        item(n, title=f"Number {n}") | {"category": tag} for n, tag in enumerate(("city", "sport", "city", "sport"))
    ]
    project.write("world.xml", rss(feed))
    project.run()
    assert titles(project) == {"Number 0", "Number 1"}
    feed[0]["title"], feed[1]["title"] = "Number 0, corrected", "Number 1, corrected"
    project.write("world.xml", rss(feed))
    project.run("--force")
    assert titles(project) == {"Number 0, corrected", "Number 1, corrected"}


def test_output_selects_stories_before_it_limits_them(project: Project, clock: Traveller) -> None:
    text = "All 212 hangers of Ferrier Bridge were replaced in 19 months. "
    title = "Ferrier Bridge reopens to buses"
    others = [item(n, title=words(n, 6).capitalize()) for n in range(10, 20)]
    project.write("world.xml", rss([*others, item(1, title, text + words(1, 20))], title="World"))
    letter = item(3, f"{title}, and to us", text + words(3, 20), site="https://city.example")
    project.write("city.xml", rss([letter], title="City"))
    outputs = "".join(
        f'[[outputs]]\nplugin = "jsonl"\npath = "{name}.jsonl"\nlimit = 1\nselect = \'{select}\'\n'
        for name, select in (("wide", "independent >= 2"), ("lone", 'not (independent >= 2) and source == "world"'))
    )
    configure(project, "", '[[sources]]\nname = "City"\nurl = "city.xml"\n')
    (project.folder / "config.toml").write_text(project.read("config.toml") + outputs, encoding="utf-8")
    assert project.run()["errors"] == []
    assert titles(project, "wide.jsonl") == {title, f"{title}, and to us"}
    [lone] = titles(project, "lone.jsonl")
    assert lone != title
    shown = project.aggregate("explain", "https://world.example/news/1").out
    assert "wide.jsonl" in shown and "lone.jsonl" not in shown


def test_age_of_stories_is_relative_to_the_run(project: Project, clock: Traveller) -> None:
    project.write("world.xml", rss([item(1, title="Old news")]))  # of 20 November
    configure(project, "")
    output = '[[outputs]]\nplugin = "jsonl"\npath = "new.jsonl"\nselect = \'age < 5d\'\n'
    (project.folder / "config.toml").write_text(project.read("config.toml") + output, encoding="utf-8")
    project.run()
    assert titles(project, "new.jsonl") == {"Old news"}
    clock.shift(86400)
    project.run("--offline")
    assert titles(project, "new.jsonl") == set()
