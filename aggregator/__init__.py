"""Public names for plugin authors: `from aggregator import Item, hookimpl`."""

from aggregator.errors import AggregateError, FetchError, SourceError
from aggregator.hookspecs import hookimpl
from aggregator.model import (
    Article,
    Channel,
    Copy,
    Drop,
    Edition,
    Enclosure,
    Item,
    Outlet,
    Publication,
    Related,
    Section,
    Story,
    Subscription,
)

__version__ = "0.1.0"

__all__ = [
    "AggregateError",
    "Article",
    "Channel",
    "Copy",
    "Drop",
    "Edition",
    "Enclosure",
    "FetchError",
    "Item",
    "Outlet",
    "Publication",
    "Related",
    "Section",
    "SourceError",
    "Story",
    "Subscription",
    "hookimpl",
]
