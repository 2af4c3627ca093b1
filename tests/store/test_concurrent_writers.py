"""Several processes write one store: workers that collect, and one that groups."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from stored_articles import NOW, SOURCES, WINDOW, article, save
from stores import execute

from aggregator.config.store_address import DatabaseAddress
from aggregator.grouping.types import Grouping, Placement
from aggregator.ingest.identify import FetchedArticle, Identified, SourceArticles, StoredArticle
from aggregator.store import Store

ARTICLES, ROUNDS = 60, 40


@pytest.fixture
def address(postgresql_url: str, tmp_path: Path) -> DatabaseAddress:
    return DatabaseAddress(url=postgresql_url, folder=tmp_path)


def edit(key: int, number: int, title: str) -> Identified:
    one = article(number)
    known = StoredArticle(
        key=key,
        id=one.id,
        guid=one.id,
        url=one.url,
        title=one.title,
        text=None,
        published=one.published,
        first_seen=one.first_seen,
        long=False,
        present=True,
        backlog=False,
    )
    fetched = FetchedArticle(article=article(number, title=title), guid=one.id, fingerprint=b"%d" % number)
    return Identified(fetched=fetched, stored=known)


def collect(address: DatabaseAddress, source: int, seed: int) -> None:
    """Store edited, new and unchanged articles of a source, in random order."""
    choice = random.Random(seed)
    with Store.open(address) as store:
        state = store.states(SOURCES)[source]
        rows = execute(store, f"SELECT key, id FROM articles WHERE source = {state.key}")
        known = [(int(key), int(id.removeprefix("id"))) for key, id in rows]
        for n in range(ROUNDS):
            later = NOW + timedelta(days=2 * n + 2)
            edited = [edit(key, number, f"Edit {seed} {n}") for key, number in choice.sample(known, 8)]
            unchanged = [b"%d" % number for _, number in choice.sample(known, 15)]
            store.save(state, SourceArticles(identified=edited, unchanged=unchanged), b"", later)


def group(address: DatabaseAddress, seed: int) -> None:
    """Move articles between stories, and merge stories, in random order."""
    choice = random.Random(seed)
    with Store.open(address) as store:
        for n in range(ROUNDS):
            rows = execute(store, "SELECT key, story FROM articles WHERE story IS NOT NULL")
            founded = f"urn:uuid:{seed}-{n}"
            moved = [
                Placement(key=key, story=founded, why=None if not i else "x", previous_story=story)
                for i, (key, story) in enumerate(choice.sample(rows, 6))
            ]
            left = sorted({story for _, story in rows} - {one.previous_story for one in moved})
            merged = {left[0]: left[1]} if len(left) > 20 else {}
            store.save_grouping(Grouping(placements=moved, new_stories={founded: 0}, merged=merged), WINDOW, NOW)


def test_workers_and_the_process_that_groups_do_not_wait_for_each_other(address: DatabaseAddress) -> None:
    with Store.open(address) as store:
        for source in (0, 1):
            save(store, [article(n + 100 * source) for n in range(ARTICLES)], source)
        new = store.articles_to_group(1000)
        stories = {f"urn:uuid:first-{one.key}": 0 for one in new}
        placed = [Placement(key=one.key, story=f"urn:uuid:first-{one.key}") for one in new]
        store.save_grouping(Grouping(placements=placed, new_stories=stories), WINDOW, NOW)
        store.save_revisions({story: b"seen" for story in stories})
    work: list[Callable[[], None]] = [
        lambda: collect(address, 0, 1),
        lambda: collect(address, 1, 2),
        lambda: group(address, 3),
    ]
    with ThreadPoolExecutor(len(work)) as threads:
        for done in [threads.submit(one) for one in work]:
            done.result()
    with Store.open(address) as store:
        [(deadlocks,)] = execute(store, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert deadlocks == 0
        wrong = execute(
            store,
            "SELECT s.id FROM stories s WHERE size <> (SELECT count(*) FROM articles a WHERE a.story = s.id "
            "AND a.duplicate_of IS NULL)",
        )
        assert wrong == []
