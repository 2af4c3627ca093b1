"""The store: reading and writing, rejected files, and the cost of a run."""

from __future__ import annotations

import os
import re
import sqlite3
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from statements import recorded
from stored_articles import NOW, SOURCES, WINDOW, article, place, save
from stores import execute

from aggregator.config.settings import SourceSettings
from aggregator.errors import StoreError
from aggregator.grouping.types import Grouping, Placement
from aggregator.http.retry_after import RetryAfterRule
from aggregator.ingest.identify import DroppedItem, FetchedArticle, Identified, SourceArticles
from aggregator.model import Article, Enclosure, Outlet, Related
from aggregator.store import OutputState, Selection, Store, StoreLocation


def test_article_is_stored_completely(store: Store) -> None:
    whole = article(
        1,
        content="<p>Text</p>",
        authors=("Ann", "Bea"),
        updated=NOW,
        language="de",
        tags=("Stadt",),
        image="https://one.example/i.png",
        enclosures=(Enclosure("https://one.example/a.mp3", "audio/mpeg", 3, 4),),
        related=(Related("Other", "https://one.example/o"),),
    )
    bare = Article(id="id2", url=None, title="", summary="text", first_seen=NOW, source=Outlet("One"))
    save(store, [whole, bare])
    place(store, [1], [2])
    assert {story.articles[0] for story in store.stories()} == {whole, bare}


def test_stories_are_newest_first_with_copies(store: Store) -> None:
    save(store, [article(n) for n in range(6)])
    place(store, [3, 1], [2], [5], copies={4: 3, 0: 3})
    first, second, third = store.stories()
    assert [a.id for a in first.articles] == ["id3", "id1"]
    assert first.why == ("because of 1",)
    assert [(copy.article.id, copy.of) for copy in first.copies] == [("id4", "id3"), ("id0", "id3")]
    assert [s.articles[0].id for s in (second, third)] == ["id2", "id5"]
    assert store.story("00000000") == first
    with pytest.raises(StoreError, match="3 stories begin"):
        store.story("000")
    with pytest.raises(StoreError, match="no story begins"):
        store.story("f")


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        ({}, ["id1", "id2", "id3"]),
        ({"limit": 2}, ["id1", "id2"]),
        ({"since": NOW - timedelta(hours=2)}, ["id1", "id2"]),
        ({"tags": ["CITY"]}, ["id2"]),
        ({"tags": ["city", "world"]}, ["id1", "id2"]),
        ({"language": "en"}, ["id1", "id3"]),
        ({"language": "en-GB"}, ["id3"]),
        ({"sources": ["One"]}, ["id1", "id2", "id3"]),
        ({"sources": ["two"]}, []),
        ({"tags": ["world"], "language": "de"}, []),
    ],
)
def test_outputs_select_stories(store: Store, selection: dict[str, Any], ids: list[str]) -> None:
    save(store, [article(1, tags=("world",), language="en"), article(2, tags=("City",)), article(3, language="en-GB")])
    place(store, [1], [2], [3])
    assert [story.articles[0].id for story in store.stories(Selection(**selection))] == ids


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("hauser", ["id1", "id2"]),
        ("FLUß", ["id1", "id2"]),
        ("number 2", ["id2"]),
        ("haus", ["id1", "id2"]),
        ("haus am", []),
        ('"NEAR( OR -x* col:', []),
        ("' ; --", []),
    ],
)
def test_search_finds_words_and_prefixes(store: Store, words: str, ids: list[str]) -> None:
    save(store, [article(1), article(2)])
    assert [found.article.id for found in store.search(words, 0)] == ids


def test_search_follows_edits(store: Store) -> None:
    state = save(store, [article(1)])
    assert store.search("zeppelin", 0) == []
    edited = FetchedArticle(article=article(1, title="Zeppelin"), guid="id1", fingerprint=b"new")
    [stored] = store.match_candidates(state, [edited], set())
    store.save(state, SourceArticles(identified=[Identified(fetched=edited, stored=stored)]), b"", NOW)
    assert len(store.search("zeppelin", 0)) == 1
    assert store.search("häuser", 0) == []


def test_dropped_item_is_unchanged_while_the_filters_are_the_same(store: Store) -> None:
    [state, _] = store.states(SOURCES)
    fetched = FetchedArticle(article=article(1), guid="id1", fingerprint=b"mark")
    dropped = DroppedItem(fetched=fetched, filter="drop", reason="coupon")
    store.save(state, SourceArticles(dropped=[dropped]), b"filters", NOW)
    assert store.unchanged(state, [b"mark", b"other"], b"filters") == {b"mark"}
    assert store.unchanged(state, [b"mark"], b"other filters") == set()
    [trace] = store.find("https://one.example/1", None)
    assert (trace.dropped_by, trace.reason, trace.article) == ("drop", "coupon", None)


def test_edited_address_keeps_the_state_of_a_named_source(store: Store) -> None:
    state = save(store, [article(1)])
    moved = SourceSettings(url="https://one.example/new-feed", name="one")
    [found] = store.states([moved])
    assert found.key != state.key  # the name is stored by the first run
    import msgspec

    store.save_states(
        [msgspec.structs.replace(state, name="one", etag='"x"', moved_to="https://one.example/elsewhere")]
    )
    again = SourceSettings(url="https://one.example/newest-feed", name="one")
    [found] = store.states([again])
    assert (found.key, found.address, found.etag, found.moved_to) == (state.key, again.url, None, None)


def test_prune_deletes_articles_that_are_neither_listed_nor_shown(store: Store) -> None:
    import msgspec

    state = save(store, [article(n) for n in range(1, 5)], now=NOW)
    place(store, [1], [2], [3], [4])
    later = NOW + timedelta(days=200)
    fresh = msgspec.structs.replace(state, last_full=later)
    store.save(fresh, SourceArticles(unchanged=[b"id1"]), b"", later)  # only the first is still in the feed
    shown = {story.id for story in store.stories() if story.articles[0].id == "id2"}
    store.save_output("feed.xml", OutputState(made=NOW), shown)
    assert store.prune(later - timedelta(days=180)) == 2
    assert {story.articles[0].id for story in store.stories()} == {"id1", "id2"}
    assert store.prune(later - timedelta(days=180)) == 0


def test_articles_of_an_unchanged_feed_are_not_pruned(store: Store) -> None:
    import msgspec

    state = save(store, [article(1)])
    place(store, [1])
    store.save_states([msgspec.structs.replace(state, last_full=NOW, last_success=NOW + timedelta(days=300))])
    assert store.prune(NOW + timedelta(days=100)) == 0


def write_foreign(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("create table theirs (x)")
    database.close()


def write_newer(path: Path) -> None:
    with Store.open(path):
        pass
    with sqlite3.connect(path) as database:
        database.execute("pragma journal_mode = delete")
        database.execute("pragma user_version = 99")
    database.close()


def write_truncated(path: Path) -> None:
    with Store.open(path):
        pass
    path.write_bytes(path.read_bytes()[:6000])


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (write_foreign, "another program"),
        (write_newer, "newer aggregate"),
        (write_truncated, "is truncated"),
        (lambda path: path.write_bytes(b"hello, world"), "is not a database"),
        (lambda path: path.write_bytes(b"SQLite format 3\0" + struct.pack(">84x")), "another program"),
    ],
    ids=["foreign", "newer", "truncated", "text", "empty header"],
)
def test_other_file_is_rejected_and_not_changed(tmp_path: Path, write: Any, message: str) -> None:
    path = tmp_path / "store.db"
    write(path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(StoreError, match=message) as caught:
        Store.open(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_damaged_page_is_reported_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        save(store, [article(n) for n in range(200)])
    content = bytearray(path.read_bytes())
    content[4096 : len(content) // 2] = b"\xff" * (len(content) // 2 - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"), Store.open(path) as store:
        store.stories()
        store.articles_to_group(1000)


def test_interrupted_transaction_is_rolled_back(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db") as store:
        save(store, [article(1)])
        with pytest.raises(KeyboardInterrupt), store._writing() as connection:
            connection.execute("DELETE FROM articles")
            raise KeyboardInterrupt
    with Store.open(tmp_path / "store.db") as store:
        assert len(store.articles_to_group(10)) == 1


@pytest.mark.parametrize("name", ["fifo", "folder"])
def test_what_is_not_a_file_is_rejected_and_kept(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    os.mkfifo(path) if name == "fifo" else path.mkdir()
    with pytest.raises(StoreError, match="is not a file"):
        Store.open(path)
    assert path.is_fifo() == (name == "fifo")


def test_reading_is_possible_while_a_run_writes(store_location: StoreLocation) -> None:
    with Store.open(store_location) as writer, Store.open(store_location) as reader:
        save(writer, [article(1)])
        place(writer, [1])
        with writer._writing():
            assert len(reader.stories()) == 1


def test_run_does_not_scan_the_articles(tmp_path: Path) -> None:
    """The cost of a run depends on the new articles only."""
    with Store.open(tmp_path / "store.db") as store:
        assert_no_scan(store)


def assert_no_scan(store: Store) -> None:
    save(store, [article(n) for n in range(20)])
    place(store, *[[n] for n in range(20)])
    with recorded(store.connection) as statements:
        state = store.states(SOURCES)[0]
        fetched = FetchedArticle(article=article(50), guid="id50", fingerprint=b"50")
        store.unchanged(state, [b"50", b"id1"], b"")
        store.match_candidates(state, [fetched], {b"id1"})
        store.save(state, SourceArticles(identified=[Identified(fetched=fetched)], unchanged=[b"id1"]), b"", NOW)
        store.grouped_near([article(50).date], timedelta(hours=1))
        [member] = store.articles_to_group(1000)
        grouping = Grouping(
            placements=[Placement(key=member.key, story="urn:uuid:x")],
            new_stories={"urn:uuid:x": 0},
            merged={"urn:uuid:00000003": "urn:uuid:00000004"},
            records={member.key: b"words"},
            frequencies=b"met",
        )
        store.save_grouping(grouping, WINDOW, NOW)
        store.by_key([member.key])
        store.decisions()
        store.frequencies()
        store.stories(Selection(limit=5))
        store.recent_stories(Selection(limit=5), None)
        store.arrived_stories(Selection(limit=5), None, NOW)
        store.prune(NOW - timedelta(days=180))
    plans = [
        (statement, row[3])
        for statement in statements
        if statement.split()[0] in ("SELECT", "UPDATE", "DELETE")
        for row in store.connection.execute(f"EXPLAIN QUERY PLAN {statement}")
    ]
    assert len(plans) > 10
    scans = [(plan, statement) for statement, plan in plans if re.match("SCAN (articles|a)\\b", plan)]
    assert scans == []


def test_a_pause_of_a_publisher_only_grows_until_it_has_expired(store: Store) -> None:
    now = int(datetime.now(UTC).timestamp())
    long, short = RetryAfterRule("host a.example", now + 900, 3), RetryAfterRule("host a.example", now + 300, 1)
    store.save_retry_after({long.scope: long})
    store.save_retry_after({long.scope: short})
    store.save_retry_after({long.scope: None})
    assert store.retry_after_rules() == [long]
    past = RetryAfterRule("host b.example", now - 10, 3)
    store.save_retry_after({past.scope: past})
    store.save_retry_after({past.scope: RetryAfterRule("host b.example", now + 60, 1)})
    assert store.retry_after_rules()[1] == RetryAfterRule("host b.example", now + 60, 3)


def test_a_pause_that_was_stored_while_the_clock_was_wrong_is_replaced(store: Store) -> None:
    now = int(datetime.now(UTC).timestamp())
    store.save_retry_after({"host a.example": RetryAfterRule("host a.example", now + 10**9, 9)})
    right = RetryAfterRule("host a.example", now + 60, 1)
    store.save_retry_after({right.scope: right})
    assert store.retry_after_rules() == [right]


def test_an_expired_pause_is_deleted_and_its_count_forgotten_after_a_day(store: Store) -> None:
    now = int(datetime.now(UTC).timestamp())
    old, new = RetryAfterRule("host a.example", now - 5 * 86400, 7), RetryAfterRule("host a.example", now + 60, 1)
    store.save_retry_after({old.scope: old})
    store.save_retry_after({new.scope: new})
    assert store.retry_after_rules() == [new]
    expired = RetryAfterRule("host b.example", now - 1, 1)
    store.save_retry_after({expired.scope: expired})
    store.save_retry_after({"host b.example": None})
    assert store.retry_after_rules() == [new]


def test_output_stays_out_of_date_if_a_worker_changes_what_it_shows_while_it_is_made(store: Store) -> None:
    def make(*, change: bool) -> bool:
        store.begin_outputs()
        if change:
            execute(store, "UPDATE outputs SET fresh = 0")  # as whatever stores an article does
        store.save_output("news", OutputState(edition=b"", inputs=b"", made=NOW, fresh=True), [])
        return store.output_state("news").fresh

    assert make(change=False)
    assert not make(change=True)
    store.begin_outputs()
    execute(store, "UPDATE outputs SET fresh = 0")
    store.mark_fresh("news")
    assert not store.output_state("news").fresh
    store.begin_outputs()
    assert not store.output_state("news").fresh
    store.mark_fresh("news")
    assert store.output_state("news").fresh
    assert make(change=False)
