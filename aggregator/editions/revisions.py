"""Decide whether a reader would notice that a story has changed."""

from __future__ import annotations

from datetime import datetime

from aggregator.editions.headlines import choose_headline
from aggregator.model import EPOCH, Story
from aggregator.runtime.digests import digest
from aggregator.store import Store


def noticeable(story: Story) -> bytes:
    """Return a digest of what a reader would notice: headline, summary, a correction by the source, new accounts."""
    shown = story.shown
    stated = (shown.updated, story.representative.updated)
    outlets = sorted(outlet.name for outlet in story.outlets)
    return digest((shown.title, shown.summary, stated, outlets, [one.id for one in story.merged]))


def revise_stories(store: Store, now: datetime) -> None:
    """Compare the published stories that have changed with what readers have seen, and revise those that differ."""
    revised: dict[str, bytes] = {}
    unchanged: dict[str, bytes] = {}
    for stored, before in store.stale_stories():
        story = choose_headline(stored)
        now_seen = noticeable(story)
        is_undated_page = story.order == EPOCH  # such as an imprint: a change of it is no news
        (unchanged if now_seen == before or is_undated_page else revised)[story.id] = now_seen
    store.save_revisions(unchanged)
    store.save_revisions(revised, now)
