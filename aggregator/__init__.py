"""Public names for plugin authors: `from aggregator import Item, hookimpl`.

Each is imported when it is first used: `aggregate --help` needs none of them.
"""

from typing import TYPE_CHECKING

from aggregator.runtime.lazy_names import lazy_names

if TYPE_CHECKING:
    from aggregator.errors import AggregateError, DeliveryError, FetchError, NotModified, PluginError, SourceError
    from aggregator.expressions.expression import Expression
    from aggregator.http.protocols import BlockingHttp, DeliveryHttp, Http
    from aggregator.http.response import Response
    from aggregator.model import (
        Article,
        Channel,
        Copy,
        Deferred,
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
    from aggregator.model.delivery import Delivered, Delivery
    from aggregator.plugin.spec import Register, hookimpl
    from aggregator.runtime.worker_pool import aside
    from aggregator.text.safe_html import safe_html
    from aggregator.text.units import Duration
else:  # hidden from type checkers, so that they report a name that does not exist
    __getattr__ = lazy_names(
        __name__,
        {
            "aggregator.model.delivery": "Delivered Delivery",
            "aggregator.errors": "AggregateError DeliveryError FetchError NotModified PluginError SourceError",
            "aggregator.expressions.expression": "Expression",
            "aggregator.http.protocols": "BlockingHttp DeliveryHttp Http",
            "aggregator.http.response": "Response",
            "aggregator.model": """
                Article Channel Copy Deferred Drop Edition Enclosure Item Outlet Publication Reading Related Section
                Story Subscription
                """,
            "aggregator.plugin.spec": "Register hookimpl",
            "aggregator.runtime.worker_pool": "aside",
            "aggregator.text.safe_html": "safe_html",
            "aggregator.text.units": "Duration",
        },
    )

__version__ = "0.1.0"

__all__ = [
    "AggregateError",
    "Article",
    "BlockingHttp",
    "Channel",
    "Copy",
    "Deferred",
    "Delivered",
    "Delivery",
    "DeliveryError",
    "DeliveryHttp",
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
