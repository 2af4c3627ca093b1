"""Reads web pages: extracts an article, lists the articles that a page links to, and tells the two kinds apart.

Public names are imported on first access, because importing lxml is slow.
"""

from typing import TYPE_CHECKING

from aggregator.runtime.lazy_names import lazy_names

if TYPE_CHECKING:
    from aggregator.pages.article.read import read_article
    from aggregator.pages.classify import kind_of
    from aggregator.pages.listing.read import read_listing
    from aggregator.pages.selectors import Selectors, read_selected
    from aggregator.pages.site import channel_of
else:  # hidden from type checkers, so that they report a name that does not exist
    __getattr__ = lazy_names(
        __name__,
        {
            "aggregator.pages.article.read": "read_article",
            "aggregator.pages.classify": "kind_of",
            "aggregator.pages.listing.read": "read_listing",
            "aggregator.pages.selectors": "Selectors read_selected",
            "aggregator.pages.site": "channel_of",
        },
    )

__all__ = ["Selectors", "channel_of", "kind_of", "read_article", "read_listing", "read_selected"]
