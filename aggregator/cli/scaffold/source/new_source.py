"""Reads articles from new_source, which publishes them as a JSON list.

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
"""A sample list. Replace it by the URL of your list: "https://…"."""


async def new_source(
    http: Http,
    *,
    url: Annotated[str, Meta(description="The URL of the list.")] = SAMPLE,
    limit: Annotated[int, Meta(description="Maximum number of articles.", ge=1)] = 30,
) -> AsyncIterator[Item]:
    """Read the articles of new_source."""
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
    """Register the source under the name of its function."""
    register(new_source)
