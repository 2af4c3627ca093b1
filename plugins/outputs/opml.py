"""Writes the sources of the edition as an OPML 2.0 subscription list, for import into feed readers.

    [[outputs]]
    plugin = "opml"
    path = "public/sources.opml"

Each source is in the folder of its first tag, as in the output of `aggregate export`.

Limits: a source without a feed, such as a page, is listed by name and home page only; feed readers ignore it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from aggregator import Edition, Register, Subscription, hookimpl
from aggregator.outputs.text import legal, web_address


def opml(edition: Edition) -> Iterator[tuple[str, bytes]]:
    """Writes the sources as an OPML subscription list."""
    from aggregator.feeds.opml import write_opml

    yield "", write_opml(legal(edition.title), [_public(one) for one in legal(edition.subscriptions)])


def _public(subscription: Subscription) -> Subscription:
    """Return a subscription whose addresses are absolute, as other programs need them, or absent."""
    feed, home = web_address(subscription.feed), web_address(subscription.home)
    return msgspec.structs.replace(subscription, name=subscription.name.strip() or feed or "?", feed=feed, home=home)


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(opml)
