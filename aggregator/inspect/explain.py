"""Explain an article: its source and dates, its story, the outputs that show it, or the filter that dropped it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from aggregator.config.settings import Config
from aggregator.editions.rank import RankHook, rank_of, weights_of
from aggregator.errors import StoreError
from aggregator.model import EPOCH, Story
from aggregator.store import Selection, Store, Trace
from aggregator.text.local_times import local_time
from aggregator.text.urls import canonical

FIRST_ARTICLE, FIRST_STORY = "first article of the story", "first story of the storyline"
"""What stands for the reason of the article, or the story, that all others joined."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """One article or dropped item.

    `short_id`: what every verb takes instead of `id`, None for a dropped item; `story`: id of its story; `was`: id of
    its previous story; `why`: the evidence that joined it to the story; `with_articles`: the other articles of the
    story; `rank`: the score of the story in an edition of all stories, and what it is made of; `storyline`: the title
    of the storyline of the story; `storyline_why`: the evidence for it; `outputs`: paths of those that show it;
    `dropped_by`, `reason`: the filter that dropped it.
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
    rank: str | None
    storyline: str | None
    storyline_why: str | None
    outputs: tuple[str, ...]
    dropped_by: str | None
    reason: str | None
    short_id: str | None

    def lines(self) -> list[str]:
        """Return the explanation as lines of text, the title first."""
        lines = [self.title or "(no title)", f"address: {self.url or 'none'}", f"id: {self.short_id or self.id}"]
        if self.short_id:
            lines.append(f"full id: {self.id}")
        if self.guid and self.guid != self.id:
            lines.append(f"current guid: {self.guid}")
        lines.append(f"source: {self.source}, last seen {local_time(self.last_seen)}")
        if self.dropped_by:
            return [*lines, f"dropped by the filter {self.dropped_by}: {self.reason or 'no reason stated'}"]
        stated = local_time(self.published) if self.published else "not stated"
        first_seen = f"; first seen {local_time(self.first_seen)}" if self.first_seen else ""
        lines.append(f"published: {stated}{first_seen}")
        return lines + self._story_lines()

    def _story_lines(self) -> list[str]:
        if not self.story:
            return ["not grouped yet; the next run groups it"]
        role = "joined the story as a copy" if self.copy_of else "joined the story"
        lines = [f"story: {self.story}", f"{role}: {self.why}" if self.why else FIRST_ARTICLE]
        lines += [f"previous story: {self.was}"] if self.was else []
        lines += [f"together with {title}" for title in self.with_articles]
        if self.storyline:
            lines.append(f"storyline: {self.storyline}; {self.storyline_why or FIRST_STORY}")
        lines += [self.rank] if self.rank else []
        lines += [f"shown by {path}" for path in self.outputs]
        if not self.outputs:
            lines.append("not shown by any output: the story is outside their limits or selections")
        return lines


def explain(identifier: str, config: Config, store: Store, hook: RankHook | None = None) -> list[Explanation]:
    """Explain all articles with this URL, id, guid, short id or unique prefix of it. `hook`: that of plugins. Raises
    StoreError if there is none."""
    traces = store.find(identifier, canonical(identifier))
    if not traces:
        raise StoreError(
            f"no article has the URL, id or guid {identifier!r}, and no story; `aggregate search WORDS` finds articles"
        )
    paths = _output_paths(config, store)
    newest = max((story.order for story in store.stories(Selection(limit=50))), default=EPOCH)
    explanations = []
    for trace in traces:
        story = store.story(trace.story) if trace.story else None
        ranked = str(rank_of(story, newest, weights_of(config), hook)) if story else None
        explanations.append(_explanation(trace, story, ranked, paths.get(trace.story or "", ())))
    return explanations


def _output_paths(config: Config, store: Store) -> dict[str, list[str]]:
    """Return the paths of the outputs that show each story since they were last written, by id."""
    paths: dict[str, list[str]] = {}
    for output in config.outputs:
        for story in store.shown_by(output.key):
            paths.setdefault(story, []).append(output.location)
    return paths


def _explanation(trace: Trace, story: Story | None, ranked: str | None, outputs: Sequence[str]) -> Explanation:
    article = trace.article
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
        why=None if story and _is_first(story, trace) else trace.why,
        copy_of=f"{trace.original.source.name}: {trace.original.title}" if trace.original else None,
        with_articles=_other_articles(story, trace),
        rank=ranked,
        storyline=story.storyline.title if story and story.storyline else None,
        storyline_why=(story.storyline.why or None) if story and story.storyline else None,
        outputs=tuple(outputs),
        dropped_by=trace.dropped_by,
        reason=trace.reason,
        short_id=trace.short_id,
    )


def _is_first(story: Story, trace: Trace) -> bool:
    first = story.representative
    return (first.id, first.url) == (trace.id, trace.url) and not trace.original


def _other_articles(story: Story | None, trace: Trace) -> tuple[str, ...]:
    articles = story.articles if story else ()
    others = [article for article in articles if (article.id, article.url) != (trace.id, trace.url)]
    return tuple(f"{article.source.name}: {article.title}" for article in others)
