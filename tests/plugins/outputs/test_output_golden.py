"""Compares every output with a golden file; `UPDATE_GOLDEN=1 pytest` rewrites the files, for review."""

from __future__ import annotations

import os
from typing import Any

import pytest
from project import DATA
from sample_edition import EDITION, edition, render

GOLDEN = DATA / "outputs"
HUB = {"hub": "https://hub.example/"}
FILES: dict[str, tuple[str, dict[str, Any]]] = {
    "feed.xml": ("rss", HUB),
    "atom.xml": ("atom", HUB),
    "feed.json": ("jsonfeed", HUB),
    "articles.jsonl": ("jsonl", {}),
    "daily.md": ("markdown", {}),
    "daily.txt": ("text", {}),
    "index.html": ("html", {"path": "index.html"}),
    "sources.opml": ("opml", {}),
}


@pytest.mark.parametrize("name", FILES)
def test_the_output_equals_its_golden_file(name: str) -> None:
    plugin, options = FILES[name]
    written = render(plugin, **options)
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / name).write_bytes(written)
    assert written == (GOLDEN / name).read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_outputs_are_deterministic(name: str) -> None:
    plugin, options = FILES[name]
    assert render(plugin, **options) == render(plugin, edition(*EDITION.stories), **options)
