"""The name of the outlet at the end of a headline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.headlines import without_outlet

BRIDGE = "Ferrier Bridge reopens to buses"


@pytest.mark.parametrize(
    ("tail", "outlet", "url"),
    [
        (" - The Washington Post", "World", "https://www.washingtonpost.com/"),
        (" | Reuters", "Reuters", None),
        (" – DER SPIEGEL", "Spiegel - Schlagzeilen", "https://www.spiegel.de/"),
        (" - BBC News", "BBC News - Home", "https://www.bbc.co.uk/news/"),
        (" - BBC", "BBC News", "https://www.bbc.co.uk/news/"),
        (" — L'Equipe", "L’Équipe", None),
        (" | courier.example", "The Courier", "https://www.courier.example/"),
        (" :: The Courier", "courier", None),
        (" - Courier - The Courier", "Courier", None),
        (" – Sound Code - Mark's", "Sound Code - Mark's", None),
        (" | Лента.ру", "Лента.ру", None),
    ],
)
def test_the_outlet_is_removed(tail: str, outlet: str, url: str | None) -> None:
    assert without_outlet(BRIDGE + tail, outlet, url) == BRIDGE


@pytest.mark.parametrize(
    ("title", "outlet"),
    [
        ("Trump – Biden", "The Courier"),
        ("Spurs - Arsenal", "Arsenal"),
        (f"{BRIDGE} - Reuters", "The Courier"),
        (f"{BRIDGE} | Opinion", "The Courier"),
        (f"{BRIDGE} - Part 2", "The Courier"),
        (f"Watch: {BRIDGE}", "Watch"),
        (f"WATCH LIVE: {BRIDGE}", "The Courier"),
        (f"{BRIDGE} says The Courier", "The Courier"),
        ("The Courier", "The Courier"),
        ("- The Courier", "The Courier"),
        ("", "The Courier"),
    ],
)
def test_nothing_else_is_removed(title: str, outlet: str) -> None:
    assert without_outlet(title, outlet, "https://courier.example/") == title


TITLES = st.lists(st.sampled_from("Ferrier - | – : Courier The courier.example :: »".split()), max_size=15).map(
    " ".join
)


@given(TITLES | st.text(max_size=60))
def test_a_title_is_a_beginning_and_a_second_pass_changes_nothing(title: str) -> None:
    shown = without_outlet(title, "The Courier", "https://courier.example/")
    assert title.strip().startswith(shown)
    assert bool(shown) == bool(title.strip())
    assert without_outlet(shown, "The Courier", "https://courier.example/") == shown
