"""Links in the text of an article to other pages of its publisher."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

from aggregator.text.urls import canonical, without_www

MOST_LINKS = 30
"""Links of a text that are read, the first ones."""
_LINK = re.compile(r"""href\s{0,9}=\s{0,9}["'](https?://[^"'\s<>]{1,1000})["']""", re.IGNORECASE)


def own_links(url: str, html: str) -> list[str]:
    """Return the canonical URLs of other pages on the host of `url` that a text links to."""
    host = host_of(url)
    links = (unescape(link) for link in _LINK.findall(html)[:MOST_LINKS]) if host else ()
    targets = (canonical(link) for link in links if host_of(link) == host)
    return [target for target in dict.fromkeys(targets) if target and target != url]


def host_of(url: str) -> str:
    """Return the host of a URL without "www.", "" if it has none."""
    try:
        return without_www(urlsplit(url).hostname or "")
    except ValueError:
        return ""
