"""The store: sources, articles and stories, kept between runs in a SQLite file or a PostgreSQL database."""

from aggregator.store.articles import SaveCounts
from aggregator.store.candidates import Candidate
from aggregator.store.copy import copy_store
from aggregator.store.database import StoreLocation, has_store
from aggregator.store.deliveries import State, StoredDelivery
from aggregator.store.editions import StoredEdition
from aggregator.store.figures import Figures
from aggregator.store.ledger import Ledger
from aggregator.store.lookup import Found
from aggregator.store.outages import Outage
from aggregator.store.outputs import OutputState, WrittenFile
from aggregator.store.queries import Trace
from aggregator.store.recent import RecentStories
from aggregator.store.search import SearchResult
from aggregator.store.store import Store
from aggregator.store.stories import Selection
from aggregator.store.storylines import StorylineCorrection, StorylineOfStory
from aggregator.store.transactions import SupersededError

__all__ = [
    "Candidate",
    "Figures",
    "Found",
    "Ledger",
    "Outage",
    "OutputState",
    "RecentStories",
    "SaveCounts",
    "SearchResult",
    "Selection",
    "State",
    "Store",
    "StoreLocation",
    "StoredDelivery",
    "StoredEdition",
    "StorylineCorrection",
    "StorylineOfStory",
    "SupersededError",
    "Trace",
    "WrittenFile",
    "copy_store",
    "has_store",
]
