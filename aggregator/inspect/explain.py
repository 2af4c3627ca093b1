"""All that is known of an article, put together from the store and the configuration."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from aggregator.config.settings import Config
from aggregator.editions.publish import SelectedStories
from aggregator.errors import StoreError
from aggregator.model import Story
from aggregator.store import Store, Trace
from aggregator.text.urls import canonical


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """One article or dropped item.

    `story`: its story's id; `was`: that of the one it was in before; `why`: what joined it to that; `with_articles`:
    what else is in it; `outputs`: the paths of those that show it; `dropped_by`, `reason`: the filter that took it.
    """

    title: str
    url: str | None
    id: str
    guid: str | None
    source: str
    first_seen: datetime | None
    last_seen: datetime
    published: datetime | None
    story: str | None
    was: str | None
    why: str | None
    copy_of: str | None
    with_articles: tuple[str, ...]
    outputs: tuple[str, ...]
    dropped_by: str | None
    reason: str | None

    def lines(self) -> list[str]:
        """The same in words, the title first."""
        lines = [self.title or "(no title)", f"address: {self.url or 'none'}", f"id: {self.id}"]
        if self.guid and self.guid != self.id:
            lines.append(f"guid now: {self.guid}")
        lines.append(f"source: {self.source}, last seen there {self.last_seen:%Y-%m-%d %H:%M}")
        if self.dropped_by:
            return [*lines, f"dropped by the filter {self.dropped_by}: {self.reason or 'it gave no reason'}"]
        stated = f"{self.published:%Y-%m-%d %H:%M}" if self.published else "not stated"
        lines.append(f"published: {stated}; first seen {self.first_seen:%Y-%m-%d %H:%M}")
        return lines + self._story_lines()

    def _story_lines(self) -> list[str]:
        if not self.story:
            return ["not grouped yet: the next run does it"]
        what = f"a copy of {self.copy_of}" if self.copy_of else "founded it" if self.why is None else "joined it"
        lines = [f"story: {self.story}", what + (f": {self.why}" if self.why else "")]
        lines += [f"before that in {self.was}"] if self.was else []
        lines += [f"together with {title}" for title in self.with_articles]
        lines += [f"shown by {path}" for path in self.outputs]
        return lines if self.outputs else [*lines, "shown by no output: its story is beyond their limits or selections"]


def explain(what: str, config: Config, store: Store) -> list[Explanation]:
    """Everything known of this address, id or guid. Raises StoreError where nothing is."""
    traces = store.find(what, canonical(what))
    if not traces:
        raise StoreError(f"nothing is known of {what!r}; `aggregate search WORDS` finds articles")
    shown = _shown(config, store)
    return [_explanation(trace, store, shown) for trace in traces]


def _shown(config: Config, store: Store) -> dict[str, list[str]]:
    """Which outputs show each story."""
    paths: dict[str, list[str]] = {}
    selected = SelectedStories(store, datetime.now(UTC))
    for output in config.outputs:
        for story in selected.of(output):
            paths.setdefault(story.id, []).append(str(output.path))
    return paths


def _explanation(trace: Trace, store: Store, shown: dict[str, list[str]]) -> Explanation:
    article = trace.article
    story = store.story(trace.story) if trace.story else None
    return Explanation(
        title=trace.title,
        url=trace.url,
        id=trace.id,
        guid=trace.guid,
        source=trace.source,
        first_seen=article.first_seen if article else None,
        last_seen=trace.seen,
        published=article.published if article else None,
        story=trace.story,
        was=trace.was,
        why=trace.why,
        copy_of=f"{trace.original.source.name}: {trace.original.title}" if trace.original else None,
        with_articles=_others(story, trace),
        outputs=tuple(shown.get(trace.story or "", ())),
        dropped_by=trace.dropped_by,
        reason=trace.reason,
    )


def _others(story: Story | None, trace: Trace) -> tuple[str, ...]:
    articles = story.articles if story else ()
    return tuple(f"{one.source.name}: {one.title}" for one in articles if (one.id, one.url) != (trace.id, trace.url))
