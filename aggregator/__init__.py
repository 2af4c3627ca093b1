"""Public names for plugin authors: `from aggregator import Item, hookimpl`.

Each is loaded when it is first asked for: `aggregate --help` needs none of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.answers import Response
    from aggregator.beside import aside
    from aggregator.errors import AggregateError, FetchError, NotModified, PluginError, SourceError
    from aggregator.expressions.tree import Expression
    from aggregator.handed import BlockingHttp, Http
    from aggregator.hookspecs import Register, hookimpl
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
]


_ELSEWHERE = {
    "BlockingHttp": "handed",
    "Duration": "quantities",
    "Expression": "expressions.tree",
    "Http": "handed",
    "Response": "answers",
    "aside": "beside",
}
"""In which module a name stands that is none of the model's, the errors' or the hooks'."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _ELSEWHERE:
        return getattr(import_module(f"aggregator.{_ELSEWHERE[name]}"), name)
    from aggregator import errors, hookspecs, model

    return next(vars(module)[name] for module in (errors, model, hookspecs) if name in vars(module))
