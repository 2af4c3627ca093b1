"""Where a newsletter lies on the web, as it says itself."""

from __future__ import annotations

import re
from email.message import Message

LONGEST = 2000
"""Characters of an address."""
LONGEST_LABEL = 120
"""Characters of a link that says no more than what it is."""

_ARCHIVED = re.compile(r"<\s*(https?://[^<>\s]+)\s*>", re.IGNORECASE)
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
    from selectolax.lexbor import LexborHTMLParser

    for link in LexborHTMLParser(content).css("a[href]"):
        target = (link.attributes.get("href") or "").strip()
        label = " ".join(link.text().split())
        if not target.lower().startswith(("http://", "https://")) or len(target) > LONGEST:
            continue
        if len(label) <= LONGEST_LABEL and _ONLINE.search(label):
            return target
    return None
