"""Articles that connect two others of a story."""

from __future__ import annotations

from aggregator.grouping.chains import connectors, strongest_chain

SCORES = {(1, 2): -0.5, (1, 3): 1.0, (2, 3): 0.8, (1, 4): 3.0, (2, 4): 0.2, (4, 5): 2.0, (2, 5): 0.9}


def test_connectors_are_close_to_both_articles() -> None:
    assert connectors(SCORES, 1, 2, 0.5, 3) == [3]
    assert connectors(SCORES, 1, 2, 0.1, 3) == [3, 4]
    assert connectors(SCORES, 1, 2, 0.1, 1) == [3]
    assert connectors(SCORES, 1, 2, 2.0, 3) == []


def test_the_strongest_chain_has_the_strongest_weakest_link() -> None:
    assert strongest_chain(SCORES, 1, 2) == [1, 4, 5, 2]
    assert strongest_chain({(1, 2): 1.0, (1, 3): 1.0, (2, 3): 1.0}, 1, 2) == [1, 2]
    assert strongest_chain(SCORES, 1, 9) == []
