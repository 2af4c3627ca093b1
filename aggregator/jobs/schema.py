"""The tables of the schedule, on PostgreSQL only."""

from __future__ import annotations

CREATION = (
    # One row for each source that is collected. `due`: the first epoch second at which scheduling.due.is_due is true,
    # NULL if it is gone; `asked`: number of visits, see aggregator/jobs/schedule.py; `every`: seconds, the configured
    # interval that `due` was computed with.
    "CREATE TABLE schedule (source BIGINT PRIMARY KEY REFERENCES sources (key) ON DELETE CASCADE, due BIGINT, "
    "asked INTEGER DEFAULT 0 NOT NULL, every INTEGER, shard SMALLINT NOT NULL)",
    "CREATE INDEX schedule_shard_due ON schedule (shard, due)",
    # The feeds of subscription lists, so that a worker needs to know those of its jobs only. `list`: SourceSettings.key
    # of the list; `entry`: the feed's `[[sources]]` table as JSON, without the settings of the list.
    "CREATE TABLE listed (source BIGINT PRIMARY KEY REFERENCES sources (key) ON DELETE CASCADE, list TEXT NOT NULL, "
    "entry TEXT NOT NULL)",
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    # Each visit writes a new row and three index entries (`due` is indexed, so no update is HOT). Vacuumed often, the
    # dead ones are few, and the first due time of a shard is found at once.
    "ALTER TABLE schedule SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0, "
    "autovacuum_analyze_scale_factor = 0.2)",
)
