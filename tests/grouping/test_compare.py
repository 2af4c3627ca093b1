"""Compare two stored articles."""

from __future__ import annotations

import pytest
from grouping_runs import new_article

from aggregator.grouping.compare import closeness
from aggregator.grouping.features.records import make_records
from aggregator.grouping.settings import StoriesSettings
from aggregator.grouping.thresholds import Thresholds
from aggregator.grouping.types import GroupedArticle


def test_the_threshold_is_that_of_the_articles_before_the_later_one() -> None:
    """Of 3,000 articles in 150 hours, an article is compared with the 1,440 of three days."""
    articles = {n: new_article(n, "Wire", n // 20, f"Report {n}", "").article for n in range(3000)}
    records = make_records([*articles.values()])
    near = [
        GroupedArticle(
            key=n,
            time=int(article.order.timestamp()),
            first_seen=0,
            outlet="Wire",
            story=str(n),
            story_began=0,
            story_size=1,
            record=record.tobytes(),
        )
        for (n, article), record in zip(articles.items(), records, strict=True)
    ]
    result = closeness((1990, 1985), near, StoriesSettings(), lambda keys: {key: articles[key] for key in keys}, None)
    assert result.threshold == pytest.approx(Thresholds(articles=1440)[2], abs=0.01)
