"""The store: sources, articles and stories, kept between runs in one SQLite file."""

from aggregator.store.articles import Saved
from aggregator.store.outages import Outage
from aggregator.store.queries import Trace
from aggregator.store.store import Store
from aggregator.store.stories import Selection

__all__ = ["Outage", "Saved", "Selection", "Store", "Trace"]
