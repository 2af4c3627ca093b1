"""The sources of the edition as an OPML 2.0 subscription list, for readers that want the feeds themselves.

    [[outputs]]
    plugin = "opml"
    path = "public/sources.opml"

A source lies in the folder of its first tag, as `aggregate export` writes it.

Limits: a source without a feed, such as a page, is listed by name and home page, which readers pass over.
"""

from __future__ import annotations

from collections.abc import Iterator

from aggregator import Edition, Register, hookimpl

from ._story import legal


def opml(edition: Edition) -> Iterator[tuple[str, bytes]]:
    """The sources as an OPML subscription list."""
    from aggregator.feeds.opml import write_opml

    yield "", write_opml(legal(edition.title), legal(edition.subscriptions))


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(opml)
