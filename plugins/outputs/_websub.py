"""Tells a WebSub hub that a feed has changed (W3C WebSub 4, and the form that hubs have for publishers).

See https://github.com/pubsubhubbub/PubSubHubbub/wiki/Hubs for the request.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from urllib.parse import urlencode

from aggregator import Delivery, DeliveryError, DeliveryHttp, Edition
from aggregator.outputs.text import web_address


def ping(edition: Edition, hub: str | None, feed: bytes) -> Iterator[Delivery]:
    """Yield the ping for a feed. It is sent when its bytes have changed; without a URL, the feed cannot be named."""
    url = web_address(edition.itself.url)
    if hub and url:
        body = urlencode({"hub.mode": "publish", "hub.url": url}).encode()
        yield Delivery(key=sha256(feed).hexdigest(), recipient=hub, payload=body, label="WebSub ping", supersedes=True)


def send_ping(delivery: Delivery, *, hub: str | None, http: DeliveryHttp) -> None:
    """Send a ping."""
    if hub is None:
        raise DeliveryError("the output has no `hub` any more", permanent=True)
    http.post(hub, delivery.payload, headers={"Content-Type": "application/x-www-form-urlencoded"})
