"""Reasons as readers get them, and new ones where an article or a story that a reason cites has gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from aggregator.grouping.reasons import (
    EARLIER_LEFT,
    OTHERS_LEFT,
    Continues,
    IsCopy,
    Reason,
    Shares,
    cites_by_name,
    decode,
    encode,
)
from aggregator.grouping.types import RECORD_VERSION
from aggregator.model import Article
from aggregator.store.compared import GROUPED, WORDING, frequencies, grouped_articles, wording_of, wordings
from aggregator.store.connection import Connection
from aggregator.store.mapping import chunks
from aggregator.store.prepared import Prepared

FIRST_ARTICLES = 5
"""Articles of a story, the first ones, that are searched for the spelling of its words."""

_WRITE = Prepared("UPDATE articles SET why = :reason WHERE key = :article")
_WRITE_STORYLINE = Prepared("UPDATE stories SET storyline_why = :reason WHERE id = :story")
_MEMBERS = Prepared(
    "SELECT key, story, why, founder, date, id, outlet, title FROM articles "
    "WHERE story IN :stories AND duplicate_of IS NULL ORDER BY story, coalesce(founder, 0) DESC, date, id"
)
_RECORDS = Prepared(f"{GROUPED} WHERE a.key IN :keys")
_CONTINUING = Prepared(
    "SELECT id, storyline, storyline_why, profile FROM stories WHERE storyline IN :storylines ORDER BY began, id"
)
_REDIRECTED = Prepared("SELECT old, new FROM redirects WHERE old IN :missing")
_FIRST = Prepared(
    f"SELECT {WORDING} FROM articles "  # noqa: S608 - constants
    "WHERE story = :story AND duplicate_of IS NULL ORDER BY date, key LIMIT :limit"
)
_STORYLINES = Prepared("SELECT DISTINCT storyline FROM stories WHERE storyline IS NOT NULL AND id IN :stories")


def article_reason(stored: str | None, original: int | None, story: Callable[[int], Article | None]) -> str:
    """Return the reason of an article in words, "" without one.

    `original`: key of the article that it is a copy of; `story`: returns the article of the same story with a key.
    """
    reason = decode(stored)
    if isinstance(reason, Shares | IsCopy):
        key = reason.cites if isinstance(reason, Shares) else original
        cited = story(key) if key is not None else None
        return reason.text(cited.source.name, cited.title) if cited else OTHERS_LEFT
    return reason if isinstance(reason, str) else ""


# Articles


def renew_reasons(connection: Connection, ids: Collection[str]) -> None:
    """Write the reasons anew of those articles of these stories whose reason cites an article of another story, or one
    that is no longer stored."""
    members: dict[str, list[Any]] = defaultdict(list)
    for chunk in chunks(sorted(ids)):
        for row in _MEMBERS.named(connection, stories=chunk):
            members[row.story].append(row)
    written: list[dict[str, Any]] = []
    for rows in members.values():
        stale = [row for row in rows if row.why and _is_stale(decode(row.why), rows)]
        if stale and stale[0] is rows[0]:
            written.append({"article": stale.pop(0).key, "reason": None})  # it is the first article now
        reasons = _closest(connection, [row.key for row in rows], {row.key for row in stale}) if stale else {}
        for row in stale:
            reason = reasons.get(row.key)
            written.append({"article": row.key, "reason": encode(reason) if reason else OTHERS_LEFT})
    _WRITE.execute_many(connection, written)


def _is_stale(reason: Reason | str | None, members: Sequence[Any]) -> bool:
    """Return whether the reason of an article that is not a copy cites one that is not in its story."""
    if isinstance(reason, Shares):
        return all(row.key != reason.cites for row in members)
    if isinstance(reason, str) and cites_by_name(reason):
        return not any(reason.startswith(f'with {row.outlet} "{row.title}"') for row in members)
    return isinstance(reason, IsCopy) or reason == OTHERS_LEFT


def _closest(connection: Connection, keys: Sequence[int], wanted: Collection[int]) -> dict[int, Shares]:
    """Return the reasons of articles by key: the most similar one of these articles, and what they share."""
    from aggregator.grouping.compare import closest_articles

    rows = [row for chunk in chunks(keys) for row in _RECORDS.execute(connection, version=RECORD_VERSION, keys=chunk)]
    grouped = [*grouped_articles(rows)]
    lacks_records = any(one.record is None for one in grouped)
    common = frequencies(connection) if lacks_records else None  # it takes time to unpack them
    return closest_articles(grouped, wanted, lambda some: wordings(connection, some), common)


# Storylines


def storylines_of(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return the ids of the storylines of these stories."""
    return {
        storyline for chunk in chunks(sorted(ids)) for (storyline,) in _STORYLINES.execute(connection, stories=chunk)
    }


def renew_storylines(connection: Connection, ids: Collection[str]) -> None:
    """Write the reasons anew of those stories of these storylines that cite a story which is not in the storyline."""
    members: dict[str, list[Any]] = defaultdict(list)
    for chunk in chunks(sorted(ids)):
        for row in _CONTINUING.named(connection, storylines=chunk):
            members[row.storyline].append(row)
    targets = _redirected(connection, [row for rows in members.values() for row in rows])
    written = []
    for rows in members.values():
        earlier: list[Any] = []
        for row in rows:
            reason = decode(row.storyline_why)
            known = {one.id for one in rows} - {row.id}
            if reason == EARLIER_LEFT and not earlier:
                written.append({"story": row.id, "reason": None})  # it is the first story now
            elif isinstance(reason, Continues) and reason.cites not in known:
                written.append({"story": row.id, "reason": _renewed(connection, row, reason, earlier, targets)})
            earlier.append(row)
    _WRITE_STORYLINE.execute_many(connection, written)


def _redirected(connection: Connection, rows: Sequence[Any]) -> dict[str, str]:
    """Return the stories that cited ones were merged into, by id."""
    cited = {reason.cites for row in rows if isinstance(reason := decode(row.storyline_why), Continues)}
    missing = sorted(cited - {row.id for row in rows})
    if not missing:
        return {}
    return {old: new for old, new in _REDIRECTED.execute(connection, missing=missing)}


def _renewed(
    connection: Connection, row: Any, reason: Continues, earlier: Sequence[Any], targets: Mapping[str, str]
) -> str | None:
    """Return a new reason for a story: None if it is the first one of its storyline."""
    if not earlier:
        return None
    target = targets.get(reason.cites)
    if target is not None and any(one.id == target for one in earlier):
        return encode(Continues(target, reason.words, reason.linked))
    from aggregator.grouping.storylines.resemblance import closest_profile

    found = closest_profile(row.profile, [one.profile for one in earlier])
    if found is None:
        return EARLIER_LEFT
    number, words = found
    return encode(Continues(earlier[number].id, _spelled(connection, row.id, words)))


def _spelled(connection: Connection, story: str, words: list[int]) -> tuple[str, ...]:
    """Return how the first articles of a story write some words."""
    from aggregator.grouping.features.records import word_spellings

    first = [*map(wording_of, _FIRST.execute(connection, story=story, limit=FIRST_ARTICLES))]
    spelled: dict[int, str] = {}
    for one in reversed(word_spellings(first, [words] * len(first))):
        spelled |= one
    return tuple(spelled[word] for word in words if word in spelled)
