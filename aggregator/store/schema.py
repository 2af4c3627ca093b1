"""The tables of the store. Times are whole epoch seconds, lists are JSON; large columns have tables of their own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

Int = BigInteger().with_variant(Integer(), "sqlite")
"""An integer of 64 bits; only an INTEGER can be the rowid of SQLite."""
Str = Text().with_variant(Text(collation="C"), "postgresql")
"""A text that is compared byte by byte, whatever the locale of the database."""


class IndexKey(FunctionElement[str]):
    """A text as indexes contain it: itself; in PostgreSQL, where an entry has 2,704 bytes at most, its MD5 digest.

    `mapping.index_keys` returns the same for values.
    """

    inherit_cache = True
    type = Text()


@compiles(IndexKey)
def _plain(element: IndexKey, compiler: Any, **options: Any) -> str:
    return compiler.process(element.clauses, **options)  # type: ignore[no-any-return]


@compiles(IndexKey, "postgresql")
def _digest(element: IndexKey, compiler: Any, **options: Any) -> str:
    return f"md5({compiler.process(element.clauses, **options)})"


def _partial(name: str, column: str, where: str) -> Index:
    """Return an index of the rows that meet a condition; `postgresql` copies it, since an option for that dialect
    would import it for every store."""
    return Index(name, column, sqlite_where=text(where))


APPLICATION_ID = 0x61676772
"""Tells a store from other databases: "aggr" in ASCII. The `application_id` of a SQLite file."""
VERSION = 7
"""Version of these tables; the migrations to it are in `sqlite` and `postgresql`."""

metadata = MetaData()

sources = Table(
    "sources",
    metadata,
    Column("key", Int, primary_key=True),
    Column("address", Str, nullable=False),  # SourceSettings.key; unique
    Column("name", Str),
    Column("home", Str),
    Column("language", Str),
    Column("moved_to", Str),
    Column("options", LargeBinary),  # SourceSettings.request_digest and Validators.address
    Column("etag", Str),
    Column("last_modified", Str),
    Column("last_try", Int),
    Column("last_success", Int),
    Column("last_full", Int),
    Column("next_due", Int),
    Column("retry_at", Int),
    Column("subscriptions", Str),  # the feeds that a subscription list contains
    Column("rhythm", LargeBinary),  # scheduling.rhythm.Rhythm
    Column("hints", LargeBinary),  # scheduling.publisher_hints.Hints
    Column("memory", Str),  # state of the plugin
    Column("filter_memory", Str),  # state of the filters
    Column("barren", Int, nullable=False, server_default=text("0")),  # SourceState.empty_answers
    Column("failures", Int, nullable=False, server_default=text("0")),
    Column("kind", Str),  # of the last failure
    Column("error", Str),
    Column("ill_since", Int),  # SourceState.failing_since
    Column("said", Int),  # SourceState.reported_at
    Column("gone", Int, nullable=False, server_default=text("0")),
    Column("began", Int),  # when its first articles were stored
    UniqueConstraint("address").ddl_if(dialect="sqlite"),
)
Index("sources_address", IndexKey(sources.c.address), unique=True).ddl_if(dialect="postgresql")

episodes = Table(  # outages of sources; `ended` is NULL while one lasts
    "episodes",
    metadata,
    Column("source", Int, ForeignKey("sources.key"), primary_key=True),
    Column("began", Int, primary_key=True),
    Column("ended", Int),
    Column("attempts", Int, nullable=False),
    Column("kind", Str),
    Column("error", Str),
)

holds = Table(  # Retry-After rules: aggregator/http/retry_after.py
    "holds",
    metadata,
    Column("scope", Str, primary_key=True),
    Column("until", Int, nullable=False),
    Column("count", Int, nullable=False),
)

stories = Table(
    "stories",
    metadata,
    Column("id", Str, primary_key=True),
    Column("updated", Int, nullable=False),
    Column("began", Int, nullable=False, server_default=text("0")),
    Column("size", Int, nullable=False, server_default=text("0")),  # articles, without copies
    Column("revised", Int, nullable=False, server_default=text("0")),  # Story.revised
    Column("digest", LargeBinary),  # of what a reader would notice; NULL until an output has shown the story
    Column("stale", Int, nullable=False, server_default=text("0")),  # 1: the digest must be compared again
    Column("storyline", Str),  # storylines.id
    Column("storyline_why", Str),
    Column("storyline_by_hand", Int, nullable=False, server_default=text("0")),  # 1: a correction decided it
    Column("profile", LargeBinary),  # grouping/storylines/profiles.py
    Index("stories_updated", "updated"),
    Index("stories_revised", "revised"),
    _partial("stories_storyline", "storyline", "storyline IS NOT NULL"),
    _partial("stories_profile", "updated", "profile IS NOT NULL"),
    _partial("stories_taken_out", "id", "storyline_by_hand = 1 AND storyline IS NULL"),
    _partial("stories_stale", "id", "stale = 1"),
)

storylines = Table(
    "storylines",
    metadata,
    Column("id", Str, primary_key=True),
    Column("title", Str, nullable=False),
)

redirects = Table(  # stories that were merged into others
    "redirects",
    metadata,
    Column("old", Str, primary_key=True),
    Column("new", Str, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
    Column("made", Int, nullable=False),
    Index("redirects_new", "new"),
)

articles = Table(
    "articles",
    metadata,
    Column("key", Int, primary_key=True),
    Column("source", Int, ForeignKey("sources.key"), nullable=False),
    Column("id", Str, nullable=False),
    Column("url", Str),
    Column("title", Str, nullable=False),
    Column("summary", Str, nullable=False),
    Column("authors", Str),
    Column("published", Int),
    Column("updated", Int),
    Column("first_seen", Int, nullable=False),
    Column("date", Int, nullable=False),  # Article.order: the date for windows and sorting
    Column("language", Str),
    Column("tags", Str),
    Column("image", Str),
    Column("enclosures", Str),
    Column("related", Str),
    Column("outlet", Str, nullable=False),
    Column("outlet_url", Str),
    Column("guid", Str),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("text", LargeBinary),
    Column("last_seen", Int, nullable=False),
    Column("story", Str, ForeignKey("stories.id")),
    Column("founder", Int),  # 1 for the article that founded its story
    Column("why", Str),
    Column("was", Str),  # the story it was in before
    Column("duplicate_of", Int),  # no foreign key, or each placement would rewrite its row in all indexes
    Column("indexed", Int, nullable=False, server_default=text("0")),
    Column("place", Int),
    # Indexes begin with the source, so that the articles of one source are written to a few pages.
    Index("articles_fingerprint", "source", "fingerprint"),
    Index("articles_text", "source", "text"),
    Index("articles_source_date", "source", "date"),
    Index("articles_story", "story"),  # also finds those without a story
    Index("articles_last_seen", "last_seen"),
    # Dates are all over an index: articles get into this one when many are grouped at once, not by source.
    _partial("articles_date", "date", "story IS NOT NULL"),
    _partial("articles_duplicate_of", "duplicate_of", "duplicate_of IS NOT NULL"),
    _partial("articles_was", "was", "was IS NOT NULL"),
    _partial("articles_unindexed", "key", "indexed = 0"),
)
Index("articles_guid", articles.c.source, IndexKey(articles.c.guid))
Index("articles_url", articles.c.source, IndexKey(articles.c.url))

contents = Table(
    "contents",
    metadata,
    Column("article", Int, ForeignKey("articles.key", ondelete="CASCADE"), primary_key=True),
    Column("html", Str, nullable=False),
)

records = Table(  # features of the articles in the window: grouping/features/records.py
    "records",
    metadata,
    Column("article", Int, ForeignKey("articles.key", ondelete="CASCADE"), primary_key=True),
    Column("version", Int, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("links", LargeBinary),
)

words_met = Table(  # word frequencies: one row
    "words_met",
    metadata,
    Column("key", Int, primary_key=True, autoincrement=False),
    Column("version", Int, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

corrections = Table(  # manual decisions about pairs of articles; `a` is the smaller key
    "corrections",
    metadata,
    Column("a", Int, ForeignKey("articles.key"), primary_key=True),
    Column("b", Int, ForeignKey("articles.key"), primary_key=True),
    Column("same", Int, nullable=False),
    Column("made", Int, nullable=False),
)

dropped = Table(
    "dropped",
    metadata,
    Column("source", Int, ForeignKey("sources.key"), primary_key=True),
    Column("fingerprint", LargeBinary, primary_key=True),
    Column("filters", LargeBinary, nullable=False),  # digest of the filters
    Column("id", Str, nullable=False),
    Column("url", Str),
    Column("title", Str, nullable=False),
    Column("filter", Str, nullable=False),
    Column("reason", Str, nullable=False),
    Column("seen", Int, nullable=False),
)
Index("dropped_url", IndexKey(dropped.c.url))
Index("dropped_id", IndexKey(dropped.c.id))

deliveries = Table(  # what outputs deliver, to one recipient each: aggregator/delivery/
    "deliveries",
    metadata,
    Column("id", Int, primary_key=True),
    Column("output", Str, nullable=False),  # OutputSettings.key
    Column("recipient", Str, nullable=False),
    Column("name", Str, nullable=False),  # Delivery.key
    Column("label", Str, nullable=False),
    Column("stories", Str, nullable=False),  # ids
    Column("payload", LargeBinary),  # NULL some time after it was sent
    Column("supersedes", Int, nullable=False),
    Column("local", Int, nullable=False),
    Column("state", Str, nullable=False),  # store.deliveries.State
    Column("attempts", Int, nullable=False),
    Column("made", Int, nullable=False),
    Column("changed", Int, nullable=False),  # when its state last changed
    Column("next_try", Int, nullable=False),
    Column("held_until", Int, nullable=False),  # a Retry-After
    Column("error", Str),
    UniqueConstraint("output", "recipient", "name"),
    _partial("deliveries_open", "id", "state IN ('pending', 'sending')"),
)

delivered = Table(  # the stories that need no further delivery: those delivered, and those older than their output
    "delivered",
    metadata,
    Column("output", Str, primary_key=True),
    Column("story", Str, primary_key=True),
    Column("made", Int, nullable=False),
)

delivering = Table(  # the outputs that deliver, each with a digest of what it selects
    "delivering",
    metadata,
    Column("output", Str, primary_key=True),
    Column("selection", LargeBinary, nullable=False),
    Column("made", Int, nullable=False),
)

after_commands = Table(  # commands that run after publishing, until they have succeeded: one row
    "after_commands",
    metadata,
    Column("key", Int, primary_key=True, autoincrement=False),
    Column("since", Int, nullable=False),
)

outputs = Table(
    "outputs",
    metadata,
    Column("name", Str, primary_key=True),  # OutputSettings.key
    Column("edition", LargeBinary),  # digest of the edition
    Column("inputs", LargeBinary),  # digest of what else its files depend on: settings, options, templates
    Column("made", Int, nullable=False),  # when the edition was made or last changed
    Column("fresh", Int, nullable=False),  # see aggregator/store/outputs.py
)

shown = Table(  # the stories that each output shows
    "shown",
    metadata,
    Column("output", Str, ForeignKey("outputs.name", ondelete="CASCADE"), primary_key=True),
    Column("story", Str, primary_key=True),
    Index("shown_story", "story"),
)

files = Table(  # the files that each output wrote or confirmed the last time
    "files",
    metadata,
    Column("output", Str, ForeignKey("outputs.name", ondelete="CASCADE"), primary_key=True),
    Column("path", Str, primary_key=True),
    Column("digest", LargeBinary),  # Deferred.digest
    Column("size", Int, nullable=False),
    Column("mtime", Int, nullable=False),  # nanoseconds
)

editions = Table(  # the edition of each day, as it was when the day ended
    "editions",
    metadata,
    Column("output", Str, primary_key=True),
    Column("day", Str, primary_key=True),  # ISO 8601
    Column("made", Int, nullable=False),
    Column("stories", Int, nullable=False),
    Column("lead", Str, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

pictures = Table(  # aggregator/pictures/state.py
    "pictures",
    metadata,
    Column("url", Str, primary_key=True),
    Column("width", Int),
    Column("height", Int),
    Column("type", Str),
    Column("copies", Str),  # NULL if it could not be copied
    Column("fetched", Int, nullable=False),
    Column("failures", Int, nullable=False, server_default=text("0")),
    Column("next_try", Int),
    Column("error", Str),
    Column("last_used", Int, nullable=False),
    Index("pictures_last_used", "last_used"),
)
