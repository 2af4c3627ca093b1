"""Writes the initial configuration file for `aggregate init`."""

from __future__ import annotations

from pathlib import Path

from aggregator.errors import ConfigError
from aggregator.runtime.atomic_write import create_file

TEMPLATE = """\
# The configuration of `aggregate`. `aggregate check` finds mistakes; `aggregate add URL` adds a source.
# Relative paths are relative to this file. Times are written as "30m", "72h" or "7d".
# To let an editor complete and check it: `aggregate schema config > config.schema.json`, and this as the first line:
# #:schema ./config.schema.json

title = "The Daily"                      # the name of the publication
tagline = ""                             # a line below it
# url = "https://daily.example/"         # the public URL of the outputs; the links between them need it
# timezone = "Europe/London"             # that of the readers; by default, that of this machine
locale = "en"                            # the language of labels and dates
# sections = ["world", "business"]       # the sections of pages: tags, in order; by default, all tags of the sources
store = "aggregate.db"                   # the SQLite file that keeps articles between runs
# after = ["./upload.sh"]               # a program that runs after publishing, when a file has changed
# keep = "180d"                          # how long to keep articles that no output shows
# patience = "3d"                        # how long a source may fail before runs without a terminal report it
# plugins = ["my_plugins"]               # folders with source, filter and output plugins of your own
# include = "feeds/*.toml"               # further files with [[sources]] tables

# [http]
# contact = "mailto:you@example.org"     # sent in the User-Agent, so that publishers can reach you
# allow_private = ["192.168.1.10:8080"]  # private addresses that may be requested; by default, none


# Outputs to write: an [[outputs]] table for each. `aggregate plugins list` lists the plugins.

[[outputs]]
plugin = "html"                          # a newspaper: front page, stories, articles, archive, search
path = "public"                          # a folder; "public/index.html" makes a single page
# pictures = "copy"                      # publish copies of pictures, so that readers ask no third party for them

[[outputs]]
plugin = "rss"                           # a feed with one item per story
path = "public/feed.xml"
# limit = 50                             # by default, 50 and all of the last day; see also `tags`, `since`


# Filters for articles, in this order: a [[filters]] table for each.

# [[filters]]
# plugin = "drop"
# title = "(?i)coupon|promo code"        # a regular expression


# Sources to collect: a [[sources]] table for each. `aggregate add URL` writes them here.

# [[sources]]
# url = "https://feeds.example/world.xml"  # a feed, or a file or folder of feeds
# name = "Example World"                 # optional; by default, the title of the feed
# tags = ["world"]                       # pages use them as sections
# every = "30m"                          # optional; by default, learned from how often it publishes
"""


def write_template(path: Path) -> Path:
    """Write the template, creating its folder. Raises ConfigError if the file exists or cannot be written."""
    if path.exists():
        raise ConfigError([f"{path}: already exists and was not changed; edit it, or move it away first"])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        create_file(path, TEMPLATE)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be written: {error.strerror}"]) from error
    return path
