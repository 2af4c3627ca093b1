"""The JSON Feed output, by version 1.1 of the specification."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from sample_edition import BRIDGE, EDITION, GERMAN, OWLS, PODCAST, edition, hostile_edition, render

from aggregator import Edition, Publication, Story

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$")
ITEM_KEYS = {
    *("id", "url", "title", "content_html", "summary", "image", "date_published", "date_modified"),
    *("authors", "tags", "language", "attachments", "_aggregate"),
}


def feed(of: Edition = EDITION, **options: Any) -> dict[str, Any]:
    document = json.loads(render("jsonfeed", of, **options))
    assert isinstance(document, dict)
    return document


def item(of: Story) -> dict[str, Any]:
    first = feed(edition(of))["items"][0]
    assert isinstance(first, dict)
    return first


@pytest.mark.parametrize("sample", [EDITION, edition(), edition(url="", title=""), hostile_edition()])
def test_the_feed_is_valid(sample: Edition) -> None:
    found = feed(sample)
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["title"] and isinstance(found["items"], list)
    for one in found["items"]:
        assert set(one) <= ITEM_KEYS
        assert isinstance(one["id"], str) and isinstance(one["content_html"], str)
        assert DATE.match(one["date_published"]) and DATE.match(one["date_modified"])
        assert all(author["name"] for author in one["authors"])
        assert all(attachment["url"] and attachment["mime_type"] for attachment in one.get("attachments", []))
        addresses = [one.get("url"), one.get("image"), *(a["url"] for a in one.get("attachments", []))]
        assert all(address.startswith("https://x.example/") for address in addresses if address) or sample is EDITION


def test_the_feed_has_its_own_addresses() -> None:
    found = feed(hub="https://hub.example/")
    assert found["home_page_url"] == "https://daily.example/"
    assert found["feed_url"] == "https://daily.example/feeds/feed.json"
    assert found["description"] == "Focus on the big picture."
    assert found["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    nowhere = feed(edition(url="", itself=Publication("jsonfeed", "f", "f"), publications=()))
    assert not {"home_page_url", "feed_url", "hubs"} & set(nowhere)


def test_an_item_is_a_story() -> None:
    found = item(BRIDGE)
    assert (found["id"], found["url"], found["title"]) == (BRIDGE.id, BRIDGE.url, BRIDGE.title)
    assert found["authors"] == [{"name": "Ada Lark"}, {"name": "Tom Fenn"}]
    assert (found["date_published"], found["date_modified"]) == ("2026-11-24T09:30:00Z", "2026-11-24T12:30:00Z")
    assert "Also covered by" in found["content_html"] and "script" not in found["content_html"]


def test_the_extension_describes_the_story() -> None:
    found = item(BRIDGE)["_aggregate"]
    assert found["source"] == {"name": "River Post", "url": "https://river.example/"}
    assert [one["source"] for one in found["also"]][:2] == ["Metro Ledger", "Harbour Times"]
    assert [one["source"] for one in found["copies"]] == ["Touchline"]
    assert len(found["why"]) == 4


def test_attachments_have_size_and_duration() -> None:
    cover, sound = item(PODCAST)["attachments"]
    assert cover == {"url": "https://circuit.example/cover.png", "mime_type": "image/png"}
    assert (sound["size_in_bytes"], sound["duration_in_seconds"]) == (24_986_239, 1_934)


def test_language_of_the_feed_and_of_each_item() -> None:
    assert feed(edition(BRIDGE, OWLS))["language"] == "en"
    mixed = feed(edition(BRIDGE, GERMAN))
    assert "language" not in mixed
    assert [one["language"] for one in mixed["items"]] == ["en", "de"]
