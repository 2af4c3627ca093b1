"""The store: sources, articles and stories, kept between runs in one SQLite file."""

from aggregator.store.articles import SaveCounts
from aggregator.store.deliveries import State, StoredDelivery
from aggregator.store.ledger import Ledger
from aggregator.store.outages import Outage
from aggregator.store.queries import Trace
from aggregator.store.store import Store
from aggregator.store.stories import Selection

__all__ = ["Ledger", "Outage", "SaveCounts", "Selection", "State", "Store", "StoredDelivery", "Trace"]
