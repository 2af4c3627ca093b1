"""The examples of pages that consist of examples run, and print what the pages say."""

from __future__ import annotations

import os

import pytest
from documented_examples import play, sections_of
from documented_sites import serving_sites
from markdown_it.token import Token
from markdown_pages import headings_of
from project import Project

BEGIN = """
title = "My news"

[[sources]]
url = "https://blog.example/feed.xml"
name = "A Blog"
tags = ["city"]

[[sources]]
url = "https://letters.example/feed.xml"
name = "Letters"

[[outputs]]
plugin = "html"
path = "public"

[http]
allow_private = ["127.0.0.0/8"]
"""
"""The configuration that the pages say they begin with."""
VARIABLES = {
    "MAIL_PASSWORD": "secret",
    "NTFY_TOPIC": "https://ntfy.sh/my-news",
    "PRIVATE_FEED": "https://user:secret@feeds.example/members.xml",
    "SMTP_PASSWORD": "secret",
}
PAGES = ("docs/howto.md", "docs/moving.md")
SECTIONS = [(page, heading, blocks) for page in PAGES for heading, blocks in sections_of(page).items()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "heading", "blocks"), SECTIONS, ids=[f"{page}: {heading}" for page, heading, _ in SECTIONS]
)
def test_examples_run(
    page: str,
    heading: str,
    blocks: list[Token],
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    (project.folder / "programs").mkdir()
    (project.folder / "programs" / "rsync").symlink_to("/bin/true")  # is not installed everywhere
    monkeypatch.setenv("PATH", f"{project.folder / 'programs'}:{os.environ['PATH']}")
    with serving_sites() as sites:
        project.configure(sites.local(BEGIN))
        project.run()
        play(blocks, project, sites)


def test_each_task_has_an_example() -> None:
    tasks = [text for level, text in headings_of("docs/howto.md") if level == 2]
    assert len(tasks) >= 20
    assert set(tasks) == set(sections_of("docs/howto.md"))
