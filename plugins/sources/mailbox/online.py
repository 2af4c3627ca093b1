"""Where a newsletter lies on the web, as it says itself."""

from __future__ import annotations

import html
import re
from email.message import Message

from aggregator.text.plain import plain

LONGEST = 2000
"""Characters of an address."""
LONGEST_LABEL = 120
"""Characters of a link that says no more than what it is."""
MOST_LINKS = 1000

_ARCHIVED = re.compile(r"<\s*(https?://[^<>\s]+)\s*>", re.IGNORECASE)
_LINK, _END = re.compile(r"<a\s", re.IGNORECASE), re.compile(r"</a\b", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_ONLINE = re.compile(
    r"""
      \b(?:in|on|with)\ (?:your\ |the\ |a\ |my\ )?(?:web\ ?)?browser\b | \b(?:view|read|see|open)\b.{0,40}\bonline\b
    | \bonline[ -]version\b | \bweb[ -]version\b | \bview\b.{0,40}\bon\ the\ web\b
    | \bim\ (?:web)?browser\b | \bonline\ (?:lesen|ansehen|anzeigen)\b | \b(?:online|web)(?:version|ansicht)\b
    | \bnavigateur\b | \ben\ ligne\b | \bnavegador\b | \ben\ l[ií]nea\b | \bnel\ (?:tuo\ )?browser\b
    | \bin\ (?:je|uw|de)\ browser\b | \bonline\ (?:bekijken|lezen)\b | \bprzeglądar | \bwebbl[äa]sare | \bnettleser
    | \bselaimessa\b | \bв\ браузере\b | \bу\ браузері\b | ブラウザ | 浏览器 | 瀏覽器 | 브라우저
    """,
    re.IGNORECASE | re.VERBOSE,
)


def address_of(mail: Message, content: str) -> str | None:
    """The address in Archived-At (RFC 5064), or that of the first link that says that it leads to the same text."""
    archived = _ARCHIVED.search(str(mail.get("Archived-At", ""))[:LONGEST])
    return archived[1] if archived else _linked(content)


def _linked(content: str) -> str | None:
    """Found without a parser: those there are take quadratic time for what is nested deeply."""
    for link in _LINK.split(content)[1:MOST_LINKS]:
        attributes, _, rest = link.partition(">")
        href = _HREF.search(attributes[:LONGEST])
        target = html.unescape(next(filter(None, href.groups()), "")).strip() if href else ""
        if target.lower().startswith(("http://", "https://")):
            label = plain(_END.split(rest, maxsplit=1)[0][:LONGEST])
            if len(label) <= LONGEST_LABEL and _ONLINE.search(label):
                return target
    return None
