"""Names of the elements of feeds, independent of the prefixes and namespaces that publishers write."""

from __future__ import annotations

from functools import lru_cache

_PREFIXES = {
    "": "",
    "my.netscape.com/rdf/simple/0.9": "",
    "channel.netscape.com/rdf/simple/0.9": "",
    "purl.org/rss/1.0": "",
    "purl.org/net/rss1.1#": "",
    "backend.userland.com/rss": "",
    "backend.userland.com/rss2": "",
    "backend.userland.com/rss091": "",
    "blogs.law.harvard.edu/tech/rss": "",
    "www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "www.w3.org/2005/atom": "atom:",
    "purl.org/atom/ns#": "atom:",
    "purl.org/rss/1.0/modules/content": "content:",
    "purl.org/rss/1.0/modules/syndication": "sy:",
    "purl.org/rss/modules/syndication": "sy:",
    "purl.org/dc/elements/1.0": "dc:",
    "purl.org/dc/elements/1.1": "dc:",
    "purl.org/dc/terms": "dcterms:",
    "search.yahoo.com/mrss": "media:",
    "www.rssboard.org/media-rss": "media:",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "www.w3.org/1999/xhtml": "xhtml:",
}
"""The prefix of each namespace that is read, by its URI in lower case, without scheme and final slash."""
_UNDECLARED = {
    name: f"{name}:" for name in ("atom", "content", "dc", "dcterms", "itunes", "media", "rdf", "sy", "xhtml")
}
_UNDECLARED["rss"] = ""


@lru_cache(maxsize=2048)
def element_name(tag: str) -> str:
    """Return the name of an element in lower case, with the usual prefix of its namespace: "pubdate", "dc:creator".

    `tag`: as of lxml, "{namespace}name". Elements of RSS have no prefix, those of Atom 0.3 and 1.0 "atom:". A prefix
    that the document does not declare counts as declared. Returns "" for namespaces that are not read.
    """
    namespace, _, local = tag.rpartition("}")
    if not namespace:
        before, colon, name = local.lower().rpartition(":")
        return name if not colon else _UNDECLARED[before] + name if before in _UNDECLARED else ""
    uri = namespace[1:].lower().removeprefix("http://").removeprefix("https://").rstrip("/")
    prefix = _PREFIXES.get(uri)
    return "" if prefix is None else prefix + local.lower()
