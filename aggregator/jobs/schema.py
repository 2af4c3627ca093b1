"""The tables of the schedule, on PostgreSQL only."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, SmallInteger, Table, Text, text

from aggregator.store.schema import sources

metadata = MetaData()

schedule = Table(  # one row for each source that is collected
    "schedule",
    metadata,
    Column("source", BigInteger, ForeignKey(sources.c.key, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("due", BigInteger),  # the first epoch second at which scheduling.due.is_due is true; NULL if gone
    Column("asked", Integer, nullable=False, server_default=text("0")),  # number of visits: aggregator/jobs/schedule.py
    Column("every", Integer),  # seconds; the configured interval that `due` was computed with
    Column("shard", SmallInteger, nullable=False),
    Index("schedule_shard_due", "shard", "due"),
)

listed = Table(  # the feeds of subscription lists, so that a worker needs to know those of its jobs only
    "listed",
    metadata,
    Column("source", BigInteger, ForeignKey(sources.c.key, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("list", Text, nullable=False),  # SourceSettings.key of the list
    Column("entry", Text, nullable=False),  # the feed's `[[sources]]` table as JSON, without the settings of the list
)

settings = Table(
    "settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
