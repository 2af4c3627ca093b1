"""The tables of the store. Times are whole epoch seconds, lists are JSON; large columns have tables of their own."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint, text

APPLICATION_ID = 0x61676772
"""SQLite `application_id` of the file: "aggr" in ASCII."""

metadata = MetaData()

sources = Table(
    "sources",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("address", Text, nullable=False, unique=True),  # SourceSettings.key
    Column("name", Text),
    Column("home", Text),
    Column("language", Text),
    Column("moved_to", Text),
    Column("options", LargeBinary),  # SourceSettings.request_digest of the validators
    Column("etag", Text),
    Column("last_modified", Text),
    Column("last_try", Integer),
    Column("last_success", Integer),
    Column("last_full", Integer),
    Column("next_due", Integer),
    Column("retry_at", Integer),
    Column("subscriptions", Text),  # the feeds that a subscription list contains
    Column("rhythm", LargeBinary),  # scheduling.rhythm.Rhythm
    Column("hints", LargeBinary),  # scheduling.publisher_hints.Hints
    Column("memory", Text),  # state of the plugin
    Column("filter_memory", Text),  # state of the filters
    Column("barren", Integer, nullable=False, server_default=text("0")),  # SourceState.empty_answers
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("kind", Text),  # of the last failure
    Column("error", Text),
    Column("ill_since", Integer),  # SourceState.failing_since
    Column("said", Integer),  # SourceState.reported_at
    Column("gone", Integer, nullable=False, server_default=text("0")),
    Column("began", Integer),  # when its first articles were stored
)

episodes = Table(  # outages of sources; `ended` is NULL while one lasts
    "episodes",
    metadata,
    Column("source", Integer, ForeignKey("sources.key"), primary_key=True),
    Column("began", Integer, primary_key=True),
    Column("ended", Integer),
    Column("attempts", Integer, nullable=False),
    Column("kind", Text),
    Column("error", Text),
)

holds = Table(  # Retry-After rules: aggregator/http/retry_after.py
    "holds",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("until", Integer, nullable=False),
    Column("count", Integer, nullable=False),
)

stories = Table(
    "stories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("updated", Integer, nullable=False),
    Column("began", Integer, nullable=False, server_default=text("0")),
    Column("size", Integer, nullable=False, server_default=text("0")),  # articles, without copies
    Column("revised", Integer, nullable=False, server_default=text("0")),  # Story.revised
    Column("digest", LargeBinary),  # of what a reader would notice; NULL until an output has shown the story
    Column("stale", Integer, nullable=False, server_default=text("0")),  # 1: the digest must be compared again
    Column("storyline", Text),  # storylines.id
    Column("storyline_why", Text),
    Column("storyline_by_hand", Integer, nullable=False, server_default=text("0")),  # 1: a correction decided it
    Column("profile", LargeBinary),  # grouping/storylines/profiles.py
    Index("stories_updated", "updated"),
    Index("stories_revised", "revised"),
    Index("stories_storyline", "storyline", sqlite_where=text("storyline IS NOT NULL")),
    Index("stories_profile", "updated", sqlite_where=text("profile IS NOT NULL")),
    Index("stories_taken_out", "id", sqlite_where=text("storyline_by_hand = 1 AND storyline IS NULL")),
    Index("stories_stale", "id", sqlite_where=text("stale = 1")),
)

storylines = Table(
    "storylines",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
)

redirects = Table(  # stories that were merged into others
    "redirects",
    metadata,
    Column("old", Text, primary_key=True),
    Column("new", Text, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
    Column("made", Integer, nullable=False),
    Index("redirects_new", "new"),
)

articles = Table(
    "articles",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("source", Integer, ForeignKey("sources.key"), nullable=False),
    Column("id", Text, nullable=False),
    Column("url", Text),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("authors", Text),
    Column("published", Integer),
    Column("updated", Integer),
    Column("first_seen", Integer, nullable=False),
    Column("date", Integer, nullable=False),  # Article.order: the date for windows and sorting
    Column("language", Text),
    Column("tags", Text),
    Column("image", Text),
    Column("enclosures", Text),
    Column("related", Text),
    Column("outlet", Text, nullable=False),
    Column("outlet_url", Text),
    Column("guid", Text),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("text", LargeBinary),
    Column("last_seen", Integer, nullable=False),
    Column("story", Text, ForeignKey("stories.id")),
    Column("founder", Integer),  # 1 for the article that founded its story
    Column("why", Text),
    Column("was", Text),  # the story it was in before
    Column("duplicate_of", Integer),  # no foreign key, or each placement would rewrite its row in all indexes
    Column("indexed", Integer, nullable=False, server_default=text("0")),
    Column("place", Integer),
    # Indexes begin with the source, so that the articles of one source are written to a few pages.
    Index("articles_fingerprint", "source", "fingerprint"),
    Index("articles_guid", "source", "guid"),
    Index("articles_url", "source", "url"),
    Index("articles_text", "source", "text"),
    Index("articles_story", "story"),
    Index("articles_date", "date"),
    Index("articles_last_seen", "last_seen"),
    Index("articles_duplicate_of", "duplicate_of", sqlite_where=text("duplicate_of IS NOT NULL")),
    Index("articles_was", "was", sqlite_where=text("was IS NOT NULL")),
    Index("articles_unplaced", "key", sqlite_where=text("story IS NULL")),
    Index("articles_unindexed", "key", sqlite_where=text("indexed = 0")),
)

contents = Table(
    "contents",
    metadata,
    Column("article", Integer, ForeignKey("articles.key", ondelete="CASCADE"), primary_key=True),
    Column("html", Text, nullable=False),
)

records = Table(  # features of the articles in the window: grouping/features/records.py
    "records",
    metadata,
    Column("article", Integer, ForeignKey("articles.key", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("links", LargeBinary),
)

words_met = Table(  # word frequencies: one row
    "words_met",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

corrections = Table(  # manual decisions about pairs of articles; `a` is the smaller key
    "corrections",
    metadata,
    Column("a", Integer, ForeignKey("articles.key"), primary_key=True),
    Column("b", Integer, ForeignKey("articles.key"), primary_key=True),
    Column("same", Integer, nullable=False),
    Column("made", Integer, nullable=False),
)

dropped = Table(
    "dropped",
    metadata,
    Column("source", Integer, ForeignKey("sources.key"), primary_key=True),
    Column("fingerprint", LargeBinary, primary_key=True),
    Column("filters", LargeBinary, nullable=False),  # digest of the filters
    Column("id", Text, nullable=False),
    Column("url", Text),
    Column("title", Text, nullable=False),
    Column("filter", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("seen", Integer, nullable=False),
    Index("dropped_url", "url"),
    Index("dropped_id", "id"),
)

deliveries = Table(  # what outputs deliver, to one recipient each: aggregator/delivery/
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("output", Text, nullable=False),  # OutputSettings.key
    Column("recipient", Text, nullable=False),
    Column("name", Text, nullable=False),  # Delivery.key
    Column("label", Text, nullable=False),
    Column("stories", Text, nullable=False),  # ids
    Column("payload", LargeBinary),  # NULL some time after it was sent
    Column("supersedes", Integer, nullable=False),
    Column("local", Integer, nullable=False),
    Column("state", Text, nullable=False),  # store.deliveries.State
    Column("attempts", Integer, nullable=False),
    Column("made", Integer, nullable=False),
    Column("changed", Integer, nullable=False),  # when its state last changed
    Column("next_try", Integer, nullable=False),
    Column("held_until", Integer, nullable=False),  # a Retry-After
    Column("error", Text),
    UniqueConstraint("output", "recipient", "name"),
    Index("deliveries_open", "id", sqlite_where=text("state IN ('pending', 'sending')")),
)

delivered = Table(  # the stories that need no further delivery: those delivered, and those older than their output
    "delivered",
    metadata,
    Column("output", Text, primary_key=True),
    Column("story", Text, primary_key=True),
    Column("made", Integer, nullable=False),
)

delivering = Table(  # the outputs that deliver, each with a digest of what it selects
    "delivering",
    metadata,
    Column("output", Text, primary_key=True),
    Column("selection", LargeBinary, nullable=False),
    Column("made", Integer, nullable=False),
)

after_commands = Table(  # commands that run after publishing, until they have succeeded: one row
    "after_commands",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("since", Integer, nullable=False),
)

outputs = Table(
    "outputs",
    metadata,
    Column("name", Text, primary_key=True),  # OutputSettings.key
    Column("edition", LargeBinary),  # digest of the edition
    Column("inputs", LargeBinary),  # digest of what else its files depend on: settings, options, templates
    Column("made", Integer, nullable=False),  # when the edition was made or last changed
    Column("fresh", Integer, nullable=False),  # 1: articles and stories are as they were when it was written
)

shown = Table(  # the stories that each output shows
    "shown",
    metadata,
    Column("output", Text, ForeignKey("outputs.name", ondelete="CASCADE"), primary_key=True),
    Column("story", Text, primary_key=True),
    Index("shown_story", "story"),
)

files = Table(  # the files that each output wrote or confirmed the last time
    "files",
    metadata,
    Column("output", Text, ForeignKey("outputs.name", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("digest", LargeBinary),  # Deferred.digest
    Column("size", Integer, nullable=False),
    Column("mtime", Integer, nullable=False),  # nanoseconds
)

editions = Table(  # the edition of each day, as it was when the day ended
    "editions",
    metadata,
    Column("output", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # ISO 8601
    Column("made", Integer, nullable=False),
    Column("stories", Integer, nullable=False),
    Column("lead", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

pictures = Table(  # aggregator/pictures/state.py
    "pictures",
    metadata,
    Column("url", Text, primary_key=True),
    Column("width", Integer),
    Column("height", Integer),
    Column("type", Text),
    Column("copies", Text),  # NULL if it could not be copied
    Column("fetched", Integer, nullable=False),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("next_try", Integer),
    Column("error", Text),
    Column("last_used", Integer, nullable=False),
    Index("pictures_last_used", "last_used"),
)

SEARCH = "CREATE VIRTUAL TABLE words USING fts5(title, summary, tokenize = 'unicode61 remove_diacritics 2')"
