"""Take secrets out of what is to be stored: by the names that they have, and by their values wherever those stand."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from aggregator.http.origins import without_credentials

STAND_IN = "REDACTED"
SHORTEST = 8
"""Characters from which on a value is a secret wherever it stands: shorter ones are words as well."""

_SECRET = re.compile(
    r"(?i)(?:^|[_.-])(?:api|app)?[_-]?key$|token|secret|passw|authori[sz]|^auth$|^sig$|signature|credential|cookie"
)
_PAGING = re.compile(r"(?i)page|next|prev|continu|sync|cursor")
_MEMBER = re.compile(rb'("(?P<name>[A-Za-z_.-]{1,60})"[ \t]*:[ \t]*")(?P<value>[^"\\]*)')
_PAIR = re.compile(r"(?P<name>[^=&]+)=(?P<value>[^&]*)")


def is_secret_name(name: str) -> bool:
    """Whether what has this name is not to be shown: `api_key`, `access_token`, `Authorization`; not `pageToken`."""
    return bool(_SECRET.search(name)) and not _PAGING.search(name)


class Secrets:
    """What must not be stored. `values`: secrets that are known."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        known = {value for value in values if len(value) >= SHORTEST and value != STAND_IN}
        self.values = sorted(known | {quote(value, safe="") for value in known}, key=len, reverse=True)

    @classmethod
    def among(cls, *named: Mapping[str, object]) -> Self:
        """Those in options, headers or the environment, as their names tell."""
        pairs = [pair for mapping in (os.environ, *named) for pair in mapping.items()]
        texts = [value for name, value in pairs if isinstance(value, str) and is_secret_name(name)]
        return cls([*texts, *(text.rpartition(" ")[2] for text in texts)])  # "Bearer …"

    def out_of_text(self, text: str) -> str:
        """The text with a stand-in for each known value."""
        for value in self.values:
            text = text.replace(value, STAND_IN)
        return text

    def out_of_url(self, url: str) -> str:
        """The address without credentials, and a stand-in for each value of its query whose name tells of a secret."""
        parts = urlsplit(without_credentials(url))
        return self.out_of_text(urlunsplit(parts._replace(query=_PAIR.sub(_pair, parts.query), fragment="")))

    def out_of_body(self, body: bytes) -> bytes:
        """The body with a stand-in for each known value, and for each text of JSON whose name tells of a secret."""
        for value in self.values:
            body = body.replace(value.encode(), STAND_IN.encode())
        return _MEMBER.sub(_member, body)


def values_in(url: str) -> list[str]:
    """The secrets that an address holds: its password, and values of its query, as their names tell."""
    parts = urlsplit(url)
    named = [value for name, value in parse_qsl(parts.query) if is_secret_name(name)]
    return [*named, unquote(parts.password)] if parts.password else named


def _pair(found: re.Match[str]) -> str:
    return f"{found['name']}={STAND_IN}" if is_secret_name(found["name"]) else found[0]


def _member(found: re.Match[bytes]) -> bytes:
    return found[1] + STAND_IN.encode() if is_secret_name(found["name"].decode()) else found[0]
