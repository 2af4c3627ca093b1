"""Public names for plugin authors: `from aggregator import Item, hookimpl`.

Each is loaded when it is first asked for: `aggregate --help` needs none of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.errors import AggregateError, FetchError, NotModified, PluginError, SourceError
    from aggregator.expressions.expression import Expression
    from aggregator.http.protocols import BlockingHttp, Http
    from aggregator.http.response import Response
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
    from aggregator.plugin.spec import Register, hookimpl
    from aggregator.runtime.worker_process import aside
    from aggregator.text.safe_html import safe_html
    from aggregator.text.units import Duration

__version__ = "0.1.0"

__all__ = [
    "AggregateError",
    "Article",
    "BlockingHttp",
    "Channel",
    "Copy",
    "Drop",
    "Duration",
    "Edition",
    "Enclosure",
    "Expression",
    "FetchError",
    "Http",
    "Item",
    "NotModified",
    "Outlet",
    "PluginError",
    "Publication",
    "Reading",
    "Register",
    "Related",
    "Response",
    "Section",
    "SourceError",
    "Story",
    "Subscription",
    "aside",
    "hookimpl",
    "safe_html",
]


_DEFINED_IN = {
    "aggregator.http.response": ("Response",),
    "aggregator.runtime.worker_process": ("aside",),
    "aggregator.errors": ("AggregateError", "FetchError", "NotModified", "PluginError", "SourceError"),
    "aggregator.expressions.expression": ("Expression",),
    "aggregator.http.protocols": ("BlockingHttp", "Http"),
    "aggregator.plugin.spec": ("Register", "hookimpl"),
    "aggregator.text.safe_html": ("safe_html",),
    "aggregator.text.units": ("Duration",),
}
"""The public names that are defined outside `aggregator.model`, by module."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = next((module for module, names in _DEFINED_IN.items() if name in names), "aggregator.model")
    return getattr(import_module(module), name)
