"""All articles of a grouping by position, with the arrays that comparisons use."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.frequencies import Frequencies
from aggregator.grouping.features.records import RECORD, Records, make_records, split_bytes
from aggregator.grouping.features.run_length import Ints
from aggregator.grouping.features.wording import Wording
from aggregator.grouping.pairs.arrays import Window, make_window
from aggregator.grouping.story_ids import ArticleState
from aggregator.grouping.types import GroupedArticle, Lookup, NewArticle

LINK = np.dtype([("key", np.int64), ("log_odds", np.float32)])
"""A stored link: the key of the other article, and the log-odds that both tell the same story."""


class ArticleIndex:
    """Articles by position: those added together in order of time. `states`, `records`: one per article."""

    def __init__(self, lookup: Lookup, frequencies: bytes | None) -> None:
        self.states: list[ArticleState] = []
        self.records = np.zeros(0, RECORD)
        self.frequencies = Frequencies(frequencies)
        self._lookup = lookup
        self._wordings: dict[int, Wording] = {}  # by key
        self._outlet_numbers: dict[str, int] = {}
        self._times = np.zeros(0, np.int64)
        self._outlets = np.zeros(0, np.int64)
        self._unsaved: set[int] = set()  # positions of records that the store lacks

    def add_grouped(self, articles: Iterable[GroupedArticle]) -> None:
        """Add articles that have a story, in order of time. They are read once, so that their records need not be in
        memory twice."""
        states: list[ArticleState] = []
        outlets, has_record = [], []
        records = bytearray()
        for article in articles:
            has_record.append(article.record is not None)
            records += article.record if article.record is not None else bytes(RECORD.itemsize)
            outlets.append(self._outlet_number(article.outlet))
            state = ArticleState(
                article.key,
                article.time,
                article.first_seen,
                story=article.story,
                stored_story=article.story,
                links=article.links or b"",
            )
            states.append(state)
        by_time = np.argsort(np.array([state.time for state in states], np.int64), kind="stable")
        states = [states[number] for number in by_time.tolist()]
        stored = np.frombuffer(records, RECORD)[by_time]
        without_record = np.flatnonzero(~np.array(has_record, bool)[by_time]).tolist()
        if without_record:
            computed = self._compute_records(self._lookup([states[number].key for number in without_record]))
            for number in without_record:
                stored[number] = np.frombuffer(computed[states[number].key], RECORD)[0]
        first = len(self.states)
        self._unsaved.update(first + number for number in without_record)
        self._add(states, np.array(outlets, np.int64)[by_time], stored)

    def add_new(self, new: Sequence[NewArticle]) -> bool:
        """Add articles without a story. Returns whether the articles that were there have been rated again."""
        wordings = [item.wording for item in new]
        self._wordings.update(zip([item.key for item in new], wordings, strict=True))
        records = make_records(wordings)
        cold_start = self.frequencies.cold_start
        self.frequencies.count(records, self.records)
        states = [ArticleState(item.key, item.time, item.first_seen, seed=item.seed) for item in new]
        first_changed = 0 if cold_start else len(self.states)
        outlets = np.array([self._outlet_number(wording.outlet) for wording in wordings], np.int64)
        self._add(states, outlets, records)
        self._unsaved.update(range(first_changed, len(self.states)))
        return cold_start

    def unsaved_records(self) -> dict[int, bytes]:
        """Return the records that the store lacks, or has with other rarities, by key."""
        positions = sorted(self._unsaved)
        keys = [self.states[position].key for position in positions]
        records = self.records if len(positions) == len(self.records) else self.records[positions]
        return dict(zip(keys, split_bytes(records), strict=True))

    def _compute_records(self, wordings: dict[int, Wording]) -> dict[int, bytes]:
        records = make_records(list(wordings.values()))
        self.frequencies.rate(records)
        return dict(zip(wordings, split_bytes(records), strict=True))

    def _outlet_number(self, outlet: str) -> int:
        return self._outlet_numbers.setdefault(outlet, len(self._outlet_numbers))

    def _add(self, states: list[ArticleState], outlets: Ints, records: Records) -> None:
        self.states += states
        self._times = np.append(self._times, np.array([state.time for state in states], np.int64))
        self._outlets = np.append(self._outlets, outlets)
        self.records = np.append(self.records, records) if len(self.records) else records

    def positions_near(self, first: int, span: int) -> Ints:
        """Return the positions of articles from `first` on, and of those within `span` seconds of them, by time."""
        start, end = self._times[first:].min() - span, self._times[first:].max() + span
        positions = np.flatnonzero((self._times >= start) & (self._times <= end))
        return positions[np.argsort(self._times[positions], kind="stable")]

    def window(self, positions: Ints) -> Window:
        """Return the arrays of these articles. `positions`: by time."""
        return make_window(self.records, positions, self._times[positions], self._outlets[positions])

    def outlet_hashes(self, positions: Sequence[int]) -> npt.NDArray[np.uint32]:
        """Return a hash of the outlet of each of these articles."""
        hashes = np.array([zlib.crc32(name.encode()) for name in self._outlet_numbers], np.uint32)
        return hashes[self._outlets[positions]]

    def wordings(self, positions: Sequence[int]) -> list[Wording]:
        """Return the wordings of the articles at these positions."""
        keys = [self.states[position].key for position in positions]
        missing = [key for key in dict.fromkeys(keys) if key not in self._wordings]
        if missing:
            self._wordings.update(self._lookup(missing))
        return [self._wordings[key] for key in keys]
