"""The JSON lines output: articles as in the model."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from sample_edition import BRIDGE, EDITION, edition, render

from aggregator import Article


def lines(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body.splitlines()]


def test_a_line_is_an_article_with_its_story() -> None:
    exported = lines(render("jsonl"))
    assert {*exported[0]} == {*Article.__struct_fields__, "story", "duplicate_of", "storyline"} - {"backlog", "place"}
    assert len(exported) == sum(len(item.articles) + len(item.copies) for item in EDITION.stories)
    assert exported[0]["source"] == {"name": "River Post", "url": "https://river.example/"}
    assert exported[0]["published"] == "2026-11-24T09:30:00Z"


def test_copies_refer_to_their_original() -> None:
    exported = lines(render("jsonl", edition(BRIDGE)))
    assert {line["story"] for line in exported} == {BRIDGE.id}
    assert [line["duplicate_of"] for line in exported] == [None] * 5 + ["mayor-opens-wren-bridge"]


def test_articles_are_decoded_without_loss() -> None:
    for line, article in zip(render("jsonl", edition(BRIDGE)).splitlines(), BRIDGE.articles, strict=False):
        assert msgspec.json.decode(line, type=Article) == article


def test_stories_come_newest_first_and_an_empty_edition_is_an_empty_file() -> None:
    order = list(dict.fromkeys(line["story"] for line in lines(render("jsonl"))))
    assert order == [item.id for item in EDITION.newest]
    assert render("jsonl", edition()) == b""
