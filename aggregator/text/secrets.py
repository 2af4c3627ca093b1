"""Hides the values of `{ env = "NAME" }` in whatever is printed, reported or stored as the text of an error.

Plugins, libraries and publishers repeat what they were given: a key in an exception, a token in the URL of a redirect.
So the values are replaced where texts leave the program, not where they come from.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

PLACEHOLDER = "REDACTED"
MIN_LENGTH = 6
"""Characters of a value that is hidden: shorter ones may be ordinary words and numbers."""

_hidden: dict[str, None] = {}
"""What is replaced: the values of this process, in each form in which they may be printed, the longest first."""


def hide(value: str) -> None:
    """Replace a value in all texts that `redact` is given from now on; of a URL, its credentials and query as well."""
    for part in _parts(value):
        hide_exactly(part)


def hide_exactly(value: str) -> None:
    """Replace a value in all texts that `redact` is given from now on, but none of its parts."""
    forms = _forms(value) if len(value) >= MIN_LENGTH else set()
    if not forms <= _hidden.keys():
        longest_first = sorted({*_hidden, *forms}, key=len, reverse=True)
        _hidden.clear()
        _hidden.update(dict.fromkeys(longest_first))


def redact(text: str) -> str:
    """Return a text in which `PLACEHOLDER` stands for each hidden value."""
    for value in _hidden:
        if value in text:
            text = text.replace(value, PLACEHOLDER)
    return text


def _parts(value: str) -> set[str]:
    """Return a value, and the parts of a URL or path that may be printed without the rest."""
    if "://" not in value:
        return {value, value.rpartition("/")[2]}
    try:
        url = urlsplit(value)
    except ValueError:
        return {value}
    credentials = {text for text in (url.password, url.username) if text}
    path = url.path + (f"?{url.query}" if url.query else "")
    queries = {text for _, text in parse_qsl(url.query)}
    return {value, path, *queries, *credentials, *map(unquote, credentials)}


def _forms(value: str) -> set[str]:
    import json

    escaped = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    return {value, quote(value, safe=""), quote(value), quote_plus(value), *escaped}
