"""The source `quakes`: requests a GeoJSON list (RFC 7946) of all earthquakes of a day.

https://earthquake.usgs.gov/earthquakes/feed/v1.0/geojson.php documents the lists and their fields.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from html import escape
from typing import Annotated, Any

from msgspec import Meta

from aggregator import Channel, Http, Item, SourceError

DAY = "https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary/4.5_day.geojson"


async def quakes(
    http: Http,
    *,
    url: Annotated[str, Meta(description="The URL of the list; by default, one day from magnitude 4.5.")] = DAY,
    least: Annotated[float, Meta(description="The minimum magnitude.", ge=0)] = 4.5,
) -> AsyncIterator[Channel | Item]:
    """Worldwide earthquakes from a minimum magnitude."""
    answer = await http.get(url)
    collection = answer.json()
    if not isinstance(collection, dict) or "features" not in collection:
        raise SourceError(f"{answer.url}: is not a list of earthquakes (GeoJSON)")
    yield Channel(title="Earthquakes", url="https://earthquake.usgs.gov/", language="en")
    for feature in collection["features"]:
        if (feature["properties"]["mag"] or 0) >= least:
            yield _item(feature)


def _item(feature: dict[str, Any]) -> Item:
    properties = feature["properties"]
    longitude, latitude, depth = feature["geometry"]["coordinates"]
    facts = [f"Magnitude {properties['mag']}, {depth:g} km deep, at {latitude:g}, {longitude:g}."]
    if properties["felt"]:
        facts.append(f"{properties['felt']} people reported feeling it.")
    if properties["tsunami"]:
        facts.append("A large earthquake at sea: see tsunami.gov for tsunami warnings.")
    return Item(
        id=feature["id"],
        url=properties["url"],
        title=properties["title"],
        content="".join(f"<p>{escape(fact)}</p>" for fact in facts),
        published=properties["time"] / 1000,
        updated=properties["updated"] / 1000,
    )
