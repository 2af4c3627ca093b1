"""Checks documents against the rules of their formats: RSS 2.0, Atom 1.0, JSON Feed 1.1, OPML 2.0.

    channel = check_rss(body)
    feed = check_atom(body, ignored=OF_SOURCES)

Each function raises AssertionError with a line for each broken rule, which begins with the code of the rule: those of
the specifications, of the RSS Advisory Board's profile, and what the W3C feed validator warns about.
`feed_pages` has the rules for the documents of a feed in several parts (RFC 5005).
"""

from __future__ import annotations

from atom_rules import check_atom
from feed_findings import ATOM
from json_feed_rules import check_json_feed
from opml_rules import check_opml
from rss_rules import CONTENT, check_rss

__all__ = ["ATOM", "CONTENT", "MALICIOUS", "OF_SOURCES", "check_atom", "check_json_feed", "check_opml", "check_rss"]

OF_SOURCES = ("title-markup", "html-url")
"""Rules that sources break: they have tags in titles, and in texts links with characters that no URL contains."""
MALICIOUS = (*OF_SOURCES, "language", "url", "schema")
"""Rules that malicious values break as well: languages that are no tags, brackets in the paths of URLs."""
