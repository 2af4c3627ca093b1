"""The articles that grouping knows, by place: what of them is compared, and how to find those of a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aggregator.grouping.features.frequencies import Frequencies
from aggregator.grouping.features.records import RECORD, Records, read
from aggregator.grouping.pairs.arrays import Window, look_at
from aggregator.grouping.pairs.run_length import Ints
from aggregator.grouping.story_ids import Row
from aggregator.grouping.types import Lookup, Member, Placed
from aggregator.model import Article

LINK = np.dtype([("key", np.int64), ("odds", np.float32)])
"""How a link is kept: the key of an article, and the log-odds."""


class Shelf:
    """Articles keep their place. `records`: of all."""

    def __init__(self, lookup: Lookup, frequencies: bytes | None) -> None:
        self.rows: list[Row] = []
        self._made: set[int] = set()  # places of records that the store does not have
        self.frequencies = Frequencies(frequencies)
        self._lookup = lookup
        self._articles: dict[int, Article] = {}
        self._outlets: dict[str, int] = {}
        self._time = np.zeros(0, np.int64)
        self._outlet = np.zeros(0, np.int64)
        self.records = np.zeros(0, RECORD)

    def add_placed(self, placed: Sequence[Placed]) -> None:
        """Take in articles that have a story."""
        unread = [one.key for one in placed if one.record is None]
        made = self._read(self._lookup(unread)) if unread else {}
        self._made.update(place for place, one in enumerate(placed, len(self.rows)) if one.record is None)
        records = bytearray().join([one.record if one.record is not None else made[one.key] for one in placed])
        rows = [
            Row(one.key, one.time, one.arrived, story=one.story, was=one.story, links=one.links or b"")
            for one in placed
        ]
        self._add(rows, [one.outlet for one in placed], np.frombuffer(records, RECORD))

    def add_new(self, members: Sequence[Member]) -> bool:
        """Take in articles that have none yet. Whether what was there has been weighed anew."""
        articles = [one.article for one in members]
        self._articles.update((one.key, one.article) for one in members)
        records = read(articles)
        anew = self.frequencies.cold
        self.frequencies.weigh(records, self.records)
        rows = [
            Row(one.key, int(one.article.order.timestamp()), int(one.article.first_seen.timestamp()), seed=one.seed)
            for one in members
        ]
        first = 0 if anew else len(self.rows)
        self._add(rows, [article.source.name for article in articles], records)
        self._made.update(range(first, len(self.rows)))
        return anew

    def made(self) -> dict[int, bytes]:
        """The records that the store does not have, or has otherwise, by key."""
        return {self.rows[place].key: self.records[place].tobytes() for place in sorted(self._made)}

    def _read(self, articles: dict[int, Article]) -> dict[int, bytes]:
        records = read(list(articles.values()))
        self.frequencies.weigh_again(records)
        return {key: record.tobytes() for key, record in zip(articles, records, strict=True)}

    def _add(self, rows: list[Row], outlets: list[str], records: Records) -> None:
        self.rows += rows
        numbers = [self._outlets.setdefault(outlet, len(self._outlets)) for outlet in outlets]
        self._time = np.append(self._time, np.array([row.time for row in rows], np.int64))
        self._outlet = np.append(self._outlet, np.array(numbers, np.int64))
        self.records = np.append(self.records, records) if len(self.records) else records

    def near(self, first: int, span: int) -> Ints:
        """The places of the articles from `first` on and of those within `span` seconds of them, by time."""
        start, end = self._time[first:].min() - span, self._time[first:].max() + span
        found = np.flatnonzero((self._time >= start) & (self._time <= end))
        return found[np.argsort(self._time[found], kind="stable")]

    def window(self, places: Ints) -> Window:
        """These articles, weighed against each other. `places`: by time."""
        return look_at(self.records, places, self._time[places], self._outlet[places])

    def articles(self, places: Sequence[int]) -> list[Article]:
        """The whole articles at these places."""
        keys = [self.rows[place].key for place in places]
        missing = [key for key in dict.fromkeys(keys) if key not in self._articles]
        if missing:
            self._articles.update(self._lookup(missing))
        return [self._articles[key] for key in keys]
