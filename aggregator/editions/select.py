"""Select what outputs show: stories from the store, ranked, and the sources as subscriptions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from aggregator.config.settings import OutputSettings
from aggregator.config.values import holds_secret
from aggregator.editions.headlines import choose_headline
from aggregator.editions.rank import NO_WEIGHTS, RankHook, Weights, rank
from aggregator.model import Outlet, Story, Subscription
from aggregator.scheduling.state import Source
from aggregator.store import Candidate, RecentStories, Selection, Store
from aggregator.store.stories import Condition

DEFAULT_LIMIT = 50
"""Stories of an output without a `limit`; feeds have all of the last day besides."""
ReadStories = Callable[[Sequence[str]], Mapping[str, Story]]
"""Returns those of these stories that are stored, by id."""


class Selected:
    """The stories selected for an output. `newest`: last revised first; `front`: the ids of those of its front, the one
    with the highest score first; `is_whole`: these were read with their texts, otherwise they are read when they are
    needed."""

    def __init__(
        self, newest: Sequence[Story], front: Sequence[Story | Candidate], read: ReadStories = lambda ids: {}
    ) -> None:
        self.newest = tuple(newest)
        self.front = tuple(one.id for one in front)
        self.is_whole = all(isinstance(one, Story) for one in front)
        self._front = tuple(front)
        self._read = read
        self._known = {one.id: one for one in (*newest, *front) if isinstance(one, Story)}

    @property
    def outlets(self) -> Iterator[Outlet]:
        """The outlets of the articles and copies of the stories: those of the front, then the newest."""
        for one in (*self._front, *self.newest):
            if isinstance(one, Candidate):
                yield from one.places
            else:
                yield from (article.source for article in one.articles)
                yield from (copy.article.source for copy in one.copies)

    def whole(self, ids: Iterable[str]) -> tuple[Story, ...]:
        """Return these stories, which are all selected, without those that have gone meanwhile."""
        ids = [*ids]
        if missing := [story for story in ids if story not in self._known]:
            self._known |= {key: choose_headline(story) for key, story in self._read(missing).items()}
        return tuple(self._known[story] for story in ids if story in self._known)

    def digest(self, front: Iterable[Story]) -> bytes:
        """Return a digest of the newest stories and of these, with their texts."""
        stories = {story.id: story for story in (*self.newest, *front)}
        return hashlib.blake2b(msgspec.msgpack.encode([*stories.values()]), digest_size=16).digest()


class SelectedStories:
    """Reads the stories of outputs from the store, and ranks them, each selection once. `now`: of the run; `weights`:
    of the configuration; `hook`: that of plugins."""

    def __init__(
        self, store: Store, now: datetime, weights: Weights = NO_WEIGHTS, hook: RankHook | None = None
    ) -> None:
        self._store = store
        self._now = now
        self._weights = weights
        self._hook = hook
        self._recent: dict[tuple[Selection, str], RecentStories] = {}
        self._selected: dict[tuple[Selection, str], Selected] = {}

    def of(self, output: OutputSettings) -> Selected:
        """Return the stories of an output."""
        selection = self._selection(output)
        key = selection, str(output.select or "")
        if key not in self._recent:
            self._recent[key] = self._read(selection, self._condition(output))
        if key not in self._selected or self._hook:  # which is called for each edition
            self._selected[key] = self._select(self._recent[key], selection.limit)
        return self._selected[key]

    def _read(self, selection: Selection, condition: Condition | None) -> RecentStories:
        recent = self._store.recent_stories(selection, condition, whole=self._hook is not None)
        chosen = {one.id: choose_headline(one) for one in (*recent.newest, *recent.ranked) if isinstance(one, Story)}
        return RecentStories(
            tuple(chosen[story.id] for story in recent.newest),
            tuple(chosen.get(story.id, story) for story in recent.ranked),
        )

    def _select(self, recent: RecentStories, limit: int) -> Selected:
        front = rank(recent.ranked, self._weights, self._hook)[: limit or None]
        return Selected(recent.newest, front, self._store.stories_by_id)

    def count_missed(self, output: OutputSettings, since: datetime, listed: Container[str]) -> int:
        """Return how many stories of an output have an article that arrived since a time, and are not listed."""
        return len(self._store.arrived_stories(self._selection(output), self._condition(output), since, listed))

    def _selection(self, output: OutputSettings) -> Selection:
        return Selection(
            limit=DEFAULT_LIMIT if output.limit is None else output.limit,
            since=self._now - output.since if output.since else None,
            tags=output.tags,
            sources=output.sources,
            language=output.language,
        )

    def _condition(self, output: OutputSettings) -> Condition | None:
        expression = output.select
        return (lambda story: expression.holds(story, self._now)) if expression else None


def subscriptions_of(sources: Iterable[Source]) -> list[Subscription]:
    """Return the sources as a feed reader would subscribe to them."""
    return [_subscription(source) for source in sources]


def _subscription(source: Source) -> Subscription:
    settings = source.settings
    is_feed = settings.plugin == "feed" and settings.url and not settings.url.startswith("file:")
    is_feed = is_feed and not holds_secret(settings.table.get("url"))  # outputs are public
    return Subscription(
        name=source.name, feed=settings.url if is_feed else None, home=source.state.home, tags=settings.tags
    )
