"""Articles from new_source, which lists them as JSON.

In config.toml:

    [[sources]]
    plugin = "new_source"
    limit = 10
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from aggregator import Http, Item, Register, hookimpl
from msgspec import Meta

SAMPLE = Path(__file__).with_name("new_source.json").as_uri()
"""A list to begin with. Put the address of yours here: "https://…"."""


async def new_source(
    http: Http,
    *,
    url: Annotated[str, Meta(description="The address of the list.")] = SAMPLE,
    limit: Annotated[int, Meta(description="How many articles at most.", ge=1)] = 30,
) -> AsyncIterator[Item]:
    """The articles of new_source."""
    response = await http.get(url)
    for entry in response.json()[:limit]:
        yield Item(
            id=entry["id"],
            title=entry["title"],
            url=entry["url"],
            summary=entry.get("summary"),
            published=entry.get("date"),
        )


@hookimpl
def register_sources(register: Register) -> None:
    """Offer it under its own name."""
    register(new_source)
