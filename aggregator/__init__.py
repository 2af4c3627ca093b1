"""Public names for plugin authors: `from aggregator import Item, hookimpl`.

Each is loaded when it is first asked for: `aggregate --help` needs none of them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.beside import aside
    from aggregator.errors import AggregateError, FetchError, NotModified, PluginError, SourceError
    from aggregator.expressions.tree import Expression
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
        Reading,
        Related,
        Section,
        Story,
        Subscription,
    )
    from aggregator.quantities import Duration

__version__ = "0.1.0"

__all__ = [
    "AggregateError",
    "Article",
    "Channel",
    "Copy",
    "Drop",
    "Duration",
    "Edition",
    "Enclosure",
    "Expression",
    "FetchError",
    "Item",
    "NotModified",
    "Outlet",
    "PluginError",
    "Publication",
    "Reading",
    "Related",
    "Section",
    "SourceError",
    "Story",
    "Subscription",
    "aside",
    "hookimpl",
]


def __getattr__(name: str) -> object:
    if name == "aside":
        from aggregator.beside import aside

        return aside
    if name in __all__:
        from aggregator import errors, hookspecs, model, quantities
        from aggregator.expressions import tree

        for module in (errors, model, hookspecs, quantities, tree):
            if name in vars(module):
                return vars(module)[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
