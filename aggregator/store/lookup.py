"""Finds articles and stories by what identifies them: a URL, an id, a guid, a short id, or the beginning of an id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from aggregator.errors import StoreError
from aggregator.store.connection import Connection
from aggregator.store.prepared import Prepared
from aggregator.store.queries import Trace, find, find_by_id, traces_of
from aggregator.store.short_ids import DIGITS, keys_like, short_id
from aggregator.store.stories import ids_like, read_stories, redirect_targets
from aggregator.text.plain import shorten

URN = "urn:uuid:"
STORY_DIGITS = 8
"""Digits of the short id of a story, more where several stories begin with them."""
_ID = len("00000000-0000-0000-0000-000000000000")
_SHOWN = 10
"""Candidates that an error lists."""
_TITLE = 50

_AFTER = Prepared("SELECT id FROM stories WHERE id > :id ORDER BY id LIMIT 1")
_LAST = Prepared("SELECT max(key) FROM articles")
_BEFORE = Prepared("SELECT id FROM stories WHERE id < :id ORDER BY id DESC LIMIT 1")


class Found(NamedTuple):
    """What a text identifies. `traces`: articles and dropped items; `stories`: ids; `is_prefix`: it is the beginning of
    their ids, so that several are too many."""

    traces: list[Trace]
    stories: list[str]
    is_prefix: bool = False


def identify(connection: Connection, identifier: str, url: str | None) -> Found:
    """Return the articles, dropped items and stories that a text identifies: as a whole, else as the beginning of an
    id. `url`: the canonical form of a URL."""
    digits = identifier.strip().lower()
    traces = find(connection, identifier, url)
    if len(digits) == DIGITS or len(digits) > STORY_DIGITS:
        known = {trace.key for trace in traces}
        exact = [key for key in keys_like(digits, _last_key(connection)) if short_id(key) == digits]
        traces += traces_of(connection, [key for key in exact if key not in known])
    story = digits if digits.startswith(URN) else URN + digits
    stories = story_ids(connection, story) if len(story) == len(URN) + _ID else []
    if traces or stories:
        return Found(traces, stories)
    stories = story_ids(connection, story) if digits else []
    if not stories or len(digits) < STORY_DIGITS:
        traces = traces_of(connection, keys_like(digits, _last_key(connection))[: _SHOWN + 1])
    if traces or stories:
        return Found(traces, stories, is_prefix=True)
    return Found(find_by_id(connection, identifier), [])


def identify_one(connection: Connection, identifier: str, url: str | None) -> Found:
    """Return what a text identifies, as `identify`. Raises StoreError if it is the beginning of several ids."""
    found = identify(connection, identifier, url)
    if found.is_prefix and len(found.traces) + len(found.stories) > 1:
        raise StoreError(f"{_counts(found)} begin with {identifier!r}: {_candidates(connection, found)}")
    return found


def identify_story(connection: Connection, identifier: str, url: str | None) -> str:
    """Return the id of the story that a text identifies, itself or by one of its articles. Raises StoreError."""
    found = identify_one(connection, identifier, url)
    if len(found.stories) == 1:
        return found.stories[0]
    stories = {trace.story for trace in found.traces if trace.story}
    if len(stories) == 1:
        return stories.pop()
    if stories:
        several = Found([], sorted(stories))
        raise StoreError(f"{identifier!r} has articles in {_counts(several)}: {_candidates(connection, several)}")
    if any(trace.key is not None for trace in found.traces):
        raise StoreError(f"{found.traces[0].title!r} is not grouped yet; the next run groups it")
    if found.traces:
        raise StoreError(f"{found.traces[0].title!r} is in no story: a filter dropped it; `aggregate explain` says why")
    raise StoreError(
        f"no story begins with {identifier!r}, and no article has this address or id; `aggregate stories` lists stories"
    )


def story_ids(connection: Connection, prefix: str) -> list[str]:
    """Return the ids of up to ten stories with this prefix, and of those that merged stories with it are now in."""
    return ids_like(connection, prefix) or redirect_targets(connection, prefix)


def short_story_ids(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return the first eight digits of the id of each story, and more where other stories begin with them."""
    return {id: _short_story_id(connection, id) for id in ids}


def _short_story_id(connection: Connection, id: str) -> str:
    own = id.removeprefix(URN)
    beside = (next(query.column(connection, id=id), None) for query in (_BEFORE, _AFTER))
    shared = max((_common(own, other.removeprefix(URN)) for other in beside if other), default=0)
    return own[: max(STORY_DIGITS, shared + 1)]


def _common(a: str, b: str) -> int:
    """Return the number of characters that two texts begin with alike."""
    return next((number for number, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _last_key(connection: Connection) -> int:
    return _LAST.value(connection) or 0


def _counts(found: Found) -> str:
    stories, traces = len(found.stories), len(found.traces)
    counts = [f"{stories} {'story' if stories == 1 else 'stories'}"] if stories else []
    counts += [f"{traces} article{'' if traces == 1 else 's'}"] if traces else []
    return " and ".join(counts)


def _candidates(connection: Connection, found: Found) -> str:
    """Return the short ids of what was found, each with its title."""
    short = short_story_ids(connection, found.stories)
    stories = [
        f"{short[story.id]} (story: {shorten(story.title, _TITLE)})"
        for story, _ in read_stories(connection, found.stories)
    ]
    traces = [
        f"{trace.short_id} (article: {shorten(trace.title or trace.url or trace.id, _TITLE)})" for trace in found.traces
    ]
    return "; ".join([*stories, *traces][:_SHOWN]) + ("; …" if len(stories) + len(traces) > _SHOWN else "")
