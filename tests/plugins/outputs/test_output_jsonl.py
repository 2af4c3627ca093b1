"""The JSON lines output: the article model, unchanged."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from sample_edition import BRIDGE, EDITION, edition, made

from aggregator import Article


def lines(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body.splitlines()]


def test_a_line_is_an_article_with_its_story() -> None:
    found = lines(made("jsonl"))
    assert {*found[0]} == {*Article.__struct_fields__, "story", "duplicate_of"} - {"backlog"}
    assert len(found) == sum(len(one.articles) + len(one.copies) for one in EDITION.stories)
    assert found[0]["source"] == {"name": "River Post", "url": "https://river.example/"}
    assert found[0]["published"] == "2026-11-24T09:30:00Z"


def test_copies_name_what_they_copy() -> None:
    found = lines(made("jsonl", edition(BRIDGE)))
    assert {line["story"] for line in found} == {BRIDGE.id}
    assert [line["duplicate_of"] for line in found] == [None] * 5 + ["mayor-opens-wren-bridge"]


def test_nothing_is_lost_on_the_way_back() -> None:
    for line, article in zip(made("jsonl", edition(BRIDGE)).splitlines(), BRIDGE.articles, strict=False):
        assert msgspec.json.decode(line, type=Article) == article


def test_stories_come_newest_first_and_an_empty_edition_is_an_empty_file() -> None:
    order = list(dict.fromkeys(line["story"] for line in lines(made("jsonl"))))
    assert order == [one.id for one in EDITION.newest]
    assert made("jsonl", edition()) == b""
