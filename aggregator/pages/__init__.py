"""Reads web pages: extracts an article, lists the articles that a page links to, and tells the two kinds apart.

Public names are imported on first access, because importing lxml is slow.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.pages.article.read import read_article
    from aggregator.pages.classify import kind_of
    from aggregator.pages.listing.read import read_listing
    from aggregator.pages.selectors import Selectors, read_selected
    from aggregator.pages.site import channel_of

__all__ = ["Selectors", "channel_of", "kind_of", "read_article", "read_listing", "read_selected"]

_MODULES = {
    "Selectors": "aggregator.pages.selectors",
    "channel_of": "aggregator.pages.site",
    "kind_of": "aggregator.pages.classify",
    "read_article": "aggregator.pages.article.read",
    "read_listing": "aggregator.pages.listing.read",
    "read_selected": "aggregator.pages.selectors",
}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        from importlib import import_module

        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
