"""Stories of Lobsters (https://lobste.rs) with enough votes, which its JSON has and its feeds do not.

    [[sources]]
    plugin = "lobsters"
    name = "Lobsters"
    tag = "python"                       # optional: only stories with this tag
    least = 20

To use it, copy this file into a folder that config.toml lists in `plugins`. It has no dependencies but `aggregate`.

It sends one request per run. A story with too few votes appears in a later run, once it has enough. Articles have the
tags of the story, and its discussion as a related link.
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
    url: Annotated[str, Meta(description="The URL of the site, or of another that runs the same software.")] = HOME,
    tag: Annotated[str, Meta(description="Only stories with this tag, such as python.", pattern=r"^\S*$")] = "",
    least: Annotated[int, Meta(description="The minimum number of votes.", ge=0)] = 10,
) -> AsyncIterator[Channel | Item]:
    """Stories of Lobsters with enough votes."""
    home = url.rstrip("/")
    answer = await http.get(f"{home}/t/{tag}.json" if tag else f"{home}/hottest.json", main=True)
    stories = answer.json()
    if not isinstance(stories, list):
        raise SourceError(f"{answer.url}: is not a list of stories; does the site run the software of Lobsters?")
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
    """Register the source under the name of its function."""
    register(lobsters)
