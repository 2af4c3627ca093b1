"""The source: one request for a list in GeoJSON (RFC 7946), which holds all earthquakes of a day.

https://earthquake.usgs.gov/earthquakes/feed/v1.0/geojson.php tells which lists there are, and what is in them.
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
    url: Annotated[str, Meta(description="The list; by default, a day's from magnitude 4.5 on.")] = DAY,
    least: Annotated[float, Meta(description="Earthquakes from this magnitude on.", ge=0)] = 4.5,
) -> AsyncIterator[Channel | Item]:
    """Earthquakes all over the world, from some magnitude on."""
    answer = await http.get(url)
    collection = answer.json()
    if not isinstance(collection, dict) or "features" not in collection:
        raise SourceError(f"{answer.url}: is no list of earthquakes (GeoJSON)")
    yield Channel(title="Earthquakes", url="https://earthquake.usgs.gov/", language="en")
    for feature in collection["features"]:
        if (feature["properties"]["mag"] or 0) >= least:
            yield _item(feature)


def _item(feature: dict[str, Any]) -> Item:
    told = feature["properties"]
    longitude, latitude, depth = feature["geometry"]["coordinates"]
    facts = [f"Magnitude {told['mag']}, {depth:g} km deep, at {latitude:g}, {longitude:g}."]
    if told["felt"]:
        facts.append(f"{told['felt']} people say that they felt it.")
    if told["tsunami"]:
        facts.append("Large, and in the sea: see tsunami.gov for warnings.")
    return Item(
        id=feature["id"],
        url=told["url"],
        title=told["title"],
        content="".join(f"<p>{escape(fact)}</p>" for fact in facts),
        published=told["time"] / 1000,
        updated=told["updated"] / 1000,
    )
