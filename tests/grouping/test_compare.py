"""Compare two stored articles."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from grouping_runs import new_article

from aggregator.grouping.article_index import LINK
from aggregator.grouping.compare import Comparer, closest_articles
from aggregator.grouping.settings import StoriesSettings
from aggregator.grouping.thresholds import Thresholds
from aggregator.grouping.types import GroupedArticle, Lookup, NewArticle

REPORTS = {
    1: ("Courier", 0, "Ferrier Bridge reopens after 19 months", "All 212 hangers of the bridge were replaced."),
    2: ("Wire", 1, "London reopens Ferrier Bridge after repair", "Its 212 hangers were replaced in 19 months."),
    3: ("Wire", 9, "Halvard Airlines pilots strike", "The union rejected 3.1 per cent at Anford airport."),
}


def articles_by_key() -> dict[int, NewArticle]:
    return {key: new_article(key, *row) for key, row in REPORTS.items()}


def grouped(articles: dict[int, NewArticle], links: dict[int, dict[int, float]] | None = None) -> list[GroupedArticle]:
    return [
        GroupedArticle(
            key=key,
            time=article.time,
            first_seen=0,
            outlet=article.wording.outlet,
            story=str(key),
            links=np.array([*(links or {}).get(key, {}).items()], LINK).tobytes(),
        )
        for key, article in articles.items()
    ]


def lookup_in(articles: dict[int, NewArticle]) -> Lookup:
    return lambda keys: {key: articles[key].wording for key in keys}


def comparer(articles: dict[int, NewArticle], links: dict[int, dict[int, float]] | None = None) -> Comparer:
    return Comparer(grouped(articles, links), StoriesSettings(), lookup_in(articles), None)


def test_the_threshold_is_that_of_the_articles_before_the_later_one() -> None:
    """Of 3,000 articles in 150 hours, an article is compared with the 1,440 of three days."""
    articles = {n: new_article(n, "Wire", n // 20, f"Report {n}", "") for n in range(3000)}
    assert comparer(articles).threshold(1990, 1985) == pytest.approx(Thresholds(articles=1440)[2], abs=0.01)


def test_a_pair_has_the_score_that_grouping_stored_with_either_article() -> None:
    articles = articles_by_key()
    computed = comparer(articles).scores([(2, 1)])[1, 2]
    assert computed > 0.5
    assert comparer(articles, {2: {1: 1.25}}).scores([(1, 2)]) == {(1, 2): 1.25}
    assert comparer(articles, {1: {2: 1.25}}).scores([(2, 1)]) == {(1, 2): 1.25}
    assert comparer(articles, {2: {3: 1.25}}).scores([(1, 2)]) == {(1, 2): computed}


def test_articles_that_a_plugin_keeps_apart_have_no_score() -> None:
    voted = comparer(articles_by_key(), {2: {1: float("-inf")}})
    assert voted.scores([(1, 2)]) == {}
    assert voted.was_voted_down((2, 1))
    assert not voted.was_voted_down((3, 1))


def test_what_two_articles_share_and_what_only_one_has() -> None:
    difference = comparer(articles_by_key()).difference(1, 2)
    assert {"Ferrier", "Bridge", "212", "hangers"} <= {*difference.words}
    assert "London" in difference.only_b
    assert not {*difference.only_a} & {*difference.words}
    other = comparer(articles_by_key()).difference(2, 3)
    assert {"Ferrier", "Bridge"} <= {*other.only_a}
    assert {"Halvard", "Airlines"} <= {*other.only_b}


def test_what_lowers_a_score_would_raise_it_if_it_were_not_so() -> None:
    articles = articles_by_key()
    wording = articles[2].wording._replace(outlet=articles[1].wording.outlet)
    same_outlet = articles | {2: msgspec.structs.replace(articles[2], wording=wording)}
    both = [comparer(one) for one in (articles, same_outlet)]
    scores = [one.scores([(1, 2)])[1, 2] for one in both]
    losses = [one.difference(1, 2).losses for one in both]
    assert "outlet" not in losses[0]
    assert losses[1]["outlet"] == pytest.approx(scores[0] - scores[1], abs=0.02)


def test_the_closest_articles_are_named_with_what_they_share() -> None:
    articles = articles_by_key()
    found = closest_articles(grouped(articles), {1, 3}, lookup_in(articles), None)
    assert found.keys() == {1}, "the third article shares nothing with the others"
    assert (found[1].cites, found[1].hours, found[1].closeness) == (2, -1.0, None)
    assert {"Ferrier", "Bridge"} & {*found[1].words}
