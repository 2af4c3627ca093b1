"""Cleaning of headlines: removes what outlets and aggregators add, and keeps other titles whole."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.grouping.features.clean_title import headline, without_label, without_outlet, words_of
from aggregator.grouping.features.wording import wording_of
from aggregator.model import Article, Outlet

BRIDGE = "Ferrier Bridge reopens to buses"


@pytest.mark.parametrize(
    ("title", "outlet", "host"),
    [
        (f"{BRIDGE} - The Courier", "Courier", "news.example"),
        (f"{BRIDGE} | Courier", "The Courier", "news.example"),
        (f"{BRIDGE} :: WXYZ", "Local news", "www.wxyz.example"),
        (f"{BRIDGE} – courier.example", "Hub", "news.example"),
        (f"UPDATE 2-{BRIDGE}", "Wire", "wire.example"),
        (f"WATCH: {BRIDGE}", "Wire", "wire.example"),
    ],
)
def test_outlets_and_prefixes_are_removed(title: str, outlet: str, host: str) -> None:
    assert without_outlet(title, outlet, f"https://{host}/ferrier-bridge") == BRIDGE


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("Spurs - Arsenal", "https://courier.example/spurs-arsenal"),
        ("Live - Courier", "https://courier.example/live"),
        ("How the harbour was built - the Romans", "https://courier.example/the-romans"),
        ("Watch the birds: a guide", "https://courier.example/birds"),
        ("", "https://courier.example/"),
    ],
)
def test_other_titles_are_unchanged(title: str, url: str) -> None:
    assert without_outlet(title, "Courier", url) == title


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        (f"Opinion: {BRIDGE}", BRIDGE),
        (f"{BRIDGE} | Any Name", BRIDGE),
        (f"Live updates: {BRIDGE} - Any Name", BRIDGE),
        (f"{BRIDGE} - Part 2", f"{BRIDGE} - Part 2"),
        ("Quill: I stay", "Quill: I stay"),
        ("Spurs - Arsenal", "Spurs - Arsenal"),
    ],
)
def test_labels_are_removed_if_a_headline_remains(title: str, bare: str) -> None:
    assert without_label(title) == bare


def test_words() -> None:
    assert (
        words_of("Stop, said Ada Quill. She left, 5–3; U.S. fans wept")
        == "stop said Ada Quill she left 5 3 u S fans wept"
    )
    assert words_of("日本GDP 2%増") == "日 本 GDP 2 増"
    assert words_of("… — 🔥") == ""


@pytest.mark.parametrize(
    ("title", "summary", "expected"),
    [
        (f"{BRIDGE} - Northgate Herald", "", BRIDGE),
        (f"{BRIDGE} | WXYZ", "", BRIDGE),
        (f"{BRIDGE} - Herald", f"{BRIDGE}  Herald", BRIDGE),
        (f"{BRIDGE} - Herald", "After 19 months buses cross the Wend again. Herald", BRIDGE),
        (f"{BRIDGE} - Herald", "After 19 months buses cross the Wend again.", f"{BRIDGE} - Herald"),
        (f"{BRIDGE} - Part 2", "", f"{BRIDGE} - Part 2"),
        (f"{BRIDGE} - and trams", "", f"{BRIDGE} - and trams"),
        ("Spurs - Arsenal", "", "Spurs - Arsenal"),
        ("桥今日重新开放！_详细解读_36氪", "", "桥今日重新开放！"),
    ],
)
def test_additions_of_aggregators_are_removed(title: str, summary: str, expected: str) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    article = Article(id="1", url=None, title=title, summary=summary, first_seen=now, source=Outlet("Hub"))
    assert headline(title, wording_of(article)) == expected
