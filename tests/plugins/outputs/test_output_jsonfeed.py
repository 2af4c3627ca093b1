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
    document = feed(sample)
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["title"] and isinstance(document["items"], list)
    for entry in document["items"]:
        assert set(entry) <= ITEM_KEYS
        assert isinstance(entry["id"], str) and isinstance(entry["content_html"], str)
        assert DATE.match(entry["date_published"]) and DATE.match(entry["date_modified"])
        assert all(author["name"] for author in entry["authors"])
        assert all(attachment["url"] and attachment["mime_type"] for attachment in entry.get("attachments", []))
        addresses = [entry.get("url"), entry.get("image"), *(a["url"] for a in entry.get("attachments", []))]
        assert all(address.startswith("https://x.example/") for address in addresses if address) or sample is EDITION


def test_the_feed_has_its_own_addresses() -> None:
    document = feed(hub="https://hub.example/")
    assert document["home_page_url"] == "https://daily.example/"
    assert document["feed_url"] == "https://daily.example/feeds/feed.json"
    assert document["description"] == "Focus on the big picture."
    assert document["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    nowhere = feed(edition(url="", itself=Publication("jsonfeed", "f", "f"), publications=()))
    assert not {"home_page_url", "feed_url", "hubs"} & set(nowhere)


def test_an_item_is_a_story() -> None:
    document = item(BRIDGE)
    assert (document["id"], document["url"], document["title"]) == (BRIDGE.id, BRIDGE.url, BRIDGE.title)
    assert document["authors"] == [{"name": "Ada Lark"}, {"name": "Tom Fenn"}]
    assert (document["date_published"], document["date_modified"]) == ("2026-11-24T09:30:00Z", "2026-11-24T12:30:00Z")
    assert "Also covered by" in document["content_html"] and "script" not in document["content_html"]


def test_the_extension_describes_the_story() -> None:
    document = item(BRIDGE)["_aggregate"]
    assert document["source"] == {"name": "River Post", "url": "https://river.example/"}
    assert [article["source"] for article in document["also"]][:2] == ["Metro Ledger", "Harbour Times"]
    assert [article["source"] for article in document["copies"]] == ["Touchline"]
    assert len(document["why"]) == 4


def test_attachments_have_size_and_duration() -> None:
    (sound,) = item(PODCAST)["attachments"]
    assert (sound["size_in_bytes"], sound["duration_in_seconds"]) == (24_986_239, 1_934)


def test_language_of_the_feed_and_of_each_item() -> None:
    assert feed(edition(BRIDGE, OWLS))["language"] == "en"
    mixed = feed(edition(BRIDGE, GERMAN))
    assert "language" not in mixed
    assert [entry["language"] for entry in mixed["items"]] == ["en", "de"]
