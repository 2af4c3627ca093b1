"""The configuration that `aggregate init` writes."""

from __future__ import annotations

from pathlib import Path

from aggregator.errors import ConfigError

TEMPLATE = """\
# What `aggregate` collects and publishes. `aggregate check` finds mistakes; `aggregate add URL` adds a source.
# Relative paths are relative to this file. Times are written as "30m", "72h" or "7d".

title = "The Daily"                      # the name of what is published
tagline = ""                             # a line below it
# url = "https://daily.example/"         # where the outputs will be served; makes the links between them whole
store = "aggregate.db"                   # what is kept between runs: an SQLite file
# keep = "180d"                          # how long articles are kept that no output shows any more
# patience = "3d"                        # how long a source may fail until a run that nobody watches speaks of it
# plugins = ["my_plugins"]               # folders with source, filter and output plugins of your own
# include = "feeds/*.toml"               # further files with [[sources]] tables

# [http]
# contact = "mailto:you@example.org"     # goes into the User-Agent, so that publishers can reach you
# allow_private = ["192.168.1.10:8080"]  # what may be fetched from your own network; otherwise nothing is


# What is published: an [[outputs]] table each. `aggregate plugins list` shows which plugins there are.

[[outputs]]
plugin = "html"                          # a newspaper page
path = "public/index.html"

[[outputs]]
plugin = "rss"                           # a feed to subscribe to, one item a story
path = "public/feed.xml"
limit = 50                               # stories at most; `tags`, `sources`, `language`, `since` select, too


# What articles pass through, in this order: a [[filters]] table each.

# [[filters]]
# plugin = "drop"
# title = "(?i)coupon|promo code"        # a regular expression


# What is collected: a [[sources]] table each. `aggregate add URL` writes them here.

# [[sources]]
# url = "https://feeds.example/world.xml"  # a feed, or a file or folder of feeds
# name = "Example World"                 # optional: otherwise taken from the source itself
# tags = ["world"]                       # the sections of the page
# every = "30m"                          # optional: otherwise learned from how often it publishes
"""


def write_template(path: Path) -> Path:
    """Write it, with the folder it lies in. Raises ConfigError for a file that is there, or cannot be written."""
    if path.exists():
        raise ConfigError([f"{path}: is there already, and is left as it is; edit it, or move it away first"])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be written: {error.strerror}"]) from error
    return path
