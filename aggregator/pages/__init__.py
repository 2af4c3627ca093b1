"""Web pages: the article on a page, those that it lists, and which of the two it is. Public names, each loaded when it
is first asked for: lxml takes its time."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.pages.article import read_article
    from aggregator.pages.channel import channel_of
    from aggregator.pages.kind import kind_of
    from aggregator.pages.listing import read_listing
    from aggregator.pages.selectors import Selectors, read_selected

__all__ = ["Selectors", "channel_of", "kind_of", "read_article", "read_listing", "read_selected"]

_MODULES = {
    "Selectors": "selectors",
    "channel_of": "channel",
    "kind_of": "kind",
    "read_article": "article",
    "read_listing": "listing",
    "read_selected": "selectors",
}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
