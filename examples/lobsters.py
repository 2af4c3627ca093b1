"""Stories of Lobsters (https://lobste.rs) that enough people have voted for: its feeds cannot say that, its JSON can.

    [[sources]]
    plugin = "lobsters"
    name = "Lobsters"
    tag = "python"                       # optional: stories of one of its tags only
    least = 20

To use it, copy this file into a folder that config.toml names in `plugins`. It needs nothing but `aggregate`.

One request a run. A story that has too few votes comes in a later run, when it has enough. Its tags are kept, and the
page where it is discussed is listed as related.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from msgspec import Meta

from aggregator import Channel, Http, Item, Register, SourceError, hookimpl

HOME = "https://lobste.rs"


async def lobsters(
    http: Http,
    *,
    url: Annotated[str, Meta(description="Where the site is; another one that runs the same program will do.")] = HOME,
    tag: Annotated[
        str, Meta(description="One of its tags, such as python; all stories without.", pattern=r"^\S*$")
    ] = "",
    least: Annotated[int, Meta(description="How many votes a story needs.", ge=0)] = 10,
) -> AsyncIterator[Channel | Item]:
    """Stories that enough people have voted for."""
    home = url.rstrip("/")
    answer = await http.get(f"{home}/t/{tag}.json" if tag else f"{home}/hottest.json", main=True)
    stories = answer.json()
    if not isinstance(stories, list):
        raise SourceError(f"{answer.url}: is no list of stories; is this a site like Lobsters?")
    yield Channel(title=f"Lobsters: {tag}" if tag else "Lobsters", url=home, language="en")
    for story in stories:
        if story["score"] >= least:
            yield _item(story)


def _item(story: dict[str, Any]) -> Item:
    return Item(
        id=story["short_id_url"],
        url=story["url"] or story["comments_url"],
        title=story["title"],
        content=story["description"] or None,
        published=story["created_at"],
        tags=story["tags"],
        related=[(f"{story['comment_count']} comments", story["comments_url"])],
    )


@hookimpl
def register_sources(register: Register) -> None:
    """Offer it under its own name."""
    register(lobsters)
