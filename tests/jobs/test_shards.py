"""Shards: the same for all hosts of a publisher, even in size, and the same however many jobs there are."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.http.origins import registrable_domain
from aggregator.jobs.shards import SHARDS, Part, parts_for, shard_of, shard_of_domain, shard_of_scope


@pytest.mark.parametrize(
    "other",
    [
        "http://example.co.uk/",
        "https://feeds.example.co.uk/b?c=d",
        "https://FEEDS.Example.co.uk:8443/",
        "https://user:secret@a.b.example.co.uk./feed",
    ],
)
def test_hosts_of_a_registrable_domain_are_in_one_shard(other: str) -> None:
    assert shard_of(other) == shard_of("https://www.example.co.uk/feed.xml")


@pytest.mark.parametrize(
    ("connection", "url"),
    [
        ("tcp://imap.example.co.uk:993", "https://example.co.uk/"),
        ("tcp://mail.example.co.uk", "https://www.example.co.uk/feed.xml"),
        ("tcp://192.0.2.1:143", "http://192.0.2.1/feed.xml"),
        ("tcp://[2001:db8::1]:993", "https://[2001:db8::1]/feed.xml"),
    ],
)
def test_connection_of_another_protocol_is_in_the_shard_of_its_host(connection: str, url: str) -> None:
    assert shard_of(connection) == shard_of(url)


def test_shard_is_the_same_on_every_machine_and_in_every_version() -> None:
    """Rows and locks hold these numbers: they must never change."""
    assert [shard_of(f"https://{name}.example/") for name in ("one", "two")] == [191, 140]
    assert shard_of("my mailbox") == 27


@given(st.text())
def test_every_source_has_a_shard(address: str) -> None:
    assert 0 <= shard_of(address) < SHARDS
    assert 0 <= shard_of(f"https://{address}") < SHARDS
    assert 0 <= shard_of(f"tcp://{address}") < SHARDS


def test_domains_are_spread_evenly() -> None:
    sizes = Counter(shard_of(f"https://www.outlet{n}.example/feed") for n in range(25_600))
    assert len(sizes) == SHARDS
    assert max(sizes.values()) < 160


@pytest.mark.parametrize(
    "scope",
    ["address https://www.one.example/feed", "host www.one.example", "host www.one.example:8080", "domain one.example"],
)
def test_retry_after_rule_is_in_the_shard_of_its_publisher(scope: str) -> None:
    assert shard_of_scope(scope) == shard_of("https://one.example/")


@pytest.mark.parametrize(
    "url", ["https://www.one.example/", "https://127.0.0.1:8080/", "http://[::1]:81/", "http://a/"]
)
def test_registrable_domain_is_in_the_shard_of_its_addresses(url: str) -> None:
    assert shard_of_domain(registrable_domain(url)) == shard_of(url)


@given(st.integers(0, 10_000_000))
def test_parts_cover_each_shard_once(sources: int) -> None:
    of = parts_for(sources)
    covered = [shard for number in range(of) for shard in Part(number, of).shards]
    assert sorted(covered) == list(range(SHARDS))


@pytest.mark.parametrize(("sources", "parts"), [(0, 4), (200, 4), (201, 8), (1_000, 32), (12_800, 256), (10**6, 256)])
def test_number_of_jobs_follows_the_number_of_sources(sources: int, parts: int) -> None:
    assert parts_for(sources) == parts
