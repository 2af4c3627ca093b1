"""Limits the number of articles per source and period, and their age.

    [[filters]]
    plugin = "limit"
    sources = ["Example World"]
    count = 5
    per = "1d"

    [[filters]]
    plugin = "limit"
    age = "30d"

`count` applies to each source separately: the first articles pass, in the order of the source, and the others are
dropped for good. The period refers to the time when an article was first seen, not to its date of publication. `age`
compares the date of publication, if it is known. An article that has passed once passes again when it is updated.

Limits: the filter remembers the last 500 articles of a source (or `count`, if that is more).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Annotated

from msgspec import Meta

from aggregator import Article, Drop, Duration, Register, hookimpl
from aggregator.text.units import format_duration

REMEMBERED = 500
"""Articles of a source whose passing is stored: 26 bytes each, of the 64 KiB of state of a source's filters."""

Number = Annotated[int, Meta(ge=1, le=1000)]
Count = Annotated[Number | None, Meta(description="Maximum number of articles of a source within `per`.")]
Per = Annotated[Duration, Meta(description="Period of `count`.")]
Age = Annotated[Duration | None, Meta(description="Maximum age of an article when it is first seen.")]


def limit(
    article: Article, state: dict[str, int], *, count: Count = None, per: Per = timedelta(days=1), age: Age = None
) -> Article | Drop:
    """Drops articles beyond a number per source and period, or beyond an age."""
    # `state`: when each article passed, by the digest of its id, the earliest first
    now = datetime.now(UTC)
    digest = blake2b(article.id.encode(), digest_size=6).hexdigest()
    if digest in state:
        return article
    if age and now - article.date > age:
        return Drop(f"it was published on {article.date:%Y-%m-%d}, more than {format_duration(age)} ago")
    since = (now - per).timestamp()
    if count and sum(1 for passed in state.values() if passed > since) >= count:
        return Drop(f"its source has reached the limit of {count} in {format_duration(per)}")
    state[digest] = int(now.timestamp())
    for oldest in list(state)[: -max(REMEMBERED, count or 0)]:
        del state[oldest]
    return article


@hookimpl
def register_filters(register: Register) -> None:
    """Register the filter."""
    register(limit)
