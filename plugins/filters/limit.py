"""Take no more than so many articles of each source in a time, and none that is too old.

    [[filters]]
    plugin = "limit"
    sources = ["Example World"]
    count = 5
    per = "1d"

    [[filters]]
    plugin = "limit"
    age = "30d"

`count` is for each source by itself: those articles pass that come first, in the order in which the source lists them,
and the others are dropped for good. The time runs from when an article came, not from when it was published. `age`
looks at the time when it was published, if that is known. An article that has passed once passes again when it is
updated.

Limits: the last 500 articles of a source (`count`, if that is more) are remembered as such.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Annotated

from msgspec import Meta

from aggregator import Article, Drop, Duration, Register, hookimpl
from aggregator.text.units import format_duration

REMEMBERED = 500
"""26 bytes each, of the 64 KiB that a source's filters may remember."""

Number = Annotated[int, Meta(ge=1, le=1000)]
Count = Annotated[Number | None, Meta(description="How many articles of a source pass in `per`.")]
Per = Annotated[Duration, Meta(description="The time that `count` is for.")]
Age = Annotated[Duration | None, Meta(description="How old an article may be when it comes.")]


def limit(
    article: Article, state: dict[str, int], *, count: Count = None, per: Per = timedelta(days=1), age: Age = None
) -> Article | Drop:
    """Drop what is too much of one source, or too old."""
    # `state`: when each article passed, by a mark of its id; the earliest first
    now = datetime.now(UTC)
    mark = blake2b(article.id.encode(), digest_size=6).hexdigest()
    if mark in state:
        return article
    if age and now - article.date > age:
        return Drop(f"it came out {article.date:%Y-%m-%d}, longer ago than {format_duration(age)}")
    since = (now - per).timestamp()
    if count and sum(1 for passed in state.values() if passed > since) >= count:
        return Drop(f"{count} of its source have passed in {format_duration(per)}")
    state[mark] = int(now.timestamp())
    for forgotten in list(state)[: -max(REMEMBERED, count or 0)]:
        del state[forgotten]
    return article


@hookimpl
def register_filters(register: Register) -> None:
    """Offer it under its own name."""
    register(limit)
