"""The article model: sources yield unchecked `Item`s, from which `normalise` makes `Article`s.

Times are timezone-aware `datetime`s in UTC, to the second. Texts called *plain* contain no markup and no control or
bidirectional formatting characters, and are in Unicode NFC. Sequences are tuples, so that values can be shared safely.
"""

from aggregator.model.article import EPOCH, OLDEST_YEAR, Article, Drop, Enclosure, Outlet, Related
from aggregator.model.delivery import Delivered, Delivery
from aggregator.model.edition import Archive, Deferred, Edition, Publication, Section, Subscription
from aggregator.model.item import Channel, Item, Reading, RoughDate
from aggregator.model.picture import Picture, PictureCopy
from aggregator.model.story import Copy, Story, Storyline, StoryReference

__all__ = [
    "EPOCH",
    "OLDEST_YEAR",
    "Archive",
    "Article",
    "Channel",
    "Copy",
    "Deferred",
    "Delivered",
    "Delivery",
    "Drop",
    "Edition",
    "Enclosure",
    "Item",
    "Outlet",
    "Picture",
    "PictureCopy",
    "Publication",
    "Reading",
    "Related",
    "RoughDate",
    "Section",
    "Story",
    "StoryReference",
    "Storyline",
    "Subscription",
]
