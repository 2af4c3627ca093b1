"""The tables. Times are whole epoch seconds; lists are JSON; what is large and seldom read lies apart."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, text

APPLICATION_ID = 0x61676772
"""Marks the file as ours (SQLite `application_id`): "aggr" in ASCII."""

metadata = MetaData()

sources = Table(
    "sources",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("address", Text, nullable=False, unique=True),  # SourceSettings.key: its address, or its name
    Column("name", Text),
    Column("home", Text),
    Column("language", Text),
    Column("moved_to", Text),
    Column("options", LargeBinary),  # of what configuration the validators are
    Column("etag", Text),
    Column("last_modified", Text),
    Column("last_try", Integer),
    Column("last_success", Integer),
    Column("last_full", Integer),
    Column("next_due", Integer),
    Column("retry_at", Integer),
    Column("subscriptions", Text),  # the feeds that it lists
    Column("rhythm", LargeBinary),  # when it publishes: a Rhythm
    Column("hints", LargeBinary),  # what the publisher asks for: Hints
    Column("memory", Text),  # what its plugin keeps of it
    Column("filter_memory", Text),  # what the filters keep of it
    Column("barren", Integer, nullable=False, server_default=text("0")),  # full answers in a row without an article
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("kind", Text),  # of the last failure
    Column("error", Text),
    Column("ill_since", Integer),
    Column("said", Integer),  # when a run last spoke of its being ill
    Column("gone", Integer, nullable=False, server_default=text("0")),
)

episodes = Table(  # times in which a source was ill; `ended` is empty as long as it is
    "episodes",
    metadata,
    Column("source", Integer, ForeignKey("sources.key"), primary_key=True),
    Column("began", Integer, primary_key=True),
    Column("ended", Integer),
    Column("attempts", Integer, nullable=False),
    Column("kind", Text),
    Column("error", Text),
)

holds = Table(  # the pauses that publishers ask for: see aggregator/http/retry_after.py
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
    Index("stories_updated", "updated"),
)

redirects = Table(  # stories that went into others
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
    Column("date", Integer, nullable=False),  # Article.order: what windows and orders go by
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
    Column("duplicate_of", Integer),  # no foreign key: each placement would rewrite its row in all indexes
    Column("indexed", Integer, nullable=False, server_default=text("0")),
    # By source first: what one source gave is then written side by side, and not all over the file.
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

records = Table(  # what grouping has read of the articles of the window
    "records",
    metadata,
    Column("article", Integer, ForeignKey("articles.key", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("links", LargeBinary),
)

words_met = Table(  # how often words have stood in articles: one row
    "words_met",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

corrections = Table(  # what somebody has decided about pairs of articles; `a` is the smaller key
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
    Column("filters", LargeBinary, nullable=False),  # of which configured filters
    Column("id", Text, nullable=False),
    Column("url", Text),
    Column("title", Text, nullable=False),
    Column("filter", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("seen", Integer, nullable=False),
    Index("dropped_url", "url"),
    Index("dropped_id", "id"),
)

SEARCH = "CREATE VIRTUAL TABLE words USING fts5(title, summary, tokenize = 'unicode61 remove_diacritics 2')"
