"""The outputs follow the rules of their formats: for the samples, for real feeds, and for malicious texts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest
from epub_checker import check_epub
from feed_rules import MALICIOUS, OF_SOURCES, check_atom, check_json_feed, check_opml, check_rss
from html_checker import check_html
from project import ROOT, Project, shared
from sample_edition import edition, hostile_edition, render

from aggregator import Edition

FILES: dict[str, tuple[str, Callable[[bytes, Collection[str]], Any]]] = {
    "rss": ("feed.xml", check_rss),
    "atom": ("atom.xml", check_atom),
    "jsonfeed": ("feed.json", check_json_feed),
    "opml": ("sources.opml", check_opml),
    "epub": ("daily.epub", lambda book, ignored: check_epub(book)),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("sample", [edition(), edition(url="", tagline="", title="")], ids=["empty", "unnamed"])
def test_small_editions(name: str, sample: Edition) -> None:
    FILES[name][1](render(name, sample), ())


@pytest.mark.parametrize("name", FILES)
def test_malicious_texts(name: str) -> None:
    FILES[name][1](render(name, hostile_edition()), MALICIOUS)


def publish(folder: Path, sources: str, limit: int) -> Path:
    """Publish these sources in each format, and return the folder of the outputs."""
    outputs = {"html": "index.html"} | {plugin: file for plugin, (file, _) in FILES.items()}
    tables = [
        f'[[outputs]]\nplugin = "{plugin}"\npath = "public/{file}"\nlimit = {limit}\n'
        for plugin, file in outputs.items()
    ]
    project = Project(folder)
    project.configure(f'title = "Daily"\nurl = "https://daily.example/"\n{sources}\n' + "\n".join(tables))
    project.run()
    return folder / "public"


def check_all(folder: Path, ignored: Collection[str] = ()) -> None:
    for file, check in FILES.values():
        check((folder / file).read_bytes(), ignored)
    check_html({"index.html": (folder / "index.html").read_bytes()})


@pytest.mark.e2e
def test_samples(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    configuration = (ROOT / "config.toml").read_text(encoding="utf-8")
    sources = configuration[configuration.index("\n[[sources]]\nurl") : configuration.index("\n[[outputs]]")]
    check_all(publish(tmp_path, sources, limit=0))


@pytest.mark.e2e
@pytest.mark.slow
def test_real_feeds(tmp_path: Path) -> None:
    paths = sorted(shared("feeds").glob("*.xml"))
    sources = "\n".join(f'[[sources]]\nplugin = "feed"\nurl = "{path}"\n' for path in paths)
    check_all(publish(tmp_path, sources, limit=1_000), OF_SOURCES)
