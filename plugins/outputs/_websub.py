"""Tells a WebSub hub that a feed has changed (W3C WebSub 4, and the form that hubs have for publishers).

See https://github.com/pubsubhubbub/PubSubHubbub/wiki/Hubs for the request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from urllib.parse import urlencode

from aggregator import Deferred, Delivery, DeliveryError, DeliveryHttp, Edition
from aggregator.outputs.text import web_address


def with_ping(
    files: Iterable[tuple[str, bytes | Deferred]], edition: Edition, hub: str | None
) -> Iterator[tuple[str, bytes | Deferred] | Delivery]:
    """Yield the files of a feed, and the ping for its first document. It is sent when those bytes have changed; without
    a URL, the feed cannot be named."""
    url = web_address(edition.itself.url)
    for name, content in files:
        yield name, content
        if not name and isinstance(content, bytes) and hub and url:
            key = sha256(content).hexdigest()
            body = urlencode({"hub.mode": "publish", "hub.url": url}).encode()
            yield Delivery(key=key, recipient=hub, payload=body, label="WebSub ping", supersedes=True)


def send_ping(delivery: Delivery, *, hub: str | None, http: DeliveryHttp) -> None:
    """Send a ping."""
    if hub is None:
        raise DeliveryError("the output has no `hub` any more", permanent=True)
    http.post(hub, delivery.payload, headers={"Content-Type": "application/x-www-form-urlencoded"})
