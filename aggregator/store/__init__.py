"""What is kept between runs: sources, articles, stories, in one SQLite file."""

from aggregator.store.articles import DroppedItem, Saved
from aggregator.store.outages import Episode
from aggregator.store.queries import Trace
from aggregator.store.source_states import SourceState
from aggregator.store.store import Store

__all__ = ["DroppedItem", "Episode", "Saved", "SourceState", "Store", "Trace"]
