"""Every verb on a store in PostgreSQL while a worker collects and publishes."""

from __future__ import annotations

import re

import pytest
from project import Project
from publisher import Publisher
from sample_feeds import item, rss
from worker_process import QUICK, wait_for, workers

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TEXT = "The council of Ferrier voted to reopen the bridge over the river Lune to buses and bicycles from Monday on."


def test_every_verb_works_beside_a_worker(project: Project, publisher: Publisher, postgresql_url: str) -> None:
    project.database = postgresql_url
    publisher.serve("/a.xml", rss([item(1, "Ferrier bridge reopens to buses", TEXT), item(2)], title="Feed A"))
    publisher.serve("/b.xml", rss([item(3, "Ferrier bridge reopens to buses on Monday", TEXT)], title="Feed B"))
    publisher.serve("/c.xml", rss([item(4)], title="Feed C"))
    project.configure(
        f'[[sources]]\nurl = "{publisher.url("/a.xml")}"\n[[outputs]]\nplugin = "html"\npath = "public"\n'
        '[[outputs]]\nplugin = "jsonl"\npath = "all.jsonl"\n'
    )
    project.write("more.txt", publisher.url("/c.xml"))

    def ran(*arguments: str) -> str:
        result = project.aggregate(*arguments)
        assert (result.status, result.err) == (0, ""), arguments
        return result.out

    def articles() -> int:
        return int(project.select("SELECT count(*) FROM articles WHERE story IS NOT NULL")[0][0])

    with workers(project, 1, program=QUICK) as [worker]:
        wait_for(lambda: worker.finished("collect"))
        assert "added Feed B" in ran("add", publisher.url("/b.xml"))
        assert ran("import", "more.txt") == "imported 1\n"
        wait_for(lambda: project.select("SELECT count(*) FROM articles") == [(4,)])
        project.run("--no-collect")
        wait_for(lambda: articles() == 4)
        assert "paused" in ran("pause", "Feed C")
        assert "resumed" in ran("resume", "Feed C")
        assert "removed" in ran("remove", "Feed C")
        assert publisher.url("/a.xml") in ran("export")
        assert ran("preview", "Feed A").startswith("Feed A: 2 articles")
        assert "Feed B" in ran("sources")
        ids = re.findall(r"^[0-9a-f]{8}\b", ran("stories"), re.MULTILINE)
        assert len(ids) in (3, 4)
        assert "Ferrier" in ran("search", "Ferrier")
        ran("stories", "show", ids[0])
        ran("stories", "storyline", ids[1], "--with", ids[0])
        ran("stories", "storyline", ids[1], "--none")
        story = ran("stories", "merge", ids[0], ids[-1]).split()[2].rstrip(":")
        [(article,)] = project.select(
            f"SELECT id FROM articles WHERE story = '{story}' AND duplicate_of IS NULL ORDER BY key LIMIT 1"
        )
        assert ran("stories", "split", article).startswith("split: ")
        assert "tag:world.example,2026:2" in ran("explain", "tag:world.example,2026:2")
        assert ran("export", "--corrections").count("\n") >= 1
        [day] = set(re.findall(r"\d{4}-\d\d-\d\d", ran("editions")))
        assert "Ferrier" in ran("editions", "show", day)
        assert "public" in ran("editions", "rebuild", day)
        ran("deliveries", "--json")
        assert "feed" in ran("plugins", "list")
        ran("check")
        assert "* * * *" in ran("schedule", "cron")
        assert "1 worker" in ran("status")
        refused = project.aggregate("store", "copy", postgresql_url, "copy.db")
        assert (refused.status, "stop all workers first" in refused.err) == (75, True)
        assert worker.process.poll() is None
        assert [one for one in worker.events if one["level"] == "error"] == []
