"""The schedule on PostgreSQL: what is due, who may store it, and how it follows the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from jobs_database import (
    Database,
    addresses_of,
    collected_state,
    config_of,
    now,
    open_database,
    schedule_all,
)

from aggregator.jobs import schedule
from aggregator.jobs.roster import Entry, Roster, Synchronised, synchronise
from aggregator.jobs.schedule import due_sources, visit
from aggregator.jobs.shards import SHARDS, Part, shard_of
from aggregator.store.source_states import read_states_of
from aggregator.store.transactions import SupersededError, transaction

ALL = range(SHARDS)
HOUR = timedelta(hours=1)


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    with open_database(postgresql_url) as opened:
        yield opened


def at() -> int:
    return int(now().timestamp())


def due(database: Database, later: int = 0) -> list[str]:
    return [row.address for row in due_sources(database.connection, ALL, at() + later, 1000)]


def sync(database: Database, entries: list[Entry]) -> Synchronised:
    return synchronise(database.connection, entries, at())


def collect(database: Database, address: str, **changes: Any) -> None:
    """Store a visit of a due source, as a worker does."""
    [row] = [row for row in due_sources(database.connection, ALL, at() + 10**8, 1000) if row.address == address]
    state = read_states_of(database.connection, [row.claim.source])[row.claim.source]
    state = msgspec.structs.replace(collected_state(state, now()), **changes)
    with transaction(database.connection):
        visit(database.connection, row.claim, state)
        save(database, state)


def save(database: Database, state: Any) -> None:
    """Write the times of a state."""
    columns = ("last_try", "last_success", "next_due", "retry_at")
    values = [getattr(state, name) and int(getattr(state, name).timestamp()) for name in columns]
    assignments = ", ".join(f"{name} = %s" for name in columns)
    statement = f"UPDATE sources SET {assignments}, moved_to = %s, gone = %s WHERE key = %s"
    database.connection.execute(statement, (*values, state.moved_to, int(state.gone), state.key))


def test_new_sources_are_due_at_once(database: Database) -> None:
    schedule_all(database, addresses_of(100))
    assert sorted(due(database)) == sorted(addresses_of(100))


def test_oldest_sources_come_first_and_their_number_is_limited(database: Database) -> None:
    addresses = addresses_of(50)
    schedule_all(database, addresses)
    database.connection.execute("UPDATE schedule SET due = 1000 - source")
    keys = [row.claim.source for row in due_sources(database.connection, ALL, at(), 10)]
    assert keys == sorted((key for (key,) in database.rows("SELECT source FROM schedule")), reverse=True)[:10]


def test_only_the_sources_of_the_shards_are_returned(database: Database) -> None:
    schedule_all(database, addresses_of(100))
    shards = [shard_of(address) for address in addresses_of(3)]
    rows = due_sources(database.connection, shards, at(), 1000)
    assert {row.shard for row in rows} == set(shards)
    assert {row.address for row in rows} == {one for one in addresses_of(100) if shard_of(one) in shards}


def test_unknown_sources_do_not_keep_others_from_being_collected(database: Database) -> None:
    schedule_all(database, addresses_of(30))
    first = [row.claim.source for row in due_sources(database.connection, ALL, at(), 20)]
    rest = [row.claim.source for row in due_sources(database.connection, ALL, at(), 20, first)]
    assert len(rest) == 10
    assert not {*first} & {*rest}


def test_visited_source_is_due_when_its_state_says_so(database: Database) -> None:
    schedule_all(database, addresses_of(2))
    one, two = addresses_of(2)
    collect(database, one, next_due=now() + HOUR)
    assert due(database) == [two]
    assert due(database, 3600 - 61) == [two]
    assert sorted(due(database, 3600)) == [one, two]


def test_retry_after_and_gone_sources_are_respected(database: Database) -> None:
    one, two, three = addresses_of(3)
    schedule_all(database, [one, two, three])
    collect(database, one, retry_at=now() + 3 * HOUR)
    collect(database, two, gone=True)
    assert due(database, 2 * 3600) == [three]
    assert due(database, 10**8) == [three, one]
    counts = schedule.count_all(database.connection, now())
    assert (counts.total, counts.gone, counts.due) == (3, 1, 1)


def test_moved_source_belongs_to_the_shard_of_its_new_address(database: Database) -> None:
    [address] = addresses_of(1)
    schedule_all(database, [address])
    collect(database, address, moved_to="https://elsewhere.example/feed")
    assert database.rows("SELECT shard FROM schedule") == [(shard_of("https://elsewhere.example/"),)]


def test_second_visit_with_the_same_claim_is_refused_and_nothing_is_stored(database: Database) -> None:
    """A worker that was stopped while another collected the source must not store what it has."""
    schedule_all(database, addresses_of(1))
    [row] = due_sources(database.connection, ALL, at(), 10)
    [state] = read_states_of(database.connection, [row.claim.source]).values()
    visit(database.connection, row.claim, collected_state(state, now()))
    before = database.rows("SELECT * FROM schedule")
    with pytest.raises(SupersededError, match=state.address), transaction(database.connection):
        database.connection.execute("INSERT INTO collected VALUES (1, 1, 1)")
        visit(database.connection, row.claim, collected_state(state, now() + HOUR))
    assert database.rows("SELECT * FROM schedule") == before
    assert database.rows("SELECT * FROM collected") == []


def test_two_workers_visit_at_once_and_one_is_refused(postgresql_url: str, database: Database) -> None:
    """The second waits for the transaction of the first, and then finds another counter."""
    from threading import Thread

    schedule_all(database, addresses_of(1))
    [row] = due_sources(database.connection, ALL, at(), 10)
    [state] = read_states_of(database.connection, [row.claim.source]).values()
    refused: list[bool] = []

    def second() -> None:
        with open_database(postgresql_url) as other:
            try:
                visit(other.connection, row.claim, collected_state(state, now()))
            except SupersededError:
                refused.append(True)

    with transaction(database.connection):
        visit(database.connection, row.claim, collected_state(state, now()))
        thread = Thread(target=second)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(10)
    assert refused == [True]


def test_many_visits_return_those_that_count(database: Database) -> None:
    schedule_all(database, addresses_of(3))
    rows = due_sources(database.connection, ALL, at(), 10)
    states = read_states_of(database.connection, [row.claim.source for row in rows])
    visit(database.connection, rows[1].claim, states[rows[1].claim.source])
    visits = [(row.claim, collected_state(states[row.claim.source], now())) for row in rows]
    assert schedule.visit_all(database.connection, visits) == {rows[0].claim.source, rows[2].claim.source}
    assert schedule.visit_all(database.connection, []) == frozenset()


def test_postponed_source_is_due_later_unless_it_was_visited(database: Database) -> None:
    schedule_all(database, addresses_of(2))
    rows = due_sources(database.connection, ALL, at(), 10)
    state = read_states_of(database.connection, [rows[0].claim.source])[rows[0].claim.source]
    visit(database.connection, rows[0].claim, collected_state(state, now()))
    schedule.postpone(database.connection, [row.claim for row in rows], at() + 60)
    assert due(database) == []
    assert due(database, 60) == [rows[1].address]


def test_plan_makes_one_job_for_all_due_sources_of_a_part(database: Database) -> None:
    schedule_all(database, addresses_of(1000))
    of = schedule.parts_for_roster(database.connection)
    parts = schedule.due_parts(database.connection, at())
    assert of == 32
    assert parts == [Part(number, of) for number in range(of)]
    database.connection.execute("UPDATE schedule SET due = due + 10000000000 WHERE shard %% 32 <> 5")
    assert schedule.due_parts(database.connection, at()) == [Part(5, of)]
    database.connection.execute("UPDATE schedule SET due = NULL")
    assert schedule.due_parts(database.connection, at()) == []


def test_counts_by_age(database: Database) -> None:
    schedule_all(database, addresses_of(6))
    moment = now()
    for key, age in enumerate((-5, 10, 100, 400, 7200, 10**6), start=1):
        values = (int(moment.timestamp()) - age, key)
        database.connection.execute("UPDATE schedule SET due = %s WHERE source = %s", values)
    counts = schedule.count_all(database.connection, moment)
    assert (counts.total, counts.due, counts.overdue, counts.oldest) == (6, 5, 3, 10**6)
    assert [number for number in counts.ages.values() if number] == [1, 1, 1, 1, 1]
    assert schedule.count_due(database.connection, at()) == 5


def test_counts_of_an_empty_schedule(database: Database) -> None:
    counts = schedule.count_all(database.connection, now())
    assert (counts.total, counts.due, counts.overdue, counts.oldest) == (0, 0, 0, 0)
    assert schedule.count_due(database.connection, at()) == 0


def test_roster_follows_the_configuration(database: Database) -> None:
    one, two, three = addresses_of(3)
    first = sync(database, [Entry(one), Entry(two)])
    assert (first.added, first.removed, first.total, first.parts) == (2, 0, 2, 4)
    second = sync(database, [Entry(two), Entry(three)])
    assert (second.added, second.removed, second.total) == (1, 1, 2)
    third = sync(database, [Entry(two), Entry(three)])
    assert (third.added, third.removed, third.changed) == (0, 0, 0)
    assert sorted(due(database)) == [two, three]


def test_source_that_was_paused_is_due_when_its_state_says_so(database: Database) -> None:
    [one] = addresses_of(1)
    sync(database, [Entry(one, 3600)])
    collect(database, one)
    sync(database, [])
    assert database.rows("SELECT * FROM schedule") == []
    sync(database, [Entry(one, 3600)])
    assert due(database) == []
    assert due(database, 3600) == [one]


def test_changed_every_changes_when_a_source_is_due(database: Database) -> None:
    one, two = addresses_of(2)
    sync(database, [Entry(one, 3600), Entry(two, 3600)])
    collect(database, one)
    collect(database, two)
    assert sync(database, [Entry(one, 7200), Entry(two, 3600)]).changed == 1
    assert due(database, 3600) == [two]
    assert sorted(due(database, 7200)) == [one, two]


def test_claim_from_before_a_change_of_every_is_refused(database: Database) -> None:
    [one] = addresses_of(1)
    sync(database, [Entry(one, 3600)])
    [row] = due_sources(database.connection, ALL, at(), 10)
    sync(database, [Entry(one, 60)])
    [state] = read_states_of(database.connection, [row.claim.source]).values()
    with pytest.raises(SupersededError):
        visit(database.connection, row.claim, collected_state(state, now()))


def test_last_try_in_the_future_makes_a_source_due(database: Database) -> None:
    """The clock of the machine that collected it was wrong."""
    [one] = addresses_of(1)
    sync(database, [Entry(one, 3600)])
    collect(database, one, last_try=now() + 1000 * HOUR, next_due=now() + 1001 * HOUR)
    assert due(database) == []
    sync(database, [Entry(one, 3600)])
    assert due(database) == [one]


def test_first_entry_of_an_address_counts(database: Database) -> None:
    entries = [
        Entry("https://one.example/feed", 60),
        Entry("http://one.example/feed/", None, "list", {"url": "http://one.example/feed/"}),
        Entry("https://two.example/", None, "list", {"url": "https://two.example/", "name": "Two"}),
        Entry("https://two.example/", None, "other", {"url": "https://two.example/", "name": "2"}),
    ]
    sync(database, entries)
    rows = due_sources(database.connection, ALL, at(), 10)
    assert {row.address: row.list for row in rows} == {"https://one.example/feed": None, "https://two.example/": "list"}


def test_list_entries_give_the_settings_of_its_feeds(database: Database) -> None:
    config = config_of(["https://lists.example/all.opml"], plugin="opml", tags=("world",), every=None)
    roster, key = Roster(config), "https://lists.example/all.opml"
    tables: list[dict[str, Any]] = [
        {"url": "https://one.example/feed", "name": "One", "tags": ["a"]},
        {"url": "https://two.example/feed", "every": "2h"},
        {"url": "file:///etc/passwd"},
        {"url": "https://paused.example/", "enabled": False},
        {"name": "without an address"},
    ]
    sync(database, [*roster.entries({key: tables, "https://unknown.example/": tables})])
    found = {
        row.address: (roster.settings(row.address, row.list, row.entry), row.claim.every)
        for row in due_sources(database.connection, ALL, at(), 10)
    }
    assert sorted(found) == [key, "https://one.example/feed", "https://two.example/feed"]
    one, every = found["https://one.example/feed"]
    assert one and (one.name, one.tags, every) == ("One", ("a", "world"), None)
    two, every = found["https://two.example/feed"]
    assert two and (two.every, every) == (2 * HOUR, 7200)
    assert Roster(config_of([])).settings("https://one.example/feed", key, "{}") is None


def test_changed_list_entry_is_written_and_others_are_not(database: Database) -> None:
    feeds = [Entry(one, None, "list", {"url": one, "name": "A"}) for one in addresses_of(100)]
    assert sync(database, feeds).changed == 100
    before = dict(database.rows("SELECT source, xmin::text FROM listed"))
    changed = [*feeds[:-1], Entry(feeds[-1].address, None, "list", {"url": feeds[-1].address, "name": "B"})]
    assert sync(database, changed).changed == 1
    after = dict(database.rows("SELECT source, xmin::text FROM listed"))
    assert sum(before[key] != after[key] for key in before) == 1
    assert sync(database, []).total == 0
    assert database.rows("SELECT * FROM listed") == []


def test_two_processes_synchronise_at_once(postgresql_url: str, database: Database) -> None:
    from threading import Thread

    def one() -> None:
        with open_database(postgresql_url) as other:
            schedule_all(other, addresses_of(500))

    threads = [Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert schedule.count_due(database.connection, at()) == 500


def scans(database: Database) -> tuple[int, int]:
    """Return how often the schedule was read as a whole, and through an index."""
    database.rows("SELECT pg_stat_force_next_flush()")
    statistics = "SELECT seq_scan, idx_scan FROM pg_stat_user_tables WHERE relname = 'schedule'"
    [(table_scans, index_scans)] = database.rows(statistics)
    return table_scans, index_scans


def test_due_query_reads_the_index_only_where_it_must(database: Database) -> None:
    """However many sources there are, finding the due shards costs one probe for each shard."""
    database.connection.execute("INSERT INTO sources (address) SELECT 'x' || n FROM generate_series(1, 20000) n")
    database.connection.execute(
        "INSERT INTO schedule (source, due, shard) SELECT key, 2000000000 + key, key %% 256 FROM sources"
    )
    database.connection.execute("ANALYZE schedule")
    before = scans(database)
    assert schedule.due_shards(database.connection, ALL, at()) == []
    table_scans, index_scans = (after - earlier for after, earlier in zip(scans(database), before, strict=True))
    assert (table_scans, index_scans) == (0, SHARDS)


def test_settings_that_workers_share(database: Database) -> None:
    assert schedule.read_setting(database.connection, "a") is None
    schedule.write_setting(database.connection, "a", "1")
    schedule.write_setting(database.connection, "a", "2")
    assert schedule.read_setting(database.connection, "a") == "2"
