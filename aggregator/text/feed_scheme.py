"""Reads addresses as other programs and people write them: with the scheme `feed:`, or with text around them.

Browsers and subscription buttons write `feed:` and its kin before or instead of `http:`, so that a click opens a feed
reader (https://www.ietf.org/archive/id/draft-obasanjo-feed-URI-scheme-02.txt).
"""

from __future__ import annotations

import re

SCHEMES = {"feed": "http", "feeds": "https", "itpc": "http", "pcast": "http", "podcast": "http", "rss": "http"}
"""The schemes that stand for a feed, and that of the address if it states none itself."""
NOT_ADDRESSES = frozenset({"about", "acct", "data", "javascript", "mailto", "tag", "tel", "urn"})
"""Schemes without "//" that are none of the web; other words before a colon may be a host or a user."""

_FEED = re.compile(rf"\s*({'|'.join(SCHEMES)}):(?!\d{{1,5}}(?:[/?#]|\Z))(.*)", re.IGNORECASE | re.DOTALL)
_WEB = re.compile(r"(https?)(?::/*|/{2,})(?=[^/])(.*)", re.IGNORECASE | re.DOTALL)
_OTHER = re.compile(r"[a-z][a-z0-9+.-]*:/", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+-]*):", re.IGNORECASE)
_QUOTES = {"<": ">", "(": ")", "[": "]", '"': '"', "'": "'", "`": "`", "“": "”", "„": "“", "‘": "’", "«": "»"}
_FEDIVERSE = re.compile(r"@([\w.-]+)@([^\s@/:?#]+)")
_MAIL = re.compile(r"[^\s@/:?#]+@[^\s@/:?#]+")
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u2060\ufeff]+")


def without_feed_scheme(address: str) -> str:
    """Return an address with `feed:`, `feed://` or their kin replaced by its own scheme, or by `http:`.

    Any other address is returned unchanged.
    """
    match = _FEED.fullmatch(address)
    if not match:
        return address
    rest = match[2].strip()
    host = rest.lstrip("/")
    if web := _WEB.fullmatch(host):
        return f"{web[1].lower()}://{web[2]}"
    is_title = host == rest and " " in rest  # "Feed: the latest news"
    return address if not host or is_title or _OTHER.match(host) else f"{SCHEMES[match[1].lower()]}://{host}"


def pasted_address(text: str) -> str:
    """Return the address in what a user pasted: without the quotes, brackets, spaces and commas around it.

    An address without a scheme keeps none; a Fediverse handle becomes the address of its profile. Raises ValueError for
    an address of another kind, such as that of e-mail.
    """
    address = _unwrapped(text)
    if handle := _FEDIVERSE.fullmatch(address):
        return f"https://{handle[2]}/@{handle[1]}"
    scheme = _SCHEME.match(address)
    if (scheme and scheme[1].lower() in NOT_ADDRESSES) or _MAIL.fullmatch(address):
        raise ValueError("is not a web address (http, https)")
    address = without_feed_scheme(address)
    if web := _WEB.fullmatch(address):
        return f"{web[1].lower()}://{web[2]}"
    return address.removeprefix("//")


def _unwrapped(text: str) -> str:
    """Remove what surrounds an address in running text (RFC 3986 appendix C)."""
    text = _INVISIBLE.sub("", text).strip().rstrip(",;").rstrip()
    for _ in range(2):  # a bracket in quotes
        if len(text) > 1 and text[-1] == _QUOTES.get(text[0]):
            text = text[1:-1].strip().rstrip(",;").rstrip()
    return text[4:].lstrip() if text[:4].lower() == "url:" else text
