"""The tables of the store. Times are whole epoch seconds, lists are JSON; large columns have tables of their own."""

from __future__ import annotations

from aggregator.store.connection import Dialect
from aggregator.store.dialects import Table, translate

APPLICATION_ID = 0x61676772
"""Tells a store from other databases: "aggr" in ASCII. The `application_id` of a SQLite file."""
VERSION = 7
"""Version of these tables; the migrations to it are in `sqlite` and `postgresql`."""

sources = Table(
    "sources",
    """
    key INTEGER PRIMARY KEY NOT NULL,
    address TEXT NOT NULL UNIQUE,  -- SourceSettings.key
    name TEXT,
    home TEXT,
    language TEXT,
    moved_to TEXT,
    options BLOB,  -- SourceSettings.request_digest and Validators.address
    etag TEXT,
    last_modified TEXT,
    last_try INTEGER,
    last_success INTEGER,
    last_full INTEGER,
    next_due INTEGER,
    retry_at INTEGER,
    subscriptions TEXT,  -- the feeds that a subscription list contains
    rhythm BLOB,  -- scheduling.rhythm.Rhythm
    hints BLOB,  -- scheduling.publisher_hints.Hints
    memory TEXT,  -- state of the plugin
    filter_memory TEXT,  -- state of the filters
    barren INTEGER DEFAULT 0 NOT NULL,  -- SourceState.empty_answers
    failures INTEGER DEFAULT 0 NOT NULL,
    kind TEXT,  -- of the last failure
    error TEXT,
    ill_since INTEGER,  -- SourceState.failing_since
    said INTEGER,  -- SourceState.reported_at
    gone INTEGER DEFAULT 0 NOT NULL,
    began INTEGER  -- when its first articles were stored
    """,
)

episodes = Table(  # outages of sources; `ended` is NULL while one lasts
    "episodes",
    """
    source INTEGER NOT NULL REFERENCES sources (key),
    began INTEGER NOT NULL,
    ended INTEGER,
    attempts INTEGER NOT NULL,
    kind TEXT,
    error TEXT,
    PRIMARY KEY (source, began)
    """,
)

holds = Table(  # Retry-After rules: aggregator/http/retry_after.py
    "holds",
    """
    scope TEXT NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL,
    count INTEGER NOT NULL
    """,
)

stories = Table(
    "stories",
    """
    id TEXT NOT NULL PRIMARY KEY,
    updated INTEGER NOT NULL,
    began INTEGER DEFAULT 0 NOT NULL,
    size INTEGER DEFAULT 0 NOT NULL,  -- articles, without copies
    revised INTEGER DEFAULT 0 NOT NULL,  -- Story.revised
    digest BLOB,  -- of what a reader would notice; NULL until an output has shown the story
    stale INTEGER DEFAULT 0 NOT NULL,  -- 1: the digest must be compared again
    storyline TEXT,  -- storylines.id
    storyline_why TEXT,
    storyline_by_hand INTEGER DEFAULT 0 NOT NULL,  -- 1: a correction decided it
    profile BLOB  -- grouping/storylines/profiles.py
    """,
)

storylines = Table(
    "storylines",
    """
    id TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL
    """,
)

redirects = Table(  # stories that were merged into others
    "redirects",
    """
    old TEXT NOT NULL PRIMARY KEY,
    new TEXT NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    made INTEGER NOT NULL
    """,
)

articles = Table(
    "articles",
    """
    key INTEGER PRIMARY KEY NOT NULL,
    source INTEGER NOT NULL REFERENCES sources (key),
    id TEXT NOT NULL,
    url TEXT,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    authors TEXT,
    published INTEGER,
    updated INTEGER,
    first_seen INTEGER NOT NULL,
    date INTEGER NOT NULL,  -- Article.order: the date for windows and sorting
    language TEXT,
    tags TEXT,
    image TEXT,
    enclosures TEXT,
    related TEXT,
    outlet TEXT NOT NULL,
    outlet_url TEXT,
    guid TEXT,
    fingerprint BLOB NOT NULL,
    text BLOB,
    last_seen INTEGER NOT NULL,
    story TEXT REFERENCES stories (id),
    founder INTEGER,  -- 1 for the article that founded its story
    why TEXT,
    was TEXT,  -- the story it was in before
    duplicate_of INTEGER,  -- no foreign key, or each placement would rewrite its row in all indexes
    indexed INTEGER DEFAULT 0 NOT NULL,
    place INTEGER
    """,
)

contents = Table(
    "contents",
    """
    article INTEGER NOT NULL PRIMARY KEY REFERENCES articles (key) ON DELETE CASCADE,
    html TEXT NOT NULL
    """,
)

records = Table(  # features of the articles in the window: grouping/features/records.py
    "records",
    """
    article INTEGER NOT NULL PRIMARY KEY REFERENCES articles (key) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    body BLOB NOT NULL,
    links BLOB
    """,
)

words_met = Table(  # word frequencies: one row
    "words_met",
    """
    key INTEGER NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    body BLOB NOT NULL
    """,
)

corrections = Table(  # manual decisions about pairs of articles; `a` is the smaller key
    "corrections",
    """
    a INTEGER NOT NULL REFERENCES articles (key),
    b INTEGER NOT NULL REFERENCES articles (key),
    same INTEGER NOT NULL,
    made INTEGER NOT NULL,
    PRIMARY KEY (a, b)
    """,
)

dropped = Table(
    "dropped",
    """
    source INTEGER NOT NULL REFERENCES sources (key),
    fingerprint BLOB NOT NULL,
    filters BLOB NOT NULL,  -- digest of the filters
    id TEXT NOT NULL,
    url TEXT,
    title TEXT NOT NULL,
    filter TEXT NOT NULL,
    reason TEXT NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (source, fingerprint)
    """,
)

deliveries = Table(  # what outputs deliver, to one recipient each: aggregator/delivery/
    "deliveries",
    """
    id INTEGER PRIMARY KEY NOT NULL,
    output TEXT NOT NULL,  -- OutputSettings.key
    recipient TEXT NOT NULL,
    name TEXT NOT NULL,  -- Delivery.key
    label TEXT NOT NULL,
    stories TEXT NOT NULL,  -- ids
    payload BLOB,  -- NULL some time after it was sent
    supersedes INTEGER NOT NULL,
    local INTEGER NOT NULL,
    state TEXT NOT NULL,  -- store.deliveries.State
    attempts INTEGER NOT NULL,
    made INTEGER NOT NULL,
    changed INTEGER NOT NULL,  -- when its state last changed
    next_try INTEGER NOT NULL,
    held_until INTEGER NOT NULL,  -- a Retry-After
    error TEXT,
    UNIQUE (output, recipient, name)
    """,
)

delivered = Table(  # the stories that need no further delivery: those delivered, and those older than their output
    "delivered",
    """
    output TEXT NOT NULL,
    story TEXT NOT NULL,
    made INTEGER NOT NULL,
    PRIMARY KEY (output, story)
    """,
)

delivering = Table(  # the outputs that deliver, each with a digest of what it selects
    "delivering",
    """
    output TEXT NOT NULL PRIMARY KEY,
    selection BLOB NOT NULL,
    made INTEGER NOT NULL
    """,
)

after_commands = Table(  # commands that run after publishing, until they have succeeded: one row
    "after_commands",
    """
    key INTEGER NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL
    """,
)

outputs = Table(
    "outputs",
    """
    name TEXT NOT NULL PRIMARY KEY,  -- OutputSettings.key
    edition BLOB,  -- digest of the edition
    inputs BLOB,  -- digest of what else its files depend on: settings, options, templates
    made INTEGER NOT NULL,  -- when the edition was made or last changed
    fresh INTEGER NOT NULL  -- see aggregator/store/outputs.py
    """,
)

shown = Table(  # the stories that each output shows
    "shown",
    """
    output TEXT NOT NULL REFERENCES outputs (name) ON DELETE CASCADE,
    story TEXT NOT NULL,
    PRIMARY KEY (output, story)
    """,
)

files = Table(  # the files that each output wrote or confirmed the last time
    "files",
    """
    output TEXT NOT NULL REFERENCES outputs (name) ON DELETE CASCADE,
    path TEXT NOT NULL,
    digest BLOB,  -- Deferred.digest
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL,  -- nanoseconds
    PRIMARY KEY (output, path)
    """,
)

editions = Table(  # the edition of each day, as it was when the day ended
    "editions",
    """
    output TEXT NOT NULL,
    day TEXT NOT NULL,  -- ISO 8601
    made INTEGER NOT NULL,
    stories INTEGER NOT NULL,
    lead TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (output, day)
    """,
)

pictures = Table(  # aggregator/pictures/state.py
    "pictures",
    """
    url TEXT NOT NULL PRIMARY KEY,
    width INTEGER,
    height INTEGER,
    type TEXT,
    copies TEXT,  -- NULL if it could not be copied
    fetched INTEGER NOT NULL,
    failures INTEGER DEFAULT 0 NOT NULL,
    next_try INTEGER,
    error TEXT,
    last_used INTEGER NOT NULL
    """,
)

TABLES = (
    sources,
    episodes,
    holds,
    stories,
    storylines,
    redirects,
    articles,
    contents,
    records,
    words_met,
    corrections,
    dropped,
    deliveries,
    delivered,
    delivering,
    after_commands,
    outputs,
    shown,
    files,
    editions,
    pictures,
)
"""All tables; those that a table refers to come before it."""

INDEXES = (
    "CREATE INDEX stories_updated ON stories (updated)",
    "CREATE INDEX stories_revised ON stories (revised)",
    "CREATE INDEX stories_storyline ON stories (storyline) WHERE storyline IS NOT NULL",
    "CREATE INDEX stories_profile ON stories (updated) WHERE profile IS NOT NULL",
    "CREATE INDEX stories_taken_out ON stories (id) WHERE storyline_by_hand = 1 AND storyline IS NULL",
    "CREATE INDEX stories_stale ON stories (id) WHERE stale = 1",
    "CREATE INDEX redirects_new ON redirects (new)",
    # Indexes begin with the source, so that the articles of one source are written to a few pages.
    "CREATE INDEX articles_fingerprint ON articles (source, fingerprint)",
    "CREATE INDEX articles_text ON articles (source, text)",
    "CREATE INDEX articles_source_date ON articles (source, date)",
    "CREATE INDEX articles_story ON articles (story)",  # also finds those without a story
    "CREATE INDEX articles_last_seen ON articles (last_seen)",
    # Dates are all over an index: articles get into this one when many are grouped at once, not by source.
    "CREATE INDEX articles_date ON articles (date) WHERE story IS NOT NULL",
    "CREATE INDEX articles_duplicate_of ON articles (duplicate_of) WHERE duplicate_of IS NOT NULL",
    "CREATE INDEX articles_was ON articles (was) WHERE was IS NOT NULL",
    "CREATE INDEX articles_unindexed ON articles (key) WHERE indexed = 0",
    "CREATE INDEX articles_guid ON articles (source, index_key(guid))",
    "CREATE INDEX articles_url ON articles (source, index_key(url))",
    "CREATE INDEX dropped_url ON dropped (index_key(url))",
    "CREATE INDEX dropped_id ON dropped (index_key(id))",
    "CREATE INDEX deliveries_open ON deliveries (id) WHERE state IN ('pending', 'sending')",
    "CREATE INDEX shown_story ON shown (story)",
    "CREATE INDEX pictures_last_used ON pictures (last_used)",
)


def creation(dialect: Dialect) -> list[str]:
    """Return the statements that create all tables and their indexes."""
    return [*(table.creation(dialect) for table in TABLES), *(translate(index, dialect) for index in INDEXES)]
