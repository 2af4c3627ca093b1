"""The index of the articles that are grouped."""

from __future__ import annotations

from datetime import UTC, datetime

from aggregator.grouping.article_index import ArticleIndex
from aggregator.grouping.features.records import make_records, split_bytes
from aggregator.grouping.features.wording import wording_of
from aggregator.grouping.types import GroupedArticle
from aggregator.model import Article, Outlet

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TITLES = ["Ferrier Bridge reopens to buses", "Zeppelin lands in Quoddy", "Marathon moves to April", "Ferry sold"]


def test_stored_articles_are_in_order_of_time_with_their_records_whatever_order_they_are_read_in() -> None:
    wordings = [
        wording_of(Article(id=title, url=None, title=title, first_seen=NOW, source=Outlet("Wire"), language="en"))
        for title in TITLES
    ]
    records = make_records(wordings)
    stored: list[bytes | None] = [*split_bytes(records)]
    stored[2] = None  # computed again
    index = ArticleIndex(lambda keys: {key: wordings[key] for key in keys}, None)
    index.add_grouped(
        GroupedArticle(key=key, time=time, first_seen=0, outlet=f"Outlet {key}", story="", record=stored[key])
        for key, time in enumerate([30, 10, 20, 10])
    )
    by_time = [1, 3, 2, 0]
    assert [state.key for state in index.states] == by_time
    assert index.records["title_key"].tolist() == records["title_key"][by_time].tolist()
    assert index.unsaved_records().keys() == {2}
    assert index.positions_near(0, 0).tolist() == [0, 1, 2, 3]
