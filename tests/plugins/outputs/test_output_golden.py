"""Every output against the file it wrote before: `UPDATE_GOLDEN=1 pytest` writes them anew, to be looked at."""

from __future__ import annotations

import os
from typing import Any

import pytest
from project import DATA
from sample_edition import EDITION, edition, made

GOLDEN = DATA / "outputs"
HUB = {"hub": "https://hub.example/"}
FILES: dict[str, tuple[str, dict[str, Any]]] = {
    "feed.xml": ("rss", HUB),
    "atom.xml": ("atom", HUB),
    "feed.json": ("jsonfeed", HUB),
    "articles.jsonl": ("jsonl", {}),
    "daily.md": ("markdown", {}),
    "index.html": ("html", {"path": "index.html"}),
    "sources.opml": ("opml", {}),
}


@pytest.mark.parametrize("name", FILES)
def test_it_writes_what_it_wrote(name: str) -> None:
    plugin, options = FILES[name]
    written = made(plugin, **options)
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / name).write_bytes(written)
    assert written == (GOLDEN / name).read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_the_same_stories_give_the_same_bytes(name: str) -> None:
    plugin, options = FILES[name]
    assert made(plugin, **options) == made(plugin, edition(*EDITION.stories), **options)
