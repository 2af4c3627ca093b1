"""Redacts secrets before something is stored: recognises them by their names, and their values everywhere."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from aggregator.http.origins import without_credentials

PLACEHOLDER = "REDACTED"
MIN_LENGTH = 8
"""Characters of a value to be redacted everywhere: shorter ones may be ordinary words."""

_SECRET = re.compile(
    r"(?i)(?:^|[_.-])(?:api|app)?[_-]?key$|token|secret|passw|authori[sz]|^auth$|^sig$|signature|credential|cookie"
)
_PAGING = re.compile(r"(?i)page|next|prev|continu|sync|cursor")
_MEMBER = re.compile(rb'("(?P<name>[A-Za-z_.-]{1,60})"[ \t]*:[ \t]*")(?P<value>[^"\\]*)')
_PAIR = re.compile(r"(?<![^=&])(?P<name>[^=&]++)=(?P<value>[^&]*+)")


def is_secret_name(name: str) -> bool:
    """Whether a name is that of a secret: `api_key`, `access_token`, `Authorization`, but not `pageToken`."""
    return bool(_SECRET.search(name)) and not _PAGING.search(name)


class Secrets:
    """Secrets that must not be stored. `values`: the known ones."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        known = {value for value in values if len(value) >= MIN_LENGTH and value != PLACEHOLDER}
        self.values = sorted(known | {quote(value, safe="") for value in known}, key=len, reverse=True)

    @classmethod
    def named_in(cls, *named: Mapping[str, object]) -> Self:
        """Collect secrets, recognised by name, from options, headers and the environment."""
        pairs = [pair for mapping in (os.environ, *named) for pair in mapping.items()]
        texts = [value for name, value in pairs if isinstance(value, str) and is_secret_name(name)]
        return cls([*texts, *(text.rpartition(" ")[2] for text in texts)])  # "Bearer …"

    def redact_text(self, text: str) -> str:
        """Replace each known value in a text."""
        for value in self.values:
            text = text.replace(value, PLACEHOLDER)
        return text

    def redact_url(self, url: str) -> str:
        """Remove the credentials of a URL, and replace the secrets in its query, recognised by name."""
        parts = urlsplit(without_credentials(url))
        return self.redact_text(urlunsplit(parts._replace(query=_PAIR.sub(_pair, parts.query), fragment="")))

    def redact_body(self, body: bytes) -> bytes:
        """Replace each known value in a body, and the secrets in its JSON members, recognised by name."""
        for value in self.values:
            body = body.replace(value.encode(), PLACEHOLDER.encode())
        return _MEMBER.sub(_member, body)


def secrets_in_url(url: str) -> list[str]:
    """Return the secrets in a URL: its password, and values of its query, recognised by name."""
    parts = urlsplit(url)
    named = [value for name, value in parse_qsl(parts.query) if is_secret_name(name)]
    return [*named, unquote(parts.password)] if parts.password else named


def _pair(match: re.Match[str]) -> str:
    return f"{match['name']}={PLACEHOLDER}" if is_secret_name(match["name"]) else match[0]


def _member(match: re.Match[bytes]) -> bytes:
    return match[1] + PLACEHOLDER.encode() if is_secret_name(match["name"].decode()) else match[0]
