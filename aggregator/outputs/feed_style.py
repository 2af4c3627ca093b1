"""The style sheet by which browsers show an RSS or Atom feed as a page.

CSS, not XSLT: browsers are removing XSLT. CSS cannot make links, so feeds contain links of XHTML beside their own
elements, as RSS 2.0 ("Extending RSS") and RFC 4287 (section 6) allow; feed readers ignore them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

STYLE_NAME = "style.css"
XHTML = "http://www.w3.org/1999/xhtml"


@cache
def stylesheet() -> bytes:
    """Return the style sheet, the same for all feeds."""
    return (Path(__file__).parent / "feed.css").read_bytes()
