"""Finds the web address that a newsletter states for itself."""

from __future__ import annotations

import html
import re
from email.message import Message

from aggregator.text.plain import plain

MAX_LENGTH = 2000
"""Characters of an address."""
MAX_LABEL_LENGTH = 120
"""Characters of the label of a link to the web version."""
MAX_LINKS = 1000

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
    """Return the address in Archived-At (RFC 5064), or of the first link labelled as the web version."""
    archived = _ARCHIVED.search(str(mail.get("Archived-At", ""))[:MAX_LENGTH])
    return archived[1] if archived else _linked(content)


def _linked(content: str) -> str | None:
    """Find a link without an HTML parser, since parsers take quadratic time for deeply nested markup."""
    for link in _LINK.split(content)[1:MAX_LINKS]:
        attributes, _, rest = link.partition(">")
        href = _HREF.search(attributes[:MAX_LENGTH])
        target = html.unescape(next(filter(None, href.groups()), "")).strip() if href else ""
        if target.lower().startswith(("http://", "https://")):
            label = plain(_END.split(rest, maxsplit=1)[0][:MAX_LENGTH])
            if len(label) <= MAX_LABEL_LENGTH and _ONLINE.search(label):
                return target
    return None
